"""What a rule or a limit would have done last week, before it is switched on: the queries, for the
pipelines' client and the API's alike."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from core.events import ACTIVITY
from core.fraud_model_rules import MODEL_ABUSES

DAYS = 7
_WEEK = """
day >= toDate({since:DateTime64(3, 'UTC')}) AND hour >= {since:DateTime64(3, 'UTC')}
    AND hour < {until:DateTime64(3, 'UTC')} AND ({shop:UInt32} = 0 OR shop_id = {shop:UInt32})
"""
# Values that gave no points at their time are not kept: a threshold below the rule's own start sees
# too few.
RULE_HITS = f"""
SELECT uniqExact(shop_id, buyer_no) AS people FROM fraud_signal
WHERE rule = {{rule:String}}
    AND value >=
        transform(shop_id, {{shops:Array(UInt32)}}, {{own:Array(Float64)}}, {{threshold:Float64}})
    AND {_WEEK}
"""
# Of a model's rule: by what one model said.
MODEL_HITS = f"""
SELECT uniqExact(shop_id, buyer_no) AS people FROM fraud_model_score
WHERE abuse = {{abuse:String}} AND model = {{model:UInt32}}
    AND score >=
        transform(shop_id, {{shops:Array(UInt32)}}, {{own:Array(Float64)}}, {{threshold:Float64}})
    AND {_WEEK}
"""
ACTIVE_USERS = """
SELECT uniqExact(shop_id, buyer_no) AS people FROM events
WHERE occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {until:DateTime64(3, 'UTC')}
    AND event IN {activity:Array(String)} AND NOT is_staff AND NOT is_test AND buyer_no > 0
    AND ({shop:UInt32} = 0 OR shop_id = {shop:UInt32})
"""
# Only of the hours that the model scored: of others it cannot have hit anybody.
MODEL_USERS = f"""{ACTIVE_USERS.rstrip()}
    AND toDateTime64(toStartOfHour(occurred_at), 3, 'UTC') IN (
        SELECT hour FROM fraud_model_score
        WHERE model = {{model:UInt32}} AND day >= toDate({{since:DateTime64(3, 'UTC')}})
    )
"""
# By each person's worst hour of any abuse, as the rules scored it then, without what a model adds
# to the queue. Scores stop nobody on the allow-list.
LIMIT_HITS = f"""
SELECT countIf(score >= {{block:Float64}}) AS stopped,
    countIf(score >= {{review:Float64}} AND score < {{block:Float64}}) AS reviewed
FROM (SELECT max(score) AS score FROM fraud_score
    WHERE {_WEEK} AND NOT has({{allowed:Array(UInt64)}}, buyer_no) GROUP BY shop_id, buyer_no)
"""


def hits_of(rule: str) -> str:
    """The query of the people whom a rule would have hit."""
    return MODEL_HITS if rule in MODEL_ABUSES else RULE_HITS


def users_of(rule: str) -> str:
    """The query of the people of whom a rule would have hit those."""
    return MODEL_USERS if rule in MODEL_ABUSES else ACTIVE_USERS


def rule_parameters(
    rule: str,
    threshold: float,
    until: datetime,
    *,
    shop_id: int = 0,
    own: Mapping[int, float] | None = None,
    model: int = 0,
) -> dict[str, Any]:
    """Of `hits_of` and `users_of`: of one shop, or of all (0), in the 7 days before `until`.
    `own` are thresholds of single shops; `model` is the one by which models' rules are previewed
    (`fraud_models.previewed`)."""
    return {
        "rule": rule,
        "abuse": MODEL_ABUSES.get(rule, ""),
        "model": model,
        "shops": [0, *(own or {})],  # a shop that does not exist: the lists must not be empty
        "own": [threshold, *(own or {}).values()],
        "threshold": threshold,
        "since": until - timedelta(days=DAYS),
        "until": until,
        "shop": shop_id,
        "activity": sorted(ACTIVITY),
    }


def limit_parameters(
    review: float, block: float, until: datetime, *, shop_id: int, allowed: Collection[int]
) -> dict[str, Any]:
    """Of `LIMIT_HITS` and `ACTIVE_USERS`; `allowed` are the shop's allow-listed shoppers."""
    return {
        "allowed": sorted(allowed),
        "review": review,
        "block": block,
        "since": until - timedelta(days=DAYS),
        "until": until,
        "shop": shop_id,
        "activity": sorted(ACTIVITY),
    }

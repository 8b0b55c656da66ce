"""A rule's effect before it is switched on: whom it would have hit last week, also with another
threshold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.errors import NotFound
from core.events import ACTIVITY
from core.shop.risk import RuleChange
from pipelines.clickhouse import ClickHouse
from pipelines.fraud.rules import BY_KEY, Rule

DAYS = 7

_HITS = """
SELECT uniqExact(shop_id, buyer_no) AS people FROM fraud_signal
WHERE rule = {rule:String}
    AND value >=
        transform(shop_id, {shops:Array(UInt32)}, {own:Array(Float64)}, {threshold:Float64})
    AND day >= toDate({since:DateTime64(3, 'UTC')}) AND hour >= {since:DateTime64(3, 'UTC')}
    AND hour < {until:DateTime64(3, 'UTC')} AND ({shop:UInt32} = 0 OR shop_id = {shop:UInt32})
"""
_USERS = """
SELECT uniqExact(shop_id, buyer_no) AS people FROM events
WHERE occurred_at >= {since:DateTime64(3, 'UTC')} AND occurred_at < {until:DateTime64(3, 'UTC')}
    AND event IN {activity:Array(String)} AND NOT is_staff AND NOT is_test AND buyer_no > 0
    AND ({shop:UInt32} = 0 OR shop_id = {shop:UInt32})
"""


@dataclass(frozen=True, slots=True)
class Preview:
    """How many of the people who were active in the week the rule would have hit."""

    rule: Rule
    threshold: float
    hits: int
    users: int

    @property
    def share(self) -> float | None:
        return self.hits / self.users if self.users else None


def preview(
    clickhouse: ClickHouse,
    rule: str,
    until: datetime,
    *,
    threshold: float | None = None,
    shop_id: int = 0,
    changes: Sequence[RuleChange] = (),
) -> Preview:
    """Of one shop, or of all (0), in the 7 days before `until`. Raises NotFound without the rule.

    Without a `threshold` it is each shop's own, if `changes` has one; of all shops the result
    names the code's.
    Values that gave no points at their time are not kept: a threshold below the rule's own start
    sees too few.
    """
    if rule not in BY_KEY:
        raise NotFound(f"there is no rule {rule}: there are {', '.join(sorted(BY_KEY))}")
    own = {
        change.shop_id: change.threshold
        for change in changes
        if threshold is None and change.rule == rule and change.threshold is not None
    }
    limit = BY_KEY[rule].threshold if threshold is None else threshold
    parameters = {
        "rule": rule,
        "shops": [0, *own],  # a shop that does not exist, because the lists must not be empty
        "own": [limit, *own.values()],
        "threshold": limit,
        "since": until - timedelta(days=DAYS),
        "until": until,
        "shop": shop_id,
        "activity": sorted(ACTIVITY),
    }
    hits = clickhouse.read(_HITS, parameters).item()
    users = clickhouse.read(_USERS, parameters).item()
    return Preview(BY_KEY[rule], own.get(shop_id, limit), hits, users)

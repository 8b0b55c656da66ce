"""A rule's effect before it is switched on: whom it would have hit last week, also with another
threshold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.errors import NotFound
from core.fraud_previews import hits_of, rule_parameters, users_of
from core.fraud_rules import BY_KEY, Rule
from core.shop.fraud_settings import RuleChange
from pipelines.clickhouse import ClickHouse


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
    model: int = 0,
) -> Preview:
    """Of one shop, or of all (0), in the 7 days before `until`. Raises NotFound without the rule.

    Without a `threshold` it is each shop's own, if `changes` has one; of all shops the result
    names the code's. `model`: by which a model's rule is previewed (`fraud_models.previewed`), in
    the hours that it scored.
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
    parameters = rule_parameters(rule, limit, until, shop_id=shop_id, own=own, model=model)
    hits = clickhouse.read(hits_of(rule), parameters).item()
    users = clickhouse.read(users_of(rule), parameters).item()
    return Preview(BY_KEY[rule], own.get(shop_id, limit), hits, users)

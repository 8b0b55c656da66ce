"""A shopper's scores of this hour, by the rules that are measured while it happens. Pure.

The same arithmetic as `pipelines.fraud.score`, in the same order, so that the same signals give the
same bits.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from math import prod

from core.fraud_rules import BLOCK, RULES, Rule
from core.shop.fraud_settings import Limits, RuleChange
from core.shop.risk_actions import ActionReason

FLOODING = frozenset({"flood", "long_flood", "start_flood"})
SPAMMING = frozenset({"same_texts", "links"})
SCRAPING = frozenset({"catalogue_reach", "catalogue_pace"})
ONLINE = FLOODING | SPAMMING | SCRAPING


@dataclass(frozen=True, slots=True)
class ShopRules:
    """A shop's rules that are on, in the order of their names, and from which score it blocks."""

    rules: tuple[Rule, ...]
    block: float
    starts: Mapping[str, float]  # each rule's value up to which it says nothing

    @classmethod
    def of(cls, changes: Iterable[RuleChange], limits: Limits | None) -> "ShopRules":
        """With what the shop has changed about them."""
        changed = {change.rule: change for change in changes}
        found = [_changed(rule, changed.get(rule.key)) for rule in RULES if rule.key in ONLINE]
        kept = sorted((rule for rule in found if rule is not None), key=lambda rule: rule.key)
        starts = {rule.key: rule.start * rule.threshold for rule in kept}
        return cls(tuple(kept), BLOCK if limits is None else limits.block, starts)


def _changed(rule: Rule, change: RuleChange | None) -> Rule | None:
    if change is None:
        return rule
    if not change.is_on:
        return None
    return replace(
        rule,
        weight=rule.weight if change.weight is None else change.weight,
        threshold=rule.threshold if change.threshold is None else change.threshold,
        is_shadow=rule.is_shadow if change.is_shadow is None else change.is_shadow,
    )


@dataclass(frozen=True, slots=True)
class Score:
    """`score` is of the rules that count, `shadow_score` of all of them; both from 0 to 100."""

    score: float
    shadow_score: float
    reasons: tuple[ActionReason, ...]


def strength(value: float, start: float, threshold: float) -> float:
    """x in [0, 1]: 0 up to `start`, 1 from `threshold` on, linear in between."""
    if value >= threshold:
        return 1.0
    if value <= start:
        return 0.0
    return min(max((value - start) / (threshold - start), 0.0), 1.0)


def score(
    peaks: Mapping[str, float], abuse: str, shop: ShopRules, snoozed: Collection[str] = ()
) -> Score:
    """From the highest value of each rule in the hour."""
    reasons, points, shadow_points = [], [], []
    for rule in shop.rules:
        value = peaks.get(rule.key, 0.0)
        if rule.abuse != abuse or rule.key in snoozed:
            continue
        x = strength(value, rule.start * rule.threshold, rule.threshold)
        contribution = 100 * (rule.weight * x)
        if contribution <= 0:
            continue
        shadow_points.append(contribution)
        if not rule.is_shadow:
            points.append(contribution)
        reasons.append(
            ActionReason(
                rule=rule.key,
                version=rule.version,
                value=value,
                threshold=rule.threshold,
                window_seconds=rule.window_seconds,
                contribution=contribution,
                is_shadow=rule.is_shadow,
            )
        )
    return Score(_combined(points), _combined(shadow_points), tuple(reasons))


def _combined(points: Iterable[float]) -> float:
    return 100 * (1 - prod(1 - each / 100 for each in points))

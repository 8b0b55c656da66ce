"""What a model says, as a rule of each kind of abuse: so a shop switches it off, weighs, shadows,
previews and snoozes it like every other. The model itself: `pipelines.fraud.training`.

It brings a shopper before a person and never more, alone or with rules: who is held or blocked, the
rules alone say (`pipelines.fraud.judgement`).
"""

from typing import get_args

from core.fraud_rule import DAY, AbuseType, Rule, rule_of

_PREFIX = "model_"
MODEL_RULES: tuple[Rule, ...] = tuple(
    rule_of(
        f"{_PREFIX}{abuse}",
        abuse,
        22,
        0.74,
        0.9,
        DAY,
        "Модель: похоже на то, что вы подтверждали",
        "The model: it resembles what you have confirmed",
    )
    for abuse in get_args(AbuseType)
)
MODEL_ABUSES: dict[str, AbuseType] = {rule.key: rule.abuse for rule in MODEL_RULES}


def model_rule(abuse: str) -> str:
    """The key of the rule by which the model's score of that abuse counts."""
    return f"{_PREFIX}{abuse}"

"""The rules that look at who belongs together: what is suspected of somebody's other accounts, or
of those who pay and order with them. Links alone bring nobody before a person."""

from core.fraud_rule import DAY, AbuseType, Rule, rule_of

_PREFIX = "linked_"
_SPREADING: tuple[AbuseType, ...] = ("promo", "stock", "payment", "refund")
LINK_RULES: tuple[Rule, ...] = tuple(
    rule_of(
        f"{_PREFIX}{abuse}",
        abuse,
        23,
        0.6,
        0.75,
        30 * DAY,
        "Общий телефон, почта, адрес или плательщик с теми, кого подозревают в том же",
        "Shares a telephone, e-mail, address or payer with those who are suspected of the same",
    )
    for abuse in _SPREADING
)
# By which rule what is suspected of others counts, by the kind of abuse.
LINK_RULE_OF: dict[str, str] = {rule.abuse: rule.key for rule in LINK_RULES}

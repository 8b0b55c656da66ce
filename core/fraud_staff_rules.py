"""Who looks like somebody of the shop's own staff: they try everything that a shop has. A rule of
each kind of abuse that staff are taken for; it adds nothing to a score, but keeps it where a person
is asked, "is this somebody of yours?", before anything is held (`pipelines.fraud.score.asked`).

Nobody is let off by it: until somebody answers they wait in the queue, where goods and money are
not concerned yet, and invariants stand above it as above everything.
"""

from core.fraud_rule import DAY, AbuseType, Rule, rule_of

_TAKEN_FOR: tuple[AbuseType, ...] = ("promo", "stock", "refund")
STAFF_RULES: tuple[Rule, ...] = tuple(
    rule_of(
        f"staff_{abuse}",
        abuse,
        23,
        0.001,
        3,
        7 * DAY,
        "Это не ваш сотрудник? Пробует всё: коды, отмены, неоплату, возвраты, чтение весь день; "
        "сколько из пяти",
        "Is this somebody of your staff? They try everything: codes, cancelling, not paying, "
        "refunds, reading all day; how many of the five",
        start=0.9,
    )
    for abuse in _TAKEN_FOR
)
STAFF_KEYS: frozenset[str] = frozenset(rule.key for rule in STAFF_RULES)

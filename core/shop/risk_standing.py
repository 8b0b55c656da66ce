"""What stands about shoppers: for money and goods read in the very transaction that moves them, for
everything else loaded by the workers and kept up to date by NOTIFY.

Whoever cannot read it in a transaction does not commit either: money and goods fail closed. The
allow-list comes first. Invariants are checked elsewhere, before and whatever stands here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict

from core.events import Origin
from core.fraud_model_rules import MODEL_ABUSES
from core.fraud_rules import AbuseType
from core.postgres import Connection
from core.shop import risk_actions
from core.shop.risk import Outcome
from core.shop.risk_actions import Action, ActionDraft, ActionReason

# What a score alone says about how somebody uses a bot holds for a day; a person's decision until
# it is taken back.
SCORE_LASTS = timedelta(days=1)
PREPAY_MINUTES = 15


class Hold(BaseModel):
    """A shopper is held or blocked for an abuse, by a score or by a person."""

    model_config = ConfigDict(frozen=True)

    shop_id: int
    buyer_no: int
    abuse: str
    outcome: Outcome
    score: float


_STANDS = """v.outcome IN ('hold', 'block')
    AND NOT EXISTS (SELECT FROM fraud_allow AS a
        WHERE (a.shop_id, a.buyer_no) = (v.shop_id, v.buyer_no))"""
_HOLDS = f"""
SELECT v.shop_id, v.buyer_no, v.abuse, v.outcome, v.score FROM fraud_verdicts AS v
WHERE v.shop_id = $1 AND v.buyer_no = ANY($2::bigint[]) AND v.abuse = ANY($3::text[])
    AND {_STANDS}
ORDER BY v.score DESC, v.buyer_no, v.abuse
"""


def is_held(alias: str, abuses: str) -> str:
    """The condition that the shopper of a row (`shop_id`, `buyer_no`) is held or blocked for one of
    the abuses, a parameter such as `$3`."""
    return (
        f"EXISTS (SELECT FROM fraud_verdicts AS v WHERE (v.shop_id, v.buyer_no) "
        f"= ({alias}.shop_id, {alias}.buyer_no) AND v.abuse = ANY({abuses}::text[]) AND {_STANDS})"
    )


async def holds(
    connection: Connection, shop_id: int, buyer_nos: Sequence[int], *abuses: AbuseType
) -> list[Hold]:
    """Which of these shoppers are held or blocked for one of the abuses, the worst first."""
    rows = await connection.fetch(_HOLDS, shop_id, list(buyer_nos), list(abuses))
    return [Hold(**row) for row in rows]


async def enforce(  # pylint: disable=too-many-arguments  # what happened, in words
    connection: Connection,
    origin: Origin,
    buyer_no: int,
    *abuses: AbuseType,
    action: Action,
    order_id: int | None = None,
) -> Hold | None:
    """As `holds` of one shopper, and notes in the same transaction what is done about it."""
    found = await holds(connection, origin.shop_id, [buyer_no], *abuses)
    if not found:
        return None
    hold = found[0]
    rows = await connection.fetch(
        "SELECT rule, version, value, threshold, window_seconds, contribution FROM fraud_reasons "
        "WHERE shop_id = $1 AND buyer_no = $2 AND abuse = $3 ORDER BY contribution DESC, rule",
        origin.shop_id,
        buyer_no,
        hold.abuse,
    )
    draft = ActionDraft(
        shop_id=origin.shop_id,
        bot_id=origin.bot_id,
        buyer_no=buyer_no,
        abuse=hold.abuse,
        action=action,
        score=hold.score,
        at=datetime.now(UTC),
        reasons=tuple(ActionReason(**row) for row in rows),
        order_id=order_id,
    )
    await risk_actions.note(connection, [draft])
    return hold


@dataclass(frozen=True, slots=True)
class Blocked:
    """A verdict that a worker acts on. `until` None: as long as it stands. `is_spam`: of all rules
    nothing but those about texts led to it."""

    score: float
    until: datetime | None
    is_spam: bool
    reasons: tuple[ActionReason, ...] = ()


@dataclass(frozen=True, slots=True)
class ShopStanding:
    """All that a worker needs to know of a shop, by Telegram id. `cleared` are the abuses that a
    person has called a mistake; `on_sale` is the number of products in the catalogue."""

    allowed: frozenset[int]
    cleared: Mapping[int, frozenset[str]]
    blocked: Mapping[int, Mapping[str, Blocked]]
    snoozed: Mapping[int, frozenset[str]]
    on_sale: int


_BLOCKED = """
SELECT c.telegram_id, v.abuse, v.score, v.published_at, coalesce(l.label, '') AS label, r.reasons
FROM fraud_verdicts AS v
JOIN customers AS c USING (shop_id, buyer_no)
LEFT JOIN LATERAL (
    SELECT label FROM fraud_labels AS l
    WHERE (l.shop_id, l.buyer_no, l.abuse) = (v.shop_id, v.buyer_no, v.abuse)
    ORDER BY l.labelled_at DESC, l.id DESC LIMIT 1
) AS l ON true
LEFT JOIN LATERAL (
    SELECT coalesce(jsonb_agg(to_jsonb(r) - 'shop_id' - 'buyer_no' - 'abuse'
        ORDER BY r.contribution DESC, r.rule), '[]') AS reasons
    FROM fraud_reasons AS r WHERE (r.shop_id, r.buyer_no, r.abuse)
        = (v.shop_id, v.buyer_no, v.abuse)
) AS r ON true
WHERE v.shop_id = $1 AND v.abuse = ANY($2::text[]) AND v.outcome IN ('hold', 'block')
    AND c.telegram_id > 0
"""
_CLEARED = """
SELECT c.telegram_id, l.abuse FROM (
    SELECT DISTINCT ON (buyer_no, abuse) shop_id, buyer_no, abuse, label FROM fraud_labels
    WHERE shop_id = $1 ORDER BY buyer_no, abuse, labelled_at DESC, id DESC
) AS l JOIN customers AS c USING (shop_id, buyer_no) WHERE l.label = 'false_positive'
"""


async def of_shop(
    connection: Connection, shop_id: int, abuses: Sequence[str], spamming: frozenset[str]
) -> ShopStanding:
    """The verdicts about these abuses, with what people have decided. `spamming` are the rules
    about texts."""
    allowed = await connection.fetch(
        "SELECT c.telegram_id FROM fraud_allow JOIN customers AS c USING (shop_id, buyer_no) "
        "WHERE shop_id = $1",
        shop_id,
    )
    blocked: dict[int, dict[str, Blocked]] = {}
    for row in await connection.fetch(_BLOCKED, shop_id, list(abuses)):
        reasons = tuple(ActionReason(**each) for each in row["reasons"])
        is_confirmed = row["label"] == "confirmed"
        blocked.setdefault(row["telegram_id"], {})[row["abuse"]] = Blocked(
            score=row["score"],
            until=None if is_confirmed else row["published_at"] + SCORE_LASTS,
            is_spam=_is_spam(reasons, spamming),
            reasons=reasons,
        )
    snoozed = await connection.fetch(
        "SELECT c.telegram_id, array_agg(rule) AS found FROM fraud_snoozes "
        "JOIN customers AS c USING (shop_id, buyer_no) WHERE shop_id = $1 AND until > now() "
        "GROUP BY c.telegram_id",
        shop_id,
    )
    cleared: dict[int, set[str]] = {}
    for row in await connection.fetch(_CLEARED, shop_id):
        cleared.setdefault(row["telegram_id"], set()).add(row["abuse"])
    on_sale: int = await connection.fetchval(
        "SELECT count(*) FROM products WHERE shop_id = $1 AND is_active", shop_id
    )
    return ShopStanding(
        allowed=frozenset(row["telegram_id"] for row in allowed),
        cleared={who: frozenset(found) for who, found in cleared.items()},
        blocked=blocked,
        snoozed={row["telegram_id"]: frozenset(row["found"]) for row in snoozed},
        on_sale=on_sale,
    )


def _is_spam(reasons: Sequence[ActionReason], spamming: frozenset[str]) -> bool:
    """A model says no more than that it is an abuse, not by what."""
    measured = [each.rule for each in reasons if each.rule not in MODEL_ABUSES]
    return bool(measured) and spamming.issuperset(measured)

"""What the fraud filter did about a shopper while they were there, and why."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from core.postgres import Connection

Action = Literal["drop", "mute", "slow", "lock", "prepay", "hold", "by_hand", "stop"]
ACTIONS: tuple[Action, ...] = get_args(Action)
# What a person has to decide about: a payment or goods wait for them.
WAITING: frozenset[Action] = frozenset({"hold", "by_hand"})
KEPT_DAYS = 90
UNDECIDED_FOR = timedelta(days=3)


class ActionReason(BaseModel):
    """A rule that was hit: what it measured, its threshold, and the score that it would give
    alone."""

    model_config = ConfigDict(frozen=True)

    rule: str
    version: int
    value: float
    threshold: float
    window_seconds: int
    contribution: float
    is_shadow: bool = False


class ActionDraft(BaseModel):
    """An action, `times` times: of the shopper with this number or, where that is not known (0), of
    this Telegram id. `is_shadow`: it was not taken, because only shadow rules call for it."""

    model_config = ConfigDict(frozen=True)

    shop_id: int
    bot_id: int
    abuse: str
    action: Action
    score: float
    at: datetime
    buyer_no: int = 0
    telegram_id: int = 0
    reasons: tuple[ActionReason, ...] = ()
    order_id: int | None = None
    is_shadow: bool = False
    times: int = 1


class StoredAction(BaseModel):
    """What was done about a shopper on a day: `drop` (updates were not answered), `mute` (texts
    were not), `slow` (answers were delayed), `lock` (no promo codes), `prepay` (stock was kept for
    15 minutes only), `hold` (a payment waits for the owner), `by_hand` (goods were not handed out),
    `stop` (goods were not handed out again)."""

    model_config = ConfigDict(frozen=True)

    id: int
    bot_id: int
    buyer_no: int
    abuse: str
    action: Action
    is_shadow: bool
    score: float
    reasons: list[ActionReason]
    order_id: int | None
    times: int
    first_at: datetime
    last_at: datetime


_NOTE = """
INSERT INTO fraud_actions AS f (shop_id, bot_id, buyer_no, abuse, action, is_shadow, day, score,
    reasons, order_id, times, first_at, last_at)
SELECT $1, $2, who.buyer_no, $5, $6, $7, ($8::timestamptz AT TIME ZONE 'UTC')::date, $9, $10, $11,
    $12, $8, $8
FROM (SELECT $3::bigint AS buyer_no WHERE $3 > 0 UNION ALL
    SELECT buyer_no FROM customers WHERE shop_id = $1 AND telegram_id = $4 AND $3 = 0) AS who
ON CONFLICT (shop_id, bot_id, buyer_no, abuse, action, is_shadow, day, order_id) DO UPDATE
SET times = f.times + EXCLUDED.times, score = EXCLUDED.score, reasons = EXCLUDED.reasons,
    last_at = greatest(f.last_at, EXCLUDED.last_at)
"""


async def note(connection: Connection, drafts: Sequence[ActionDraft]) -> None:
    """Stores what was done; nothing of a Telegram id that the shop does not know."""
    ordered = sorted(drafts, key=lambda draft: (draft.shop_id, draft.buyer_no, draft.telegram_id))
    for draft in ordered:
        await connection.execute(
            _NOTE,
            draft.shop_id,
            draft.bot_id,
            draft.buyer_no,
            draft.telegram_id,
            draft.abuse,
            draft.action,
            draft.is_shadow,
            draft.at,
            draft.score,
            [reason.model_dump() for reason in draft.reasons],
            draft.order_id,
            draft.times,
        )


_SELECT = """
SELECT id, bot_id, buyer_no, abuse, action, is_shadow, score, reasons, order_id, times, first_at,
    last_at
FROM fraud_actions
"""


async def of_shop(
    connection: Connection,
    shop_id: int,
    *,
    size: int,
    before: tuple[datetime, int] | None = None,
    buyer_no: int | None = None,
) -> list[StoredAction]:
    """What was done in a shop, or about one of its shoppers, the newest first; `before`: the last
    one of the page before."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE shop_id = $1 AND ($2::bigint IS NULL OR buyer_no = $2) "
        "AND ($3::timestamptz IS NULL OR (last_at, id) < ($3, $4)) "
        "ORDER BY last_at DESC, id DESC LIMIT $5",
        shop_id,
        buyer_no,
        before[0] if before else None,
        before[1] if before else 0,
        size,
    )
    return [StoredAction(**row) for row in rows]


class HeldSince(BaseModel):
    """How many shoppers of a shop something was done about since a moment, by abuse and action."""

    model_config = ConfigDict(frozen=True)

    shop_id: int
    abuse: str
    action: Action
    shoppers: int
    last_at: datetime


async def since(
    connection: Connection, shop_ids: Sequence[int], moment: datetime
) -> list[HeldSince]:
    """What was really done since a moment (not by shadow rules), the newest first: for owners'
    alerts and the overview."""
    rows = await connection.fetch(
        "SELECT shop_id, abuse, action, count(DISTINCT buyer_no) AS shoppers, "
        "max(last_at) AS last_at FROM fraud_actions "
        "WHERE shop_id = ANY($1::int[]) AND last_at >= $2 AND NOT is_shadow "
        "GROUP BY shop_id, abuse, action ORDER BY max(last_at) DESC, shop_id, abuse, action",
        list(shop_ids),
        moment,
    )
    return [HeldSince(**row) for row in rows]


_UNDECIDED = """
SELECT f.shop_id, count(DISTINCT f.buyer_no) AS shoppers,
    array_agg(DISTINCT f.abuse ORDER BY f.abuse) AS abuses, max(f.last_at) AS last_at
FROM fraud_actions AS f
WHERE f.shop_id = ANY($1::int[]) AND f.last_at > now() - $2::interval AND NOT f.is_shadow
    AND NOT EXISTS (SELECT FROM fraud_decisions AS d
        WHERE (d.shop_id, d.buyer_no) = (f.shop_id, f.buyer_no) AND d.undone_at IS NULL
            AND d.abuse IN ('', f.abuse))
GROUP BY f.shop_id ORDER BY max(f.last_at) DESC, f.shop_id
"""


class Undecided(BaseModel):
    """How many of a shop's shoppers something was done about of late, and nobody has decided
    whether that is right."""

    model_config = ConfigDict(frozen=True)

    shop_id: int
    shoppers: int
    abuses: list[str]
    last_at: datetime


async def undecided(connection: Connection, shop_ids: Sequence[int]) -> list[Undecided]:
    """Of the last days: what an owner should look at."""
    rows = await connection.fetch(_UNDECIDED, list(shop_ids), UNDECIDED_FOR)
    return [Undecided(**row) for row in rows]


async def forget(connection: Connection) -> None:
    """Deletes what is older than `KEPT_DAYS`."""
    await connection.execute(
        "DELETE FROM fraud_actions WHERE last_at < now() - make_interval(days => $1)", KEPT_DAYS
    )

"""Notices: what a bot could not do and its owner should know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from core.money import Money
from core.postgres import Connection
from core.shop import bots

NoticeKind = Literal["bill_refused", "updates_skipped", "bot_used_elsewhere"]


@dataclass(frozen=True, slots=True)
class Notice:
    """`reason` is a code. `bill_refused`: Telegram's error, with the bill's title as `subject` and
    its `price`. `updates_skipped`: why updates could not be fetched; `times` is how many, 0 if
    Telegram does not say. `bot_used_elsewhere`: `message` if something was sent in the bot's name
    by somebody else, or the part of its profile that somebody has changed."""

    kind: NoticeKind
    reason: str
    subject: str = ""
    price: Money | None = None
    times: int = 1


class StoredNotice(BaseModel):
    """A notice that nobody has dismissed; `times` counts its occurrences."""

    model_config = ConfigDict(frozen=True)

    id: int
    shop_id: int
    bot_id: int
    kind: NoticeKind
    reason: str
    subject: str
    amount_minor: int | None
    currency: str | None
    times: int
    last_at: datetime


async def leave(connection: Connection, bot_id: int, notice: Notice) -> None:
    """One row for each cause, however often it occurs."""
    await connection.execute(
        "INSERT INTO bot_notices AS n (bot_id, kind, reason, subject, amount_minor, currency, "
        "times) VALUES ($1, $2, $3, $4, $5, $6, $7) "
        "ON CONFLICT (bot_id, kind, reason, subject, amount_minor, currency) DO UPDATE "
        "SET times = n.times + EXCLUDED.times, last_at = now()",
        bot_id,
        notice.kind,
        notice.reason,
        notice.subject,
        notice.price.amount_minor if notice.price else None,
        notice.price.currency if notice.price else None,
        notice.times,
    )
    await bots.announce_state(connection, bot_id)


async def of_shops(connection: Connection, shop_ids: Sequence[int]) -> list[StoredNotice]:
    """The newest first. Those of a kind that only a later version knows are left to it."""
    rows = await connection.fetch(
        "SELECT n.id, b.shop_id, n.bot_id, n.kind, n.reason, n.subject, n.amount_minor, "
        "n.currency, n.times, n.last_at FROM bot_notices AS n JOIN bots AS b ON b.id = n.bot_id "
        "WHERE b.shop_id = ANY($1::int[]) AND b.removed_at IS NULL AND n.kind = ANY($2::text[]) "
        "ORDER BY n.last_at DESC",
        list(shop_ids),
        list(get_args(NoticeKind)),
    )
    return [StoredNotice(**row) for row in rows]


async def dismiss(connection: Connection, bot_id: int, notice_id: int) -> None:
    """Removes a notice that the owner has read."""
    await connection.execute(
        "DELETE FROM bot_notices WHERE id = $1 AND bot_id = $2", notice_id, bot_id
    )
    await bots.announce_state(connection, bot_id)

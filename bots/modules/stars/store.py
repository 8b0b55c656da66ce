"""What is compared with Telegram's list, and what came of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from bots.modules.stars.reconciliation import Booked, Difference, Kind
from core.events import Origin
from core.postgres import Connection


class StarDifference(BaseModel):
    """A charge that we and Telegram do not have alike, in whole Stars; null: it is not there."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    charge_id: str
    ours_minor: int | None
    theirs_minor: int | None
    happened_at: datetime
    seen_at: datetime


class Reconciliation(BaseModel):
    """When it was done last, and how many of Telegram's transactions were looked at."""

    model_config = ConfigDict(frozen=True)

    done_at: datetime
    moves: int


async def origin_of(connection: Connection, origin: Origin, order_id: int) -> Origin:
    """The origin in the order's shop. The reactions that run for `origin` are those of its own
    shop, and are not called for another's."""
    row = await connection.fetchrow(
        "SELECT s.id, s.retention_days FROM orders AS o JOIN shops AS s ON s.id = o.shop_id "
        "WHERE o.id = $1",
        order_id,
    )
    if row is None or row["id"] == origin.shop_id:
        return origin
    return replace(origin, shop_id=row["id"], retention_days=row["retention_days"], journal=None)


async def last(connection: Connection, bot_id: int) -> Reconciliation | None:
    row = await connection.fetchrow(
        "SELECT done_at, moves FROM stars_reconciliations WHERE bot_id = $1", bot_id
    )
    return None if row is None else Reconciliation(**row)


async def connected_at(connection: Connection, bot_id: int) -> datetime:
    """Since when the bot is ours."""
    moment: datetime = await connection.fetchval(
        "SELECT created_at FROM bots WHERE id = $1", bot_id
    )
    return moment


async def differences(connection: Connection, bot_id: int) -> list[StarDifference]:
    """The newest first."""
    rows = await connection.fetch(
        "SELECT kind, charge_id, ours_minor, theirs_minor, happened_at, seen_at "
        "FROM stars_differences WHERE bot_id = $1 ORDER BY happened_at DESC, charge_id",
        bot_id,
    )
    return [StarDifference(**row) for row in rows]


async def booked(
    connection: Connection, bot_id: int, since: datetime, charge_ids: Sequence[str]
) -> list[Booked]:
    """The bot's payments in Stars since then, and those of these charges; what is kept until a
    module books it counts, too."""
    rows = await connection.fetch(
        "SELECT p.charge_id, p.amount_minor, p.status = 'refunded' AS is_refunded, "
        "    p.created_at AS at "
        "FROM payments AS p JOIN orders AS o ON o.id = p.order_id "
        "WHERE o.bot_id = $1 AND p.provider = 'stars' "
        "    AND (p.created_at >= $2 OR p.charge_id = ANY($3::text[])) "
        "UNION ALL "
        "SELECT u.charge_id, u.amount_minor, EXISTS (SELECT FROM unbooked_refunds AS r "
        "    WHERE (r.bot_id, r.provider, r.charge_id) = (u.bot_id, u.provider, u.charge_id)), "
        "    u.occurred_at "
        "FROM unbooked_payments AS u WHERE u.bot_id = $1 AND u.provider = 'stars' "
        "    AND (u.occurred_at >= $2 OR u.charge_id = ANY($3::text[])) AND NOT EXISTS "
        "    (SELECT FROM payments WHERE provider = 'stars' AND charge_id = u.charge_id)",
        bot_id,
        since,
        list(charge_ids),
    )
    return [Booked(**row) for row in rows]


async def write(
    connection: Connection, bot_id: int, found: Sequence[Difference], *, moves: int, at: datetime
) -> None:
    """What was found takes the place of what was found before."""
    await connection.execute("DELETE FROM stars_differences WHERE bot_id = $1", bot_id)
    await connection.executemany(
        "INSERT INTO stars_differences (bot_id, kind, charge_id, ours_minor, theirs_minor, "
        "happened_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [
            (bot_id, each.kind, each.charge_id, each.ours_minor, each.theirs_minor, each.at, at)
            for each in found
        ],
    )
    await connection.execute(
        "INSERT INTO stars_reconciliations (bot_id, done_at, moves) VALUES ($1, $2, $3) "
        "ON CONFLICT (bot_id) DO UPDATE SET done_at = $2, moves = $3",
        bot_id,
        at,
        moves,
    )


async def payer_of(connection: Connection, charge_id: str) -> int:
    """Who paid, by Telegram's id; 0 once they are erased."""
    found: int | None = await connection.fetchval(
        "SELECT payer_telegram_id FROM payments WHERE provider = 'stars' AND charge_id = $1",
        charge_id,
    )
    return found or 0

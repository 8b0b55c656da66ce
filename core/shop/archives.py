"""A shop's end: archived, with its figures kept; restored; or deleted for good after a delay.

An archived shop's bots are stopped and its write keys rest; all that was counted stays readable. A
deletion is asked for, and archives the shop at once; until `GRACE` has passed, the shop can be
restored. What is deleted then, and how, see `core.shop_rows`.
"""

from datetime import datetime, timedelta

from core.errors import Conflict
from core.postgres import Connection
from core.shop import bots, shops
from core.shop.shops import Shop

GRACE = timedelta(days=14)
_REASON = "shop_archived"  # of a bot's state
_LOCK = 0x73686F70  # any number of ours
_DUE = """
SELECT s.id FROM shops AS s WHERE s.delete_after <= $1 AND NOT EXISTS (
    SELECT FROM outbox AS o JOIN shipments AS p ON p.shard = o.shard
    WHERE o.shop_id = s.id AND (o.xid, o.pos) > (p.xid, p.pos))
"""


class ShopArchived(Conflict):
    """The shop is archived: its bots are stopped, and it takes no others."""

    code = "shop_archived"

    def __init__(self) -> None:
        super().__init__("the shop is archived: restore it first")


class ShopOpen(Conflict):
    """There is nothing to restore."""

    code = "shop_open"


def refuse_archived(shop: Shop) -> None:
    """Raises ShopArchived."""
    if shop.archived_at is not None:
        raise ShopArchived


async def find_archived(
    connection: Connection, *, shop_id: int | None = None, bot_id: int | None = None
) -> int | None:
    """The id of this shop, or of the shop of this bot, if it is archived."""
    found: int | None = await connection.fetchval(
        "SELECT id FROM shops WHERE archived_at IS NOT NULL "
        "AND id = coalesce($1::bigint, (SELECT shop_id FROM bots WHERE id = $2))",
        shop_id,
        bot_id,
    )
    return found


async def keep_open(connection: Connection, shop_id: int) -> Shop:
    """Whoever archives the shop waits until the transaction ends. Raises NotFound, ShopArchived."""
    await connection.execute("SELECT pg_advisory_xact_lock_shared($1, $2)", _LOCK, shop_id)
    shop = await shops.get(connection, shop_id)
    refuse_archived(shop)
    return shop


async def archive(connection: Connection, shop_id: int, now: datetime) -> Shop:
    """Stops the shop's bots and keeps everything else. Raises NotFound, ShopArchived."""
    refuse_archived(await _locked(connection, shop_id))
    await _stop_bots(connection, shop_id)
    await connection.execute("UPDATE shops SET archived_at = $2 WHERE id = $1", shop_id, now)
    return await shops.get(connection, shop_id)


async def ask_deletion(connection: Connection, shop_id: int, now: datetime) -> Shop:
    """Archives the shop, if it is not, and has it deleted when `GRACE` has passed; a second time
    changes nothing. Raises NotFound."""
    shop = await _locked(connection, shop_id)
    if shop.archived_at is None:
        await _stop_bots(connection, shop_id)
    await connection.execute(
        "UPDATE shops SET archived_at = coalesce(archived_at, $2), "
        "delete_after = coalesce(delete_after, $3) WHERE id = $1",
        shop_id,
        now,
        now + GRACE,
    )
    return await shops.get(connection, shop_id)


async def restore(connection: Connection, shop_id: int) -> Shop:
    """Starts the bots again that were stopped with the shop, and forgets that it was to be deleted.
    Raises NotFound, ShopOpen."""
    shop = await _locked(connection, shop_id)
    if shop.archived_at is None:
        raise ShopOpen("the shop is not archived")
    await connection.execute(
        "UPDATE shops SET archived_at = NULL, delete_after = NULL WHERE id = $1", shop_id
    )
    rows = await connection.fetch(
        "UPDATE bots SET state = 'queued', state_reason = NULL, state_changed_at = now() "
        "WHERE shop_id = $1 AND removed_at IS NULL AND state = 'stopped' AND state_reason = $2 "
        "RETURNING id",
        shop_id,
        _REASON,
    )
    for row in rows:
        await _announce(connection, row["id"])
    return await shops.get(connection, shop_id)


async def is_due(connection: Connection, shop_id: int, now: datetime) -> bool:
    """Whether `due` still names the shop; locks it, so that it is not restored meanwhile and gets
    no more rows."""
    await connection.execute("SELECT pg_advisory_xact_lock($1, $2)", _LOCK, shop_id)
    await connection.execute("SELECT FROM shops WHERE id = $1 FOR UPDATE", shop_id)
    return bool(await connection.fetch(f"{_DUE} AND s.id = $2", now, shop_id))


async def due(connection: Connection, now: datetime) -> list[int]:
    """The shops whose time of grace has passed and whose events have all arrived in ClickHouse."""
    rows = await connection.fetch(f"{_DUE} ORDER BY s.delete_after, s.id", now)
    return [row["id"] for row in rows]


async def _locked(connection: Connection, shop_id: int) -> Shop:
    # Not the shop's row: workers write in it, and their leases are locked before it.
    await connection.execute("SELECT pg_advisory_xact_lock($1, $2)", _LOCK, shop_id)
    return await shops.get(connection, shop_id)


async def _stop_bots(connection: Connection, shop_id: int) -> None:
    for bot in await bots.of_shops(connection, [shop_id]):
        await bots.take_from_worker(connection, bot.id)
        await bots.set_state(connection, bot.id, "stopped", _REASON)
        await _announce(connection, bot.id)


async def _announce(connection: Connection, bot_id: int) -> None:
    await bots.announce(connection, bot_id)
    await bots.announce_state(connection, bot_id)

"""Entries and wallets as lists; what changes them is `core.shop.wallets`."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from core.conditions import Conditions
from core.errors import NotFound
from core.money import Money
from core.postgres import Connection
from core.shop.wallets import EntryKind


class Entry(BaseModel):
    """What changed a wallet: `amount_minor` is signed, `balance_minor` what was in it after."""

    model_config = ConfigDict(frozen=True)

    id: int
    kind: EntryKind
    currency: str
    amount_minor: int
    balance_minor: int
    order_id: int | None
    order_no: int | None
    reason: str
    made_by: str
    created_at: datetime


class WalletRow(BaseModel):
    """A wallet in the owner's list. `buyer_name` is empty for who may not know it; a wallet of
    nobody (`buyer_no` 0) was an erased shopper's."""

    model_config = ConfigDict(frozen=True)

    id: int
    buyer_no: int
    buyer_name: str
    currency: str
    balance_minor: int
    held_minor: int


class Owed(BaseModel):
    """What the shop owes in one currency: `wallets` have something in them."""

    model_config = ConfigDict(frozen=True)

    currency: str
    wallets: int
    balance_minor: int
    held_minor: int


_ENTRIES = """
SELECT e.id, e.kind, e.currency, p.amount_minor, p.balance_minor, e.order_id, o.order_no, e.reason,
    e.made_by, e.created_at
FROM wallet_postings AS p JOIN wallet_entries AS e ON e.id = p.entry_id
LEFT JOIN orders AS o ON o.id = e.order_id
"""


async def of_buyer(
    connection: Connection, shop_id: int, buyer_no: int, *, limit: int, offset: int
) -> list[Entry]:
    """Of all of a shopper's wallets, the newest first."""
    rows = await connection.fetch(
        f"{_ENTRIES} WHERE p.wallet_id IN (SELECT id FROM wallets WHERE shop_id = $1 "
        "AND buyer_no = $2 AND buyer_no > 0) ORDER BY e.id DESC LIMIT $3 OFFSET $4",
        shop_id,
        buyer_no,
        limit,
        offset,
    )
    return [Entry(**row) for row in rows]


async def by_key(connection: Connection, shop_id: int, key: str) -> tuple[str, Money, str] | None:
    """The kind, the amount and the reason of the entry that was posted for this cause, if any."""
    row = await connection.fetchrow(
        "SELECT e.kind, p.amount_minor, e.currency, e.reason FROM wallet_entries AS e "
        "JOIN wallet_postings AS p ON p.entry_id = e.id AND p.account = 'wallet' "
        "WHERE e.shop_id = $1 AND e.natural_key = $2",
        shop_id,
        key,
    )
    if row is None:
        return None
    return row["kind"], Money(row["amount_minor"], row["currency"]), row["reason"]


async def of_wallet(
    connection: Connection, wallet_id: int, *, before: int | None, limit: int
) -> list[Entry]:
    """The newest first, below the id `before`."""
    rows = await connection.fetch(
        f"{_ENTRIES} WHERE p.wallet_id = $1 AND ($2::bigint IS NULL OR p.entry_id < $2) "
        "ORDER BY p.entry_id DESC LIMIT $3",
        wallet_id,
        before,
        limit,
    )
    return [Entry(**row) for row in rows]


_WALLETS = """
SELECT w.id, w.buyer_no, coalesce(c.first_name, '') AS buyer_name, w.currency, w.balance_minor,
    w.held_minor
FROM wallets AS w LEFT JOIN customers AS c ON (c.shop_id, c.buyer_no) = (w.shop_id, w.buyer_no)
"""


async def listed(
    connection: Connection,
    shop_id: int,
    *,
    buyer_no: int | None,
    currency: str | None,
    after: tuple[int, int] | None,
    limit: int,
) -> list[WalletRow]:
    """The fullest first, after the balance and id `after`; empty ones only of a named buyer."""
    where = Conditions()
    where.add("w.shop_id = {}", shop_id)
    if buyer_no is not None:
        where.add("w.buyer_no = {}", buyer_no)
    else:
        where.add("w.balance_minor > 0")
    if currency is not None:
        where.add("w.currency = {}", currency)
    if after is not None:
        where.add("(w.balance_minor, -w.id) < ({}, {})", after[0], -after[1])
    rows = await connection.fetch(
        f"{_WALLETS} WHERE {where.sql} ORDER BY w.balance_minor DESC, w.id LIMIT {int(limit)}",
        *where.values,
    )
    return [WalletRow(**row) for row in rows]


async def get(connection: Connection, shop_id: int, wallet_id: int) -> WalletRow:
    """Raises NotFound, also for another shop's."""
    row = await connection.fetchrow(
        f"{_WALLETS} WHERE w.id = $1 AND w.shop_id = $2", wallet_id, shop_id
    )
    if row is None:
        raise NotFound(f"there is no wallet {wallet_id}")
    return WalletRow(**row)


async def owed(connection: Connection, shop_id: int) -> list[Owed]:
    """By currency."""
    rows = await connection.fetch(
        "SELECT currency, count(*) FILTER (WHERE balance_minor > 0) AS wallets, "
        "sum(balance_minor)::bigint AS balance_minor, sum(held_minor)::bigint AS held_minor "
        "FROM wallets WHERE shop_id = $1 GROUP BY currency ORDER BY currency",
        shop_id,
    )
    return [Owed(**row) for row in rows]


async def overdue(connection: Connection, bot_id: int) -> list[tuple[int, int]]:
    """Open orders whose time to be paid is over and that keep something of a wallet, with how much:
    minor units."""
    rows = await connection.fetch(
        "SELECT id, wallet_minor FROM orders WHERE bot_id = $1 AND status = 'created' "
        "AND expires_at <= now() - interval '2 minutes' AND wallet_minor > 0 "
        "ORDER BY expires_at, id LIMIT 100 FOR UPDATE SKIP LOCKED",
        bot_id,
    )
    return [(row["id"], row["wallet_minor"]) for row in rows]

"""What shoppers have entered, which orders were made with a code, and who guesses."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from asyncpg import Record

from bots.modules.promo.codes import Code, link_code
from bots.modules.promo.rules import Entry, Standing
from core.postgres import Connection
from core.shop import contacts
from core.shop.customers import Customer
from core.shop.orders import Order

GUESSES = 5
GUESSES_OF_ALL = 50  # of all shoppers together, within the same time
GUESSED_WITHIN = timedelta(minutes=5)
LOCKED_FOR = timedelta(minutes=15)

COLUMNS = (
    "c.id, c.code, c.kind, c.share_bp, c.amount_minor, c.currency, c.gift_product_id, "
    "c.gift_variant_id, c.most_uses, c.most_per_buyer, c.first_order_only, c.buyer_no, "
    "c.starts_at, c.ends_at, c.least_minor, c.product_ids, c.category_ids, c.is_together, c.note, "
    "c.is_active, c.version, c.created_at"
)
_FIRST_ORDERS = 0x66697273  # any number of ours
# Orders `o` that have used a code or keep it. What is open and not being paid keeps it from other
# people, and not from its own shopper (`$2`), whose next order takes it over. Once a payment has
# been asked for, it may come until the order expires: a transfer is not asked about again.
_PAYING = (
    "coalesce(o.reserved_until > now() "
    "OR o.payment_asked_at IS NOT NULL AND o.expires_at > now(), false)"
)
_SOLD = "o.purpose = 'goods' AND o.status IN ('paid', 'held', 'refunded')"
_BUSY = f"(o.status = 'created' AND o.buyer_no = $2 AND {_PAYING})"
_KEEPS = f"({_SOLD} OR {_BUSY} OR (o.status = 'created' AND o.buyer_no <> $2))"
_OTHERS = (
    "FROM promo_uses AS u JOIN orders AS o ON o.id = u.order_id "
    "WHERE u.promo_id = c.id AND o.shop_id = $1 AND o.id <> $3"
)
# Of a code `c`, for the shopper `$2` of the shop `$1`, without the order `$3`; uses are counted up
# to the limit.
_STANDING = (
    "CASE WHEN c.most_uses IS NULL THEN 0 ELSE (SELECT count(*) FROM "
    f"(SELECT {_OTHERS} AND {_KEEPS} LIMIT c.most_uses) AS enough) END AS used, "
    "CASE WHEN c.most_per_buyer IS NULL THEN 0 ELSE (SELECT count(*) FROM "
    f"(SELECT {_OTHERS} AND o.buyer_no = $2 AND {_KEEPS} LIMIT c.most_per_buyer) AS enough) END "
    "AS used_by_buyer, "
    "c.first_order_only AND (EXISTS (SELECT FROM orders AS o WHERE o.shop_id = $1 "
    f"AND o.buyer_no = $2 AND o.id <> $3 AND {_SOLD}) "
    f"OR EXISTS (SELECT {_OTHERS} AND {_BUSY})) AS has_ordered, "
    f"EXISTS (SELECT {_OTHERS} AND {_BUSY}) AS is_busy"
)


def code_of(row: Record | Mapping[str, Any]) -> Code:
    """A row with COLUMNS."""
    values = {name: row[name] for name in Code.model_fields.keys() if name != "link"}
    return Code(**values, link=link_code(row["code"]))


def _entry(row: Record) -> Entry:
    names = ("used", "used_by_buyer", "has_ordered", "is_busy")
    return Entry(code_of(row), Standing(**{name: row[name] for name in names}))


async def entered(connection: Connection, customer: Customer, *, but_order: int = 0) -> list[Entry]:
    """What the shopper has entered, in that order; standings are without an order's own use."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS}, {_STANDING} FROM promo_entered AS e "
        "JOIN promo_codes AS c ON c.id = e.promo_id WHERE e.shop_id = $1 AND e.buyer_no = $2 "
        "ORDER BY e.entered_at, c.id",
        customer.shop_id,
        customer.buyer_no,
        but_order,
    )
    return [_entry(row) for row in rows]


async def of_order(connection: Connection, customer: Customer, order_id: int) -> list[Entry]:
    """The codes with which an order of the shopper's was made."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS}, {_STANDING} FROM promo_uses AS mine "
        "JOIN promo_codes AS c ON c.id = mine.promo_id WHERE mine.order_id = $3 ORDER BY c.id",
        customer.shop_id,
        customer.buyer_no,
        order_id,
    )
    return [_entry(row) for row in rows]


async def with_payers(
    connection: Connection,
    customer: Customer,
    entries: Sequence[Entry],
    given: Mapping[str, str] | None = None,
) -> list[Entry]:
    """The entries, knowing of codes for first orders whether somebody with a telephone or e-mail of
    the shopper's, or one that is `given` by field just now, has used such a code: the same person
    behind another account."""
    if not any(each.code.first_order_only for each in entries):
        return list(entries)
    others = await contacts.orders_of_payer(
        connection, customer.shop_id, customer.buyer_no, given or {}
    )
    if not others or not await _has_first(connection, others):
        return list(entries)
    return [replace(each, standing=replace(each.standing, is_shared=True)) for each in entries]


async def _has_first(connection: Connection, order_ids: Sequence[int]) -> bool:
    """Whether one of these was made with a code for first orders, and is paid or being paid."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM orders AS o JOIN promo_uses AS u ON u.order_id = o.id "
        "JOIN promo_codes AS c ON c.id = u.promo_id WHERE o.id = ANY($1::bigint[]) "
        f"AND c.first_order_only AND ({_SOLD} OR o.status = 'created' AND {_PAYING}))",
        order_ids,
    )
    return found


async def lock_first_orders(connection: Connection, shop_id: int) -> None:
    """Lets one after another use the shop's codes for first orders, until the transaction ends: who
    else pays with the same telephone at this moment is seen."""
    await connection.execute("SELECT pg_advisory_xact_lock($1, $2)", _FIRST_ORDERS, shop_id)


async def is_being_made(connection: Connection, order_id: int) -> bool:
    """Whether the order was made in this transaction, so that its codes are noted at the end of
    it: some ways to pay look at its price at once."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM orders WHERE id = $1 AND created_at = now())", order_id
    )
    return found


async def find(connection: Connection, customer: Customer, key: str) -> Entry | None:
    """A code of the shop by its key."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS}, {_STANDING} FROM promo_codes AS c "
        "WHERE c.shop_id = $1 AND c.code_key = $4",
        customer.shop_id,
        customer.buyer_no,
        0,
        key,
    )
    return None if row is None else _entry(row)


async def lock(connection: Connection, customer: Customer, order_id: int) -> None:
    """Reserves the codes that the shopper has entered, or those of an order, until the transaction
    ends: what is read next of their uses still holds when it is written.

    First the shopper's open orders with them, then the shopper, for what counts by shopper, then
    the codes with a limit for all, each in one order: whoever pays an order has locked that first,
    too. A code without such a limit is used by many at once.
    """
    await connection.execute(
        "SELECT FROM orders AS o WHERE o.shop_id = $1 AND o.buyer_no = $2 "
        "AND o.status = 'created' AND $3::bigint = 0 AND EXISTS (SELECT FROM promo_uses AS u "
        "  JOIN promo_entered AS e ON e.promo_id = u.promo_id WHERE u.order_id = o.id "
        "  AND e.shop_id = $1 AND e.buyer_no = $2) ORDER BY o.id FOR UPDATE OF o",
        customer.shop_id,
        customer.buyer_no,
        order_id,
    )
    await connection.execute(
        "SELECT FROM customers WHERE shop_id = $1 AND buyer_no = $2 FOR NO KEY UPDATE",
        customer.shop_id,
        customer.buyer_no,
    )
    await connection.execute(
        "SELECT FROM promo_codes WHERE most_uses IS NOT NULL AND id IN ("
        "  SELECT promo_id FROM promo_entered "
        "    WHERE shop_id = $1 AND buyer_no = $2 AND $3::bigint = 0 "
        "  UNION SELECT promo_id FROM promo_uses WHERE order_id = $3) "
        "ORDER BY id FOR NO KEY UPDATE",
        customer.shop_id,
        customer.buyer_no,
        order_id,
    )


async def put(connection: Connection, customer: Customer, promo_id: int) -> bool:
    """Notes that the shopper has entered a code; False if it was noted before."""
    noted = await connection.fetchval(
        "INSERT INTO promo_entered (shop_id, buyer_no, promo_id) VALUES ($1, $2, $3) "
        "ON CONFLICT DO NOTHING RETURNING promo_id",
        customer.shop_id,
        customer.buyer_no,
        promo_id,
    )
    return noted is not None


async def take_away(connection: Connection, customer: Customer, promo_ids: Sequence[int]) -> None:
    """Forgets that the shopper has entered these."""
    await connection.execute(
        "DELETE FROM promo_entered WHERE shop_id = $1 AND buyer_no = $2 "
        "AND promo_id = ANY($3::bigint[])",
        customer.shop_id,
        customer.buyer_no,
        promo_ids,
    )


async def use(connection: Connection, order: Order, discounts: Mapping[int, int]) -> None:
    """Notes with which codes an order was made, and what each took off the goods, in minor units.

    The shopper's other open orders that nobody is paying lose them, if they are limited.
    """
    await connection.executemany(
        "INSERT INTO promo_uses (promo_id, order_id, discount_minor) VALUES ($1, $2, $3)",
        [(promo_id, order.id, amount) for promo_id, amount in discounts.items()],
    )
    await connection.execute(
        "DELETE FROM promo_uses AS u USING orders AS o, promo_codes AS c "
        "WHERE u.promo_id = ANY($1::bigint[]) AND o.id = u.order_id AND c.id = u.promo_id "
        "AND (o.shop_id, o.buyer_no) = ($2, $3) AND o.id <> $4 AND o.status = 'created' "
        f"AND NOT {_PAYING} "
        "AND (c.most_uses IS NOT NULL OR c.most_per_buyer IS NOT NULL OR c.first_order_only)",
        list(discounts),
        order.shop_id,
        order.buyer_no,
        order.id,
    )


async def forget_used(connection: Connection, customer: Customer, order_id: int) -> None:
    """The order is paid: its codes are entered for the next one no more."""
    await connection.execute(
        "DELETE FROM promo_entered WHERE shop_id = $1 AND buyer_no = $2 "
        "AND promo_id IN (SELECT promo_id FROM promo_uses WHERE order_id = $3)",
        customer.shop_id,
        customer.buyer_no,
        order_id,
    )


async def locked_until(
    connection: Connection, customer: Customer, now: datetime
) -> datetime | None:
    """Until when the shopper may enter no code; None if they may."""
    until: datetime | None = await connection.fetchval(
        "SELECT locked_until FROM promo_guesses WHERE shop_id = $1 AND buyer_no = $2 "
        "AND locked_until > $3",
        customer.shop_id,
        customer.buyer_no,
        now,
    )
    return until


async def note_wrong(connection: Connection, customer: Customer, now: datetime) -> bool:
    """Notes a wrong code; True if it was one too many, and none may be entered for a while."""
    wrong: list[datetime] = await connection.fetchval(
        "INSERT INTO promo_guesses AS g (shop_id, buyer_no, wrong_at) "
        "VALUES ($1, $2, ARRAY[$3::timestamptz]) "
        "ON CONFLICT (shop_id, buyer_no) DO UPDATE SET wrong_at = "
        "  ARRAY(SELECT at FROM unnest(g.wrong_at) AS at WHERE at > $3 - $4::interval) || $3 "
        "RETURNING wrong_at",
        customer.shop_id,
        customer.buyer_no,
        now,
        GUESSED_WITHIN,
    )
    if len(wrong) < GUESSES and not await _is_guessed_by_many(connection, customer, now):
        return False
    await connection.execute(
        "UPDATE promo_guesses SET locked_until = $3 WHERE shop_id = $1 AND buyer_no = $2",
        customer.shop_id,
        customer.buyer_no,
        now + LOCKED_FOR,
    )
    return True


async def _is_guessed_by_many(connection: Connection, customer: Customer, now: datetime) -> bool:
    """Whether many accounts together guess the shop's codes: then one wrong code is too many for
    anybody, and a right one still works. Each counts with what they have entered, so that locks
    make no more of them."""
    guesses: int = await connection.fetchval(
        "SELECT count(*) FROM promo_guesses AS g, unnest(g.wrong_at) AS at "
        "WHERE g.shop_id = $1 AND at > $2::timestamptz - $3::interval",
        customer.shop_id,
        now,
        GUESSED_WITHIN,
    )
    return guesses >= GUESSES_OF_ALL


async def has_codes(connection: Connection, shop_id: int, now: datetime) -> bool:
    """Whether the shop has a code that somebody can use."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM promo_codes WHERE shop_id = $1 AND is_active "
        "AND coalesce(starts_at <= $2, true) AND coalesce(ends_at > $2, true))",
        shop_id,
        now,
    )
    return found


async def products_for(
    connection: Connection, shop_id: int, code: Code, product_ids: Sequence[int]
) -> frozenset[int]:
    """For which of these products the code is: named ones, and all of its categories and those
    below them."""
    rows = await connection.fetch(
        "WITH RECURSIVE below AS ("
        "  SELECT id FROM categories WHERE shop_id = $1 AND id = ANY($2::bigint[]) UNION "
        "  SELECT c.id FROM below JOIN categories AS c "
        "    ON c.shop_id = $1 AND c.parent_id = below.id) "
        "SELECT id FROM products WHERE shop_id = $1 AND id = ANY($3::bigint[]) "
        "AND (id = ANY($4::bigint[]) OR category_id IN (SELECT id FROM below))",
        shop_id,
        code.category_ids,
        product_ids,
        code.product_ids,
    )
    return frozenset(row["id"] for row in rows)

"""The owner's list of orders: which are wanted, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from core.conditions import Conditions, expected_rows, is_longer_than
from core.postgres import Connection
from core.shop.orders import OrderStatus, Stage
from core.shop.shops import Shop
from core.shop.sought import Sought, like, number_of
from core.zones import day_start

Sort = Literal["newest", "oldest", "paid", "total"]


class OrderRow(BaseModel):
    """An order in the owner's list; `title` is its first line's, `lines` how many there are."""

    model_config = ConfigDict(frozen=True)

    id: int
    order_no: int
    bot_id: int
    buyer_no: int
    buyer_name: str
    status: OrderStatus
    stage: Stage
    attention: str | None
    title: str
    lines: int
    units: int
    total_minor: int
    refunded_minor: int
    currency: str
    method: str
    created_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders: of one bot (None: all of the shop's), made from a day to another, both
    included, as the shop's calendar has it; `text` is a number, or words of a title or, if
    `by_name`, of the buyer's name."""

    bot_id: int | None = None
    status: OrderStatus | None = None
    stage: Stage | None = None
    needs_attention: bool = False
    buyer_no: int | None = None
    text: str = ""
    by_name: bool = True
    since: date | None = None
    until: date | None = None
    sort: Sort = "newest"

    @property
    def is_dated(self) -> bool:
        return self.since is not None or self.until is not None

    @property
    def order(self) -> str:
        """The order of an index: the newest or oldest by id, or by time where only some days are
        wanted, which by id would be found by reading all later orders."""
        if self.sort == "paid":
            return "o.paid_at DESC, o.id DESC"
        if self.sort == "total":
            return "o.total_minor DESC, o.id DESC"
        way = "DESC" if self.sort == "newest" else "ASC"
        return f"o.created_at {way}, o.id {way}" if self.is_dated else f"o.id {way}"


@dataclass(frozen=True, slots=True)
class Place:
    """An order's place in the list, after which a page begins; `total_minor` is of the sort
    `total`, as it was then: that of an unpaid order may have changed."""

    id: int
    total_minor: int = 0


_SHOWN = """
o.id, o.order_no, o.bot_id, o.buyer_no, c.first_name AS buyer_name, o.status, o.stage,
o.attention, coalesce(l.title, '') AS title, coalesce(l.lines, 0)::int AS lines,
coalesce(l.units, 0)::int AS units,
o.total_minor, o.refunded_minor, o.currency, o.method, o.created_at, o.paid_at
"""
_OF_ORDERS = """
JOIN customers AS c ON (c.shop_id, c.buyer_no) = (o.shop_id, o.buyer_no)
LEFT JOIN LATERAL (SELECT count(*) AS lines, sum(quantity) AS units,
        (array_agg(title ORDER BY line))[1] AS title
    FROM order_lines WHERE order_id = o.id) AS l ON true
"""
_WALKED = 300  # orders that are read one by one before anything is looked for in the indexes
# Of words that more orders have, the indexes find too many: orders are read one by one, which ends
# as soon as the page is full.
_FREQUENT, _WALKED_FURTHER = 5000, 50_000


def _conditions(shop: Shop, wanted: Wanted) -> Conditions:
    """Of all but the text, over `o`."""
    where = Conditions()
    where.add("o.shop_id = {}", shop.id)
    if not wanted.needs_attention:  # a payment that does not fit is looked after here, too
        where.add("o.purpose = 'goods'")
    if wanted.bot_id is not None:
        where.add("o.bot_id = {}", wanted.bot_id)
    if wanted.stage is not None:
        where.add("o.stage = {} AND o.status = 'paid'", wanted.stage)
    if wanted.status is not None:
        where.add("o.status = {}", wanted.status)
    if wanted.needs_attention:
        where.add("o.attention IS NOT NULL")
    if wanted.buyer_no is not None:
        where.add("o.buyer_no = {}", wanted.buyer_no)
    if wanted.since is not None:
        where.add("o.created_at >= {}", day_start(wanted.since, shop.timezone))
    if wanted.until is not None:
        end = day_start(wanted.until + timedelta(days=1), shop.timezone)
        where.add("o.created_at < {}", end)
    if wanted.sort == "paid":
        where.add("o.paid_at IS NOT NULL")
    return where


async def _begin_after(
    connection: Connection, where: Conditions, shop: Shop, wanted: Wanted, place: Place
) -> None:
    comparison = ">" if wanted.sort == "oldest" else "<"
    if wanted.sort == "total":
        where.add("(o.total_minor, o.id) < ({}::bigint, {}::bigint)", place.total_minor, place.id)
    elif wanted.sort == "paid" or wanted.is_dated:
        # Neither changes once it is there.
        name = "paid_at" if wanted.sort == "paid" else "created_at"
        at = await connection.fetchval(
            f"SELECT {name} FROM orders WHERE shop_id = $1 AND id = $2", shop.id, place.id
        )
        where.add(f"(o.{name}, o.id) {comparison} ({{}}::timestamptz, {{}}::bigint)", at, place.id)
    else:
        where.add(f"o.id {comparison} {{}}", place.id)


@dataclass(frozen=True, slots=True)
class _Text:
    """Conditions that an order has the words: for one order, and for the ids of all (in parts,
    which may have an order twice)."""

    of_one: str
    parts: tuple[str, ...]


def _text(where: Conditions, wanted: Wanted, sought: Sought) -> _Text:
    words = where.value(sought.pattern)
    named = like("c.plain_names", words) if wanted.by_name else "false"
    titled = like("l.plain_title", words)
    number = number_of(wanted.text)
    is_number = "false" if number is None else f"o.order_no = ${where.value(number)}"
    people = "JOIN customers AS c ON (c.shop_id, c.buyer_no) = (o.shop_id, o.buyer_no)"
    return _Text(
        # With OFFSET 0, for otherwise all customers of that name are read at once, however few
        # orders are looked at.
        of_one=f"({is_number} OR EXISTS (SELECT FROM customers AS c WHERE {named} "
        "AND (c.shop_id, c.buyer_no) = (o.shop_id, o.buyer_no) OFFSET 0) "
        f"OR EXISTS (SELECT FROM order_lines AS l WHERE l.order_id = o.id AND {titled} OFFSET 0))",
        parts=(
            f"SELECT o.id FROM orders AS o WHERE o.shop_id = $1 AND {is_number}",
            f"SELECT o.id FROM orders AS o {people} WHERE c.shop_id = $1 AND {named}",
            "SELECT o.id FROM orders AS o JOIN order_lines AS l ON l.order_id = o.id "
            f"WHERE o.shop_id = $1 AND {titled}",
        ),
    )


def _page(orders: str, order: str, size: int) -> str:
    page = f"{orders} ORDER BY {order} LIMIT {int(size)}"
    return f"SELECT {_SHOWN} FROM ({page}) AS o {_OF_ORDERS} ORDER BY {order}"


async def listed(
    connection: Connection, shop: Shop, wanted: Wanted, *, after: Place | None, limit: int
) -> list[OrderRow]:
    """As `wanted.sort` says, after a place; none if that is not an order of the shop. Sorted by
    when they were paid, only those that were."""
    where = _conditions(shop, wanted)
    if after is not None:
        await _begin_after(connection, where, shop, wanted, after)
    orders = f"SELECT * FROM orders AS o WHERE {where.sql}"
    values = tuple(where.values)
    sought = await Sought.of(connection, wanted.text)
    if sought is None:
        rows = await connection.fetch(_page(orders, wanted.order, limit), *values)
    else:
        text = _text(where, wanted, sought)
        search = _Search(orders, values, sought, text, tuple(where.values))
        rows = await _searched(connection, shop, wanted, search, limit)
    return [OrderRow(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class _Search:
    """The orders without regard to the words and the values of that, the words, and all values."""

    orders: str
    values: tuple[Any, ...]
    sought: Sought
    text: _Text
    all_values: tuple[Any, ...]


async def _searched(
    connection: Connection, shop: Shop, wanted: Wanted, search: _Search, limit: int
) -> list[Any]:
    """Frequent words fill the page from the first orders; rare ones are in the indexes."""
    rows, are_all = await _walked(connection, wanted, search, limit, _WALKED)
    if are_all:
        return rows
    orders, values = search.orders, search.values
    found = await _few(connection, shop, wanted, search.sought)
    if found is not None:
        of_found = f"{orders} AND o.id = ANY(${len(values) + 1}::bigint[])"
        return await connection.fetch(_page(of_found, wanted.order, limit), *values, found)
    rows, are_all = await _walked(connection, wanted, search, limit, _WALKED_FURTHER)
    if are_all:
        return rows
    of_all = _found(search.text, orders)
    return await connection.fetch(_page(of_all, wanted.order, limit), *search.all_values)


async def _walked(
    connection: Connection, wanted: Wanted, search: _Search, limit: int, walked: int
) -> tuple[list[Any], bool]:
    """Those of the first orders that have the words, and whether the page is full or there are no
    other orders."""
    orders, order = search.orders, wanted.order
    first = f"({orders} ORDER BY {order} LIMIT {walked}) AS o WHERE {search.text.of_one}"
    page = _page(f"SELECT * FROM {first}", order, limit)
    rows: list[Any] = await connection.fetch(page, *search.all_values)
    is_full = len(rows) == limit
    return rows, is_full or not await is_longer_than(connection, orders, search.values, walked)


async def _few(
    connection: Connection, shop: Shop, wanted: Wanted, sought: Sought
) -> Sequence[int] | None:
    """The ids of all the orders that have the words, whatever else is wanted; None if they are more
    than are worth finding."""
    where = Conditions()
    where.add("o.shop_id = {}", shop.id)
    parts = _text(where, wanted, sought).parts
    # To find that they are too many takes as long as to find them.
    if await expected_rows(connection, " UNION ALL ".join(parts), where.values) > _FREQUENT:
        return None
    for table, column in (
        ("customers AS c", "c.plain_names"),
        ("order_lines AS l", "l.plain_title"),
    ):
        rarest = await _rarest(connection, table, column, sought)
        if rarest is not None:
            rows_of = f"SELECT * FROM {table} WHERE {like(column, where.value(rarest))} OFFSET 0"
            narrowed = f"({rows_of}) AS {column[0]}"
            parts = tuple(part.replace(f"JOIN {table}", f"JOIN {narrowed}") for part in parts)
    limited = " UNION ALL ".join(f"({part} LIMIT {_FREQUENT + 1})" for part in parts)
    rows = await connection.fetch(f"{limited} LIMIT {_FREQUENT + 1}", *where.values)
    return None if len(rows) > _FREQUENT else [row["id"] for row in rows]


async def _rarest(connection: Connection, table: str, column: str, sought: Sought) -> str | None:
    """The pattern of the one of several words that the fewest rows have; None if each has many. The
    index alone reads its entries of every part of every word, also of those that all rows have."""
    expected = {
        word: await expected_rows(
            connection, f"SELECT FROM {table} WHERE {like(column, 1)}", [word]
        )
        for word in sought.words
    }
    rarest = min(expected, key=expected.__getitem__, default=None)
    return rarest if rarest is not None and expected[rarest] <= _FREQUENT else None


def _found(text: _Text, orders: str) -> str:
    ids_of_all = " UNION ".join(text.parts)
    return f"WITH found AS MATERIALIZED ({ids_of_all}) {orders} AND o.id IN (SELECT id FROM found)"


async def ids(connection: Connection, shop: Shop, wanted: Wanted, *, limit: int) -> Sequence[int]:
    """The orders' ids, oldest first."""
    where = _conditions(shop, wanted)
    orders = f"SELECT * FROM orders AS o WHERE {where.sql}"
    sought = await Sought.of(connection, wanted.text)
    if sought is not None:
        orders = _found(_text(where, wanted, sought), orders)
    rows = await connection.fetch(
        f"SELECT o.id FROM ({orders}) AS o ORDER BY o.id LIMIT {int(limit)}", *where.values
    )
    return [row["id"] for row in rows]

"""Customers as their owner looks through them: filtered, searched, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from core.conditions import Conditions, is_longer_than
from core.errors import NotFound
from core.postgres import Connection
from core.shop.sought import Sought, like, number_of

Sort = Literal["joined", "bought"]
_WALKED = 5000


class Spent(BaseModel):
    """Paid orders in one currency: all that was paid, and what went back; minor units."""

    model_config = ConfigDict(frozen=True)

    currency: str
    orders: int
    paid_minor: int
    refunded_minor: int


class ListedCustomer(BaseModel):
    """A customer in the list. `source` is the code of the link they came by first, `spent` what
    they paid, by currency. Names are empty and `telegram_id` null for who may not see them."""

    model_config = ConfigDict(frozen=True)

    buyer_no: int
    telegram_id: int | None
    first_name: str
    username: str | None
    language: str
    is_premium: bool
    is_staff: bool
    is_test: bool
    source: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    last_bought_at: datetime | None
    blocked_at: datetime | None
    spent: tuple[Spent, ...] = ()

    def without_names(self) -> "ListedCustomer":
        """The same for who may not know who it is."""
        hidden = {"telegram_id": None, "first_name": "", "username": None}
        return self.model_copy(update=hidden)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which customers. `words`: a part of a name or username, or the number of the customer or of
    their Telegram account; `source` the code of their first link. Unless `by_person`, only the
    customer's own number is looked for: the rest says who somebody is."""

    words: str = ""
    source: str | None = None
    language: str | None = None
    bought: bool | None = None
    blocked: bool | None = None
    by_person: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """A customer's place in the list, after which a page begins; `at` is of the sort `bought`."""

    buyer_no: int
    at: datetime | None = None


_LISTED = """
c.buyer_no, c.telegram_id, c.first_name, c.username, c.language, c.is_premium, c.is_staff,
c.is_test, s.code AS source, c.first_seen_at, c.last_seen_at, c.last_bought_at, c.blocked_at
"""
_SPENT = """
SELECT buyer_no, currency, count(*) AS orders, sum(total_minor)::bigint AS paid_minor,
    sum(refunded_minor)::bigint AS refunded_minor
FROM orders WHERE shop_id = $1 AND buyer_no = ANY($2::bigint[]) AND paid_at IS NOT NULL
GROUP BY buyer_no, currency ORDER BY buyer_no, currency
"""


async def page(
    connection: Connection,
    shop_id: int,
    chosen: Filter,
    *,
    sort: Sort = "joined",
    size: int,
    after: Place | None = None,
) -> list[ListedCustomer]:
    """Customers after a place: who joined last comes first, or who bought last, without those who
    never did."""
    if sort == "bought":
        chosen = replace(chosen, bought=True)
    where = Conditions()
    where.add("c.shop_id = {}", shop_id)
    _filter(where, chosen)
    order = "c.buyer_no DESC"
    if sort == "bought":
        order = f"c.last_bought_at DESC, {order}"
    if after is not None and sort == "bought":
        where.add(
            "(c.last_bought_at, c.buyer_no) < ({}::timestamptz, {}::bigint)",
            after.at,
            after.buyer_no,
        )
    elif after is not None:
        where.add("c.buyer_no < {}::bigint", after.buyer_no)
    people = f"SELECT * FROM customers AS c WHERE {where.sql}"
    values = tuple(where.values)
    sought = None
    if number_of(chosen.words) is None:
        sought = await Sought.of(connection, chosen.words)
    if sought is None:
        rows = await connection.fetch(_page(people, order, size), *values)
        return await _with_spent(connection, shop_id, rows)
    named = like("c.plain_names", where.value(sought.pattern))
    # A frequent name fills the page from the first customers; a rare one is in the index.
    first = f"SELECT * FROM ({people} ORDER BY {order} LIMIT {_WALKED}) AS c WHERE {named}"
    rows = await connection.fetch(_page(first, order, size), *where.values)
    if len(rows) < size and await is_longer_than(connection, people, values, _WALKED):
        found = f"WITH c AS MATERIALIZED ({people} AND {named}) SELECT * FROM c"
        rows = await connection.fetch(_page(found, order, size), *where.values)
    return await _with_spent(connection, shop_id, rows)


def _page(people: str, order: str, size: int) -> str:
    return (
        f"SELECT {_LISTED} FROM ({people} ORDER BY {order} LIMIT {int(size)}) AS c "
        f"LEFT JOIN sources AS s ON s.id = c.first_source_id ORDER BY {order}"
    )


async def get(connection: Connection, shop_id: int, buyer_no: int) -> ListedCustomer:
    """One customer; raises NotFound."""
    rows = await connection.fetch(
        f"SELECT {_LISTED} FROM customers AS c LEFT JOIN sources AS s ON s.id = c.first_source_id "
        "WHERE c.shop_id = $1 AND c.buyer_no = $2",
        shop_id,
        buyer_no,
    )
    if not rows:
        raise NotFound(f"shop {shop_id} has no customer {buyer_no}")
    return (await _with_spent(connection, shop_id, rows))[0]


async def of_numbers(
    connection: Connection, shop_id: int, numbers: Sequence[int]
) -> dict[int, ListedCustomer]:
    """Customers by their numbers; those who are not there (any more) are left out."""
    rows = await connection.fetch(
        f"SELECT {_LISTED} FROM customers AS c LEFT JOIN sources AS s ON s.id = c.first_source_id "
        "WHERE c.shop_id = $1 AND c.buyer_no = ANY($2::bigint[])",
        shop_id,
        list(numbers),
    )
    return {each.buyer_no: each for each in await _with_spent(connection, shop_id, rows)}


def _filter(where: Conditions, chosen: Filter) -> None:
    if chosen.source is not None:
        where.add(
            "c.first_source_id = (SELECT id FROM sources WHERE shop_id = $1 AND code = {})",
            chosen.source,
        )
    if chosen.language is not None:
        where.add("c.language = {}", chosen.language)
    if chosen.bought is not None:
        where.add(f"c.last_bought_at IS {'NOT ' if chosen.bought else ''}NULL")
    if chosen.blocked is not None:
        where.add(f"c.blocked_at IS {'NOT ' if chosen.blocked else ''}NULL")
    number = number_of(chosen.words)
    if number is not None:
        numbers = "(c.buyer_no, c.telegram_id)" if chosen.by_person else "(c.buyer_no)"
        where.add(f"{{}}::bigint IN {numbers}", number)


async def _with_spent(
    connection: Connection, shop_id: int, rows: Sequence[Any]
) -> list[ListedCustomer]:
    numbers = [row["buyer_no"] for row in rows if row["last_bought_at"] is not None]
    spent: dict[int, list[Spent]] = {}
    for each in await connection.fetch(_SPENT, shop_id, numbers) if numbers else ():
        values = dict(each)
        spent.setdefault(values.pop("buyer_no"), []).append(Spent(**values))
    return [ListedCustomer(**row, spent=tuple(spent.get(row["buyer_no"], ()))) for row in rows]

"""The tables of a shop's first day set against the truth of its people, metric by metric.

What the people's truth tells of docs/metrics.md is `simulator.crowd.metrics`; `UNTOLD` is what it
cannot tell.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from clickhouse_connect.driver.asyncclient import AsyncClient

from core.money import STARS
from core.postgres import Pool
from core.shop import shops
from core.zones import day_of
from pipelines.dictionary import entries
from simulator.crowd.breakdowns import INVITED
from simulator.crowd.history import Person, people
from simulator.crowd.known import Between, Metric, Owner, Product, Value
from simulator.crowd.metrics import metrics
from simulator.crowd.truth import AnyRecord

Column = tuple[str, str]
# A table's row: the table, what the row is about, as the truth names it, and the row.
Row = tuple[str, str, Mapping[str, Any]]
# What people cannot see, so that their truth does not tell it: when the bot got to know of
# something, and when an event of it was stored. Whoever runs Telegram and the shipper knows bounds.
UNTOLD: set[Column] = {
    ("service_hour", "reply_p50_us"),
    ("service_hour", "reply_p95_us"),
    ("service_hour", "reply_p99_us"),
    ("health_day", "lag_p95_ms"),
}
# What depends on how many there were when the day began.
_BY_SHELF = {("product_day", "days_of_cover"), ("catalogue_day", "stock_out_share")}
# What a row of a table is about, besides the shop and its day.
_ABOUT = {
    "product_day": ("product_id",),
    "rfm_day": ("buyer_no",),
    "source_day": ("touch", "source_id"),
    "broadcast_day": ("broadcast",),
    "payment_day": ("provider",),
    "wallet_day": ("currency",),
}
_DECIMALS = 1e-4  # of quotients of money
_COLUMNS = {(each.table, each.column): each.metric.number for each in entries()}
# Parts of metrics that are compared by themselves.
_COUNTED = {
    ("broadcast_day", "delivered"),
    ("wallet_day", "top_ups_minor"),
    ("wallet_day", "purchases_minor"),
    ("wallet_day", "refunds_minor"),
}
_TOLD = (_COLUMNS.keys() | _COUNTED) - UNTOLD

_GOODS = """
SELECT p.id, p.kind, p.title, NULL AS variant, p.cost_minor FROM products AS p WHERE p.shop_id = $1
UNION ALL
SELECT p.id, p.kind, p.title, v.title, v.cost_minor
FROM products AS p JOIN product_variants AS v ON v.product_id = p.id WHERE p.shop_id = $1
"""
_LINKS = """
SELECT s.code, c.amount_minor FROM sources AS s
LEFT JOIN source_costs AS c ON c.source_id = s.id AND c.day = $2
WHERE s.shop_id = $1 AND s.code <> 'invitations'
"""
_SHELF = """
SELECT p.id, coalesce(p.stock, sum(v.stock)) AS stock FROM products AS p
LEFT JOIN product_variants AS v ON v.product_id = p.id
GROUP BY p.id HAVING coalesce(p.stock, sum(v.stock)) IS NOT NULL
"""
_NAMES = """
SELECT 'source_id' AS key, id::text AS value, CASE code WHEN 'invitations' THEN $2 ELSE code END
    AS name FROM sources WHERE shop_id = $1
UNION ALL
SELECT 'buyer_no', buyer_no::text, telegram_id::text FROM customers WHERE shop_id = $1
"""


@dataclass(slots=True)
class Checked:
    """Lines for figures that are not the truth, which columns were compared, and the figures of the
    shop as a whole with what is true of each; `why`: nothing was compared."""

    why: str = ""
    wrong: list[str] = field(default_factory=list)
    compared: set[Column] = field(default_factory=set)
    values: int = 0
    whole: list[tuple[str, Any, Value]] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """As a table, and what differs."""
        if self.why:
            yield f"metrics not compared: {self.why}"
            return
        yield f"{'metric':46}{'truth':>24}{'tables':>24}"
        for name, found, true in self.whole:
            yield f"{name:46}{_shown(true):>24}{_shown(found):>24}"
        yield f"{self.values} values of {len(self.compared)} columns compared"
        yield from (f"differs: {line}" for line in self.wrong)


def uncompared(checked: Sequence[Checked], empty: set[int]) -> set[Column]:
    """Columns of metrics that were set against nothing; `empty` are the numbers of metrics that
    nobody can have."""
    compared = {column for each in checked for column in each.compared}
    return {column for column, number in _COLUMNS.items() if number not in empty} - compared


async def shelf(pool: Pool) -> dict[int, int]:
    """How many there are now, by product, of what is counted."""
    return {row["id"]: row["stock"] for row in await pool.fetch(_SHELF)}


async def check(
    pool: Pool,
    client: AsyncClient,
    records: Sequence[AnyRecord],
    shop_id: int,
    before: dict[int, int] | None = None,
    besides: Mapping[Column, Value] | None = None,
) -> Checked:
    """`before` is the shelf as it was before anybody came; without it, what depends on it is not
    compared. `besides`: what whoever runs the shop knows of columns that no person can, wherever
    they have a figure: in an hour without an update there is none."""
    rows = await pool.fetch("SELECT id FROM bots WHERE shop_id = $1", shop_id)
    found = people(records, [row["id"] for row in rows])
    true = metrics(found, await _owner(pool, shop_id, before or {}, _first_start(found)))
    if before is None:
        true = {key: value for key, value in true.items() if (key[0], key[2]) not in _BY_SHELF}
    names = {
        (row["key"], row["value"]): row["name"]
        for row in await pool.fetch(_NAMES, shop_id, INVITED)
    } | {("source_id", "0"): ""}
    stored: list[Row] = []
    for table in sorted({table for table, _ in _COLUMNS}):
        for row in await _rows(client, table, shop_id):
            values = [(key, str(row[key])) for key in _ABOUT.get(table, ())]
            stored.append((table, " ".join(names.get(it, it[1]) for it in values), row))
    return set_against(true, stored, besides)


def set_against(
    true: Mapping[Metric, Value],
    rows: Iterable[Row],
    besides: Mapping[Column, Value] | None = None,
) -> Checked:
    """Each row with the truth about the same, and what only one of the two has. What has no figure
    but 0 and None may lack."""
    checked = Checked()
    told = {(table, about) for table, about, _ in true}
    tables = {table for table, _ in told}
    missing = {(key[0], key[1]) for key, value in true.items() if _is_due(key[0], key[2], value)}
    for table, about, row in rows:
        _compare(checked, true, besides or {}, (table, about, row))
        missing.discard((table, about))
        is_due = any(_is_due(table, column, value) for column, value in row.items())
        if table in tables and (table, about) not in told and is_due:
            checked.wrong.append(f"{table} {about}: the truth knows of no such thing")
    checked.wrong.extend(f"{table} {about}: no row" for table, about in sorted(missing))
    return checked


def _is_due(table: str, column: str, value: Any) -> bool:
    """Whether the value of a column that is compared tells anything."""
    return (table, column) in _TOLD and value not in (0, None)


def _first_start(found: Mapping[int, Person]) -> datetime:
    """A moment of the shop's first day."""
    first = min((each.starts[0] for each in found.values() if each.starts), default=0.0)
    return datetime.fromtimestamp(first, UTC)


async def _owner(pool: Pool, shop_id: int, before: dict[int, int], first_start: datetime) -> Owner:
    """What was stated of the shop's first day, and of no other."""
    async with pool.acquire() as connection:
        shop = await shops.get(connection, shop_id)
    goods = await pool.fetch(_GOODS, shop_id)
    costs = await pool.fetch(_LINKS, shop_id, day_of(first_start, shop.timezone))
    links = {row["code"]: row["amount_minor"] for row in costs}
    return Owner(
        products={
            ", ".join(filter(None, (row["title"], row["variant"]))): Product(
                str(row["id"]), row["cost_minor"]
            )
            for row in goods
        },
        links=links,
        shelf={str(row["id"]): before[row["id"]] for row in goods if row["id"] in before},
        is_digital=all(row["kind"] == "digital" for row in goods),
        has_fees=shop.currency != STARS,
    )


async def _rows(client: AsyncClient, table: str, shop_id: int) -> list[dict[str, Any]]:
    query = f"SELECT * FROM {table} WHERE shop_id = {{shop:UInt32}}"
    found = (await client.query(query, parameters={"shop": shop_id})).named_results()
    return [dict(row) for row in found if row.get("variant", "raw") == "raw"]


def _compare(
    checked: Checked, true: Mapping[Metric, Value], besides: Mapping[Column, Value], row: Row
) -> None:
    table, about, values = row
    for column, found in values.items():
        if (table, column) not in _COLUMNS.keys() | _COUNTED:
            continue
        if (table, about, column) in true:
            expected = true[table, about, column]
        elif (table, column) in besides and found is not None:
            expected = besides[table, column]
        else:
            continue
        checked.compared.add((table, column))
        checked.values += 1
        if not about:
            checked.whole.append((f"{table} {column}", found, expected))
        if not _is(found, expected):
            checked.wrong.append(f"{table} {about} {column}: {found}, not {expected}")


def _shown(value: Any) -> str:
    match value:
        case None:
            return "-"
        case Between():
            return f"{value.least:.6g} to {value.most:.6g}"
        case float():
            return f"{value:.6g}"
        case _:
            return str(value)


def _is(found: Any, expected: Value) -> bool:
    if found is None or expected is None or isinstance(expected, str):
        return bool(found == expected)
    if isinstance(expected, Between):
        return expected.least <= float(found) <= expected.most
    return math.isclose(float(found), expected, rel_tol=1e-9, abs_tol=_DECIMALS)

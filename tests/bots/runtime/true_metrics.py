"""The tables of a shop's first day set against the truth of its people, metric by metric."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clickhouse_connect.driver.asyncclient import AsyncClient

from core.postgres import Pool
from pipelines.dictionary import entries
from simulator.crowd.breakdowns import INVITED
from simulator.crowd.history import people
from simulator.crowd.known import Between, Metric, Owner, Product, Value
from simulator.crowd.metrics import metrics
from simulator.crowd.truth import AnyRecord

Column = tuple[str, str]
# A table's row: the table, what the row is about, as the truth names it, and the row.
Row = tuple[str, str, Mapping[str, Any]]
# What people cannot see, so that their truth does not tell it.
UNTOLD: dict[Column, str] = {
    ("broadcast_day", "delivery_rate"): "what was sent to somebody in vain",
    ("product_day", "rank_by_net"): "whose a discount on several things is",
    ("referral_day", "reward_cost_minor"): "a reward, which comes when this day is over",
    ("service_hour", "reply_p50_us"): "when the bot got to know",
    ("service_hour", "reply_p95_us"): "when the bot got to know",
    ("service_hour", "reply_p99_us"): "when the bot got to know",
    ("health_day", "lag_p95_ms"): "events",
    ("health_day", "fraud_share"): "who is taken for a fraud",
}
# Everybody was answered, the worker was there all the time, Telegram refused nothing.
SOUND: dict[Column, Value] = {
    ("service_hour", "error_share"): 0,
    ("service_hour", "flood_waits"): 0,
    ("service_hour", "uptime"): 1,
    ("health_day", "duplicates"): 0,
    ("health_day", "order_difference"): 0,
    ("health_day", "paid_total_difference_minor"): 0,
}
# What a row of a table is about, besides the shop and its day.
_ABOUT = {
    "product_day": ("product_id",),
    "rfm_day": ("buyer_no",),
    "source_day": ("touch", "source_id"),
    "broadcast_day": ("broadcast",),
}
_DECIMALS = 1e-4  # of quotients of money
_COLUMNS = {(each.table, each.column): each.metric.number for each in entries()}
_COUNTED = {("broadcast_day", "delivered")}  # a part of metric 47 that is compared by itself
_TOLD = (_COLUMNS.keys() | _COUNTED) - UNTOLD.keys()

_GOODS = """
SELECT p.id, p.kind, p.title, NULL AS variant, p.cost_minor FROM products AS p WHERE p.shop_id = $1
UNION ALL
SELECT p.id, p.kind, p.title, v.title, v.cost_minor
FROM products AS p JOIN product_variants AS v ON v.product_id = p.id WHERE p.shop_id = $1
"""
_LINKS = """
SELECT s.code, c.amount_minor FROM sources AS s
LEFT JOIN source_costs AS c ON c.source_id = s.id WHERE s.shop_id = $1 AND s.code <> 'invitations'
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


@dataclass(frozen=True, slots=True)
class Checked:
    """Lines for figures that are not the truth, and which columns were compared."""

    wrong: list[str]
    compared: set[Column]


def uncompared(checked: Sequence[Checked], empty: set[int]) -> set[Column]:
    """Columns of metrics that the people's truth should have told, and did not; `empty` are the
    numbers of metrics that nobody can have."""
    compared = {column for each in checked for column in each.compared}
    due = {column for column, number in _COLUMNS.items() if number not in empty}
    return due - compared - UNTOLD.keys()


async def shelf(pool: Pool) -> dict[int, int]:
    """How many there are now, by product, of what is counted."""
    return {row["id"]: row["stock"] for row in await pool.fetch(_SHELF)}


async def check(
    pool: Pool,
    client: AsyncClient,
    records: Sequence[AnyRecord],
    shop_id: int,
    before: dict[int, int],
) -> Checked:
    """`before` is the shelf as it was before anybody came."""
    rows = await pool.fetch("SELECT id FROM bots WHERE shop_id = $1", shop_id)
    found = people(records, [row["id"] for row in rows])
    true = metrics(found, await _owner(pool, shop_id, before))
    names = {
        (row["key"], row["value"]): row["name"]
        for row in await pool.fetch(_NAMES, shop_id, INVITED)
    } | {("source_id", "0"): ""}
    stored: list[Row] = []
    for table in sorted({table for table, _ in _COLUMNS}):
        for row in await _rows(client, table, shop_id):
            values = [(key, str(row[key])) for key in _ABOUT.get(table, ())]
            stored.append((table, " ".join(names.get(it, it[1]) for it in values), row))
    return set_against(true, stored)


def set_against(true: Mapping[Metric, Value], rows: Iterable[Row]) -> Checked:
    """Each row with the truth about the same, and what only one of the two has. What has no figure
    but 0 and None may lack."""
    checked = Checked([], set())
    told = {(table, about) for table, about, _ in true}
    tables = {table for table, _ in told}
    missing = {(key[0], key[1]) for key, value in true.items() if _is_due(key[0], key[2], value)}
    for table, about, row in rows:
        _compare(checked, true, table, about, row)
        missing.discard((table, about))
        is_due = any(_is_due(table, column, value) for column, value in row.items())
        if table in tables and (table, about) not in told and is_due:
            checked.wrong.append(f"{table} {about}: the truth knows of no such thing")
    checked.wrong.extend(f"{table} {about}: no row" for table, about in sorted(missing))
    return checked


def _is_due(table: str, column: str, value: Any) -> bool:
    """Whether the value of a column that is compared tells anything."""
    return (table, column) in _TOLD and value not in (0, None)


async def _owner(pool: Pool, shop_id: int, before: dict[int, int]) -> Owner:
    goods = await pool.fetch(_GOODS, shop_id)
    links = {row["code"]: row["amount_minor"] for row in await pool.fetch(_LINKS, shop_id)}
    currency = await pool.fetchval("SELECT currency FROM shops WHERE id = $1", shop_id)
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
        has_fees=currency != "XTR",
    )


async def _rows(client: AsyncClient, table: str, shop_id: int) -> list[dict[str, Any]]:
    query = f"SELECT * FROM {table} WHERE shop_id = {{shop:UInt32}}"
    found = (await client.query(query, parameters={"shop": shop_id})).named_results()
    return [dict(row) for row in found if row.get("variant", "raw") == "raw"]


def _compare(
    checked: Checked, true: Mapping[Metric, Value], table: str, about: str, row: Mapping[str, Any]
) -> None:
    for column in row:
        if (table, column) not in _COLUMNS.keys() | _COUNTED:
            continue
        if (table, about, column) in true:
            expected = true[table, about, column]
        elif (table, column) in SOUND:
            expected = SOUND[table, column]
        else:
            continue
        checked.compared.add((table, column))
        if not _is(row[column], expected):
            checked.wrong.append(f"{table} {about} {column}: {row[column]}, not {expected}")


def _is(found: Any, expected: Value) -> bool:
    if found is None or expected is None or isinstance(expected, str):
        return bool(found == expected)
    if isinstance(expected, Between):
        return expected.least <= float(found) <= expected.most
    return math.isclose(float(found), expected, rel_tol=1e-9, abs_tol=_DECIMALS)

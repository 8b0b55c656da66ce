"""The size of the stores: bytes by table, bytes per event, a shop's share, and a forecast.

ClickHouse's figures are those of its active parts, compressed and on disk. A part has rows of many
shops, so a shop's bytes are its share of the rows in each partition.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel

from api.reader import Reader
from core.postgres import Pool
from core.shop.shops import Shop

RATE_DAYS = 7

_PARTS = """
SELECT table, partition_id, sum(rows) AS rows, sum(bytes_on_disk) AS bytes
FROM system.parts
WHERE active AND database = currentDatabase()
GROUP BY table, partition_id
"""
# Reads only one column, the first of the sort key.
_SHARES = """
SELECT shop_id, _partition_id AS partition_id, count() AS rows
FROM events
WHERE shop_id IN {shops:Array(UInt32)}
GROUP BY shop_id, partition_id
"""
# Events of the last whole days, by when they happened.
_RATES = """
SELECT shop_id, count() / {days:UInt8} AS a_day
FROM events
WHERE shop_id IN {shops:Array(UInt32)}
    AND occurred_at >= {today:DateTime} - toIntervalDay({days:UInt8})
    AND occurred_at < {today:DateTime}
GROUP BY shop_id
"""
_OLDEST = """
SELECT shop_id, dateDiff('day', min(occurred_at), {today:DateTime}) AS days
FROM events WHERE shop_id IN {shops:Array(UInt32)} GROUP BY shop_id
"""
_RELATIONS = """
SELECT coalesce(parent.relname, c.relname) AS name, sum(pg_total_relation_size(c.oid))::bigint
    AS bytes, sum(greatest(c.reltuples, 0))::bigint AS rows
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'public'
LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid
LEFT JOIN pg_class AS parent ON parent.oid = i.inhparent
WHERE c.relkind = 'r'
GROUP BY 1 ORDER BY bytes DESC
"""


class TableSize(BaseModel):
    """A table of the whole platform; for PostgreSQL, `rows` is its own estimate."""

    store: Literal["clickhouse", "postgresql"]
    table: str
    rows: int
    bytes: int


class ShopSize(BaseModel):
    """A shop's events in ClickHouse, and their size in the future at the rate of the last days."""

    shop_id: int
    retention_days: int
    events: int
    bytes: int
    bytes_an_event: float | None
    events_a_day: float
    bytes_in_30_days: int
    """The present size plus 30 days at this rate, minus what expires meanwhile."""
    bytes_at_most: int
    """The size when as much expires each day as is added: the rate times the retention."""


class Storage(BaseModel):
    """As of `measured_at`. `tables` are the platform's: only for those who see every shop."""

    measured_at: datetime
    rate_days: int
    shops: list[ShopSize]
    tables: list[TableSize]


async def read_storage(
    pool: Pool,
    reader: Reader,
    shops: Sequence[Shop],
    *,
    with_tables: bool,
    now: datetime | None = None,
) -> Storage:
    """Raises what the stores raise (`api.problems.STORE_ERRORS`)."""
    now = now or datetime.now(UTC)
    bounds = {
        "shops": [shop.id for shop in shops],
        "today": now.replace(hour=0, minute=0, second=0, microsecond=0),
        "days": RATE_DAYS,
    }
    parts, shares, rates, ages = await asyncio.gather(
        reader.rows(_PARTS, {}),
        reader.rows(_SHARES, bounds),
        reader.rows(_RATES, bounds),
        reader.rows(_OLDEST, bounds),
    )
    of_shop = share_of_parts([part for part in parts if part["table"] == "events"], shares)
    a_day = {row["shop_id"]: float(row["a_day"]) for row in rates}
    oldest = {row["shop_id"]: row["days"] for row in ages}
    return Storage(
        measured_at=now,
        rate_days=RATE_DAYS,
        shops=[
            forecast(shop, *of_shop.get(shop.id, (0, 0.0)), a_day.get(shop.id, 0.0), oldest)
            for shop in shops
        ],
        tables=await _tables(pool, parts) if with_tables else [],
    )


def share_of_parts(
    parts: Sequence[Mapping[str, Any]], shares: Sequence[Mapping[str, Any]]
) -> dict[int, tuple[int, float]]:
    """Rows and bytes of each shop: for each partition, its share of the rows times the bytes."""
    partitions = {part["partition_id"]: part for part in parts}
    rows: defaultdict[int, int] = defaultdict(int)
    size: defaultdict[int, float] = defaultdict(float)
    for share in shares:
        rows[share["shop_id"]] += share["rows"]
        part = partitions.get(share["partition_id"])
        if part is not None:  # the partition may have come or gone between the two queries
            size[share["shop_id"]] += part["bytes"] * share["rows"] / part["rows"]
    return {shop_id: (count, size[shop_id]) for shop_id, count in rows.items()}


def forecast(
    shop: Shop, events: int, size: float, a_day: float, oldest: Mapping[int, int]
) -> ShopSize:
    """The shop's size now, in 30 days and at most, if each day brings `a_day` events.

    What expires within the 30 days is taken as an even share of what is there: the days of history
    beyond the retention minus 30.
    """
    each = size / events if events else 0.0
    history = max(1, oldest.get(shop.id, 0))
    expiring = min(1.0, max(0, history + 30 - shop.retention_days) / history)
    return ShopSize(
        shop_id=shop.id,
        retention_days=shop.retention_days,
        events=events,
        bytes=round(size),
        bytes_an_event=round(each, 2) if events else None,
        events_a_day=round(a_day, 1),
        bytes_in_30_days=round(size * (1 - expiring) + each * a_day * min(30, shop.retention_days)),
        bytes_at_most=round(each * a_day * shop.retention_days),
    )


async def _tables(pool: Pool, parts: Sequence[Mapping[str, Any]]) -> list[TableSize]:
    sums: dict[str, TableSize] = {}
    for part in parts:
        known = sums.setdefault(
            part["table"], TableSize(store="clickhouse", table=part["table"], rows=0, bytes=0)
        )
        known.rows += part["rows"]
        known.bytes += part["bytes"]
    async with pool.acquire() as connection:
        relations = await connection.fetch(_RELATIONS)
    found = [
        TableSize(store="postgresql", table=row["name"], rows=row["rows"], bytes=row["bytes"])
        for row in relations
    ]
    return sorted([*sums.values(), *found], key=lambda table: -table.bytes)

"""The query of an export: which rows of which table, written in which way."""

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from api import exports
from api.exporting import clocks
from api.exporting.columns import Column, Kind, heading, identifier, written
from api.exporting.copying import copied
from api.exporting.download import Download
from api.exporting.formats import ENGINE_FORMATS, Layout
from api.exporting.tables import ExportTable
from api.exports import Exporter, Query
from core.money import UNUSUAL_EXPONENTS
from core.postgres import Pool
from core.shop.shops import Shop

EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
_ROWS = "asked_rows"
_TYPES: Mapping[Kind, str] = {
    "text": "Nullable(String)",
    "whole": "Nullable(Int64)",
    "decimal": "Nullable(Decimal(38, 4))",
    "number": "Nullable(Float64)",
    "time": "Nullable(DateTime64(3, 'UTC'))",
    "day": "Nullable(Date)",
    "truth": "Nullable(Bool)",
}
_ASKED = """
WITH asked AS (
    SELECT * FROM unnest($1::int[], $2::timestamptz[], $3::timestamptz[])
        AS one (shop_id, starts_at, ends_at)
    WHERE $4::text IS NOT NULL
)
"""
_SOURCES = "SELECT id, code FROM sources WHERE shop_id = ANY($1::int[])"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be exported: these columns of a table, of these shops, from the first day to the
    last by each shop's calendar."""

    table: ExportTable
    columns: Sequence[Column]
    shops: Sequence[Shop]
    first: date
    last: date
    layout: Layout
    settings: Mapping[str, str] = field(default_factory=dict)
    link_id: int | None = None  # whose turns it takes; None: a job's


def of_day(asked: Asked, day: date) -> Asked:
    """The same of one day alone."""
    return replace(asked, first=day, last=day)


async def start(exporter: Exporter, pool: Pool, asked: Asked) -> Download:
    """Starts it, and returns when its first bytes have arrived.

    Rows of PostgreSQL are copied to ClickHouse first, which formats them: no connection of
    PostgreSQL waits for a slow reader. Raises ExportFailed, ExportTooLarge, ExportsBusy.
    """
    query = await _query(pool, asked)
    if asked.table.store != "postgres":
        return await _started(exporter, query, asked, {})
    sql, values = copy_of(asked)
    async with exporter.copying():  # ClickHouse answers once it has all of the rows
        rows = copied(pool, sql, *values)
        return await _started(exporter, query, asked, {_ROWS: (_structure(_carried(asked)), rows)})


async def _started(
    exporter: Exporter,
    query: Query,
    asked: Asked,
    streams: Mapping[str, tuple[str, AsyncIterator[bytes]]],
) -> Download:
    return await exporter.start_as(
        query,
        ENGINE_FORMATS[asked.layout.file_format],
        {**asked.layout.settings, **asked.settings},
        streams,
        asked.link_id,
    )


async def start_rows(
    exporter: Exporter,
    columns: Sequence[Column],
    rows: Sequence[Sequence[object]],
    layout: Layout,
    link_id: int,
) -> Download:
    """Starts a file of rows that are here, in their order; raises as `start`. A moment must be in
    UTC."""
    text = "".join("\t".join(map(_cell, row)) + "\n" for row in rows)
    shown = ", ".join(
        f"{written(each, f'e.{each.name}', layout, None)} AS {identifier(heading(each, layout))}"
        for each in columns
    )
    query = Query(f"SELECT {shown} FROM {_ROWS} AS e", {}, {_ROWS: (_structure(columns), text)})
    engine_format = ENGINE_FORMATS[layout.file_format]
    return await exporter.start_as(query, engine_format, layout.settings, link_id=link_id)


async def count(exporter: Exporter, pool: Pool, asked: Asked, settings: Mapping[str, str]) -> int:
    """How many rows the file would have now; `settings` limit what ClickHouse may spend on it.
    Raises as `start`."""
    if asked.table.store == "postgres":
        sql, values = copy_of(asked)
        rows: int = await pool.fetchval(f"SELECT count(*) FROM ({sql}) AS counted", *values)
        return rows
    query = await _query(pool, asked)
    counted = replace(query, sql=f"SELECT count() FROM ({query.sql})")
    answer = await exporter.start_as(counted, "TSV", settings, link_id=asked.link_id)
    try:
        return int(b"".join([piece async for piece in answer.chunks()]))
    finally:
        answer.close()


def _cell(value: object) -> str:
    """As TabSeparated has it."""
    if value is None:
        return r"\N"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    text = str(value).replace("\\", r"\\")
    return text.replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")


async def _query(pool: Pool, asked: Asked) -> Query:
    parameters = {
        "shops": clocks.numbers([shop.id for shop in asked.shops]),
        "first": asked.first.isoformat(),
        "last": asked.last.isoformat(),
    }
    tables: Mapping[str, tuple[str, str]] = {}
    source = asked.table.source
    if asked.table.store == "postgres":
        source = f"FROM {_ROWS} AS e"
    elif "{sales}" in source:
        codes = await pool.fetch(_SOURCES, [shop.id for shop in asked.shops])
        of_sales = exports.orders(
            asked.shops, asked.first, asked.last, {row["id"]: row["code"] for row in codes}
        )
        source = source.replace("{sales}", of_sales.sql)
        parameters |= of_sales.parameters
        tables = of_sales.tables
    elif "{days}" in source:
        condition, bounds = clocks.within_days(asked.shops, asked.first, asked.last)
        source = source.replace("{days}", condition)
        parameters |= bounds
    if asked.table.on_shops_clock:
        parameters |= clocks.clock_parameters(asked.shops)
    shown = ", ".join(_shown(each, asked) for each in asked.columns)
    return Query(f"SELECT {shown} {source} ORDER BY {asked.table.order}", parameters, tables)


def _shown(each: Column, asked: Asked) -> str:
    value = f"e.{each.name}"
    if asked.table.store == "clickhouse":
        value = each.source or value
    shift = clocks.shift(value, asked.shops) if asked.table.on_shops_clock else None
    name = identifier(heading(each, asked.layout))
    return f"{written(each, value, asked.layout, shift)} AS {name}"


def _carried(asked: Asked) -> list[Column]:
    """What is shown, and what the rows are ordered by besides."""
    shown = {each.name for each in asked.columns}
    order = set(re.findall(r"e\.(\w+)", asked.table.order)) - shown
    return [*asked.columns, *(each for each in asked.table.columns if each.name in order)]


def _structure(columns: Sequence[Column]) -> str:
    return ", ".join(f"{identifier(each.name)} {_TYPES[each.kind]}" for each in columns)


def copy_of(asked: Asked) -> tuple[str, Sequence[object]]:
    """The query of PostgreSQL whose rows are copied, and its values."""
    shown = ", ".join(_copied(each) for each in _carried(asked))
    bounds: list[tuple[datetime, datetime]] = [
        clocks.moments(shop, asked.first, asked.last) for shop in asked.shops
    ]
    return f"{_ASKED} SELECT {shown} {asked.table.source}", (
        [shop.id for shop in asked.shops],
        [start_ for start_, _ in bounds],
        [end for _, end in bounds],
        json.dumps(UNUSUAL_EXPONENTS),
    )


def _copied(each: Column) -> str:
    value = each.source or each.name
    match each.kind:
        case "time":
            return f"to_char({value} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS')"
        case "truth":
            return f"({value})::int"
        case _:
            return value

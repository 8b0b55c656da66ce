"""The tables as a whole: every metric is there, described in both languages, stored as declared."""

import asyncio

import pandera.polars as pa
import polars as pl
import pytest

from core.postgres import Connection
from core.settings import Settings
from pipelines.catalogue import KEPT
from pipelines.clickhouse import ClickHouse
from pipelines.kpis.raw import EVENT_COLUMNS, SHOP_COLUMNS
from pipelines.metrics import MONEY_RATIO, Kept
from pipelines.postgres import Postgres

_STORED = {
    "UInt8": pl.UInt8,
    "UInt16": pl.UInt16,
    "UInt32": pl.UInt32,
    "UInt64": pl.UInt64,
    "Int64": pl.Int64,
    "Float64": pl.Float64,
    "Bool": pl.Boolean,
    "Date": pl.Date,
    "String": pl.String,
    "LowCardinality(String)": pl.String,
    "DateTime64(3, 'UTC')": pl.Datetime("ms", "UTC"),
    "Decimal(38, 4)": MONEY_RATIO,
    "Decimal(18, 4)": pl.Decimal(18, 4),
    "Array(UInt64)": pl.List(pl.UInt64),
}


def _told(column: pa.Column) -> tuple[object, bool]:
    return column.dtype.type, column.nullable


def _kept(stored: str) -> tuple[object, bool]:
    inner = stored.removeprefix("Nullable(").removesuffix(")") if "Nullable" in stored else stored
    return _STORED[inner], "Nullable" in stored


def test_each_table_of_clickhouse_is_its_schema(settings: Settings) -> None:
    columns = ClickHouse(lambda: settings).read(
        "SELECT table, name, type FROM system.columns WHERE database = currentDatabase() "
        # What the engine makes of a column that is written.
        "AND default_kind != 'MATERIALIZED' ORDER BY table, position"
    )
    for table in KEPT:
        stored = columns.filter(pl.col("table") == table.name)
        kept = {name: _kept(type_) for _, name, type_ in stored.iter_rows()}
        told = {name: _told(column) for name, column in table.schema.columns.items()}
        assert list(kept.items()) == list(told.items()), table.name


async def test_the_stores_are_told_as_they_are(settings: Settings) -> None:
    def read() -> tuple[pl.DataFrame, list[tuple[str, str]]]:
        events = ClickHouse(lambda: settings).read(
            "SELECT name, type FROM system.columns WHERE database = currentDatabase() "
            "AND table = 'events' ORDER BY position"
        )

        async def columns(connection: Connection) -> list[tuple[str, str]]:
            rows = await connection.fetch(
                "SELECT column_name, data_type FROM information_schema.columns "
                "WHERE table_name = 'shops' AND table_schema = 'public' ORDER BY ordinal_position"
            )
            return [tuple(row) for row in rows]

        return events, Postgres(lambda: settings).run(columns)

    events, shops = await asyncio.to_thread(read)
    assert events.rows() == [(column.name, column.type) for column in EVENT_COLUMNS.columns]
    assert shops == [(column.name, column.type) for column in SHOP_COLUMNS.columns]


def test_all_fifty_metrics_have_a_column() -> None:
    numbers = {entry.metric.number for table in KEPT for entry in table.entries()}
    assert numbers == set(range(1, 51))


def test_every_metric_is_told_in_both_languages() -> None:
    for entry in (entry for table in KEPT for entry in table.entries()):
        metric = entry.metric
        for text in (metric.title, metric.formula):
            assert text.ru and text.en, entry.column
        # DAU, ARPU and their like are called the same in both.
        assert metric.formula.ru != metric.formula.en, entry.column
        assert (entry.grain, entry.source, entry.freshness) != ("", "", "")


@pytest.mark.parametrize("table", KEPT, ids=lambda table: table.name)
def test_no_money_is_a_float_and_every_column_is_described(table: Kept) -> None:
    for name, column in table.schema.columns.items():
        assert column.description, name
        if name.endswith("_minor"):
            assert column.dtype.type in (pl.Int64, MONEY_RATIO, pl.Decimal(18, 4)), name

"""Which days of which tables read a day that has changed, by what the tables say that they read."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, timedelta

import polars as pl

from pipelines.activity.tables import TABLES as ACTIVITY
from pipelines.catalogue import TABLES
from pipelines.clickhouse import ClickHouse
from pipelines.figures import Reads, Table
from pipelines.service.tables import HEALTH_DAY

# A changed day is folded first; `health_day` notes from how many events. All else reads the folds.
FOLDS: tuple[str, ...] = (*(table.name for table in ACTIVITY), HEALTH_DAY.name)

Tables = Mapping[date, Collection[str]]


def reopened(
    clickhouse: ClickHouse, changed: Mapping[date, Collection[int]], until: date
) -> Tables:
    """The tables to compute again by day, oldest first, up to `until` (included).

    `changed` are days whose folds are new, with the shops in which they are. Those days are
    computed again whole; of others the tables that read them.
    """
    found: defaultdict[date, set[str]] = defaultdict(set)
    for day, shops in changed.items():
        found[day].update(table.name for table in TABLES)
        for table in TABLES:
            for read in table.reads:
                for reader in _readers(clickhouse, read, day, shops, until):
                    found[reader].add(table.name)
    return {day: found[day] - set(FOLDS) for day in sorted(found) if day <= until}


def linked(
    clickhouse: ClickHouse, tables: Collection[Table], day: date, shops: Collection[int]
) -> Tables:
    """Other days that something of this day belongs to, oldest first: a refund to its order's, an
    advertisement's cost to the one that it names."""
    found: defaultdict[date, set[str]] = defaultdict(set)
    for table in tables:
        for read in table.reads:
            for other in _linked(clickhouse, read, day, shops) - {day}:
                found[other].add(table.name)
    return {other: found[other] for other in sorted(found)}


def _readers(
    clickhouse: ClickHouse, read: Reads, day: date, shops: Collection[int], until: date
) -> set[date]:
    """The days of a table that read `day`."""
    latest = until if read.first is None else min(day - timedelta(days=read.first), until)
    found = {day + timedelta(days=number) for number in range((latest - day).days + 1)}
    if read.reopens:
        return found | _linked(clickhouse, read, day, shops)
    return found | {day - timedelta(days=number) for number in range(read.last + 1)}


def _linked(clickhouse: ClickHouse, read: Reads, day: date, shops: Collection[int]) -> set[date]:
    if not read.reopens:
        return set()
    rows = clickhouse.read(read.reopens, {"day": day, "shops": sorted(shops)})
    return set(rows.select(pl.col("day").cast(pl.Date)).to_series())

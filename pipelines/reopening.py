"""Which days of which tables read a day that has changed, according to the tables' declarations."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, timedelta

import polars as pl

from pipelines.activity.tables import TABLES as ACTIVITY
from pipelines.catalogue import TABLES
from pipelines.clickhouse import ClickHouse
from pipelines.figures import Reads
from pipelines.service.tables import HEALTH_DAY

# A changed day is folded first; `health_day` records from how many events. All other tables read
# the folds.
FOLDS: tuple[str, ...] = (*(table.name for table in ACTIVITY), HEALTH_DAY.name)

Tables = Mapping[date, Collection[str]]


def reopened(
    clickhouse: ClickHouse, changed: Mapping[date, Collection[int]], until: date
) -> Tables:
    """The tables to compute again by day, oldest first, up to `until` (included).

    `changed` are days whose folds are new, with the shops in which they are. Of those days all
    tables are computed again, of others the tables that read them.
    """
    found: defaultdict[date, set[str]] = defaultdict(set)
    for day, shops in changed.items():
        found[day].update(table.name for table in TABLES)
        linked: dict[str, set[date]] = {}  # several tables ask the same
        for table in TABLES:
            for read in table.reads:
                if read.reopens and read.reopens not in linked:
                    linked[read.reopens] = _linked(clickhouse, read.reopens, day, shops)
                for reader in _readers(read, day, until) | linked.get(read.reopens, set()):
                    found[reader].add(table.name)
    return {day: found[day] - set(FOLDS) for day in sorted(found) if day <= until}


def _readers(read: Reads, day: date, until: date) -> set[date]:
    """The days of a table that read `day`, without the earlier days that `reopens` finds."""
    latest = until if read.first is None else min(day - timedelta(days=read.first), until)
    found = {day + timedelta(days=number) for number in range((latest - day).days + 1)}
    if read.reopens:
        return found
    return found | {day - timedelta(days=number) for number in range(read.last + 1)}


def _linked(clickhouse: ClickHouse, sql: str, day: date, shops: Collection[int]) -> set[date]:
    rows = clickhouse.read(sql, {"day": day, "shops": sorted(shops)})
    return set(rows.select(pl.col("day").cast(pl.Date)).to_series())

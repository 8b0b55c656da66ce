"""Hand-made events in ClickHouse, and any table's figures of them: what a run computes, no Dagster.

One database serves all tests that take the fixture `world`; each test opens shops of its own.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from clickhouse_connect.driver.client import Client

from core import sales
from core.clickhouse import open_client
from core.settings import Settings
from core.zones import day_of
from pipelines.activity.tables import BUYER_EVENT_DAY, ORDER_DAY
from pipelines.clickhouse import ClickHouse, insert, partition_of
from pipelines.figures import Day, Table, figures
from pipelines.postgres import Postgres
from pipelines.shops import day_windows, with_known
from pipelines.soundness import violations
from pipelines.variants import FLAGGED
from tests.pipelines.kpis.happenings import Happened, put

DAY = date(2026, 3, 10)
LATER = datetime(2027, 6, 1, tzinfo=UTC)  # when everything about DAY is known

# What a fold reads, if not everything: planning its query takes longer than the rest of a test.
_FOLDED = {ORDER_DAY.name: frozenset(sales.EVENTS)}
_SHOPS = {"shop_id": pl.UInt32, "timezone": pl.String, "currency": pl.String}


def at(day: int, hour: int = 12, minute: int = 0, second: int = 0) -> datetime:
    """A moment that many days after DAY, UTC."""
    midnight = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)
    return midnight + timedelta(days=day, hours=hour, minutes=minute, seconds=second)


def after(days: int) -> date:
    return DAY + timedelta(days=days)


@dataclass(frozen=True)
class Shop:
    """A shop of one test."""

    id: int
    timezone: str
    currency: str


class _Kept(ClickHouse):
    """One client for all queries: opening one takes longer than a query of a few rows."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(lambda: settings)
        self.client = open_client(settings.clickhouse_url.get_secret_value(), in_body=True)

    @contextmanager
    def _client(self) -> Iterator[Client]:
        yield self.client


class World:
    """Stores events, folds their days, and computes tables of them."""

    def __init__(self, settings: Settings) -> None:
        self.clickhouse = _Kept(settings)
        self.postgres = Postgres(lambda: settings)
        self.client = self.clickhouse.client
        self._numbers = itertools.count(1)
        self._kept: set[tuple[str, int, date]] = set()

    def close(self) -> None:
        self.client.close()

    def shop(self, timezone: str = "UTC", currency: str = "XTR") -> Shop:
        return Shop(next(self._numbers), timezone, currency)

    def happen(
        self,
        shop: Shop,
        *events: Happened | Iterable[Happened],
        folds: Sequence[Table] = (BUYER_EVENT_DAY, ORDER_DAY),
    ) -> None:
        """Stores the events as this shop's, and folds the days that they touch (again)."""
        flat = [
            replace(event, shop_id=shop.id)
            for each in events
            for event in ([each] if isinstance(each, Happened) else each)
        ]
        if flat:
            put(self.client, flat)
        told: dict[date, set[str]] = {}
        for event in flat:
            told.setdefault(day_of(event.at, shop.timezone), set()).add(event.event)
        for day in sorted(told):
            for table in folds:
                if told[day].isdisjoint(_FOLDED.get(table.name, told[day])):
                    continue
                # What is made of the folds looks whether they keep their schemas.
                self._keep(table, shop, day, self._compute(table, self._day(shop, day, LATER, ())))

    def keep(self, table: Table, shop: Shop, day: date, now: datetime = LATER) -> pl.DataFrame:
        """Computes the table's day and stores it, as a run does."""
        rows = self._sound(table, self._day(shop, day, now, ()))
        self._keep(table, shop, day, rows)
        return rows

    def _keep(self, table: Table, shop: Shop, day: date, rows: pl.DataFrame) -> None:
        if (table.name, shop.id, day) in self._kept:
            self.client.command(
                f"DELETE FROM {table.name} IN PARTITION '{partition_of(table.name, day)}' "
                f"WHERE shop_id = {shop.id} AND day = '{day.isoformat()}'"
            )
        self._kept.add((table.name, shop.id, day))
        if rows.height:
            insert(self.client, table.name, rows)

    def figures(
        self,
        shop: Shop,
        table: Table,
        day: date = DAY,
        *,
        now: datetime = LATER,
        flagged: Iterable[int] = (),
        variant: str = "raw",
    ) -> list[dict[str, Any]]:
        """The table's rows of the shop's day; every input and output keeps its schema."""
        rows = self.rows(shop, table, day, now=now, flagged=flagged)
        if "variant" in rows.columns:
            rows = rows.filter(pl.col("variant") == variant)
        return rows.to_dicts()

    def rows(
        self,
        shop: Shop,
        table: Table,
        day: date = DAY,
        *,
        now: datetime = LATER,
        flagged: Iterable[int] = (),
    ) -> pl.DataFrame:
        """The same as they would be stored, both variants."""
        return self._sound(table, self._day(shop, day, now, flagged))

    def day(self, shop: Shop, day: date = DAY) -> Day:
        """What a run of the shop's day works on."""
        return self._day(shop, day, LATER, ())

    def _day(self, shop: Shop, day: date, now: datetime, flagged: Iterable[int]) -> Day:
        shops = pl.DataFrame([(shop.id, shop.timezone, shop.currency)], schema=_SHOPS, orient="row")
        return Day(
            day,
            with_known(day_windows(shops, day), now),
            pl.DataFrame([(shop.id, buyer) for buyer in flagged], schema=FLAGGED, orient="row"),
            self.clickhouse,
            self.postgres,
        )

    @staticmethod
    def _compute(table: Table, day: Day) -> pl.DataFrame:
        return figures(table, {each.name: each.read(day) for each in table.inputs}, day)

    @staticmethod
    def _sound(table: Table, day: Day) -> pl.DataFrame:
        inputs = {each.name: each.read(day) for each in table.inputs}
        for each in table.inputs:
            found = violations(each.schema, inputs[each.name])
            assert found.is_empty(), (each.name, found.to_dicts())
        rows = figures(table, inputs, day)
        found = violations(table.schema, rows)
        assert found.is_empty(), (table.name, found.to_dicts())
        return rows

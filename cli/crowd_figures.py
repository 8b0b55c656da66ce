"""What the simulator's people did today, set against what the product says of it, place by place.

The truth is the people's own (`simulator.crowd.reckoning`). Whoever else was there, by `vitrina
check` or `vitrina simulate chat`, is no part of it: what the events say of them is added to it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import typer
from clickhouse_connect.driver.asyncclient import AsyncClient

from api.reader import Reader
from cli import figure_places, progress
from cli.check import ARRIVES_WITHIN, Target
from cli.figure_places import IN_OWN_CURRENCY, NAMES_OF, Span
from core import clickhouse, postgres
from core.errors import ConfigurationError, VitrinaError
from core.postgres import Pool
from core.settings import Settings
from core.shop import shops
from core.zones import day_of
from pipelines.catalogue import TABLES
from pipelines.figures import asset
from pipelines.kpis.assets import shop_figures
from pipelines.kpis.materialise import materialise_day
from simulator.control import port as control
from simulator.crowd import truth
from simulator.crowd.reckoning import NAMES, Figures, figures
from simulator.crowd.truth import AnyRecord

_TABLES = ("buyer_event_day", "order_day", "conversion_day", "money_day")
# Visits under way are waited for; one lasts a minute at most.
_LEAVE_WITHIN = 120.0
_POLL_SECONDS = 0.5


class FiguresDiffer(VitrinaError):
    """A place does not say what the people did."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A shop's day until now: the truth, and what each place says, by its name."""

    span: Span
    true: Figures
    strangers: int
    """How many were there who are not the simulator's people."""
    places: dict[str, Figures]

    @property
    def differences(self) -> list[str]:
        """A line for each figure that a place has and that is not the truth."""
        return [
            f"{self.span.shop.name}, {' '.join(filter(None, key))}: "
            f"{found[key]} by the {place}, {self.true[key]} is true"
            for place, found in self.places.items()
            for key in self._comparable(place)
            if found[key] != self.true[key]
        ]

    def _comparable(self, place: str) -> list[tuple[str, str]]:
        """The figures that the place has, in each currency."""
        names, own = NAMES_OF[place], self.span.shop.currency
        is_converted = IN_OWN_CURRENCY if place == "tables" else frozenset()
        return [
            (name, currency)
            for name, currency in self.keys
            if name in names and (name not in is_converted or currency == own)
        ]

    @property
    def keys(self) -> list[tuple[str, str]]:
        """Every figure that anybody has."""
        every = {*self.true, *(key for found in self.places.values() for key in found)}
        return sorted(every, key=lambda key: (NAMES.index(key[0]), key[1]))

    def lines(self) -> Iterator[str]:
        """As a table."""
        day, name = self.span.day, self.span.shop.name
        yield f"{name}, {day}" + (f"; {self.strangers} besides its people" * bool(self.strangers))
        yield "".join(f"{word:>12}" for word in (f"{'':24}", "truth", *self.places))
        for key in self.keys:
            cells = (
                str(found[key]) if key in self._comparable(place) else ""
                for place, found in self.places.items()
            )
            row = "".join(f"{cell:>12}" for cell in (str(self.true[key]), *cells))
            yield f"{' '.join(filter(None, key)):24}{row}"


async def run(checked: Target, folder: Path) -> None:
    """Keeps people out for a moment, compares, and prints it. `folder` is of their truth.

    Raises FiguresDiffer, and ConfigurationError without a truth.
    """
    if not truth.files(folder):
        raise ConfigurationError(f"{folder} holds no truth: is a simulator part of it?")
    settings = checked.settings
    progress.report("letting nobody in")
    await control.call(*checked.control, "let_in", open=False)
    pool = await postgres.open_pool(settings.database_url.get_secret_value(), size=2)
    client = await clickhouse.open_async_client(settings.clickhouse_url.get_secret_value())
    try:
        await _until(_nobody_is_there(checked), _LEAVE_WITHIN)
        await _until(_all_is_shipped(pool), ARRIVES_WITHIN)
        compared = await compare(settings, pool, client, list(truth.read(folder)))
    finally:
        await control.call(*checked.control, "let_in", open=True)
        await client.close()
        await pool.close()
    for line in (line for each in compared for line in each.lines()):
        typer.echo(line)
    differences = [line for each in compared for line in each.differences]
    if differences:
        raise FiguresDiffer("; ".join(differences))


def _nobody_is_there(checked: Target) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        progress.report("waiting for the last visits")
        return not await control.call(*checked.control, "let_in", open=False)

    return look


def _all_is_shipped(pool: Pool) -> Callable[[], Awaitable[bool]]:
    """Nothing waits to be sent to a shopper or to ClickHouse."""

    async def look() -> bool:
        progress.report("waiting for the last events")
        return bool(await pool.fetchval(_SHIPPED))

    return look


_SHIPPED = """
SELECT NOT EXISTS (
    SELECT FROM outbox AS o JOIN shipments AS s USING (shard) WHERE (o.xid, o.pos) > (s.xid, s.pos)
) AND NOT EXISTS (SELECT FROM outgoing WHERE state = 'pending')
"""


async def _until(holds: Callable[[], Awaitable[bool]], seconds: float) -> None:
    """Whether or not it holds by then: what is missing is told by the comparison."""
    ends = time.monotonic() + seconds
    while not await holds() and time.monotonic() < ends:
        await asyncio.sleep(_POLL_SECONDS)


async def compare(
    settings: Settings, pool: Pool, client: AsyncClient, records: Sequence[AnyRecord]
) -> list[Compared]:
    """Today of each shop in which the people of the truth were, whose tables are computed anew.

    Nothing may be on its way. Raises what the stores raise, and UnreadReceipt.
    """
    now = datetime.now(UTC)
    ids = sorted({bot for each in records if isinstance(each, truth.Run) for bot in each.bots})
    rows = await pool.fetch("SELECT id, shop_id FROM bots WHERE id = ANY($1::bigint[])", ids)
    spans = {}
    async with pool.acquire() as connection:
        for row in rows:
            spans[row["id"]] = Span(await shops.get(connection, row["shop_id"]), now)
    folded = [asset(table) for table in TABLES if table.name in _TABLES]
    for day in sorted({day_of(now, span.shop.timezone) for span in spans.values()}):
        progress.report(f"computing the figures of {day}")
        await asyncio.to_thread(materialise_day, settings, day, [shop_figures, *folded])
    reader = Reader(settings.reader_clickhouse_url)
    try:
        return [
            await _compare(pool, client, reader, bot, span, records)
            for bot, span in sorted(spans.items())
        ]
    finally:
        await reader.close()


async def _compare(
    pool: Pool,
    client: AsyncClient,
    reader: Reader,
    bot: int,
    span: Span,
    records: Sequence[AnyRecord],
) -> Compared:
    known = [each.telegram_id for each in records if isinstance(each, truth.Person)]
    others = await pool.fetch(
        "SELECT buyer_no FROM customers WHERE shop_id = $1 AND telegram_id <> ALL($2::bigint[])",
        span.shop.id,
        known,
    )
    true = figures(records, bot, span.begins.timestamp(), span.now.timestamp())
    if others:
        numbers = [row["buyer_no"] for row in others]
        true.update(await figure_places.by_events(client, span, numbers))
    return Compared(
        span,
        true,
        len(others),
        {
            "events": await figure_places.by_events(client, span),
            "tables": await figure_places.by_tables(client, span),
            "panel": await figure_places.by_panel(pool, reader, span),
        },
    )

"""What the simulator's people did today, set against what the product says of it, place by place.

The truth is the people's own (`simulator.crowd.reckoning`). Whoever else was there, by `vitrina
check` or `vitrina simulate chat`, is no part of it: what the events say of them is added to it.
What the people could not read on their receipts is compared with nothing, and said.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import typer
from clickhouse_connect.driver.asyncclient import AsyncClient

from api.reader import Reader
from cli import crowd_metrics, figure_places, progress
from cli.check import ARRIVES_WITHIN, Target
from cli.crowd_metrics import Checked
from cli.figure_places import IN_OWN_CURRENCY, NAMES_OF, Span
from cli.simulator_port import ask
from core import clickhouse, postgres, shipments
from core.errors import ConfigurationError, VitrinaError
from core.postgres import Pool
from core.settings import Settings
from core.shop import shops
from pipelines.catalogue import TABLES
from pipelines.figures import asset
from pipelines.kpis.assets import shop_figures
from pipelines.kpis.materialise import materialise_day
from simulator.crowd import truth
from simulator.crowd.reckoning import ANY, NAMES, Figures, Key, Unread, reckon
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
    unread: Sequence[Unread] = ()
    """What the truth leaves open."""
    nulls: frozenset[Key] = frozenset()
    """What the tables leave open."""

    @property
    def differences(self) -> list[str]:
        """A line for each figure that a place has and that is not the truth, and for the receipts
        that are at fault."""
        name = self.span.shop.name
        return [
            f"{name}, {' '.join(filter(None, key))}: "
            f"{found[key]} by the {place}, {self.true[key]} is true"
            for place, found in self.places.items()
            for key in self._comparable(place)
            if found[key] != self.true[key] and not self._is_open(key)
        ] + [f"{name}, {line}" for line in _lines_of(each for each in self.unread if each.is_wrong)]

    def _is_open(self, key: Key) -> bool:
        return any(each.leaves_open(key) for each in self.unread)

    def _comparable(self, place: str) -> list[Key]:
        """The figures that the place has, in each currency."""
        return [
            key
            for key in self.keys
            if key[0] in NAMES_OF[place] and (place != "tables" or self._tables_have(key))
        ]

    def _tables_have(self, key: Key) -> bool:
        """Amounts that are converted and added up are no other currency's, and nobody's of a day
        that has two."""
        currencies = {currency for _, currency in self.keys if currency}
        is_own = currencies == {self.span.shop.currency}
        return key not in self.nulls and (is_own or key[0] not in IN_OWN_CURRENCY)

    @property
    def keys(self) -> list[Key]:
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
            true = "?" if self._is_open(key) else str(self.true[key])
            row = "".join(f"{cell:>12}" for cell in (true, *cells))
            yield f"{' '.join(filter(None, key)):24}{row}"
        yield from (f"not compared: {line}" for line in _lines_of(self.unread))


def _lines_of(unread: Iterable[Unread]) -> Iterator[str]:
    """A line for the same figures, with one reason, and how many more there are."""
    reasons: dict[str, list[str]] = {}
    for each in unread:
        currency = "of an unknown currency" if each.currency == ANY else each.currency
        reasons.setdefault(f"{', '.join(each.names)} {currency}", []).append(each.why)
    for open_figures, (why, *more) in reasons.items():
        yield f"{open_figures}: {why}" + f", and {len(more)} more" * bool(more)


async def run(checked: Target, folder: Path, *, of_docs: bool = False) -> None:
    """Keeps people out for a moment, compares, and prints it. `folder` is of their truth;
    `of_docs`: the metrics of docs/metrics.md, too.

    Raises FiguresDiffer, and ConfigurationError without a truth.
    """
    if not truth.files(folder):
        raise ConfigurationError(f"{folder} holds no truth: is a simulator part of it?")
    settings = checked.settings
    async with AsyncExitStack() as stack:
        pool = await postgres.open_pool(settings.database_url.get_secret_value(), size=2)
        stack.push_async_callback(pool.close)
        client = await clickhouse.open_async_client(settings.clickhouse_url.get_secret_value())
        stack.push_async_callback(client.close)
        await stack.enter_async_context(_closed_doors(checked))
        await _until(_nobody_is_there(checked), _LEAVE_WITHIN)
        await _until(_all_is_shipped(pool), ARRIVES_WITHIN)
        records = list(truth.read(folder))
        compared = await compare(settings, pool, client, records)
        metrics = await _metrics(settings, pool, client, records, compared) if of_docs else {}
    for each in compared:
        said = metrics.get(each.span.shop.id, Checked())
        for line in (*each.lines(), *(said.lines() if of_docs else ())):
            typer.echo(line)
    differences = [line for each in compared for line in each.differences]
    differences += [
        f"{each.span.shop.name}, {line}"
        for each in compared
        if each.span.shop.id in metrics
        for line in metrics[each.span.shop.id].wrong
    ]
    if differences:
        raise FiguresDiffer("; ".join(differences))


async def _metrics(
    settings: Settings,
    pool: Pool,
    client: AsyncClient,
    records: Sequence[AnyRecord],
    compared: Sequence[Compared],
) -> dict[int, Checked]:
    """The metrics of docs/metrics.md, by shop: of one whose first day this is. Of a later day its
    people's truth of one day says too little."""
    folded = [asset(table) for table in TABLES]
    for day in sorted({each.span.day for each in compared}):
        progress.report(f"computing the metrics of {day}")
        await asyncio.to_thread(materialise_day, settings, day, [shop_figures, *folded])
    found = {}
    for each in compared:
        shop_id = each.span.shop.id
        first = await pool.fetchval(_FIRST_SEEN, shop_id)
        if first is not None and first < each.span.begins:
            found[shop_id] = Checked(why="this is not the shop's first day")
        elif each.strangers:
            found[shop_id] = Checked(why="others than its people were there")
        elif each.unread:
            found[shop_id] = Checked(why="a receipt was not read")
        else:
            found[shop_id] = await crowd_metrics.check(pool, client, records, shop_id)
    return found


_FIRST_SEEN = "SELECT min(first_seen_at) FROM customers WHERE shop_id = $1"


@asynccontextmanager
async def _closed_doors(checked: Target) -> AsyncIterator[None]:
    """Nobody is let in meanwhile. They open again also if it is not known whether they closed."""
    progress.report("letting nobody in")
    try:
        await ask(checked.control, "let_in", open=False)
        yield
    finally:
        await ask(checked.control, "let_in", open=True)


def _nobody_is_there(checked: Target) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        progress.report("waiting for the last visits")
        return not await ask(checked.control, "let_in", open=False)

    return look


def _all_is_shipped(pool: Pool) -> Callable[[], Awaitable[bool]]:
    """Nothing waits to be sent to a shopper or to ClickHouse."""

    async def look() -> bool:
        progress.report("waiting for the last events")
        async with pool.acquire() as connection:
            is_sent = await connection.fetchval(_SENT)
            return is_sent and not any(each.waiting for each in await shipments.status(connection))

    return look


_SENT = "SELECT NOT EXISTS (SELECT FROM outgoing WHERE state = 'pending')"


async def _until(holds: Callable[[], Awaitable[bool]], seconds: float) -> None:
    """Whether or not it holds by then: what is missing is told by the comparison."""
    ends = time.monotonic() + seconds
    while not await holds() and time.monotonic() < ends:
        await asyncio.sleep(_POLL_SECONDS)


async def compare(
    settings: Settings, pool: Pool, client: AsyncClient, records: Sequence[AnyRecord]
) -> list[Compared]:
    """Today of each shop in which the people of the truth were, whose tables are computed anew.

    Nothing may be on its way. Raises what the stores raise, and ConfigurationError if none of the
    people's shops is here.
    """
    visited = await _visited(pool, records, datetime.now(UTC))
    folded = [asset(table) for table in TABLES if table.name in _TABLES]
    for day in sorted({each.span.day for each in visited}):
        progress.report(f"computing the figures of {day}")
        await asyncio.to_thread(materialise_day, settings, day, [shop_figures, *folded])
    reader = Reader(settings.reader_clickhouse_url)
    try:
        return [await _compare(pool, client, reader, each, records) for each in visited]
    finally:
        await reader.close()


@dataclass(frozen=True, slots=True)
class Visited:
    """A shop's day, and those of its bots that are in the truth."""

    span: Span
    bots: frozenset[int]


async def _visited(pool: Pool, records: Sequence[AnyRecord], now: datetime) -> list[Visited]:
    """Raises ConfigurationError if there are none."""
    bots = set[int]()
    for each in records:
        bots.update(each.bots if isinstance(each, truth.Run) else (each.bot,))
    rows = await pool.fetch(_SHOPS, sorted(bots))
    if not rows:
        raise ConfigurationError(
            "nothing to compare: no bot of the truth is known here; name the folder of the truth "
            "of this system's own simulator by --truth-dir"
        )
    async with pool.acquire() as connection:
        return [
            Visited(Span(await shops.get(connection, row["shop_id"]), now), frozenset(row["bots"]))
            for row in rows
        ]


_SHOPS = """
SELECT shop_id, array_agg(id) AS bots FROM bots WHERE id = ANY($1::bigint[])
GROUP BY shop_id ORDER BY shop_id
"""


async def _compare(
    pool: Pool,
    client: AsyncClient,
    reader: Reader,
    visited: Visited,
    records: Sequence[AnyRecord],
) -> Compared:
    span = visited.span
    true = reckon(records, visited.bots, span.begins.timestamp(), span.now.timestamp())
    others = await strangers(pool, span.shop.id, records)
    if others:
        true.figures.update(await figure_places.by_events(client, span, others))
    tables, nulls = await figure_places.by_tables(client, span)
    return Compared(
        span,
        true.figures,
        len(others),
        {
            "events": await figure_places.by_events(client, span),
            "tables": tables,
            "panel": await figure_places.by_panel(pool, reader, span),
        },
        true.unread,
        nulls,
    )


async def strangers(pool: Pool, shop_id: int, records: Sequence[AnyRecord]) -> list[int]:
    """The shop's customers, by their number, who are nobody of the truth; some have no account."""
    known = {each.telegram_id for each in records if not isinstance(each, truth.Run)}
    rows = await pool.fetch(_OTHERS, shop_id, sorted(known))
    return [row["buyer_no"] for row in rows]


_OTHERS = """
SELECT buyer_no FROM customers
WHERE shop_id = $1 AND (telegram_id = ANY($2::bigint[])) IS NOT TRUE ORDER BY buyer_no
"""

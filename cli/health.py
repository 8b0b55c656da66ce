"""`vitrina health`: whether both stores and the daily tables agree and nothing is missing."""
# pylint: disable=import-outside-toplevel  # an image needs only what it runs, as in cli.main

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import installation, modules, progress
from core import postgres
from core.modules import Modules
from core.money import Money
from core.settings import Settings
from core.shop import shops
from core.shop.shops import Shop

if TYPE_CHECKING:
    from api.data_health import DataHealth

_MOST_DAYS = 730
# Something wrong is noted until a sound run has looked at all the days again.
_NOTE = """
INSERT INTO comparisons AS c (days, is_sound, found) VALUES ($1, $2, $3)
ON CONFLICT (is_only) DO UPDATE SET made_at = now(), is_sound = $2, found = $3,
    days = CASE WHEN c.is_sound THEN $1 ELSE greatest($1, least({covering}, $4)) END
WHERE c.is_sound OR NOT $2 OR $1 >= least({covering}, $4)
RETURNING true
"""


def health(
    shop: Annotated[int | None, typer.Option(help="Default: every shop.")] = None,
    days: Annotated[int, typer.Option(min=1, max=_MOST_DAYS, help="How far back to look.")] = 7,
) -> None:
    """Compares the stores: nothing twice, nothing missing, the same money, and daily tables that
    equal the sums of the events. Exit code 1 if not. For every shop it is noted, for the check
    `figures` of `vitrina doctor` and the operator's alerts. What was wrong stays noted until a
    sound run covers its days, so that they are looked at, however few are asked for."""
    settings = installation.settings("comparing the stores")
    if shop is None and (noted := asyncio.run(_noted_days(settings))) > days:
        typer.echo(f"looking back {noted} days, as far as something was wrong before")
        days = noted
    chosen, left, report = asyncio.run(_look(settings, shop, days))
    for line in left:
        typer.echo(line)
    for line in _lines(report):
        typer.echo(line)
    wrong = _compare_tables(settings, chosen, days)
    is_sound = report.sound and not wrong
    if shop is None:
        is_noted = asyncio.run(_note(settings, days, is_sound, _summary(report, wrong)))
        if not is_noted:
            typer.echo("what was wrong before is of earlier days, too: see `vitrina doctor`")
    if not is_sound:
        raise typer.Exit(1)


async def _look(
    settings: Settings, shop_id: int | None, days: int
) -> "tuple[Sequence[Shop], list[str], DataHealth]":
    from api.data_health import read_data_health
    from api.reader import Reader

    pool = await postgres.open_pool(settings.database_url.get_secret_value(), size=2)
    reader = Reader(settings.analyst_clickhouse_url)
    try:
        async with pool.acquire() as connection:
            chosen = (
                await shops.all_shops(connection)
                if shop_id is None
                else [await shops.get(connection, shop_id)]
            )
            left = await modules.leftover_lines(connection, Modules.discover())
        return chosen, left, await read_data_health(pool, reader, chosen, days=days)
    finally:
        await reader.close()
        await pool.close()


async def _noted_days(settings: Settings) -> int:
    """How far back the noted run looked that found something wrong; 0 if it found nothing."""
    from ingestion.checkup.postgres_checks import DAYS_OF_NOTED

    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        noted = await connection.fetchval(
            f"SELECT least({DAYS_OF_NOTED}, $1) FROM comparisons AS c WHERE NOT c.is_sound",
            _MOST_DAYS,
        )
        return noted or 0
    finally:
        await connection.close()


async def _note(settings: Settings, days: int, is_sound: bool, found: str) -> bool:
    """False if something wrong stays noted: this run has not looked at all of its days."""
    from ingestion.checkup.postgres_checks import DAYS_OF_NOTED

    note = _NOTE.format(covering=DAYS_OF_NOTED)
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        return bool(await connection.fetchval(note, days, is_sound, found, _MOST_DAYS))
    finally:
        await connection.close()


def _summary(report: "DataHealth", wrong: int) -> str:
    """What is wrong in all shops together, in one line."""
    counts = {
        "events twice": sum(found.duplicates for found in report.shops),
        "events missing": sum(found.missing for found in report.shops),
        "events refused": sum(found.dead_letters for found in report.shops),
        "orders that differ": sum(
            difference.orders for found in report.shops for difference in found.differences
        ),
        "orders counted more than once": sum(len(found.counted_twice) for found in report.shops),
        "orders refunded beyond": sum(len(found.refunded_beyond) for found in report.shops),
        "wrong daily figures": wrong,
    }
    told = ", ".join(f"{what}: {count}" for what, count in counts.items() if count)
    return told or "nothing is wrong"


def _lines(report: "DataHealth") -> list[str]:
    lines = []
    for found in report.shops:
        lines.append(
            f"shop {found.shop_id:5}  {'sound' if found.sound else 'WRONG'}  "
            f"{found.events:10} events, {found.duplicates} twice, {found.missing} missing, "
            f"{found.dead_letters} refused; {found.orders_compared} orders, "
            f"{sum(each.orders for each in found.differences)} differ; {found.waiting} on the way"
        )
        lines += [
            f"            {difference.amount_minor:+} {difference.currency} in PostgreSQL, "
            f"orders {', '.join(map(str, found.wrong_orders))}"
            for difference in found.differences
        ]
        if found.counted_twice:
            lines.append(
                f"            counted more than once: orders {', '.join(found.counted_twice)}"
            )
        if found.refunded_beyond:
            lines.append(
                "            more went back than was paid: orders "
                f"{', '.join(found.refunded_beyond)}"
            )
    return lines


def _compare_tables(settings: Settings, chosen: Sequence[Shop], days: int) -> int:
    """Reports where `shop_money_day` differs from the sums of the events, as Dagster's check does;
    returns how often it is wrong.

    What differs only because of late events is reported and is not a fault: it is computed again.
    """
    from pipelines.kpis.checks import LATE

    wrong = late = 0
    for day, row in _differences(settings, chosen, days):
        is_late = row["problem"] == LATE
        late += is_late
        wrong += not is_late
        typer.echo(_difference(day, row, "late " if is_late else "WRONG"))
    typer.echo(f"daily tables  {days + 1} days compared, {wrong} wrong, {late} late")
    return wrong


def _differences(
    settings: Settings, chosen: Sequence[Shop], days: int
) -> Iterator[tuple[date, dict[str, Any]]]:
    import polars as pl

    from pipelines import shops as shops_of_day
    from pipelines.clickhouse import ClickHouse
    from pipelines.kpis import checks
    from pipelines.postgres import Postgres

    stores = Postgres(lambda: settings), ClickHouse(lambda: settings)
    is_chosen = pl.col("shop_id").is_in([shop.id for shop in chosen])
    now = datetime.now(UTC)
    for number in range(days + 1):
        day = now.date() - timedelta(days=days - number)
        progress.report(f"comparing the figures of {day}", number, days + 1)
        kept = shops_of_day.still_kept(shops_of_day.read_shops(stores[0], day), now)
        if not (kept := kept.filter(is_chosen)).is_empty():
            for row in checks.compare_table(day, stores[1], kept, now).to_dicts():
                yield day, row


def _difference(day: date, row: dict[str, Any], verdict: str) -> str:
    return (
        f"shop {row['shop_id']:5}  {verdict}  {day}: {row['problem']}; "
        f"{Money(row['clickhouse_minor'], row['currency'])} by the events, "
        f"{Money(row['figures_minor'], row['currency'])} in shop_money_day"
    )

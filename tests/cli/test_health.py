"""`vitrina health` also checks the daily tables, with the function of Dagster's own check."""

import asyncio
from datetime import timedelta

import pytest

from cli import health as cli_health
from core.clickhouse import open_client
from core.postgres import Connection
from core.settings import Settings
from core.shop.shops import Shop
from ingestion.checkup import postgres_checks
from ingestion.checkup.findings import FAIL, OK, Means
from pipelines.kpis.checks import LATE
from pipelines.kpis.materialise import materialise_day
from tests.api.happenings import NOON, paid, record
from tests.cli.running import Ran, vitrina
from tests.factories import create_shop

AGREES = "daily tables  8 days compared, 0 wrong, 0 late"


def variables(settings: Settings) -> dict[str, str]:
    return {
        "VITRINA_DATABASE_URL": settings.database_url.get_secret_value(),
        "VITRINA_CLICKHOUSE_URL": settings.clickhouse_url.get_secret_value(),
    }


@pytest.fixture(name="own_shop")
async def counted_shop(connection: Connection, settings: Settings) -> Shop:
    """A shop with two orders of its own code, three days ago, and that day's figures."""
    shop = await create_shop(connection, timezone="UTC")
    orders = [paid(shop.id, amount, order_id=amount) for amount in (300, 450)]
    record(
        settings.clickhouse_url.get_secret_value(), *(row | {"mode": "external"} for row in orders)
    )
    await asyncio.to_thread(materialise_day, settings, NOON.date())
    return shop


def change(settings: Settings, statement: str) -> None:
    with open_client(settings.clickhouse_url.get_secret_value()) as client:
        client.command(statement, settings={"mutations_sync": 2})


async def health(settings: Settings, *options: str) -> Ran:
    return await asyncio.to_thread(vitrina, variables(settings), "health", *options)


async def test_figures_that_are_the_events_are_sound(own_shop: Shop, settings: Settings) -> None:
    ran = await health(settings)
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, AGREES), ran.stdout
    assert f"shop {own_shop.id:5}  sound" in ran.stdout
    state, text, _ = await postgres_checks.figures(Means(settings))
    assert state is OK and text.startswith("nothing is wrong, 0.0 h ago")


@pytest.mark.parametrize(
    ("column", "problem"),
    [
        ("net_sales_minor", "net sales are not what the events add up to"),
        ("paid_total_minor", "figures hold more than was paid"),
        ("paid_orders", "figures hold more than was paid"),
    ],
)
async def test_figures_that_are_not_are_named(
    own_shop: Shop, settings: Settings, column: str, problem: str
) -> None:
    change(settings, f"ALTER TABLE shop_money_day UPDATE {column} = {column} + 7 WHERE true")
    ran = await health(settings)
    assert ran.returncode == 1 and "1 wrong, 0 late" in ran.stdout, ran.stdout
    (line,) = [each for each in ran.stdout.splitlines() if problem in each]
    assert line.startswith(f"shop {own_shop.id:5}  WRONG  {NOON.date()}: ")
    assert "750 ⭐ by the events" in line or "750 XTR by the events" in line
    noted = await postgres_checks.figures(Means(settings))
    assert noted[:2] == (FAIL, "wrong daily figures: 1, 0.0 h ago")
    other = await health(settings, "--shop", str(own_shop.id), "--days", "1")
    assert other.returncode == 0 and "2 days compared, 0 wrong" in other.stdout
    assert await postgres_checks.figures(Means(settings)) == noted  # of one shop alone


async def test_what_was_wrong_is_noted_until_a_sound_run_covers_its_days(
    settings: Settings, connection: Connection
) -> None:
    await create_shop(connection)

    async def noted(days: int, is_sound: bool) -> tuple[bool, bool]:
        """Whether the run is noted, and what the check says then."""
        is_noted = await getattr(cli_health, "_note")(settings, days, is_sound, "x")
        return is_noted, (await postgres_checks.figures(Means(settings)))[0] is OK

    assert await noted(8, True) == (True, True)
    assert await noted(2, True) == (True, True)  # of what is sound the newest counts
    assert await noted(8, False) == (True, False)
    assert await noted(2, True) == (False, False)
    assert await noted(2, False) == (True, False)
    assert await noted(7, True) == (False, False)  # the days of the one before are not forgotten
    await connection.execute("UPDATE comparisons SET made_at = made_at - interval '3 days'")
    assert await noted(10, True) == (False, False)
    assert "--days 11`" in (await postgres_checks.figures(Means(settings)))[2]
    assert await noted(11, True) == (True, True)


async def test_a_run_ends_what_an_earlier_one_has_noted_however_few_days_it_is_asked_for(
    own_shop: Shop, settings: Settings, connection: Connection
) -> None:
    """So the timer does, which always asks for the same."""
    change(settings, "ALTER TABLE shop_money_day UPDATE paid_orders = paid_orders + 7 WHERE true")
    assert (await health(settings)).returncode == 1
    change(settings, "ALTER TABLE shop_money_day UPDATE paid_orders = paid_orders - 7 WHERE true")
    await connection.execute("UPDATE comparisons SET made_at = made_at - interval '3 days'")
    ran = await health(settings, "--days", "1")
    assert ran.returncode == 0 and "looking back 10 days" in ran.stdout, ran.stdout
    assert f"shop {own_shop.id:5}  sound" in ran.stdout
    assert (await postgres_checks.figures(Means(settings)))[0] is OK


async def test_what_came_late_is_told_and_no_fault(own_shop: Shop, settings: Settings) -> None:
    late = paid(own_shop.id, 100, order_id=3, at=NOON + timedelta(hours=1)) | {"mode": "external"}
    record(settings.clickhouse_url.get_secret_value(), late)
    ran = await health(settings)
    assert ran.returncode == 0 and "0 wrong, 1 late" in ran.stdout, ran.stdout
    assert LATE in ran.stdout

"""A shop with another time zone and currency: its history is computed again."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from core import zones
from core.postgres import Connection
from core.settings import Settings
from core.shop import history, rates
from core.shop.history import Change
from pipelines import following
from pipelines.catalogue import KEPT
from pipelines.clickhouse import ClickHouse
from pipelines.postgres import Postgres
from tests import factories
from tests.pipelines.kpis.happenings import purchase, store

NOW = datetime.now(UTC)
TODAY = NOW.date()
TABLES = ["shop_kpi_day", "shop_money_day", "buyer_event_day", "order_day", "money_day"]


def ago(days: int, hour: int = 12) -> datetime:
    midnight = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
    return midnight - timedelta(days=days) + timedelta(hours=hour)


@pytest.fixture(name="few_tables", autouse=True)
def counted_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked at here: a recount computes every table of `KEPT`."""
    monkeypatch.setattr("pipelines.following.KEPT", [k for k in KEPT if k.name in TABLES])


class Figures:
    """Computes and reads the figures of one shop."""

    def __init__(self, settings: Settings, shop_id: int) -> None:
        self.clickhouse = ClickHouse(lambda: settings)
        self.postgres = Postgres(lambda: settings)
        self.shop_id = shop_id

    async def compute(self, *days: date) -> None:
        planned = dict.fromkeys(days, TABLES)
        stores = (self.clickhouse, self.postgres)
        assert not await asyncio.to_thread(following.bring_up, planned, *stores, lambda *_: None)

    async def recount(self) -> None:
        waiting = await asyncio.to_thread(self.postgres.run, history.open_recounts)
        stores = (self.clickhouse, self.postgres)
        refused = await asyncio.to_thread(
            following.recount, self.shop_id, waiting, *stores, lambda *_: None, NOW
        )
        assert not refused
        assert not await asyncio.to_thread(self.postgres.run, history.open_recounts)

    def money(self) -> dict[date, tuple[int, int | None]]:
        """Paid orders and gross sales by day, of days with orders."""
        rows = self.clickhouse.read(
            "SELECT day, paid_orders, gross_sales_minor FROM money_day "
            "WHERE shop_id = {shop:UInt32} AND variant = 'raw' AND paid_orders > 0 ORDER BY day",
            {"shop": self.shop_id},
        )
        return {day: (orders, gross) for day, orders, gross in rows.iter_rows()}


async def test_every_order_is_in_one_day_and_no_currencies_are_added(
    settings: Settings, connection: Connection
) -> None:
    shop = await factories.create_shop(connection, timezone="UTC", currency="XTR")
    other = await factories.create_shop(connection, timezone="UTC", currency="XTR")
    days = [TODAY - timedelta(days=n) for n in (40, 3, 2, 1)]
    store(
        settings.clickhouse_url.get_secret_value(),
        [
            event
            for mine in (shop, other)
            for number, when in enumerate((ago(40), ago(3, 22), ago(2)), 1)
            for event in purchase(1, (100 * number, 1), at=when, order_id=number, shop_id=mine.id)
        ]
        + purchase(2, (5_000, 1), currency="RUB", at=ago(2), order_id=9, shop_id=shop.id),
    )
    figures, others = Figures(settings, shop.id), Figures(settings, other.id)
    await figures.compute(*days)
    assert figures.money() == {days[0]: (1, 100), days[1]: (1, 200), days[2]: (2, None)}
    before = others.money()

    async with connection.transaction():
        await history.change(connection, shop.id, "Europe/Moscow", "RUB", NOW)
        # As if no event were kept any longer than that.
        await connection.execute("UPDATE recounts SET first_day = $1", days[1])
        await connection.execute("UPDATE shop_changes SET recount_from = $1", days[2])
        for since, rate in ((days[2], Decimal("1.8")), (TODAY - timedelta(days=300), Decimal(1))):
            set_rate = rates.Rate(currency="XTR", valid_from=since, rate=rate)
            await rates.set_rate(connection, shop.id, set_rate, NOW)
        await connection.execute(
            "UPDATE recounts SET first_day = $1 WHERE NOT money_before_is_void", days[1]
        )
    await figures.recount()
    # 22:00 UTC is the next day in Moscow: 200 Stars at 1.8 and 300 more, with 5,000 kopecks.
    assert figures.money() == {days[0]: (1, None), days[2]: (3, 200 * 180 + 300 * 180 + 5_000)}
    assert others.money() == before
    kept = figures.clickhouse.read(
        "SELECT currency, gross_sales_minor FROM shop_money_day "
        "WHERE shop_id = {shop:UInt32} AND day = {day:Date}",
        {"shop": shop.id, "day": days[0]},
    )
    assert kept.rows() == [("XTR", 100)]  # what was paid, in its own currency

    async with connection.transaction():
        await rates.drop_rate(connection, shop.id, "XTR", days[2], NOW)
        await connection.execute("UPDATE recounts SET first_day = $1", days[2])
    await figures.recount()
    assert figures.money()[days[2]] == (3, 200 * 100 + 300 * 100 + 5_000)


def change_of(before: str, after: str, recount_from: date) -> Change:
    return Change(
        shop_id=1,
        changed_at=NOW,
        timezone_before=before,
        timezone=after,
        currency_before="XTR",
        currency="XTR",
        recount_from=recount_from,
    )


@pytest.mark.parametrize(
    "zones_in_turn",
    [
        ("UTC", "Europe/Moscow"),
        ("Pacific/Kiritimati", "Etc/GMT+12"),
        ("Etc/GMT+12", "Pacific/Kiritimati"),
        ("UTC", "Pacific/Kiritimati", "Etc/GMT+12"),
        ("Etc/GMT+12", "Pacific/Kiritimati", "UTC"),
    ],
)
def test_days_under_two_clocks_neither_overlap_nor_leave_a_gap(
    zones_in_turn: tuple[str, ...],
) -> None:
    first = date(2026, 3, 10)
    changes = [
        change_of(before, after, first + timedelta(days=5 * number))
        for number, (before, after) in enumerate(
            zip(zones_in_turn, zones_in_turn[1:], strict=False)
        )
    ][::-1]
    days = [first + timedelta(days=n) for n in range(-4, 12)]
    starts = [history.day_start(day, zones_in_turn[-1], changes) for day in days]
    assert starts == sorted(starts)
    assert starts[0] == zones.day_start(days[0], zones_in_turn[0])
    assert starts[-1] == zones.day_start(days[-1], zones_in_turn[-1])
    for before, after in zip(starts, starts[1:], strict=False):
        assert timedelta(0) <= after - before <= timedelta(hours=52)

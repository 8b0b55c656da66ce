"""Owners are told which exchange rate is missing for unknown sums."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from core.clickhouse import open_client
from core.settings import Settings
from core.shop import rates
from core.shop.rates import Rate
from core.zones import day_of
from tests.api.conftest import Panel
from tests.factories import create_shop

NOW = datetime.now(UTC)
TODAY = day_of(NOW, "UTC")


def store(settings: Settings, shop_id: int, day: date, gross: int | None, *sold_in: str) -> None:
    client = open_client(settings.clickhouse_url.get_secret_value())
    client.insert(
        "shop_kpi_day",
        [[day, shop_id, "RUB", gross, gross]],
        column_names=["day", "shop_id", "currency", "gross_sales_minor", "net_sales_minor"],
    )
    client.insert(
        "shop_money_day",
        [[day, shop_id, currency, 1] for currency in sold_in],
        column_names=["day", "shop_id", "currency", "paid_orders"],
    )
    client.close()


async def test_the_owner_is_told_which_rate_is_wanted(
    counting_panel: Panel, settings: Settings
) -> None:
    async with counting_panel.pool.acquire() as connection:
        shop = await create_shop(connection, currency="RUB")
        well = await create_shop(connection, currency="RUB")
    for ago, gross, sold_in in (
        (1, None, ("RUB", "XTR")),
        (2, None, ("XTR", "USD")),
        (3, 5, ("RUB",)),
        (40, None, ("KZT",)),
    ):
        store(settings, shop.id, TODAY - timedelta(days=ago), gross, *sold_in)
        store(settings, well.id, TODAY - timedelta(days=ago), 7, *sold_in)
    async with counting_panel.visitor() as client:
        (item,) = (await client.get("/api/v1/attention")).json()
        assert (item["kind"], item["shop_id"], item["currency"]) == ("rate_missing", shop.id, "RUB")
        assert (item["reason"], item["count"]) == ("USD, XTR", 2)
        assert item["at"].startswith(str(TODAY - timedelta(days=2)))
        async with counting_panel.pool.acquire() as connection, connection.transaction():
            for currency, ago in (("XTR", 2), ("USD", 1)):
                rate = Rate(
                    currency=currency, valid_from=TODAY - timedelta(days=ago), rate=Decimal(2)
                )
                await rates.set_rate(connection, shop.id, rate, NOW)
        (item,) = (await client.get("/api/v1/attention")).json()
        assert (item["reason"], item["count"]) == ("USD", 1)

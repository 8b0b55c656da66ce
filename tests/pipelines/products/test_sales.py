"""Stock (43) by what a shop really sells."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from core.postgres import Connection
from core.settings import Settings
from core.shop import payments
from pipelines.products.tables import CATALOGUE_DAY, PRODUCT_DAY
from tests import factories
from tests.pipelines.kpis.test_assets import ship
from tests.pipelines.world import Shop, World


async def test_the_shelf_follows_what_is_put_on_sale_and_sold(
    settings: Settings, connection: Connection
) -> None:
    origin = await factories.create_origin(connection)
    stocks = {"many": 15, "last": 1, "new": 4, "unlimited": None}
    products = {
        title: await factories.create_product(connection, origin.shop_id, title=title, stock=stock)
        for title, stock in stocks.items()
    }
    buyer = await factories.create_customer(connection, origin.shop_id)
    for title in ("many", "last", "unlimited"):
        async with connection.transaction():
            order = await factories.create_order(connection, origin, buyer, products[title])
            charge = factories.charge_of(order, buyer)
            await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)
    await ship(connection, settings.clickhouse_url.get_secret_value())

    def look() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        world, today = World(settings), datetime.now(UTC).date()
        shop = Shop(origin.shop_id, "UTC", "XTR")
        try:
            return world.figures(shop, PRODUCT_DAY, today), world.figures(
                shop, CATALOGUE_DAY, today
            )
        finally:
            world.close()

    of_products, (shelf,) = await asyncio.to_thread(look)
    found = {row["product_id"]: (row["on_hand"], row["days_of_cover"]) for row in of_products}
    # One sold in 28 days: what is left of it lasts 28 days each.
    assert found == {
        products["many"].id: (14, 14 * 28),
        products["last"].id: (0, 0),
        products["new"].id: (4, None),
        products["unlimited"].id: (None, None),
    }
    assert (shelf["counted_products"], shelf["products_out"]) == (3, 1)

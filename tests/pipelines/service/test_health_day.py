"""The data's own health of real sales: nothing is said to be wrong that is not."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from core.clickhouse import open_client
from core.postgres import Connection
from core.settings import Settings
from core.shop import erasures, payments
from pipelines.service.tables import HEALTH_DAY
from pipelines.upkeep import erasure
from tests import factories
from tests.pipelines.kpis.test_assets import ship
from tests.pipelines.world import Shop, World


async def health(settings: Settings, shop_id: int) -> tuple[int, int]:
    """By how many paid orders, and how much money, the stores differ today."""

    def look() -> list[dict[str, Any]]:
        world = World(settings)
        try:
            return world.figures(Shop(shop_id, "UTC", "XTR"), HEALTH_DAY, datetime.now(UTC).date())
        finally:
            world.close()

    (row,) = await asyncio.to_thread(look)
    return row["order_difference"], row["paid_total_difference_minor"]


async def test_who_had_their_events_erased_is_no_difference(
    settings: Settings, connection: Connection
) -> None:
    origin = await factories.create_origin(connection)
    product = await factories.create_product(connection, origin.shop_id)
    erased, other = [await factories.create_customer(connection, origin.shop_id) for _ in range(2)]
    for buyer in (erased, other):
        order = await factories.create_order(connection, origin, buyer, product)
        charge = factories.charge_of(order, buyer)
        await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)
    assert await health(settings, origin.shop_id) == (0, 0)  # all of it is on its way
    await ship(connection, settings.clickhouse_url.get_secret_value())
    assert await health(settings, origin.shop_id) == (0, 0)
    async with connection.transaction():
        await erasures.erase(connection, origin.shop_id, erased.buyer_no, with_events=True)
    assert await health(settings, origin.shop_id) == (0, 0)  # recorded, and not begun
    client = open_client(settings.clickhouse_url.get_secret_value())
    await erasure.finish(connection, client, await erasure.ready(connection))
    assert await health(settings, origin.shop_id) == (0, 0)
    client.command(f"DELETE FROM events WHERE buyer_no = {other.buyer_no}")
    client.close()
    assert await health(settings, origin.shop_id) == (1, 300)

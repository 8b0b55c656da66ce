"""Many days at once: `vitrina kpi --from … --to …`."""

import asyncio
from datetime import UTC, datetime, timedelta

from core.clickhouse import open_client
from core.postgres import Connection
from core.settings import Settings
from pipelines.kpis.materialise import materialise_range
from tests import factories
from tests.pipelines.kpis.happenings import purchase, store

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)


async def test_past_orders_are_computed_as_if_they_had_come_in_order(
    settings: Settings, connection: Connection
) -> None:
    shop = await factories.create_shop(connection, timezone="UTC")
    first, last = NOON - timedelta(days=4), NOON - timedelta(days=3)
    url = settings.clickhouse_url.get_secret_value()
    store(url, purchase(1, (100, 1), at=last, order_id=2, shop_id=shop.id))
    store(url, purchase(1, (300, 1), at=first, order_id=1, shop_id=shop.id))
    outcomes = await asyncio.to_thread(
        lambda: list(materialise_range(settings, first.date(), last.date()))
    )
    assert [outcome.day for outcome in outcomes] == [first.date(), last.date()] * 2
    assert all(outcome.succeeded for outcome in outcomes)
    client = open_client(url)
    rows = client.query(
        "SELECT c.day, c.returning_share, m.net_sales_minor, m.refund_rate FROM customer_day AS c "
        "INNER JOIN money_day AS m USING (day, shop_id, variant) WHERE variant = 'raw' ORDER BY day"
    ).result_rows
    client.close()
    assert rows == [(first.date(), 0.0, 300, 0.0), (last.date(), 1.0, 100, 0.0)]

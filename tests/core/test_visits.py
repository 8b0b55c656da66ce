"""Bots, intake and figures end a visit at the same moment."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from core.postgres import Connection
from core.shop import customers
from core.shop.customers import Profile
from core.visits import VISIT_PAUSE
from ingestion.buyers import Buyer
from pipelines.audience.audience_day import sessions
from pipelines.shops import day_windows
from tests.factories import create_customer, create_shop

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SHOP = pl.DataFrame({"shop_id": [1], "timezone": ["UTC"]}, schema_overrides={"shop_id": pl.UInt32})
PAUSES = [
    (VISIT_PAUSE - timedelta(milliseconds=1), 1),
    (VISIT_PAUSE, 1),
    (VISIT_PAUSE + timedelta(milliseconds=1), 2),
]


@pytest.mark.parametrize(("pause", "visits"), PAUSES)
async def test_a_pause_ends_a_visit_alike(
    connection: Connection, pause: timedelta, visits: int
) -> None:
    shop = await create_shop(connection)
    for telegram_id in (1, 2):
        await create_customer(connection, shop.id, telegram_id=telegram_id)
    async with connection.transaction():  # which stops now()
        await connection.execute("UPDATE customers SET last_seen_at = now() - $1::interval", pause)
        one = await customers.touch(connection, shop.id, Profile(telegram_id=1))
        many = await customers.touch_all(connection, shop.id, [Profile(telegram_id=2)])
    assert [one.session_no, *(each.session_no for each in many.values())] == [visits, visits]

    buyer = Buyer(1, 1, NOON, NOON, None, None, None, "", False, False, False)
    assert buyer.acts(NOON + pause).session_no == visits

    moments = pl.DataFrame(
        [(1, 1, NOON), (1, 1, NOON + pause)],
        schema={"shop_id": pl.UInt32, "buyer_no": pl.UInt64, "at": pl.Datetime("ms", "UTC")},
        orient="row",
    )
    assert sessions(moments, day_windows(SHOP, NOON.date()))["sessions"].sum() == visits

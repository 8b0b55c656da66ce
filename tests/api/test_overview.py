"""The overview's numbers, from events in ClickHouse, at a fixed moment."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from api.figures import Figure, Overview
from api.overview import read_freshness, read_overview, read_overviews
from api.periods import Period, window
from api.reader import Reader
from core.events import NOBODY, ORDER_PAID, Event, emit
from core.postgres import Connection, Pool
from core.shop import orders, shops
from core.shop.shops import Shop
from tests.api.happenings import NOON, first_start, happening, paid, record
from tests.factories import create_customer, create_origin, create_product, create_shop

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture(name="reader")
async def opened_reader(clickhouse_panel_url: str) -> AsyncIterator[Reader]:
    opened = Reader(clickhouse_panel_url)
    yield opened
    await opened.close()


@pytest.fixture(name="look")
def bound_look(pool: Pool, reader: Reader) -> Any:
    async def look(
        *chosen: Shop, period: Period = "today", now: datetime = NOON + HOUR
    ) -> Overview:
        found = await read_overview(pool, reader, chosen, period, now)
        # Read together, each is what it is by itself.
        for shop_id, each in (await read_overviews(pool, reader, chosen, period, now)).items():
            (shop,) = (shop for shop in chosen if shop.id == shop_id)
            alone = found
            if len(chosen) > 1:
                alone = await read_overview(pool, reader, [shop], period, now)
            assert each == alone
        return found

    return look


def figure(overview: Overview, key: str, currency: str | None = None) -> Figure:
    (found,) = (f for f in overview.figures if (f.key, f.currency) == (key, currency))
    return found


def value(overview: Overview, key: str, currency: str | None = None) -> tuple[float | None, ...]:
    found = figure(overview, key, currency)
    return (found.value, found.previous)


async def test_an_event_before_midnight_utc_counts_in_moscows_next_day(
    look: Any, connection: Connection, clickhouse_url: str
) -> None:
    moscow = await create_shop(connection, timezone="Europe/Moscow")
    utc = await create_shop(connection, timezone="UTC")
    late = NOON - 12 * HOUR - HOUR / 2  # 23:30 UTC, 02:30 of NOON's day in Moscow
    record(clickhouse_url, paid(moscow.id, 100, at=late), paid(utc.id, 100, at=late))

    here = await look(moscow)
    assert here.timezone == "Europe/Moscow"
    assert value(here, "net_sales", "XTR") == (100, 0)
    series = figure(here, "net_sales", "XTR").series
    assert [point.value for point in series].index(100) == 2
    assert series[0].at == NOON - 15 * HOUR  # midnight in Moscow
    assert len(series) == 17

    assert value(await look(utc), "paid_orders") == (0, 0)  # later yesterday than it is now
    week = figure(await look(utc, period="7d"), "net_sales", "XTR").series
    assert [point.value for point in week] == [0, 0, 0, 0, 0, 100, 0]

    both = await look(moscow, utc)
    assert both.timezone is None
    assert value(both, "net_sales", "XTR") == (100, 0)
    assert [point.value for point in figure(both, "net_sales", "XTR").series][2] == 100


async def test_today_is_compared_with_yesterday_up_to_the_same_time(
    look: Any, connection: Connection, clickhouse_url: str
) -> None:
    shop = await create_shop(connection, timezone="UTC")
    record(
        clickhouse_url,
        paid(shop.id, 100, at=NOON),
        paid(shop.id, 30, at=NOON - DAY),
        paid(shop.id, 7000, at=NOON - DAY + 2 * HOUR),  # later yesterday than it is now
    )
    assert value(await look(shop), "net_sales", "XTR") == (100, 30)


async def test_seven_days_are_counted_by_day_with_distinct_people_over_all_of_them(
    look: Any, connection: Connection, clickhouse_url: str
) -> None:
    shop = await create_shop(connection, timezone="UTC")
    record(
        clickhouse_url,
        *(paid(shop.id, 10, buyer_no=1, at=NOON - DAY * day) for day in range(7)),
        paid(shop.id, 10, buyer_no=2, at=NOON),
        paid(shop.id, 500, buyer_no=3, at=NOON - 7 * DAY),  # the seven days before
    )
    overview = await look(shop, period="7d")
    assert value(overview, "active_buyers") == (2, 1)
    assert [p.value for p in figure(overview, "active_buyers").series] == [1, 1, 1, 1, 1, 1, 2]
    assert value(overview, "net_sales", "XTR") == (80, 500)
    assert value(overview, "paid_orders") == (8, 1)
    assert value(overview, "aov", "XTR") == (10, 500)
    month = await look(shop, period="30d")
    assert value(month, "active_buyers") == (3, 0)
    assert len(figure(month, "aov", "XTR").series) == 30


async def test_people_of_two_shops_are_different_people(
    look: Any, connection: Connection, clickhouse_url: str
) -> None:
    one, two = await create_shop(connection), await create_shop(connection)
    record(
        clickhouse_url,
        *(happening("bot_started", shop.id, buyer_no=1) for shop in (one, two, two)),
    )
    overview = await look(one, two)
    assert value(overview, "active_users") == (2, 0)
    assert value(overview, "starts") == (3, 0)
    assert value(await look(two), "active_users") == (1, 0)


async def test_staff_and_test_purchases_are_out_everywhere(
    look: Any, connection: Connection, clickhouse_url: str
) -> None:
    shop = await create_shop(connection)
    record(
        clickhouse_url,
        *(
            made | {mark: True}
            for mark in ("is_staff", "is_test")
            for made in (paid(shop.id, 900), happening("bot_started", shop.id))
        ),
    )
    overview = await look(shop)
    assert all(not f.value for f in overview.figures)
    assert all(step.users == 0 for step in overview.funnel)
    assert overview.feed == []
    assert value(overview, "aov", "XTR") == (None, None)


async def test_a_newcomer_is_new_once(
    look: Any, connection: Connection, clickhouse_url: str
) -> None:
    shop = await create_shop(connection, timezone="UTC")
    record(
        clickhouse_url,
        first_start(shop.id, 1, at=NOON - 2 * HOUR),
        happening("bot_started", shop.id, 1, at=NOON),
        happening("bot_started", shop.id, 2, at=NOON),  # known; their first start has expired
        happening("message_received", shop.id, 3, at=NOON),
    )
    overview = await look(shop)
    assert value(overview, "new_users") == (1, 0)
    assert value(overview, "starts") == (3, 0)
    assert value(overview, "active_users") == (3, 0)
    hours = [point.value for point in figure(overview, "new_users").series]
    assert hours[10] == 1 and sum(filter(None, hours)) == 1


async def test_the_funnel_counts_people_by_step(
    look: Any, connection: Connection, clickhouse_url: str
) -> None:
    shop = await create_shop(connection)
    steps = ["bot_started", "catalog_viewed", "product_viewed", "checkout_started"]
    steps += ["order_created", "order_paid"]
    record(
        clickhouse_url,
        *(
            happening(event, shop.id, buyer_no)
            for depth, event in enumerate(steps)
            for buyer_no in range(1, 7 - depth)
            for _twice in range(2)
        ),
    )
    overview = await look(shop)
    assert [step.users for step in overview.funnel] == [6, 5, 4, 3, 2, 1]
    assert [step.step for step in overview.funnel][3] == "cart_or_checkout"


async def test_the_feed_is_the_last_twenty_with_the_products_titles(
    look: Any, connection: Connection, clickhouse_url: str
) -> None:
    origin = await create_origin(connection)
    shop = await shops.get(connection, origin.shop_id)
    product = await create_product(connection, shop.id, title="Пуэр")
    buyer = await create_customer(connection, shop.id)
    order = await orders.create(connection, origin, buyer, product)
    record(
        clickhouse_url,
        *(happening("bot_started", shop.id, n, at=NOON - n * HOUR / 60) for n in range(3, 30)),
        happening("product_viewed", shop.id, 8, at=NOON - HOUR / 60, product_id=product.id),
        paid(shop.id, 300, 8, at=NOON, order_id=order.id),
        happening("button_pressed", shop.id, 8, at=NOON),
    )
    feed = (await look(shop)).feed
    assert len(feed) == 20
    assert feed[0].model_dump() == {
        "at": NOON,
        "shop_id": shop.id,
        "bot_id": 7_000_000_001,
        "event": "order_paid",
        "buyer_no": 8,
        "order_id": order.id,
        "amount_minor": 300,
        "currency": "XTR",
        "product_title": "Пуэр",
    }
    assert (feed[1].event, feed[1].product_title) == ("product_viewed", "Пуэр")
    assert feed[1].order_id is None
    assert (feed[2].event, feed[2].product_title) == ("bot_started", None)
    assert [item.at for item in feed] == sorted((item.at for item in feed), reverse=True)


async def test_freshness_tells_what_waits_and_for_how_long(
    look: Any, connection: Connection, clickhouse_url: str
) -> None:
    origin = await create_origin(connection)
    shop = await shops.get(connection, origin.shop_id)
    other = await create_shop(connection)
    nothing = (await look(shop)).freshness
    assert (nothing.last_event_at, nothing.lag_seconds, nothing.outbox_waiting) == (None, 0, 0)

    recorded = NOON - 20 * DAY  # an idle shop's last sign of life is found all the same
    record(clickhouse_url, paid(shop.id, 1, at=recorded, recorded_at=recorded + HOUR))
    await emit(connection, origin, NOBODY, [Event(ORDER_PAID), Event(ORDER_PAID)])
    await connection.execute("UPDATE outbox SET recorded_at = $1", NOON + HOUR * 0.5)
    waiting = (await look(shop)).freshness
    assert waiting.last_event_at == recorded + HOUR
    assert (waiting.lag_seconds, waiting.outbox_waiting) == (1800, 2)
    assert (await look(other)).freshness.outbox_waiting == 0
    await emit(connection, await create_origin(connection, other), NOBODY, [Event(ORDER_PAID)])
    assert (await look(other)).freshness.outbox_waiting == 1

    await connection.execute(
        "UPDATE shipments SET (xid, pos) = "
        "(SELECT xid, pos FROM outbox ORDER BY xid DESC, pos DESC LIMIT 1)"
    )
    assert (await look(shop)).freshness.outbox_waiting == 0


async def test_of_a_busy_shop_an_hour_tells_when_the_last_event_was_recorded(
    pool: Pool,
    reader: Reader,
    connection: Connection,
    clickhouse_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = await create_shop(connection)
    record(clickhouse_url, happening("bot_started", shop.id))
    read, since = reader.rows, []

    async def noted(sql: str, parameters: Any) -> Any:
        since.append(parameters["since"])
        return await read(sql, parameters)

    monkeypatch.setattr(reader, "rows", noted)
    for hours, queries in ((0.5, 1), (5, 2), (80, 3)):
        since.clear()
        freshness = await read_freshness(pool, reader, [shop.id], NOON + hours * HOUR)
        assert (freshness.last_event_at, len(since)) == (NOON, queries)


async def test_refunds_lower_the_day_they_happen_on(
    look: Any, connection: Connection, clickhouse_url: str
) -> None:
    shop = await create_shop(connection, timezone="UTC")
    refund = paid(shop.id, 40, at=NOON) | {"event": "refund_completed"}
    record(clickhouse_url, paid(shop.id, 100, at=NOON - DAY), refund)
    assert value(await look(shop), "net_sales", "XTR") == (-40, 100)


async def test_no_shop_at_all(look: Any) -> None:
    overview = await look()
    assert (overview.shops, overview.timezone, overview.feed) == ([], None, [])
    assert overview.freshness.outbox_waiting == 0


@pytest.mark.parametrize(
    "zone",
    ["America/Vancouver", "America/Edmonton", "Africa/Casablanca", "Asia/Beirut", "Europe/Berlin"],
)
async def test_the_bars_are_the_days_of_the_card_in_any_zone(
    look: Any, connection: Connection, clickhouse_url: str, zone: str
) -> None:
    """ClickHouse's own rules differ from ours for some of these zones: they are not asked."""
    shop = await create_shop(connection, timezone=zone)
    now = NOON + HOUR
    frame = window("7d", zone, now)
    record(
        clickhouse_url,
        paid(shop.id, 100, at=frame.edges[0] + HOUR / 2),  # 00:30 of the first day
        paid(shop.id, 30, buyer_no=2, at=frame.edges[-1] - HOUR / 2),  # 23:30 of yesterday
        paid(shop.id, 5000, buyer_no=3, at=NOON),
    )
    overview = await look(shop, period="7d", now=now)
    series = [point.value for point in figure(overview, "net_sales", "XTR").series]
    assert series == [100, 0, 0, 0, 0, 30, 5000]
    assert value(overview, "net_sales", "XTR")[0] == 5130

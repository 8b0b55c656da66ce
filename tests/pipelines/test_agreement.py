"""Relations between figures that hold for any history of a shop."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from pipelines.audience.tables import AUDIENCE_DAY
from pipelines.figures import Table
from pipelines.kpis.tables import MONEY_DAY, WALLET_DAY
from pipelines.products.tables import PRODUCT_DAY
from pipelines.service.tables import SERVICE_HOUR
from pipelines.sources.attribution import TOUCHES
from pipelines.sources.tables import SOURCE_DAY
from tests.pipelines import life
from tests.pipelines.kpis.happenings import Happened, purchase
from tests.pipelines.world import DAY, Shop, World, after, at
from tests.properties import examples

# The database outlives an example: each opens a shop of its own.
seldom = examples(5, allow=[HealthCheck.function_scoped_fixture])
# Each computes nearly every table: two seconds.
most_seldom = examples(3, allow=[HealthCheck.function_scoped_fixture])
people = st.sets(st.integers(1, 500), min_size=1, max_size=8)


def one(world: World, shop: Shop, table: Table, day: date = DAY) -> dict[str, Any]:
    (row,) = world.figures(shop, table, day)
    return row


def wallet(world: World, shop: Shop, day: date) -> tuple[int, int]:
    """What the wallets hold when the day begins and when it ends; no row while they never held
    anything."""
    rows = world.figures(shop, WALLET_DAY, day)
    return (rows[0]["opening_minor"], rows[0]["liability_minor"]) if rows else (0, 0)


@most_seldom
@given(people)
def test_parts_add_up_to_the_whole(world: World, buyers: set[int]) -> None:
    shop = world.shop()
    happened = life.of_shoppers(sorted(buyers))
    world.happen(shop, life.of_nobody(), happened)
    audience = one(world, shop, AUDIENCE_DAY)
    assert audience["dau"] <= audience["wau"] <= audience["mau"] <= len(buyers)

    money = one(world, shop, MONEY_DAY)
    products = world.figures(shop, PRODUCT_DAY)
    assert sum(row["gross_sales_minor"] for row in products) == money["gross_sales_minor"]
    assert sum(row["units"] for row in products) == money["units"]

    sources = world.figures(shop, SOURCE_DAY)
    for touch in TOUCHES:
        own = [row for row in sources if row["touch"] == touch]
        assert sum(row["users"] for row in own) == audience["new_users"]
        assert sum(row["orders"] for row in own) == money["paid_orders"]
        # Refunds of these orders, which may be of another day than the refunds of this one.
        net = money["charged_minor"] - money["refunded_minor"]
        assert sum(row["net_sales_minor"] for row in own) == net

    wallets = [wallet(world, shop, after(day)) for day in range(-3, 3)]
    for (_, closing), (opening, _) in pairwise(wallets):
        assert opening == closing
    posted = [
        happens.amount_minor for happens in happened if happens.event == "wallet_entry_posted"
    ]
    assert (wallets[0], wallets[-1][1]) == ((0, 0), sum(posted))


@seldom
@given(st.lists(st.integers(0, 10**8), min_size=1, max_size=50))
def test_percentiles_grow(world: World, latencies: Sequence[int]) -> None:
    shop = world.shop()
    world.happen(
        shop, [Happened("reply_acknowledged", 0, at=at(0), latency_us=took) for took in latencies]
    )
    row = one(world, shop, SERVICE_HOUR)
    p50, p95, p99 = (row[f"reply_p{n}_us"] for n in (50, 95, 99))
    assert min(latencies) <= p50 <= p95 <= p99 <= max(latencies)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_day_on_which_the_clocks_change(world: World, day: date, hours: int) -> None:
    shop = world.shop("Europe/Berlin")
    start = (day - DAY).days
    begins = {23: at(start - 1, 23), 25: at(start - 1, 22)}[hours]  # midnight in Berlin, UTC
    ends = at(start, 22 if hours == 23 else 23)  # the next one
    assert (ends - begins).total_seconds() == hours * 3600
    moments = {1: begins, 2: ends, 3: at(start, 12), 4: begins, 5: ends}
    for buyer in (2, 4):
        moments[buyer] -= timedelta(milliseconds=1)  # 2 is the day's last, 4 of the day before
    world.happen(
        shop,
        [Happened("message_received", buyer, at=moment) for buyer, moment in moments.items()],
        [
            event
            for buyer, moment in moments.items()
            for event in purchase(buyer, (10, 1), at=moment, order_id=buyer)
        ],
        [Happened("worker_heartbeat", 0, at=begins + timedelta(minutes=n)) for n in range(60)],
    )
    assert one(world, shop, AUDIENCE_DAY, day)["dau"] == 3  # 1, 2 and 3
    assert one(world, shop, MONEY_DAY, day)["paid_orders"] == 3
    rows = world.figures(shop, SERVICE_HOUR, day)
    assert (len(rows), sum(row["minutes"] for row in rows)) == (hours, hours * 60)

"""Metrics 42 to 44 by hand-made events."""

import pytest

from pipelines.products.tables import CATALOGUE_DAY, PRODUCT_DAY
from tests.pipelines.kpis.happenings import Happened
from tests.pipelines.world import World, after, at


def line(buyer: int, product: int, amount: int, units: int = 1, day: int = 0) -> Happened:
    return Happened(
        "order_line",
        buyer,
        at=at(day),
        amount_minor=amount,
        currency="XTR",
        quantity=units,
        product_id=product,
    )


def view(buyer: int, product: int, day: int = 0) -> Happened:
    return Happened("product_viewed", buyer, at=at(day), product_id=product)


def stock(product: int, on_hand: int, day: int, hour: int = 12) -> Happened:
    return Happened("stock_changed", 0, at=at(day, hour), quantity=on_hand, product_id=product)


def test_who_saw_it_and_bought_it(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        *[view(buyer, 1) for buyer in (1, 1, 2, 3, 4)],
        line(1, 1, 100),
        line(9, 1, 100),  # saw it another day: no part of this conversion
        view(1, 2),
        line(1, 2, 500, units=1),
        line(2, 3, 60, units=6),
        Happened("refund_completed", 1, at=at(0), amount_minor=450, currency="XTR", product_id=2),
    )
    rows = {row["product_id"]: row for row in world.figures(shop, PRODUCT_DAY)}
    first = rows[1]
    assert (first["viewers"], first["buyers"], first["viewing_buyers"]) == (4, 2, 1)
    assert first["conversion"] == 0.25
    assert (rows[2]["conversion"], rows[3]["conversion"]) == (1, None)
    assert [rows[n]["net_sales_minor"] for n in (1, 2, 3)] == [200, 50, 60]
    assert [rows[n]["rank_by_net"] for n in (1, 2, 3)] == [1, 3, 2]
    assert [rows[n]["rank_by_units"] for n in (1, 2, 3)] == [2, 3, 1]


def test_how_long_the_stock_lasts(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        stock(1, 30, -20),
        stock(1, 10, -2, 13),
        stock(1, 14, -2, 15),
        line(1, 1, 100, units=20, day=-20),
        line(1, 1, 100, units=99, day=-28),  # a day too old
        line(2, 1, 100, units=8),
        stock(2, 5, -1),
        stock(3, 0, -1),
    )
    for day in range(-28, 0):
        if day in (-28, -20, -2, -1):
            world.keep(PRODUCT_DAY, shop, after(day))
    rows = {row["product_id"]: row for row in world.figures(shop, PRODUCT_DAY)}
    assert (rows[1]["on_hand"], rows[1]["units_28d"]) == (14, 28)  # left as it was two days ago
    assert rows[1]["days_of_cover"] == 14  # 1 a day
    assert rows[2]["days_of_cover"] is None  # nobody buys it
    (shelf,) = world.figures(shop, CATALOGUE_DAY)
    assert (shelf["counted_products"], shelf["products_out"]) == (3, 1)
    assert shelf["stock_out_share"] == pytest.approx(1 / 3)


def test_digital_orders_are_delivered_within_a_minute(world: World) -> None:
    shop = world.shop()
    seconds = {1: 2, 2: 60, 3: 61}  # 4 is never delivered, 5 is no digital order
    world.happen(
        shop,
        *[
            Happened(
                "order_paid",
                order,
                at=at(0, 23, 59, 30),
                amount_minor=5,
                currency="XTR",
                order_id=order,
                props={"is_digital": order != 5},
            )
            for order in range(1, 6)
        ],
        *[
            Happened(
                "delivery_sent",
                order,
                at=at(1, 0, 0, 32),  # after midnight
                order_id=order,
                latency_us=took * 1_000_000,
            )
            for order, took in seconds.items()
        ],
    )
    (row,) = world.figures(shop, CATALOGUE_DAY)
    assert (row["digital_orders"], row["delivered_in_time"]) == (4, 2)
    assert row["delivery_success"] == 0.5
    assert row["delivery_p95_us"] == 61_000_000

"""Metric 47 by hand-made events."""

from datetime import datetime

import pytest

from pipelines.broadcasts.tables import BROADCAST_DAY
from tests.pipelines.kpis.happenings import Happened, purchase
from tests.pipelines.world import World, after, at


def about(event: str, buyer: int, when: datetime, broadcast: int = 5) -> Happened:
    return Happened(event, buyer, at=when, props={"broadcast": broadcast})


def test_what_a_broadcast_did(world: World) -> None:
    shop = world.shop()
    attempted, delivered = "broadcast_message_attempted", "broadcast_message_delivered"
    world.happen(
        shop,
        *[about(attempted, buyer, at(0, 23, 59)) for buyer in (1, 2, 3, 4, 5)],
        about(attempted, 1, at(1, 0)),  # tried again: one recipient
        *[about(delivered, buyer, at(1, 0, 10)) for buyer in (1, 2, 3, 4)],
        about("broadcast_message_failed", 5, at(1, 0, 10)),
        *[about("broadcast_clicked", 1, at(1, 9)) for _ in range(3)],
        about("broadcast_clicked", 2, at(1, 9)),
        Happened("bot_blocked", 3, at=at(1, 20)),
        Happened("bot_blocked", 4, at=at(2, 0, 11)),  # 24 h and a minute after
        Happened("bot_blocked", 9, at=at(1, 1)),  # did not get it
        purchase(1, (100, 1), at=at(1, 8), order_id=1),  # before the click
        purchase(1, (200, 1), at=at(4, 8), order_id=2),  # 71 h after
        purchase(2, (400, 1), at=at(4, 10), order_id=3),  # 73 h after
        purchase(3, (800, 1), at=at(1, 10), order_id=4),  # has not clicked
        about(attempted, 1, at(1, 12), broadcast=6),  # another day's
    )
    (row,) = world.figures(shop, BROADCAST_DAY)
    assert (row["broadcast"], row["attempted"], row["delivered"]) == ("5", 5, 4)
    assert row["delivery_rate"] == 0.8
    assert (row["clickers"], row["click_rate"]) == (2, 0.5)
    assert (row["blocks_24h"], row["blocks_per_1000"]) == (1, 250)
    assert (row["clicker_orders"], row["net_sales_72h_minor"]) == (1, 200)
    assert row["is_complete"]
    (other,) = world.figures(shop, BROADCAST_DAY, after(1), now=at(3))
    assert (other["broadcast"], other["delivery_rate"], other["click_rate"]) == ("6", 0, None)
    assert not other["is_complete"]
    (clean,) = world.figures(shop, BROADCAST_DAY, flagged=[1, 5], variant="clean")
    assert clean["delivery_rate"] == pytest.approx(1)
    assert clean["net_sales_72h_minor"] == 0


def test_it_is_complete_when_the_last_click_had_its_72_hours(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        about("broadcast_message_attempted", 1, at(0, 23)),
        about("broadcast_message_delivered", 1, at(0, 23)),
        about("broadcast_clicked", 1, at(3, 23)),  # the last hour in which a click counts
        purchase(1, (200, 1), at=at(6, 22), order_id=1),
    )
    (early,) = world.figures(shop, BROADCAST_DAY, now=at(6, 23, 59))
    (over,) = world.figures(shop, BROADCAST_DAY, now=at(7, 0))
    assert (early["is_complete"], over["is_complete"]) == (False, True)
    assert over["net_sales_72h_minor"] == 200


def test_sales_are_of_those_whom_it_reached(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        *[about("broadcast_message_attempted", buyer, at(0)) for buyer in (1, 2)],
        about("broadcast_message_delivered", 1, at(0)),
        *[about("broadcast_clicked", buyer, at(0, 13)) for buyer in (1, 2)],  # 2: nobody knows how
        purchase(1, (200, 1), at=at(0, 14), order_id=1),
        purchase(2, (400, 1), at=at(0, 14), order_id=2),
    )
    (row,) = world.figures(shop, BROADCAST_DAY)
    assert (row["clickers"], row["clicker_orders"], row["net_sales_72h_minor"]) == (1, 1, 200)

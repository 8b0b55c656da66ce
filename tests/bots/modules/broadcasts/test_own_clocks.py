"""Broadcasts by the clock of the shopper's own, for who has told what time it is there."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bots.modules.broadcasts import clocks
from bots.modules.broadcasts.settings import BroadcastsSettings
from core.postgres import Connection
from core.shop import erasures
from tests.bots.modules.broadcasts.test_broadcasts import Sender

DAY: dict[str, Any] = {"from_hour": 10, "until_hour": 21}
SIX = datetime(2026, 5, 4, 18, 30, tzinfo=UTC)


def test_by_which_clocks_it_goes_out() -> None:
    settings = BroadcastsSettings(**DAY)
    # 18:30 in UTC: from 10:30 (16 ahead of it, or 8 behind) to 20:30.
    assert clocks.open_ones(settings, SIX, None) == [0, 1, 2, *range(16, 24)]
    assert clocks.open_ones(settings, SIX, 19 * 60) == [1, 2]
    assert clocks.open_ones(settings, SIX, 23 * 60) == clocks.open_ones(settings, SIX, None)
    late = 21 * 60 - 1
    assert clocks.open_ones(settings, SIX, late) == clocks.open_ones(settings, SIX, None)
    assert clocks.open_ones(settings, SIX, 20 * 60 + 30, SIX) == [2]
    all_day = BroadcastsSettings(from_hour=0, until_hour=24)
    assert clocks.open_ones(all_day, SIX, None) == [*clocks.HOURS_AHEAD]


def test_from_the_second_day_on_the_hours_of_the_settings_hold() -> None:
    settings = BroadcastsSettings(**DAY)
    first, second = timedelta(hours=23, minutes=59), timedelta(days=1)
    assert clocks.open_ones(settings, SIX, 19 * 60, SIX - first) == [1, 2]
    whole = clocks.open_ones(settings, SIX, None)
    assert clocks.open_ones(settings, SIX, 19 * 60, SIX - second) == whole


@pytest.mark.parametrize(
    ("ahead", "own_from", "opens"),
    [
        (0, None, SIX),
        (0, 19 * 60, SIX + timedelta(minutes=30)),
        (3, None, datetime(2026, 5, 5, 7, 0, tzinfo=UTC)),
        (3, 19 * 60, datetime(2026, 5, 5, 16, 0, tzinfo=UTC)),
        (12, 19 * 60, datetime(2026, 5, 5, 7, 0, tzinfo=UTC)),
        (3, 21 * 60 - 1, datetime(2026, 5, 5, 7, 0, tzinfo=UTC)),
    ],
    ids=[
        "now",
        "this evening",
        "tomorrow",
        "tomorrow's evening",
        "at the other end of the world",
        "too late",
    ],
)
def test_when_it_goes_out_by_a_clock(ahead: int, own_from: int | None, opens: datetime) -> None:
    settings = BroadcastsSettings(**DAY)
    assert clocks.opens_at(settings, SIX, ahead, own_from) == opens
    assert ahead in clocks.open_ones(settings, opens, own_from)


def ahead_of(hour: int) -> str:
    """The clock by which it is that hour now."""
    return str((hour - datetime.now(UTC).hour) % 24)


async def let_it_be(shop: Sender, hour: int) -> None:
    """That hour is it in the shop."""
    behind = (datetime.now(UTC).hour - hour) % 24
    await shop.connection.execute(
        "UPDATE shops SET timezone = $1", f"Etc/GMT{behind if behind <= 12 else behind - 24:+d}"
    )


async def on_their_way_to(shop: Sender) -> list[int]:
    rows = await shop.connection.fetch(
        "SELECT chat_id FROM outgoing WHERE state = 'pending' ORDER BY chat_id"
    )
    return [row["chat_id"] - 9000 for row in rows]


async def test_each_gets_it_in_the_day_of_their_own_clock(connection: Connection) -> None:
    shop = await Sender.open(connection, broadcasts=DAY)
    await shop.people(3)
    await shop.shopper().press(f"broadcast_clock_is:{ahead_of(3)}")  # the first of them sleeps
    await let_it_be(shop, 13)
    broadcast = await shop.scheduled()
    await shop.go_on()
    assert await on_their_way_to(shop) == [2, 3]
    await shop.arrive()
    await let_it_be(shop, 23)
    await shop.go_on()
    assert await on_their_way_to(shop) == [] and await shop.state(broadcast) == "sending"
    await shop.shopper().press(f"broadcast_clock_is:{ahead_of(15)}")
    await shop.go_on()
    assert await on_their_way_to(shop) == [1]  # while the shop's own day is over
    await shop.arrive()
    await shop.go_on()
    assert await shop.state(broadcast) == "done"


async def test_what_time_it_is_is_asked_and_can_be_taken_back(connection: Connection) -> None:
    shop = await Sender.open(connection, broadcasts=DAY)
    await shop.people(1)
    reader = shop.shopper()
    asked = await reader.press("broadcast_clock")
    assert len(asked.rows) == 7 and {*asked.buttons} == {
        *(f"broadcast_clock_is:{each}" for each in clocks.HOURS_AHEAD),
        "broadcast_clock_is:shop",
    }
    for forged in ("24", "-1", "٣", "x"):
        again = await reader.press(f"broadcast_clock_is:{forged}")
        assert again.buttons == asked.buttons
    told = await reader.press(asked.buttons[0])
    assert told.screen.text.plain.startswith("It is 0")
    stored = await connection.fetchval("SELECT hours_ahead FROM broadcast_clocks")
    assert f"broadcast_clock_is:{stored}" == asked.buttons[0]
    await reader.press("broadcast_clock_is:shop")
    assert not await connection.fetchval("SELECT count(*) FROM broadcast_clocks")
    await reader.press("broadcast_clock_is:3")
    number = await connection.fetchval("SELECT buyer_no FROM broadcast_clocks")
    await erasures.erase(connection, shop.origin.shop_id, number, with_events=False)
    assert not await connection.fetchval("SELECT count(*) FROM broadcast_clocks")

"""Broadcasts by the clock of the shopper's own, for who has told what time it is there."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bots.modules.broadcasts import clocks
from bots.modules.broadcasts.settings import BroadcastsSettings
from core.postgres import Connection
from core.shop import erasures
from tests.bots.modules.broadcasts.test_broadcasts import Sender
from tests.bots.shopper import Seen, Shopper

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


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [
        (1, {None: "Africa/Lagos", date(2027, 3, 28): "Europe/Berlin"}),
        (3, {None: "Europe/Moscow"}),
        (19, {None: "America/Bogota", date(2027, 3, 14): "America/New_York"}),
    ],
)
def test_zones_of_one_time_are_told_apart_by_when_they_change(
    ahead: int, expected: dict[date | None, str]
) -> None:
    at = datetime(2026, 12, 1, 20, tzinfo=UTC)
    found: dict[date | None, clocks.Choice] = {}
    for each in clocks.choices(at, ahead):
        found.setdefault(each.changes_on, each)  # half an hour off comes last
    assert {day: zone for day, zone in expected.items() if zone in found[day].zones} == expected
    assert all(each.zone in each.zones for each in found.values())
    assert found.keys() >= expected.keys() and (ahead != 3 or len(found) == 1)
    # Half an hour between two whole ones is offered with both of them.
    for near in (5, 6):  # Delhi's clocks say 01:30
        (india,) = (one for one in clocks.choices(at, near) if "Asia/Kolkata" in one.zones)
        assert clocks.minute_of(at, india.zone) == clocks.minute_of(at, "Asia/Kolkata")


def test_a_zone_keeps_its_evening_when_the_clocks_change() -> None:
    settings = BroadcastsSettings(**DAY)
    winter, summer = datetime(2026, 10, 26, 18, 30, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)
    for at in (winter, summer.replace(hour=17, minute=30)):  # 19:30 in Berlin, both
        assert clocks.minute_of(at, "Europe/Berlin") == 19 * 60 + 30
        assert clocks.open_ones(settings, at, 19 * 60, among=["Europe/Berlin"])
        assert not clocks.open_ones(settings, at, 20 * 60, among=["Europe/Berlin"])
    # Named on the evening before the change, it comes at ten by the new time: not an hour early.
    night = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)  # 22:00
    tomorrow = datetime(2026, 10, 25, 9, 0, tzinfo=UTC)
    assert clocks.opens_at(settings, night, "Europe/Berlin", None) == tomorrow
    assert clocks.opens_at(settings, tomorrow, "Europe/Berlin", None) == tomorrow


def ahead_of(hour: int) -> str:
    """The clock by which it is that hour now, of who was asked nothing else."""
    return str((hour - datetime.now(UTC).hour) % 24)


async def tells(reader: Shopper, ahead: str) -> Seen:
    """Says what time it is there, and when the clocks change if that is asked: the first answer."""
    seen = await reader.press(f"broadcast_clock_is:{ahead}")
    return seen if "." not in seen.buttons[0] else await reader.press(seen.buttons[0])


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
    await tells(shop.shopper(), ahead_of(3))  # the first of them sleeps
    await let_it_be(shop, 13)
    broadcast = await shop.scheduled()
    await shop.go_on()
    assert await on_their_way_to(shop) == [2, 3]
    await shop.arrive()
    await let_it_be(shop, 23)
    await shop.go_on()
    assert await on_their_way_to(shop) == [] and await shop.state(broadcast) == "sending"
    await tells(shop.shopper(), ahead_of(15))
    await shop.go_on()
    assert await on_their_way_to(shop) == [1]  # while the shop's own day is over
    await shop.arrive()
    await shop.go_on()
    assert await shop.state(broadcast) == "done"


async def test_zones_are_asked_for_where_the_time_leaves_a_choice(connection: Connection) -> None:
    shop = await Sender.open(connection, broadcasts=DAY)
    await shop.people(1)
    reader = shop.shopper()
    # Between two hours of Greenwich's and Berlin's some zones change their clocks and some do not.
    which = await reader.press("broadcast_clock_is:1")
    assert len(which.buttons) > 1 and which.buttons[0].startswith("broadcast_clock_is:1.")
    assert "1. Never: " in which.screen.text.plain
    assert (await reader.press("broadcast_clock_is:1.Nowhere/Atlantis")).buttons == which.buttons
    assert not await connection.fetchval("SELECT count(*) FROM broadcast_clocks")
    *zones, back = which.buttons
    told = await reader.press(zones[-1])
    assert "News will come by this clock" in told.screen.text.plain
    assert back == "broadcast_news" and back in told.buttons
    assert "broadcast_stop" in (await reader.press(back)).buttons
    zone = await connection.fetchval("SELECT zone FROM broadcast_clocks")
    assert zones[-1] == f"broadcast_clock_is:1.{zone}"
    # It goes out by the zone's clock, whatever hour was told.
    await tells(shop.shopper(), ahead_of(15))
    await connection.execute("UPDATE broadcast_clocks SET hours_ahead = (hours_ahead + 12) % 24")
    await let_it_be(shop, 13)
    await shop.scheduled()
    await shop.go_on()
    assert await on_their_way_to(shop) == [1]


async def test_what_time_it_is_is_asked_and_can_be_taken_back(connection: Connection) -> None:
    shop = await Sender.open(connection, broadcasts=DAY)
    await shop.people(1)
    reader = shop.shopper()
    asked = await reader.press("broadcast_clock")
    assert len(asked.rows) == 8 and {*asked.buttons} == {
        *(f"broadcast_clock_is:{each}" for each in clocks.HOURS_AHEAD),
        "broadcast_clock_is:shop",
        "broadcast_news",
    }
    for forged in ("24", "-1", "٣", "x"):
        again = await reader.press(f"broadcast_clock_is:{forged}")
        assert again.buttons == asked.buttons
    told = await tells(reader, asked.buttons[0].partition(":")[2])
    assert told.screen.text.plain.startswith("It is ")
    stored = await connection.fetchval("SELECT hours_ahead FROM broadcast_clocks")
    assert f"broadcast_clock_is:{stored}" == asked.buttons[0]
    await reader.press("broadcast_clock_is:shop")
    assert not await connection.fetchval("SELECT count(*) FROM broadcast_clocks")
    await tells(reader, "3")
    number = await connection.fetchval("SELECT buyer_no FROM broadcast_clocks")
    await erasures.erase(connection, shop.origin.shop_id, number, with_events=False)
    assert not await connection.fetchval("SELECT count(*) FROM broadcast_clocks")

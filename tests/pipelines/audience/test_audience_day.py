"""Metrics 1 to 9, 12 and 13 by hand-made events."""

import pytest

from pipelines.audience.tables import AUDIENCE_DAY
from tests.pipelines.kpis.happenings import Happened, start
from tests.pipelines.world import World, after, at


def said(buyer: int, day: int = 0, hour: int = 12, minute: int = 0) -> Happened:
    return Happened("message_received", buyer, at=at(day, hour, minute))


def test_new_users_and_starts(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        start(1, is_first=True, at=at(0)),
        start(1, at=at(0, 13)),  # again: a start, not another new user
        start(2, at=at(0)),  # came back
        start(3, is_first=True, at=at(-1)),  # yesterday's
    )
    (row,) = world.figures(shop, AUDIENCE_DAY)
    assert (row["new_users"], row["starts"]) == (1, 3)


def test_active_users_of_a_day_a_week_and_a_month(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        said(1),
        said(1, hour=20),
        said(2, day=-6),  # the week's first day
        said(3, day=-7),  # a day too old for the week
        said(1, day=-29),
        said(4, day=-29),  # the month's first day
        said(5, day=-30),
        Happened("product_viewed", 6, at=at(0)),  # seeing is not doing
    )
    (row,) = world.figures(shop, AUDIENCE_DAY)
    assert (row["dau"], row["wau"], row["mau"]) == (1, 2, 4)
    # Days with an active user: 1 twice, 2, 3 and 4 once = 5 over 30 days, of 4 users.
    assert row["stickiness"] == pytest.approx(5 / 30 / 4)


def test_the_last_seven_days_are_not_the_calendar_week(world: World) -> None:
    shop = world.shop()  # DAY is a Tuesday: the calendar week began the day before
    world.happen(shop, *[said(buyer, day=-buyer) for buyer in range(8)])
    (row,) = world.figures(shop, AUDIENCE_DAY)
    assert row["wau"] == 6  # days -1 to -6; buyer 0 is nobody, -7 is out


def test_a_past_day_does_not_shrink_when_people_come_back(world: World) -> None:
    shop = world.shop()
    world.happen(shop, said(1), said(2))
    before = world.figures(shop, AUDIENCE_DAY)
    world.happen(shop, said(1, day=3), said(2, day=3))  # a "last seen" column would move now
    assert world.figures(shop, AUDIENCE_DAY) == before
    assert before[0]["dau"] == 2


def test_the_day_is_the_shops_own_and_not_utcs(world: World) -> None:
    shop = world.shop("Asia/Vladivostok")  # UTC+10
    world.happen(shop, said(1, hour=13, minute=59), said(2, hour=14), said(3, day=-1, hour=14))
    (row,) = world.figures(shop, AUDIENCE_DAY)
    assert row["dau"] == 2  # 1 at 23:59 and 3 at midnight; 2 is of tomorrow


def test_reachable_audience_and_blocks(world: World) -> None:
    shop = world.shop()
    blocked, unblocked = "bot_blocked", "bot_unblocked"
    world.happen(
        shop,
        *[start(buyer, is_first=True, at=at(-5)) for buyer in (1, 2, 3, 4)],
        Happened(blocked, 1, at=at(-4)),
        Happened(unblocked, 1, at=at(-3)),
        Happened(blocked, 2, at=at(-4)),  # has it blocked when the day begins
        Happened(blocked, 3, at=at(0, 9)),
        Happened(blocked, 4, at=at(0, 9)),
        Happened(unblocked, 4, at=at(0, 10)),  # changed their mind
        start(5, is_first=True, at=at(0)),
        Happened(blocked, 5, at=at(0, 13)),  # came and left: was not reachable before
        Happened(blocked, 9, at=at(0, 13)),  # never started it
    )
    (row,) = world.figures(shop, AUDIENCE_DAY)
    assert (row["ever_started"], row["blocked_now"]) == (5, 3)  # 2, 3 and 5
    assert row["reachable_users"] == 2
    assert row["blocked_share"] == pytest.approx(3 / 5)
    assert row["blocking"] == 3  # 3, 4 and 5
    assert row["block_rate"] == pytest.approx(2 / 3)  # 3 and 4 of 1, 3 and 4

    (clean,) = world.figures(shop, AUDIENCE_DAY, flagged=[2, 3], variant="clean")
    assert (clean["ever_started"], clean["blocked_now"]) == (3, 1)
    assert clean["block_rate"] == pytest.approx(1 / 2)  # 4 of 1 and 4


def test_activation_takes_24_hours_and_waits_for_them(world: World) -> None:
    shop = world.shop()
    views = [(1, 0, 12), (2, 1, 11), (3, 1, 13), (4, 0, 11)]
    world.happen(
        shop,
        *[start(buyer, is_first=True, at=at(0, 12)) for buyer in (1, 2, 3, 4)],
        *[Happened("product_viewed", buyer, at=at(day, hour, 30)) for buyer, day, hour in views],
    )
    (row,) = world.figures(shop, AUDIENCE_DAY)
    assert row["activated"] == 2  # 1 at once, 2 the next day; 3 after 25 h 30, 4 before starting
    assert row["activation"] == pytest.approx(0.5)
    (early,) = world.figures(shop, AUDIENCE_DAY, now=at(1, 23))
    assert early["activation"] is None


def test_sessions_end_with_half_an_hour_of_nothing(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        said(1, hour=10, minute=0),
        said(1, hour=10, minute=30),  # exactly half an hour: the same one
        said(1, hour=11, minute=1),  # 31 minutes: another
        said(2, hour=11, minute=1),
        said(3, day=-1, hour=23, minute=50),  # began yesterday
        said(3, day=0, hour=0, minute=10),
        said(3, day=0, hour=0, minute=45),
    )
    (row,) = world.figures(shop, AUDIENCE_DAY)
    assert row["sessions"] == 4
    (yesterday,) = world.figures(shop, AUDIENCE_DAY, after(-1))
    assert yesterday["sessions"] == 1


def test_gates_are_passed_by_those_who_were_shown_them(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        *[Happened("gate_shown", buyer) for buyer in (1, 1, 2, 3)],
        Happened("gate_passed", 1),
        Happened("gate_passed", 9),  # shown it another day
        *[Happened("captcha_shown", buyer) for buyer in (1, 2)],
        *[Happened("captcha_passed", buyer) for buyer in (1, 2)],
    )
    (row,) = world.figures(shop, AUDIENCE_DAY)
    assert row["gate_pass_rate"] == pytest.approx(1 / 3)
    assert row["captcha_pass_rate"] == 1


def test_an_idle_shop_has_a_row_and_no_ratios(world: World) -> None:
    (row,) = world.figures(world.shop(), AUDIENCE_DAY)
    ratios = ("stickiness", "blocked_share", "block_rate", "activation", "gate_pass_rate")
    assert [row[name] for name in ratios] == [None] * 5
    assert (row["dau"], row["mau"], row["reachable_users"]) == (0, 0, 0)


def test_flagged_fraud_is_in_raw_alone(world: World) -> None:
    shop = world.shop()
    world.happen(shop, *[start(buyer, is_first=True, at=at(0)) for buyer in range(1, 11)])
    (raw,) = world.figures(shop, AUDIENCE_DAY, flagged=range(4, 11))
    (clean,) = world.figures(shop, AUDIENCE_DAY, flagged=range(4, 11), variant="clean")
    assert (raw["new_users"], clean["new_users"]) == (10, 3)
    assert (raw["mau"], clean["mau"], clean["sessions"]) == (10, 3, 3)


def test_staff_and_tests_are_in_neither(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        Happened("message_received", 1, at=at(0), is_staff=True),
        Happened("message_received", 2, at=at(0), is_test=True),
        said(3),
    )
    (row,) = world.figures(shop, AUDIENCE_DAY)
    assert (row["dau"], row["mau"], row["sessions"]) == (1, 1, 1)


def test_a_blocker_of_before_the_first_start_was_never_counted_as_one(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        Happened("bot_blocked", 1, at=at(-1)),  # used the bot before anything was counted
        Happened("bot_unblocked", 1, at=at(0, 9)),
        start(1, is_first=True, at=at(0, 10)),
        Happened("bot_blocked", 2, at=at(-1)),
        start(2, is_first=True, at=at(0, 9)),
        Happened("bot_blocked", 2, at=at(0, 10)),
    )
    (row,) = world.figures(shop, AUDIENCE_DAY)
    # 1 came back and 2 blocks it: 0 before the day, 1 after it.
    assert (row["ever_started"], row["blocked_now"], row["blocking"]) == (2, 1, 1)
    (next_day,) = world.figures(shop, AUDIENCE_DAY, after(1))
    assert next_day["blocked_now"] == 1


def test_at_one_moment_letting_it_in_comes_after_blocking(world: World) -> None:
    shop = world.shop()
    blocked, unblocked = "bot_blocked", "bot_unblocked"
    world.happen(
        shop,
        *[start(buyer, is_first=True, at=at(-5)) for buyer in (1, 2, 3)],
        *[Happened(event, 1, at=at(-4)) for event in (blocked, unblocked)],
        *[Happened(event, 2, at=at(-4)) for event in (unblocked, blocked)],
        *[Happened(event, 3, at=at(0)) for event in (unblocked, blocked)],
    )
    (row,) = world.figures(shop, AUDIENCE_DAY)
    assert (row["blocked_now"], row["blocking"]) == (0, 1)
    world.happen(shop, Happened(blocked, 1, at=at(1)))
    (tomorrow,) = world.figures(shop, AUDIENCE_DAY, after(1))
    assert (tomorrow["blocked_now"], tomorrow["blocking"]) == (1, 1)

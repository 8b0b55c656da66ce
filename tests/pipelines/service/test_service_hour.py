"""Metrics 49 and 50 by hand-made events."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from core.postgres import Connection
from pipelines.service.service_hour import bot_minutes, health_day
from pipelines.service.tables import HEALTH_DAY, SERVICE_HOUR
from pipelines.shops import day_windows, with_known
from pipelines.variants import FLAGGED
from tests.pipelines.kpis.happenings import Happened, start
from tests.pipelines.world import DAY, World, after, at


def test_answers_errors_and_waits_of_an_hour(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        *[Happened("update_handled", at=at(0, 9, n), outcome="ok") for n in range(9)],
        Happened("update_handled", at=at(0, 9, 30), outcome="error"),
        *[
            Happened("reply_acknowledged", 0, at=at(0, 9), latency_us=1000 * n)
            for n in range(1, 102)
        ],
        Happened("api_call_failed", 0, at=at(0, 9), props={"method": "text", "wait": 3}),
        Happened("api_call_failed", 0, at=at(0, 9), props={"method": "text", "wait": 4}),
        Happened("api_call_failed", 0, at=at(0, 9), props={"method": "text", "code": "X"}),
        Happened("update_handled", at=at(0, 10), outcome="ok", bot_id=2),
    )
    first, second = world.figures(shop, SERVICE_HOUR)
    assert (first["bot_id"], first["hour"]) == (1, at(0, 9))
    assert (first["updates"], first["error_share"]) == (10, 0.1)
    latencies = [first[f"reply_p{n}_us"] for n in (50, 95, 99)]
    assert latencies == [51_000, 96_000, 100_000]  # of 1 to 101 ms
    assert (first["failed_calls"], first["flood_waits"], first["flood_wait_seconds"]) == (3, 2, 7)
    assert (second["bot_id"], second["hour"], second["reply_p50_us"]) == (2, at(0, 10), None)
    assert second["uptime"] is None  # never had a heartbeat


def minutes_of(*beats: datetime, stops: tuple[datetime, ...] = (), now: datetime) -> dict[int, Any]:
    """By hour of DAY: minutes in which the bot should have run, and of them those down."""
    shop = pl.DataFrame(
        {"shop_id": [1], "timezone": ["UTC"]}, schema={"shop_id": pl.UInt32, "timezone": pl.String}
    )
    rows = [(1, 1, moment, False) for moment in beats] + [(1, 1, moment, True) for moment in stops]
    schema: Any = {
        "shop_id": pl.UInt32,
        "bot_id": pl.UInt64,
        "at": pl.Datetime("ms", "UTC"),
        "is_stop": pl.Boolean,
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    found = bot_minutes(frame, with_known(day_windows(shop, DAY), now)).sort("hour")
    return {row["hour"].hour: (row["minutes"], row["down_minutes"]) for row in found.to_dicts()}


def every_minute(begin: datetime, minutes: int) -> list[datetime]:
    return [begin + timedelta(minutes=n) for n in range(minutes)]


def test_a_bot_that_beats_every_minute_is_up() -> None:
    beats = every_minute(at(0, 9, 0, 7), 120)
    # The minute of its first heartbeat is not whole.
    assert minutes_of(*beats, now=at(0, 11)) == {9: (59, 0), 10: (60, 0)}


def test_minutes_without_a_heartbeat_for_over_sixty_seconds_are_down() -> None:
    beats = [*every_minute(at(0, 9), 30), *every_minute(at(0, 9, 40), 20)]
    # The last before the gap came at 9:29: at 9:30 it is 60 seconds old, from 9:31 on older.
    assert minutes_of(*beats, now=at(0, 10)) == {9: (60, 9)}


def test_a_bot_that_ran_yesterday_and_died_is_down_and_a_stopped_one_is_not() -> None:
    last = at(-1, 23, 50)
    assert minutes_of(last, now=at(0, 1)) == {0: (60, 60)}
    assert minutes_of(last, stops=(at(-1, 23, 55),), now=at(0, 1)) == {}


def test_data_that_arrived_twice_or_late(world: World) -> None:
    shop = world.shop()
    world.happen(shop, [Happened("message_received", n, at=at(0)) for n in range(1, 11)])
    # The test's own numbering begins again with each call: the same identities.
    world.happen(shop, [Happened("message_received", n, at=at(0)) for n in range(1, 4)])
    (row,) = world.figures(shop, HEALTH_DAY)
    assert (row["events"], row["duplicates"], row["lag_p95_ms"]) == (13, 3, 0)
    assert (row["order_difference"], row["fraud_share"]) == (0, None)


def test_the_fraud_share_of_new_users(world: World) -> None:
    shop = world.shop()
    world.happen(shop, [start(n, is_first=True, at=at(0)) for n in range(1, 5)])
    (row,) = world.figures(shop, HEALTH_DAY, flagged=[4, 9])
    assert (row["new_users"], row["fraud_share"]) == (4, 0.25)


def test_stores_that_differ_never_balance_over_currencies() -> None:
    totals = {
        "shop_id": pl.UInt32,
        "currency": pl.String,
        "paid_orders": pl.Int64,
        "paid_total_minor": pl.Int64,
    }
    nobody = pl.DataFrame(schema=FLAGGED)
    rows = health_day(
        shops=pl.DataFrame({"shop_id": [1, 2]}, schema={"shop_id": pl.UInt32}),
        day=DAY,
        arrived=pl.DataFrame(
            {"shop_id": [1], "events": [5], "identities": [5], "lag_p95_ms": [1.0]},
            schema_overrides={"shop_id": pl.UInt32},
        ),
        folded=pl.DataFrame(
            {"shop_id": [1], "folded_from": [4]},
            schema={"shop_id": pl.UInt32, "folded_from": pl.UInt64},
        ),
        booked=pl.DataFrame([(1, "XTR", 2, 300), (1, "RUB", 1, 50)], schema=totals, orient="row"),
        counted=pl.DataFrame([(1, "XTR", 1, 200), (1, "RUB", 2, 150)], schema=totals, orient="row"),
        newcomers=nobody,
        flagged=nobody,
    ).to_dicts()
    assert [row["order_difference"] for row in rows] == [2, 0]
    assert [row["paid_total_difference_minor"] for row in rows] == [200, 0]
    assert rows[0]["fraud_share"] is None
    assert [row["folded_from"] for row in rows] == [4, 0]


def beating(begin: datetime, minutes: int, bot: int = 1) -> list[Happened]:
    return [
        Happened("worker_heartbeat", 0, at=moment, bot_id=bot)
        for moment in every_minute(begin, minutes)
    ]


def test_a_bot_that_died_stays_down_over_midnight(world: World) -> None:
    shop = world.shop()
    world.happen(shop, beating(at(0, 19), 61))  # the last at 20:00
    (*_, last) = world.figures(shop, SERVICE_HOUR)
    assert (last["hour"], last["minutes"], last["down_minutes"]) == (at(0, 23), 60, 60)
    for day in (1, 2):
        rows = world.figures(shop, SERVICE_HOUR, after(day))
        assert [(row["minutes"], row["uptime"]) for row in rows] == [(60, 0)] * 24, day
    world.happen(shop, beating(at(3, 6), 2))
    rows = world.figures(shop, SERVICE_HOUR, after(3))
    # Up from 6:00 on; at 6:02 the last is 60 seconds old, at 6:03 older.
    assert [row["uptime"] for row in rows[:7]] == [0] * 6 + [pytest.approx(3 / 60)]


def test_a_bot_that_was_stopped_is_not_down(world: World) -> None:
    shop = world.shop()
    stop = Happened("bot_state_changed", 0, at=at(0, 20, 1), props={"state": "stopped"})
    failed = Happened("bot_state_changed", 0, at=at(0, 20, 1), props={"state": "failed"}, bot_id=2)
    world.happen(shop, beating(at(0, 19), 61), stop, beating(at(0, 20), 1, bot=2), failed)
    assert {row["bot_id"] for row in world.figures(shop, SERVICE_HOUR, after(1))} == {2}


def test_a_bot_that_was_taken_out_is_not_down(world: World) -> None:
    """PostgreSQL alone knows of it."""
    shop, bot = world.shop(), 7_000_000_001

    async def take_out(connection: Connection) -> None:
        await connection.execute(
            "INSERT INTO shops (id, name, currency, timezone, language) OVERRIDING SYSTEM VALUE "
            "VALUES ($1, 'Чай', 'XTR', 'UTC', 'ru')",
            shop.id,
        )
        await connection.execute(
            "INSERT INTO bots (id, shop_id, mode, token_sealed, token_tail, state, "
            "state_changed_at) VALUES ($1, $2, 'hosted', '', 'abcd', 'stopped', $3)",
            bot,
            shop.id,
            at(1, 3),
        )

    world.happen(shop, beating(at(0, 19), 61, bot))
    world.postgres.change(take_out)
    rows = world.figures(shop, SERVICE_HOUR, after(1))
    assert [row["hour"] for row in rows] == [at(1, hour) for hour in range(3)]
    assert world.figures(shop, SERVICE_HOUR, after(2)) == []


def test_the_lag_of_the_slowest_twentieth(world: World) -> None:
    shop = world.shop()
    world.happen(
        shop,
        [Happened("message_received", n, at=at(0), stored_after_ms=100 * n) for n in range(1, 102)],
    )
    (row,) = world.figures(shop, HEALTH_DAY)
    assert row["lag_p95_ms"] == 9600  # of 100 to 10,100 ms

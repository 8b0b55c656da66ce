"""The roster: which workers are alive, their loads, and which bots are free."""

from datetime import UTC, datetime

import pytest

from bots.runtime import leases, roster
from bots.runtime.balance import IDLE, Estimate
from bots.runtime.roster import Report
from core.postgres import Connection
from core.shop import bots
from tests.factories import create_bot, create_shop

NOW = datetime.now(UTC)


async def fleet_of(connection: Connection, *names: str, number: int = 3) -> list[int]:
    for name in names:
        await roster.report(connection, Report(name, NOW))
    shop = await create_shop(connection)
    return [(await create_bot(connection, shop)).id for _ in range(number)]


async def test_loads_are_those_of_the_bots_held(connection: Connection) -> None:
    ids = await fleet_of(connection, "a", "b")
    held = await leases.take(connection, "a", limit=2, only=ids[:2])
    await leases.renew(connection, "a", held, {ids[0]: Estimate(load=0.5, rate=20.0)})
    survey = await roster.survey(connection, "b")
    assert survey.loads == pytest.approx({"a": 0.5 + IDLE, "b": 0.0})
    assert [bot.bot_id for bot in survey.free] == ids[2:]
    await leases.release(connection, held[0], heir="b", moved=True)
    survey = await roster.survey(connection, "b")
    (freed,) = [bot for bot in survey.free if bot.bot_id == held[0].bot_id]
    assert freed.heir == "b"
    assert freed.load == pytest.approx(0.5)
    await leases.take(connection, "b", limit=1, only=[freed.bot_id])
    assert (await roster.survey(connection, "b")).settled == {freed.bot_id}
    assert (await roster.survey(connection, "a")).settled == set()


async def test_who_leaves_or_is_gone_takes_no_bots(connection: Connection) -> None:
    await fleet_of(connection, "a", "b", "c")
    await roster.report(connection, Report("b", NOW, is_leaving=True))
    await connection.execute(
        "UPDATE workers SET seen_at = now() - interval '1 day' WHERE name = 'c'"
    )
    assert set((await roster.survey(connection, "a")).loads) == {"a"}
    assert [entry.name for entry in await roster.entries(connection)] == ["a", "b"]


async def test_a_stopped_bot_is_nobodys(connection: Connection) -> None:
    (bot_id,) = await fleet_of(connection, "a", number=1)
    await bots.set_state(connection, bot_id, "stopped")
    assert not (await roster.survey(connection, "a")).free
    assert not await roster.has_free(connection)


async def test_a_survey_is_due_when_a_bot_is_new_or_its_lease_has_run_out(
    connection: Connection,
) -> None:
    (bot_id,) = await fleet_of(connection, "a", number=1)
    assert await roster.has_free(connection)
    await leases.take(connection, "a", limit=1)
    assert not await roster.has_free(connection)
    await connection.execute("UPDATE bot_leases SET expires_at = now()")
    assert await roster.has_free(connection)
    assert [bot.bot_id for bot in (await roster.survey(connection, "b")).free] == [bot_id]


async def test_at_its_start_a_worker_finds_what_its_name_held(connection: Connection) -> None:
    ids = await fleet_of(connection, "a")
    await leases.take(connection, "a", limit=2, only=ids[:2])
    survey = await roster.survey(connection, "a", own_too=True)
    assert {bot.bot_id: bot.heir for bot in survey.free} == {
        ids[0]: "a",
        ids[1]: "a",
        ids[2]: None,
    }
    assert survey.loads == {"a": 0.0}


async def test_what_a_worker_leaves_behind_is_free_at_once(connection: Connection) -> None:
    await fleet_of(connection, "a", "b")
    held = await leases.take(connection, "a", limit=9)
    await roster.leave(connection, "a")
    assert len((await roster.survey(connection, "b")).free) == len(held) == 3
    assert [entry.name for entry in await roster.entries(connection)] == ["b"]


async def test_who_was_lost_long_ago_is_forgotten(connection: Connection) -> None:
    await fleet_of(connection, "here", "lost", "lost long ago")
    seen = "UPDATE workers SET seen_at = now() - $2 * interval '1 hour' WHERE name = $1"
    await connection.execute(seen, "lost", 23)
    await connection.execute(seen, "lost long ago", 25)
    await roster.forget_lost(connection)
    rows = await connection.fetch("SELECT name FROM workers ORDER BY name")
    assert [row["name"] for row in rows] == ["here", "lost"]

"""Leases: one holder a bot, and a former holder can write nothing."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from bots.runtime import leases, roster
from bots.runtime.handling import HANDLER_SECONDS
from bots.runtime.jobs import JOB_SECONDS
from bots.runtime.leases import TTL, Lease, LeaseDeadline, LeaseLost
from bots.runtime.outage import AWAY, TRANSIENT
from bots.runtime.storage import Position, load_position, save_position
from bots.runtime.worker import ENDING_WHAT_HANGS
from core import postgres
from core.postgres import Connection, Pool
from core.shop import bots
from tests.factories import create_bot, create_shop


async def bots_of_a_shop(connection: Connection, number: int) -> list[int]:
    shop = await create_shop(connection)
    return [(await create_bot(connection, shop)).id for _ in range(number)]


async def expire(connection: Connection) -> None:
    await connection.execute("UPDATE bot_leases SET expires_at = now() - interval '1 ms'")


async def test_a_bot_has_one_holder_at_a_time(connection: Connection) -> None:
    (bot_id,) = await bots_of_a_shop(connection, 1)
    (lease,) = await leases.take(connection, "a", limit=9)
    assert (lease.bot_id, lease.worker) == (bot_id, "a")
    assert not await leases.take(connection, "b", limit=9)
    assert not await leases.take(connection, "a", limit=9)


async def test_the_epoch_rises_with_every_change_of_holder(connection: Connection) -> None:
    await bots_of_a_shop(connection, 1)
    (first,) = await leases.take(connection, "a", limit=1)
    await expire(connection)
    (second,) = await leases.take(connection, "b", limit=1)
    await leases.release(connection, second)
    (third,) = await leases.take(connection, "a", limit=1)
    (again,) = await leases.take(connection, "a", limit=1, own_too=True)
    assert first.epoch < second.epoch < third.epoch < again.epoch
    assert await leases.renew(connection, "a", [first, third]) == set()
    assert await leases.renew(connection, "a", [again]) == {again.bot_id}
    await leases.release(connection, first)  # says nothing about the lease of today
    await leases.check(connection, again)


async def test_no_more_than_asked_for_and_no_stopped_bots(connection: Connection) -> None:
    ids = await bots_of_a_shop(connection, 3)
    await bots.set_state(connection, ids[0], "stopped")
    assert len(await leases.take(connection, "a", limit=1)) == 1
    assert len(await leases.take(connection, "b", limit=9)) == 1


async def test_an_old_holder_can_neither_check_nor_admit(connection: Connection) -> None:
    await bots_of_a_shop(connection, 1)
    (old,) = await leases.take(connection, "a", limit=1)
    assert await leases.admit(connection, old, "message", "1")
    assert not await leases.admit(connection, old, "message", "1")
    await expire(connection)
    for _ in ("while nobody holds it", "when another does"):
        with pytest.raises(LeaseLost):
            await leases.check(connection, old)
        with pytest.raises(LeaseLost):
            await leases.admit(connection, old, "message", "2")
        await leases.take(connection, "b", limit=1)
    assert await connection.fetchval("SELECT count(*) FROM inbox") == 1


async def test_a_taker_waits_for_the_old_holders_transaction(pool: Pool, database_url: str) -> None:
    async with pool.acquire() as connection:
        await bots_of_a_shop(connection, 1)
        (old,) = await leases.take(connection, "a", limit=1)
    holder = await postgres.connect(database_url)
    try:
        async with pool.acquire() as connection:
            async with holder.transaction():
                assert await leases.admit(holder, old, "message", "1")
                # The heartbeat goes on beside it, the bot changes hands only behind it.
                assert await leases.renew(connection, "a", [old]) == {old.bot_id}
                await expire(connection)
                assert not await leases.take(connection, "b", limit=1)
            (new,) = await leases.take(connection, "b", limit=1)
    finally:
        await holder.close()
    assert new.epoch == old.epoch + 1


def is_over(deadline: LeaseDeadline) -> bool:
    return deadline.has_passed


def test_a_deadline_ends_before_its_lease_by_the_own_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(leases, "clock", lambda: now)
    deadline = LeaseDeadline(now)
    now += TTL.total_seconds() - 0.6
    assert not is_over(deadline)
    now += 0.6  # the lease's last moment, at the latest
    assert is_over(deadline)
    deadline.extend(now - 1)
    assert not is_over(deadline)
    deadline.end()
    assert is_over(deadline)


async def test_logins_are_counted_by_token_whoever_holds_the_bot(connection: Connection) -> None:
    await bots_of_a_shop(connection, 1)
    within = timedelta(minutes=10)

    async def note() -> datetime | None:
        (lease,) = await leases.take(connection, "a", limit=1, own_too=True)
        return await leases.note_login(connection, lease, most=2, within=within)

    assert [await note(), await note()] == [None, None]
    not_before = await note()
    assert not_before is not None
    left = not_before - datetime.now(UTC)
    assert timedelta(minutes=9) < left <= within + timedelta(seconds=1)
    await connection.execute("UPDATE bots SET token_tail = 'next'")
    assert await note() is None


async def test_a_minute_gives_one_heartbeat_a_bot_whoever_holds_it(connection: Connection) -> None:
    await bots_of_a_shop(connection, 2)
    held = await leases.take(connection, "a", limit=9)
    assert await leases.beat(connection, "a", held) == {lease.bot_id for lease in held}
    assert await leases.beat(connection, "a", held) == set()
    await expire(connection)
    held_later = await leases.take(connection, "b", limit=9)
    assert await leases.beat(connection, "b", held_later) == set()
    await connection.execute("UPDATE bot_leases SET beaten_at = beaten_at - interval '1 minute'")
    assert await leases.beat(connection, "a", held) == set()  # it holds them no more
    assert len(await leases.beat(connection, "b", held_later)) == 2


async def test_whoever_hands_over_learns_that_the_heir_is_open(connection: Connection) -> None:
    await bots_of_a_shop(connection, 1)
    (old,) = await leases.take(connection, "a", limit=1)
    await leases.note_open(connection, old)
    await leases.release(connection, old, heir="b")
    assert not await leases.is_open_since(connection, old)
    (new,) = await leases.take(connection, "b", limit=1)
    assert not await leases.is_open_since(connection, old)
    await leases.note_open(connection, new)
    assert await leases.is_open_since(connection, old)


async def test_a_late_heartbeat_does_not_take_back_what_was_let_go(connection: Connection) -> None:
    await bots_of_a_shop(connection, 2)
    given, left = await leases.take(connection, "a", limit=2)
    await leases.release(connection, given, heir="b")
    await roster.leave(connection, "a")
    assert await leases.renew(connection, "a", [given, left]) == set()
    assert len(await leases.take(connection, "b", limit=9)) == 2


async def test_who_held_a_bot_that_is_taken_out_writes_nothing_more(
    pool: Pool, database_url: str
) -> None:
    async with pool.acquire() as connection:
        (bot_id,) = await bots_of_a_shop(connection, 1)
        (lease,) = await leases.take(connection, "a", limit=1)

    async def take_out() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await bots.remove(connection, bot_id)

    holder = await postgres.connect(database_url)
    try:
        async with holder.transaction():
            await leases.check(holder, lease)
            removal = asyncio.create_task(take_out())
            with pytest.raises(TimeoutError):  # it waits for what is under way
                await asyncio.wait_for(asyncio.shield(removal), 0.2)
            await save_position(holder, bot_id, Position(5, 0, 0))
        await removal
        assert await load_position(holder, bot_id) is None
        with pytest.raises(LeaseLost):
            await leases.check(holder, lease)
        assert await leases.renew(holder, "a", [lease]) == set()
    finally:
        await holder.close()


async def test_a_frozen_transaction_is_ended_by_the_server(
    connection: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between a query's preparation and its execution as well, where PostgreSQL calls the session
    active, not idle."""
    monkeypatch.setattr("bots.runtime.worker._TRANSACTION", timedelta(seconds=1))
    await bots_of_a_shop(connection, 1)
    (lease,) = await leases.take(connection, "a", limit=1)
    frozen = await postgres.connect(database_url, settings=ENDING_WHAT_HANGS)
    assert await frozen.fetchval("SHOW idle_in_transaction_session_timeout") == "10s"
    await frozen.execute("BEGIN")
    await leases.check(frozen, lease)
    await frozen.prepare("SELECT 1")
    state = "SELECT state FROM pg_stat_activity WHERE pid = $1"
    assert await connection.fetchval(state, frozen.get_server_pid()) == "active"
    await expire(connection)
    taken: list[Lease] = []
    async with asyncio.timeout(60):
        while not taken:
            taken = await leases.take(connection, "b", limit=1)
            await asyncio.sleep(0.05)
    assert taken[0].epoch == lease.epoch + 1
    with pytest.raises(AWAY):
        await frozen.execute("COMMIT")


async def test_no_transaction_of_a_worker_is_ended_for_its_length(database_url: str) -> None:
    longest = await postgres.connect(database_url, settings=ENDING_WHAT_HANGS)
    assert await longest.fetchval("SHOW transaction_timeout") == "30s"
    await longest.close()
    assert (
        JOB_SECONDS < 30
        and HANDLER_SECONDS < 30
        and issubclass(asyncpg.TransactionTimeoutError, TRANSIENT)
    )

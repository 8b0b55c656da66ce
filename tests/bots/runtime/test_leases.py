"""Leases: one holder a bot, and an old holder can write nothing."""

import pytest

from bots.runtime import leases
from bots.runtime.leases import LeaseLost
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

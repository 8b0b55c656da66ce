"""Payments that fail, come twice or find no module: booked once, whatever happens."""

import asyncio
from dataclasses import replace

import pytest

from bots.runtime import leases
from bots.runtime.booking import book_due
from bots.runtime.dispatch import PAYMENT_TRIES
from core.postgres import Pool
from tests.bots.runtime.conftest import until
from tests.bots.runtime.dispatched import (
    a_bot,
    echo,
    failed_inserts,
    failing_inserts,
    has_said,
    ordered,
    payment,
    unbooked_payments,
)
from tests.bots.shopper import enabled_modules


async def test_a_payment_that_comes_twice_is_booked_once(pool: Pool) -> None:
    async with a_bot(
        pool, enabled_modules(cart={}, catalogue={}, menu={}, orders={}, stars={})
    ) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
        for message_id in ("50", "50", "51"):
            bot.happen(payment(order), message_id)
        await bot.settle()
        assert await pool.fetchval("SELECT count(*) FROM payments") == 1
        assert await pool.fetchval("SELECT status FROM orders") == "paid"
        assert await pool.fetchval("SELECT stock FROM products") == 2
        assert (await bot.events()).count("order_paid") == 1
        assert await pool.fetchval("SELECT count(*) FROM outgoing") == 1


async def has_kept(pool: Pool) -> bool:
    return bool(await unbooked_payments(pool))


@pytest.mark.usefixtures("quiet")
async def test_a_payment_that_no_module_takes_is_kept_for_one(pool: Pool) -> None:
    checkout = enabled_modules(cart={}, catalogue={}, menu={}, orders={}, stars={})
    async with a_bot(pool, [echo()]) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
        bot.happen(payment(order), "50")
        bot.happen(payment(order), "51")  # Telegram may say so twice
        await bot.settle()
        assert await unbooked_payments(pool) == [("charge-1", "no_module", False)]
        stored = await pool.fetchrow("SELECT * FROM unbooked_payments")
        assert stored is not None
        assert stored["payload"] == f"order:{order.id}"
        assert stored["message_id"] in (50, 51)  # whichever was tried first
        assert (stored["amount_minor"], stored["currency"]) == (order.total_minor, "XTR")
        assert (
            await pool.fetchval("SELECT outcome FROM outbox WHERE event = 'payment_failed'")
            == "unbooked"
        )
        (told,) = [row["purpose"] for row in await pool.fetch("SELECT purpose FROM outgoing")]
        assert told == "payment_kept"

        config = replace(bot.dispatcher.config, enabled=tuple(checkout))
        for _ in range(2):  # once it is booked, there is nothing left to do
            await book_due(pool, bot.lease, config, at_once=True)
            assert await pool.fetchval("SELECT status FROM orders") == "paid"
            assert await unbooked_payments(pool) == [("charge-1", "no_module", True)]
            assert await pool.fetchval("SELECT count(*) FROM payments") == 1
        bot.happen(payment(order), "52")
        await bot.settle()
        assert await pool.fetchval("SELECT count(*) FROM unbooked_payments") == 1


@pytest.mark.usefixtures("quiet")
async def test_a_payment_is_booked_when_the_modules_change(pool: Pool) -> None:
    checkout = enabled_modules(cart={}, catalogue={}, menu={}, orders={}, stars={})
    async with a_bot(pool, [echo()]) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
        bot.happen(payment(order), "50")
        await bot.settle()
        booking = asyncio.create_task(bot.dispatcher.book_late())
        bot.dispatcher.config = replace(bot.dispatcher.config, enabled=tuple(checkout))

        async def is_paid() -> bool:
            return bool(await pool.fetchval("SELECT status = 'paid' FROM orders"))

        await until(is_paid, "the payment is booked")
        booking.cancel()
        await asyncio.gather(booking, return_exceptions=True)


@pytest.mark.usefixtures("quiet")
async def test_a_payment_that_keeps_failing_is_kept_and_booked_once_it_can_be(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.runtime.dispatch._LONGEST_WAIT", 0.05)
    checkout = enabled_modules(cart={}, catalogue={}, menu={}, orders={}, stars={})
    async with a_bot(pool, [echo(), *checkout]) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
        await pool.execute(failing_inserts("payments", "P0001", times=1_000_000))
        bot.happen(payment(order), "50")
        bot.push("meanwhile", first_id=2)
        await until(lambda: has_said(bot, "meanwhile"), "the next update is handled")
        await until(lambda: has_kept(pool), "the payment is kept")
        assert await failed_inserts(pool) == 1 + PAYMENT_TRIES
        await bot.settle()
        assert bot.dispatcher.stream.position().pts == 102  # it holds up nothing any more

        config = bot.dispatcher.config
        await book_due(pool, bot.lease, config, at_once=True)
        assert await unbooked_payments(pool) == [("charge-1", "failed:RaiseError", False)]
        assert await pool.fetchval("SELECT attempts FROM unbooked_payments") == 1
        await pool.execute("DROP TRIGGER trouble ON payments")
        await book_due(pool, bot.lease, config, at_once=False)  # not yet: it is put off
        assert await pool.fetchval("SELECT status FROM orders") == "created"
        await book_due(pool, bot.lease, config, at_once=True)
        assert await pool.fetchval("SELECT status FROM orders") == "paid"
        assert await pool.fetchval("SELECT count(*) FROM payments") == 1
        assert (await bot.events()).count("order_paid") == 1


@pytest.mark.usefixtures("quiet")
async def test_a_payment_that_cannot_even_be_kept_ends_with_the_lease(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.runtime.dispatch._LONGEST_WAIT", 0.05)
    async with a_bot(pool, [echo()]) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
            await pool.execute(failing_inserts("unbooked_payments", "P0001", times=1_000_000))
            bot.happen(payment(order), "50")

            async def has_failed_often() -> bool:
                return await failed_inserts(pool) > 2

            await until(has_failed_often, "it is tried again")
            await leases.take(connection, "w", limit=1, own_too=True)
        await bot.settle()
        assert bot.dispatcher.lost.is_set()
        assert await unbooked_payments(pool) == []
        assert await pool.fetchval("SELECT count(*) FROM inbox WHERE natural_key = '50'") == 0

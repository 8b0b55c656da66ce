"""Refunds of Stars, as Telegram reports them to the dispatcher."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from bots.runtime.booking import book_due
from bots.runtime.dispatch import PAYMENT_TRIES
from bots.sdk import updates as sdk
from bots.sdk.router import Router
from core.postgres import Pool
from core.shop import erasures, unbooked
from tests.bots.runtime.dispatched import (
    ANNA,
    Notes,
    a_bot,
    echo,
    ordered,
    payment,
    refund,
    unbooked_payments,
)
from tests.bots.sdk.modules import NoteSettings, switched_on
from tests.bots.shopper import enabled_modules
from tests.factories import create_shop


async def test_a_refund_is_booked_whatever_modules_are_on_and_is_no_visit(pool: Pool) -> None:
    async with a_bot(
        pool, enabled_modules(cart={}, catalogue={}, menu={}, orders={}, stars={})
    ) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
        bot.happen(payment(order), "50")
        bot.happen(sdk.Blocked(chat_id=ANNA, occurred_at=datetime.now(UTC)), "1:1", "stopped")
        await bot.settle()
        bot.dispatcher.config = replace(bot.dispatcher.config, enabled=())
        for message_id in ("51", "51", "52"):
            bot.happen(refund(order), message_id, "refund")
        await bot.settle()
        assert await pool.fetchval("SELECT status FROM orders") == "refunded"
        assert (await bot.events()).count("refund_completed") == 1
        assert await pool.fetchval("SELECT blocked_at IS NOT NULL FROM customers")
        kinds = await pool.fetchval(
            "SELECT count(*) FROM outbox WHERE event = 'update_handled' "
            "AND props::jsonb ->> 'kind' = 'paymentrefunded'"
        )
        assert kinds == 2  # of three, one was a replay


@pytest.mark.usefixtures("quiet")
async def test_modules_hear_of_refunds_and_cannot_stop_them(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.runtime.dispatch._LONGEST_WAIT", 0.05)
    router = Router[NoteSettings]()
    heard: list[str] = []

    @router.refund("order")
    async def fail(_: Notes, update: sdk.PaymentRefunded) -> None:
        heard.append(update.argument)
        raise RuntimeError("not now")

    checkout = enabled_modules(cart={}, catalogue={}, menu={}, orders={}, stars={})
    async with a_bot(pool, [switched_on("a", router=router), *checkout]) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
        bot.happen(payment(order), "50")
        await bot.settle()
        with capture_logs() as logs:
            bot.happen(replace(refund(order), payload=f"order:{order.id}"), "51", "refund")
            await bot.settle()
        said = {each["event"] for each in logs if each["log_level"] == "error"}
        assert said == {"a refund is not booked yet"}
        assert heard == [str(order.id)] * (1 + PAYMENT_TRIES)
        assert await pool.fetchval("SELECT status FROM orders") == "refunded"
        assert (await bot.events()).count("refund_completed") == 1


async def test_a_refund_that_comes_before_its_payment_is_booked_with_it(pool: Pool) -> None:
    checkout = enabled_modules(cart={}, catalogue={}, menu={}, orders={}, stars={})
    with capture_logs() as logs:
        async with a_bot(pool, [echo()]) as bot:
            async with pool.acquire() as connection:
                order = await ordered(connection, bot)
            bot.happen(payment(order), "50")
            await bot.settle()
            bot.happen(refund(order), "51", "refund")
            await bot.settle()
            assert await pool.fetchval("SELECT status FROM orders") == "created"
            config = replace(bot.dispatcher.config, enabled=tuple(checkout))
            bot.dispatcher.config = config
            bot.happen(payment(order), "52")  # Telegram may say so twice
            await bot.settle()
            assert await pool.fetchval("SELECT status FROM orders") == "refunded"
            assert (await bot.events()).count("refund_completed") == 1
            # Nothing is sold, so there is no receipt.
            assert await pool.fetchval("SELECT array_agg(purpose) FROM outgoing") == [
                "payment_kept"
            ]
    said = [each for each in logs if each["event"].startswith("a refund waits")]
    assert [each["charge_id"] for each in said] == ["charge-1"]


async def test_a_held_payment_that_goes_back_lets_its_order_go(pool: Pool) -> None:
    async with a_bot(
        pool, enabled_modules(cart={}, catalogue={}, menu={}, orders={}, stars={})
    ) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
        bot.happen(replace(payment(order), amount_minor=1), "50")
        await bot.settle()
        assert await pool.fetchval("SELECT status FROM orders") == "held"
        bot.happen(replace(refund(order), amount_minor=1), "51", "refund")
        await bot.settle()
        assert await pool.fetchval("SELECT status FROM orders") == "cancelled"
        assert await pool.fetchval("SELECT status FROM payments") == "refunded"
        events = await bot.events()
        assert "refund_completed" not in events and events.count("order_cancelled") == 1


async def test_a_refund_does_not_make_an_erased_payer_known_again(pool: Pool) -> None:
    async with a_bot(
        pool, enabled_modules(cart={}, catalogue={}, menu={}, orders={}, stars={})
    ) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
            bot.happen(payment(order), "50")
            await bot.settle()
            await pool.execute("UPDATE outgoing SET state = 'sent', sent_at = now()")
            await pool.execute("UPDATE customers SET is_test = true")
            async with connection.transaction():
                await erasures.erase(connection, order.shop_id, order.buyer_no, with_events=False)
        for key, update in (("51", refund(order)), ("52", replace(refund(order), charge_id="c2"))):
            bot.happen(update, key, "refund")
        await bot.settle()
        assert await pool.fetchval("SELECT status FROM orders") == "refunded"
        told = await pool.fetchrow(
            "SELECT buyer_no, is_test FROM outbox WHERE event = 'refund_completed'"
        )
        assert told is not None and tuple(told) == (order.buyer_no, True)
        people = await pool.fetch("SELECT buyer_no, telegram_id, first_name FROM customers")
        assert [tuple(row) for row in people] == [(order.buyer_no, -order.buyer_no, "")]
        assert await pool.fetchval("SELECT next_buyer_no FROM shops") == order.buyer_no + 1


async def test_a_refund_of_what_the_bot_sold_in_another_shop_is_that_shops(pool: Pool) -> None:
    router = Router[NoteSettings]()
    heard: list[str] = []

    @router.refund("order")
    async def hear(_: Notes, update: sdk.PaymentRefunded) -> None:
        heard.append(update.argument)

    checkout = enabled_modules(cart={}, catalogue={}, menu={}, orders={}, stars={})
    listening = [switched_on("a", router=router), *checkout]
    async with a_bot(pool, listening) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
            shop = await create_shop(connection)
        bot.happen(payment(order), "50")
        await bot.settle()
        before = bot.dispatcher.config
        bot.dispatcher.config = replace(before, shop=shop)
        bot.happen(replace(refund(order), payload=f"order:{order.id}"), "51", "refund")
        await bot.settle()
        assert await pool.fetchval("SELECT status FROM orders") == "refunded"
        told = await pool.fetchrow(
            "SELECT shop_id, buyer_no FROM outbox WHERE event = 'refund_completed'"
        )
        assert told is not None and tuple(told) == (before.shop.id, order.buyer_no)
        assert await pool.fetchval("SELECT count(*) FROM customers") == 1
        assert not heard  # modules of a shop that the order is not of


async def test_an_unbooked_payment_that_goes_back_needs_nobody(pool: Pool) -> None:
    checkout = enabled_modules(cart={}, catalogue={}, menu={}, orders={}, stars={})
    async with a_bot(pool, [echo()]) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
            bot.happen(payment(order), "50")
            await bot.settle()
            bot.happen(refund(order), "51", "refund")
            await bot.settle()
            assert await unbooked.of_shops(connection, [order.shop_id]) == []
            config = replace(bot.dispatcher.config, enabled=tuple(checkout))
            assert await book_due(pool, bot.lease, config, at_once=True) == 0
            await pool.execute("UPDATE outgoing SET state = 'sent', sent_at = now()")
            async with connection.transaction():  # nothing that they paid for is under way
                await erasures.erase(connection, order.shop_id, order.buyer_no, with_events=False)
        assert await unbooked_payments(pool) == [("charge-1", "refunded", True)]
        assert await pool.fetchval("SELECT status FROM orders") == "created"


async def test_a_refund_of_another_bots_payment_is_told_of_and_left_out(pool: Pool) -> None:
    checkout = enabled_modules(cart={}, catalogue={}, menu={}, orders={}, stars={})
    async with a_bot(pool, checkout) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
        bot.happen(payment(order), "50")
        await bot.settle()
        with capture_logs() as logs:
            async with a_bot(pool, checkout) as other:
                other.happen(refund(order), "51", "refund")
                await other.settle()
        assert await pool.fetchval("SELECT status FROM orders") == "paid"
    said = [each for each in logs if "another bot's" in each["event"]]
    assert [each["charge_id"] for each in said] == ["charge-1"]

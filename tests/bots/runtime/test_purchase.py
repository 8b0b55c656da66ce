"""The main case, through the real client: a shopper buys something, and it is booked once."""

from typing import Any

import pytest

from simulator.clients.check import buy_once
from simulator.world import gestures, mailbox, payments
from tests.bots.runtime.conftest import Stage, until


async def test_a_shopper_buys_something(stage: Stage) -> None:
    bot = await stage.bot()
    await stage.worker()
    await stage.runs(bot)

    purchase = await buy_once(
        stage.telegram.address,
        stage.telegram.key,
        f"test_{bot.id}_bot",
        control_port=stage.telegram.control_port,
        start_code="flyer",
    )

    order = await stage.pool.fetchrow("SELECT * FROM orders")
    assert order is not None
    assert (order["id"], order["status"]) == (purchase.order_id, "paid")
    assert (order["total_minor"], order["currency"]) == (purchase.amount, "XTR") == (300, "XTR")
    payment = await stage.pool.fetchrow("SELECT * FROM payments")
    assert payment is not None
    assert (payment["charge_id"], payment["status"]) == (purchase.charge_id, "succeeded")
    assert await stage.pool.fetchval("SELECT stock FROM products") == 4

    async def is_noted_as_sent() -> bool:
        states = await stage.pool.fetchval("SELECT array_agg(state) FROM outgoing")
        return bool(states == ["sent"])

    await until(is_noted_as_sent, "the receipt, which the shopper has, is noted as sent")
    assert [await stage.count(name) for name in ("bot_started", "order_paid")] == [1, 1]
    assert await stage.count("button_pressed") == 6  # by the cart
    assert (
        await stage.pool.fetchval(
            "SELECT code FROM sources JOIN customers ON first_source_id = sources.id"
        )
        == "flyer"
    )


async def test_a_bill_that_telegram_refuses_is_no_silence(stage: Stage) -> None:
    bot = await stage.bot()
    await stage.worker()
    await stage.runs(bot)
    telegram = stage.telegram
    anna = telegram.person()
    await telegram.ask(
        "refuse", method="messages.sendMedia", code=400, error="CURRENCY_TOTAL_AMOUNT_INVALID"
    )
    product_id = await stage.pool.fetchval("SELECT id FROM products")
    telegram.say(anna, bot, "/start")

    async def is_welcomed() -> bool:
        return bool(telegram.heard(anna, bot))

    await until(is_welcomed, "the menu is there")
    menu = mailbox.history(telegram.world.db, anna.id, bot.id, limit=1)[0].message.id

    async def press() -> None:
        await gestures.press(telegram.world, anna, menu, f"buy:{product_id}".encode())

    await press()

    async def is_told() -> bool:
        return "You were not charged" in telegram.heard(anna, bot)[-1]

    await until(is_told, "the shopper is told")

    async def noticed() -> Any:
        return await stage.pool.fetchrow("SELECT * FROM bot_notices")

    notice = await until(noticed, "the owner is told")
    assert (notice["kind"], notice["reason"]) == ("bill_refused", "CURRENCY_TOTAL_AMOUNT_INVALID")
    assert await stage.count("checkout_started") == 0
    await press()

    async def is_counted() -> bool:
        return await stage.count("checkout_started") == 1

    await until(is_counted, "the next bill is there, and counted")

    async def is_dropped() -> bool:
        return await stage.count("reply_dropped") == 1

    await until(is_dropped, "the refused one is counted")


async def test_stars_that_telegram_gives_back_are_booked_once(stage: Stage) -> None:
    bot = await stage.bot()
    telegram, pool = stage.telegram, stage.pool
    async with stage.working():
        await stage.runs(bot)
        for _ in range(2):
            bought = await buy_once(
                telegram.address,
                telegram.key,
                f"test_{bot.id}_bot",
                control_port=telegram.control_port,
            )
            _give_back(stage, bot.id, bought.user_id, bought.charge_id)

            async def is_refunded(order_id: int | None = bought.order_id) -> bool:
                return bool(
                    await pool.fetchval(
                        "SELECT status = 'refunded' FROM orders WHERE id = $1", order_id
                    )
                )

            await until(is_refunded, "the refund is booked")
        away = await buy_once(
            telegram.address,
            telegram.key,
            f"test_{bot.id}_bot",
            control_port=telegram.control_port,
        )
    _give_back(stage, bot.id, away.user_id, away.charge_id)  # while nobody runs the bot
    async with stage.working("w2"):

        async def are_told() -> bool:
            return await stage.count("refund_completed") == 3

        await until(are_told, "the refund is fetched and booked")
    rows = await pool.fetch(
        "SELECT e.amount_minor, e.outcome, p.status FROM outbox AS e "
        "JOIN payments AS p ON p.order_id = e.order_id WHERE e.event = 'refund_completed'"
    )
    assert [tuple(row) for row in rows] == [(300, "stars", "refunded")] * 3
    assert await pool.fetchval("SELECT stock FROM products") == 2


def _give_back(stage: Stage, bot_id: int, user_id: int, charge_id: str | None) -> None:
    world = stage.telegram.world
    assert charge_id is not None
    with world.change() as change:
        payments.refund(world, change, world.account(bot_id), user_id, charge_id)


async def test_a_bot_runs_though_telegram_cannot_hand_out_what_came(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.runtime.update_stream._FIRST_PAUSE", 0.01)
    bot = await stage.bot()
    async with stage.working("w1"):
        await stage.runs(bot)
    telegram = stage.telegram
    anna = telegram.person()
    telegram.say(anna, bot, "while nobody runs it")
    await telegram.ask(
        "refuse", method="updates.getDifference", code=500, error="INTERNAL", times=10_000
    )
    async with stage.working("w2"):

        async def is_told() -> bool:
            return await stage.count("updates_skipped") == 1

        await until(is_told, "what is passed over is counted")
        await stage.runs(bot)
        telegram.say(anna, bot, "/start")

        async def is_answered() -> bool:
            return bool(telegram.heard(anna, bot))

        await until(is_answered, "the bot answers")
    notice = await stage.pool.fetchrow("SELECT kind, times FROM bot_notices")
    assert notice is not None and tuple(notice) == ("updates_skipped", 1)

"""By the clock, through the real client: an order runs out, a cart is reminded of once, and who
waits hears that something is back."""

from typing import Any

import pytest

from core.shop import bots
from core.shop.bots import Bot
from simulator.crowd.phone import callback_data
from simulator.world import gestures, mailbox, payments
from simulator.world.accounts import Account
from tests.bots.runtime.conftest import Stage, until

pytestmark = pytest.mark.usefixtures("quiet")

MODULES = ["cart", "catalogue", "menu", "orders", "stars", "stock"]


async def press(stage: Stage, anna: Account, bot: Bot, action: str) -> None:
    """Presses the newest button of this action, once it is there."""

    async def found() -> tuple[int, bytes] | None:
        for each in mailbox.history(stage.telegram.world.db, anna.id, bot.id, limit=10):
            for data in callback_data(getattr(each.message, "reply_markup", None)):
                if data.partition(b":")[0] == action.encode():
                    return each.message.id, data
        return None

    message_id, data = await until(found, f"there is a button {action}")
    await gestures.press(stage.telegram.world, anna, message_id, data)


async def is_told(stage: Stage, anna: Account, bot: Bot, words: str) -> None:
    async def heard() -> bool:
        return any(words in text for text in stage.telegram.heard(anna, bot))

    await until(heard, words)


async def comes_due(stage: Stage, bot: Bot, task: str) -> None:
    """The module's job, whose time has come, has run once more."""

    async def put_forward() -> Any:
        return await stage.pool.fetchval(
            "UPDATE module_jobs SET due_at = now() - interval '1 second', not_before = now() "
            "WHERE task = $1 AND due_at > now() RETURNING due_at",
            task,
        )

    before = await until(put_forward, f"{task} has run for the first time")
    async with stage.pool.acquire() as connection:
        await bots.announce(connection, bot.id)

    async def has_run() -> Any:
        return await stage.pool.fetchval(
            "SELECT due_at > $2 FROM module_jobs WHERE task = $1", task, before
        )

    await until(has_run, f"{task} has run")


async def told(stage: Stage, anna: Account, bot: Bot, words: str) -> int:
    return sum(words in text for text in stage.telegram.heard(anna, bot))


async def to_product(stage: Stage, anna: Account, bot: Bot) -> None:
    await stage.runs(bot)
    stage.telegram.say(anna, bot, "/start")
    await press(stage, anna, bot, "catalogue")
    await press(stage, anna, bot, "product")


async def test_an_order_runs_out_and_says_so(stage: Stage) -> None:
    bot, anna = await stage.bot(modules=MODULES), stage.telegram.person()
    await stage.worker()
    await to_product(stage, anna, bot)
    await press(stage, anna, bot, "buy")
    world = stage.telegram.world

    async def bill() -> int | None:
        return next(
            (
                each.id
                for each in mailbox.history(world.db, anna.id, bot.id, limit=5)
                if getattr(each.message, "media", None) is not None
            ),
            None,
        )

    invoice = payments.find_invoice(world.db, anna, await until(bill, "the bill"))
    await payments.check_out(world, anna, invoice)
    await stage.pool.execute("UPDATE orders SET expires_at = now() - interval '1 second'")
    await comes_due(stage, bot, "expire")
    await is_told(stage, anna, bot, "was not paid in time")
    await comes_due(stage, bot, "expire")
    assert await told(stage, anna, bot, "was not paid in time") == 1
    assert [await stage.count(f"{what}_expired") for what in ("order", "payment")] == [1, 1]
    assert await stage.pool.fetchval("SELECT reserved_until IS NULL FROM orders")


async def test_a_cart_that_was_left_is_reminded_of_once(stage: Stage) -> None:
    bot, anna = await stage.bot(modules=MODULES), stage.telegram.person()
    await stage.pool.execute(
        "UPDATE bot_modules SET settings = $1 WHERE module = 'cart'", {"reminder_hours": 1}
    )
    await stage.worker()
    await to_product(stage, anna, bot)
    await press(stage, anna, bot, "cart_add")

    async def is_in() -> Any:
        return await stage.pool.fetchval("SELECT count(*) FROM cart_lines")

    await until(is_in, "something is in the cart")
    await stage.pool.execute("UPDATE carts SET changed_at = now() - interval '2 hours'")
    for _ in range(2):
        await comes_due(stage, bot, "remind")
    await is_told(stage, anna, bot, "still waiting")
    assert await told(stage, anna, bot, "still waiting") == 1
    await press(stage, anna, bot, "cart")  # the reminder's own button
    await is_told(stage, anna, bot, "Total")


async def test_who_waits_hears_once_that_it_is_back(stage: Stage) -> None:
    bot, anna = await stage.bot(modules=MODULES), stage.telegram.person()
    await stage.pool.execute("UPDATE products SET stock = 0")
    await stage.worker()
    await to_product(stage, anna, bot)
    await press(stage, anna, bot, "stock_wait")
    await stage.pool.execute("UPDATE products SET stock = 3")
    for _ in range(2):
        await comes_due(stage, bot, "tell_back")
    await is_told(stage, anna, bot, "Back in stock")
    assert await told(stage, anna, bot, "Back in stock") == 1
    await press(stage, anna, bot, "buy")  # under the notice

    async def is_ordered() -> Any:
        return await stage.count("order_created")

    await until(is_ordered, "it is bought from the notice")

"""A cart through the real client: from the card to the order, over a change of workers."""

from typing import Any

import pytest

from simulator.crowd.phone import callback_data
from simulator.world import gestures, mailbox
from simulator.world.accounts import Account
from tests.bots.runtime.conftest import Stage, until

pytestmark = pytest.mark.usefixtures("quiet")

SETTINGS: dict[str, dict[str, Any]] = {
    "cart": {"name": "required"},
    "transfer": {"requisites": {"ru": "Карта 1234", "en": "Card 1234"}},
}


async def find(stage: Stage, anna: Account, bot_id: int, action: str) -> tuple[int, bytes]:
    """The newest message with a button of this action, and the button's data."""

    async def found() -> tuple[int, bytes] | None:
        for each in mailbox.history(stage.telegram.world.db, anna.id, bot_id, limit=10):
            markup = getattr(each.message, "reply_markup", None)
            for data in callback_data(markup):
                if data.partition(b":")[0] == action.encode():
                    return each.message.id, data
        return None

    result: tuple[int, bytes] = await until(found, f"there is a button {action}")
    return result


async def test_a_cart_becomes_an_order_while_the_worker_changes(stage: Stage) -> None:
    shop = await stage.shop()
    await stage.pool.execute("UPDATE products SET currency = 'RUB', price_minor = 30000")
    bot = await stage.bot(shop, modules=["cart", "catalogue", "menu", "transfer"])
    for module, settings in SETTINGS.items():
        await stage.pool.execute(
            "UPDATE bot_modules SET settings = $2 WHERE module = $1", module, settings
        )
    telegram, anna = stage.telegram, stage.telegram.person()

    async def press(action: str) -> None:
        message_id, data = await find(stage, anna, bot.id, action)
        await gestures.press(telegram.world, anna, message_id, data)

    async def is_told(words: str) -> None:
        async def heard() -> bool:
            return any(words in text for text in telegram.heard(anna, bot))

        await until(heard, words)

    async with stage.working("w1"):
        await stage.runs(bot)
        telegram.say(anna, bot, "/start")
        await press("catalogue")
        await press("product")
        await press("cart_add")
        await press("cart_set")  # the first is "−": to none
        await is_told("Your cart is empty")
        await press("cart_add")
        await press("cart")
        await press("cart_checkout")
        await is_told("recipient's name")
    async with stage.working("w2"):
        telegram.say(anna, bot, "Anna")
        await is_told("Name: Anna")
        await press("checkout_pay")
        await is_told("Card 1234")
    row = await stage.pool.fetchrow("SELECT status, total_minor, method FROM orders")
    assert row is not None and tuple(row) == ("created", 30000, "transfer")
    assert await stage.count("checkout_started") == 1
    assert await stage.count("cart_item_removed") == 1

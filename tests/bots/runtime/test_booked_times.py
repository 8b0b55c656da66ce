"""A service is booked through the real client: day, time, bill, payment, receipt."""

import pytest

from bots.sdk.shop_templates import ShopTemplates, apply
from core.modules import Modules
from core.shop import shops
from core.shop.bot_modules import Author
from core.shop.imprint import ImprintDraft
from simulator.world import mailbox, payments
from tests.bots.runtime.conftest import Stage, until
from tests.bots.runtime.test_by_the_clock import is_told, press, to_product
from tests.factories import KEYS

pytestmark = pytest.mark.usefixtures("quiet")


async def test_a_time_is_booked_paid_and_gone_for_the_next(stage: Stage) -> None:
    bot, anna = await stage.bot(modules=["menu"]), stage.telegram.person()
    template = ShopTemplates.discover().get("services")
    async with stage.pool.acquire() as connection, connection.transaction():
        await shops.set_imprint(connection, bot.shop_id, ImprintDraft(contact="@tea_shop"))
        await apply(connection, Modules.discover(), KEYS, bot.id, template, Author())
    await stage.worker()
    await to_product(stage, anna, bot)
    world = stage.telegram.world
    await press(stage, anna, bot, "buy")
    await press(stage, anna, bot, "booking_day")
    await press(stage, anna, bot, "booking_time")
    await is_told(stage, anna, bot, "your name")
    stage.telegram.say(anna, bot, "Anna")
    await is_told(stage, anna, bot, "Which number")
    stage.telegram.say(anna, bot, "+79001234567")
    await press(stage, anna, bot, "checkout_pay")

    async def bill() -> int | None:
        newest = mailbox.history(world.db, anna.id, bot.id, limit=3)
        found = (each for each in newest if getattr(each.message, "media", None) is not None)
        return next((each.id for each in found), None)

    invoice = payments.find_invoice(world.db, anna, await until(bill, "the bill"))
    await payments.pay(world, anna, invoice)
    await is_told(stage, anna, bot, "awaiting confirmation")  # by staff, in this template
    row = await stage.pool.fetchrow(
        "SELECT b.state, o.status, count(*) OVER () AS places FROM bookings AS b "
        "JOIN booking_places AS p ON p.booking_id = b.id JOIN orders AS o ON o.id = b.order_id"
    )
    assert row is not None and tuple(row) == ("requested", "paid", 1)

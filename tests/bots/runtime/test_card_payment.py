"""Payment by card through the real client: the address, the way of shipping, a tip, the money."""

import json
from typing import Any

import pytest
from pyrogram import raw

from simulator.wire.rpc import RpcError
from simulator.world import gestures, mailbox, payments
from simulator.world.accounts import Account
from simulator.world.payments import Filled, Invoice
from tests.bots.runtime.conftest import Stage, until
from tests.bots.runtime.test_cart import find

pytestmark = pytest.mark.usefixtures("quiet")

COURIER = {"title": {"ru": "Курьер", "en": "Courier"}, "currency": "RUB", "price_minor": 20_000}
SETTINGS: dict[str, dict[str, Any]] = {
    "cart": {"shipping": [COURIER], "tax_bp": 1000, "tax_is_included": False},
    "provider": {
        "token": "390540012:TEST:12345",
        "asks_shipping": True,
        "most_tip_percent": 10,
        "tip_percents": [5, 10],
    },
}
INFO = raw.types.PaymentRequestedInfo(
    shipping_address=raw.types.PostAddress(
        street_line1="Arbat, 1",
        street_line2="",
        city="Moscow",
        state="",
        country_iso2="RU",
        post_code="119019",
    )
)


async def billed(stage: Stage, anna: Account, bot_id: int) -> Invoice:
    """The newest bill that she has been sent."""

    async def found() -> Invoice | None:
        for each in mailbox.history(stage.telegram.world.db, anna.id, bot_id, limit=3):
            if isinstance(getattr(each.message, "media", None), raw.types.MessageMediaInvoice):
                return payments.find_invoice(stage.telegram.world.db, anna, each.message.id)
        return None

    invoice: Invoice = await until(found, "there is a bill")
    return invoice


async def test_address_way_tip_and_payment_agree_everywhere(stage: Stage) -> None:
    shop = await stage.shop()
    await stage.pool.execute("UPDATE products SET currency = 'RUB', price_minor = 100000")
    modules = ["cart", "catalogue", "menu", "orders", "provider"]
    bot = await stage.bot(shop, modules=modules)
    await _settle(stage, SETTINGS)
    world, anna = stage.telegram.world, stage.telegram.person()
    await stage.worker()
    await stage.runs(bot)
    stage.telegram.say(anna, bot, "/start")
    for action in ("catalogue", "product", "buy", "checkout_pay"):
        message_id, data = await find(stage, anna, bot.id, action)
        await gestures.press(world, anna, message_id, data)
    bill = await billed(stage, anna, bot.id)
    _asks_as_set(bill)
    info_id, (courier,) = await payments.fill_in(world, anna, bill, INFO)
    # Shipping, and the tax on it.
    assert [price.amount for price in courier.prices] == [20_000, 2_000]
    # Meanwhile the way has gone: it is refused in words, and nothing is taken.
    gone = SETTINGS["cart"] | {"shipping": [COURIER | {"price_minor": 30_000}]}
    await _settle(stage, {"cart": gone}, tell=bot.id)
    await _is_refused(stage, anna, bill, Filled(info_id, courier.id, 5_500))
    info_id, (courier,) = await payments.fill_in(world, anna, bill, INFO)
    assert [price.amount for price in courier.prices] == [30_000, 3_000]
    charge = await payments.pay(world, anna, bill, Filled(info_id, courier.id, 5_500))
    assert charge.amount == 100_000 + 10_000 + 30_000 + 3_000 + 5_500
    await _agrees_everywhere(stage, charge.amount)


def _asks_as_set(bill: Invoice) -> None:
    asked = bill.media.invoice
    tips = (asked.max_tip_amount, asked.suggested_tip_amounts)
    assert asked.flexible and tips == (11_000, [5_500, 11_000])


async def _is_refused(stage: Stage, person: Account, bill: Invoice, filled: Filled) -> None:
    async def is_refused() -> bool:
        try:
            await payments.check_out(stage.telegram.world, person, bill, filled)
        except RpcError as error:
            return error.text == "BOT_PRECHECKOUT_FAILED"
        return False

    await until(is_refused, "the way that has gone is refused")


async def _agrees_everywhere(stage: Stage, total: int) -> None:
    """The order, its adjustments, its event and its address."""

    async def is_paid() -> bool:
        return await stage.count("order_paid") == 1

    await until(is_paid, "the order is paid")
    order = await stage.pool.fetchrow(
        "SELECT id, status, total_minor, shipping_minor, tax_minor, tip_minor FROM orders"
    )
    assert order is not None and tuple(order)[1:] == ("paid", total, 30_000, 13_000, 5_500)
    rows = await stage.pool.fetch(
        "SELECT kind, amount_minor FROM order_adjustments ORDER BY position"
    )
    assert [tuple(row) for row in rows] == [("shipping", 30_000), ("tax", 13_000), ("tip", 5_500)]
    told = await stage.pool.fetchrow(
        "SELECT amount_minor, props FROM outbox WHERE event = 'order_paid'"
    )
    assert told is not None and told["amount_minor"] == total
    assert json.loads(told["props"]) == {
        "shipping_minor": 30_000,
        "tax_minor": 13_000,
        "tip_minor": 5_500,
        "is_digital": False,
    }
    assert await stage.pool.fetchval("SELECT value FROM order_details") == (
        "119019, RU, Moscow, Arbat, 1"
    )


async def _settle(stage: Stage, settings: dict[str, Any], *, tell: int = 0) -> None:
    for module, values in settings.items():
        await stage.pool.execute(
            "UPDATE bot_modules SET settings = $2 WHERE module = $1", module, values
        )
    if tell:
        await stage.pool.execute("SELECT pg_notify('vitrina_bots', $1::text)", str(tell))

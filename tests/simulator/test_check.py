from pathlib import Path

import pytest
from pyrogram import Client, types

from simulator.clients.check import Purchase, buy_once
from simulator.clients.screens import PurchaseFailed
from simulator.demo import DEMO_BOTS
from simulator.simulator import Simulator
from simulator.wire.server_key import PUBLIC_FILE
from tests.simulator.clients import TinyShop, client_of, keyboard, started, until

BOT = DEMO_BOTS[0]


async def buy(simulator: Simulator, *, with_control: bool = True, seconds: float = 30) -> Purchase:
    return await buy_once(
        f"127.0.0.1:{simulator.port}",
        simulator.options.data_dir / PUBLIC_FILE,
        BOT.username,
        control_port=simulator.control_port if with_control else None,
        start_code="ig",
        step_seconds=seconds,
    )


async def test_the_purchase_is_what_the_books_say(simulator: Simulator, shop: TinyShop) -> None:
    bought = await buy(simulator)
    (paid,) = shop.paid
    assert bought.charge_id == paid.telegram_payment_charge_id
    assert (bought.order_id, bought.amount, bought.currency) == (100, 25, "XTR")
    assert (bought.bot_id, bought.product) == (BOT.id, "Product 1")
    assert shop.texts == ["/start ig"]
    assert set(bought.seconds) >= {"press Start", "pay", "wait for the receipt"}


async def test_without_books_the_receipt_tells_the_order(
    simulator: Simulator, shop: TinyShop
) -> None:
    bought = await buy(simulator, with_control=False)
    assert (bought.order_id, bought.charge_id) == (100, None)
    assert len(shop.paid) == 1


async def test_a_lost_press_is_pressed_again(simulator: Simulator, shop: TinyShop) -> None:
    shop.deaf_to = {"buy:1"}
    await buy(simulator)
    assert shop.pressed.count("buy:1") == 2
    assert len(shop.paid) == 1


async def test_a_refusal_is_reported_with_its_step(simulator: Simulator, shop: TinyShop) -> None:
    shop.accepts = False
    with pytest.raises(PurchaseFailed, match="^pay: .*BOT_PRECHECKOUT_FAILED"):
        await buy(simulator)


async def test_a_silent_bot_is_reported_with_its_step(simulator: Simulator) -> None:
    with pytest.raises(PurchaseFailed, match="^press Start: nothing within 5 s"):
        await buy(simulator, seconds=5)  # also for the steps before it, on a busy machine


async def test_a_missing_key_file_is_told(simulator: Simulator) -> None:
    with pytest.raises(PurchaseFailed, match="nowhere.pem"):
        await buy_once(f"127.0.0.1:{simulator.port}", Path("nowhere.pem"), BOT.username)


async def test_a_control_port_that_is_away_is_told(simulator: Simulator, shop: TinyShop) -> None:
    with pytest.raises(PurchaseFailed, match="^charge: "):
        await buy_once(
            f"127.0.0.1:{simulator.port}",
            simulator.options.data_dir / PUBLIC_FILE,
            BOT.username,
            control_port=1,
        )
    await until(lambda: len(shop.paid) == 1, "the payment")


LATE = "A part of order №100 is not ready yet"
GOODS = "Order №100: here you are.\n\nKEY-1"


class KeyShop(TinyShop):
    """Sends keys and no receipts; what it lacks it calls late."""

    has_keys = True

    async def _on_paid(self, _client: Client, message: types.Message) -> None:
        assert message.successful_payment is not None
        self.paid.append(message.successful_payment)
        await message.reply(LATE, reply_markup=keyboard("menu:below"))
        if self.has_keys:
            await message.reply(GOODS, reply_markup=keyboard("goods:100", "menu:below"))
            await message.reply(LATE, reply_markup=keyboard("menu:below"))

    async def _on_press(self, client: Client, query: types.CallbackQuery) -> None:
        if str(query.data) == "goods:100":
            assert query.message is not None
            await query.answer()
            await query.message.reply(GOODS, reply_markup=keyboard("order:100", "menu:below"))
        else:
            await super()._on_press(client, query)


async def test_goods_without_a_receipt_are_goods_and_a_notice_is_neither(
    simulator: Simulator, data_dir: Path
) -> None:
    client = client_of(simulator.port, data_dir, bot_token=BOT.token)
    shop = KeyShop(client)
    async with started(client):
        bought = await buy(simulator, with_control=False)
        assert (bought.order_id, bought.receipt, bought.goods) == (100, "", GOODS)
        shop.has_keys = False
        with pytest.raises(PurchaseFailed, match="wait for the receipt: .* is not ready yet"):
            await buy(simulator, seconds=6)

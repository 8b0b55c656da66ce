"""Payments in the panel and by web hooks, through the API."""

from typing import Any

import httpx

from bots.modules.cryptopay.manifest import MANIFEST as CRYPTOPAY
from bots.modules.transfer.manifest import MANIFEST as TRANSFER
from core.events import Origin
from core.module_settings import Vault
from core.modules import Manifest
from core.shop import bot_modules, customers, hooks, orders
from core.shop.bot_modules import Author
from core.shop.customers import Profile
from core.shop.orders import Order
from tests.api.conftest import Panel, assert_problem
from tests.bots.cryptopay import TOKEN, signed
from tests.factories import KEYS, create_bot, create_product, create_shop


async def selling(panel: Panel, manifest: Manifest, **settings: Any) -> tuple[Origin, Order]:
    """A bot with one payment module, and somebody's order."""
    async with panel.pool.acquire() as connection:
        shop = await create_shop(connection)
        bot = await create_bot(connection, shop, modules=[manifest.key])
        vault = Vault(bot.id, manifest.key, KEYS)
        await bot_modules.write_settings(
            connection, manifest, vault, settings, Author(), seen_version=1
        )
        origin = Origin(shop.id, bot.id, "hosted", shop.retention_days)
        buyer = await customers.touch(connection, shop.id, Profile(telegram_id=9001))
        product = await create_product(connection, shop.id, currency="RUB", stock=2)
        return origin, await orders.create(connection, origin, buyer, product)


async def test_a_transfer_is_confirmed_by_its_order(panel: Panel) -> None:
    origin, order = await selling(panel, TRANSFER, requisites={"ru": "Карта 2200"})
    path = f"/api/v1/bots/{origin.bot_id}/modules/transfer"
    async with panel.visitor("viewer") as viewer:
        assert (await viewer.get(f"{path}/proofs")).json() == []
        refused = await viewer.post(f"{path}/orders/{order.id}/confirm")
        assert refused.status_code == 403
    async with panel.visitor() as owner:
        confirmed = await owner.post(f"{path}/orders/{order.id}/confirm")
        assert confirmed.json() == {"order_id": order.id, "status": "paid", "attention": None}
        again = await owner.post(f"{path}/orders/{order.id}/confirm")
        assert_problem(again, 409, "already_reviewed")
        assert_problem(await owner.post(f"{path}/proofs/5/confirm"), 404, "not_found")
        wrong = {"reason": "because"}
        assert_problem(
            await owner.post(f"{path}/proofs/5/decline", json=wrong), 422, "request_invalid"
        )


async def test_a_web_hook_that_crypto_pay_did_not_sign_is_counted(panel: Panel) -> None:
    origin, order = await selling(panel, CRYPTOPAY, token=TOKEN, network="test")
    async with panel.pool.acquire() as connection:
        bill = await connection.fetchval(
            "INSERT INTO cryptopay_bills (shop_id, bot_id, order_id, buyer_no, amount_minor, "
            "currency) VALUES ($1, $2, $3, 1, 300, 'RUB') RETURNING id",
            origin.shop_id,
            origin.bot_id,
            order.id,
        )
        path = (await hooks.of(connection, KEYS, origin.bot_id, "cryptopay")).path
    invoice = {"invoice_id": 1, "status": "paid", "amount": "3.00", "fiat": "RUB"}
    invoice["payload"] = f"{origin.bot_id}:{bill}"
    update = {"update_id": 1, "update_type": "invoice_paid", "payload": invoice}

    async def call(token: str) -> httpx.Response:
        body, signature = signed(update, token)
        headers = {"crypto-pay-api-signature": signature}
        return await panel.client.post(path, content=body, headers=headers)

    assert_problem(await call("another"), 404, "not_found")
    assert [(await call(TOKEN)).status_code for _ in range(3)] == [204] * 3
    async with panel.pool.acquire() as connection:
        told = await connection.fetch("SELECT event FROM outbox WHERE event ~ 'webhook|succeeded'")
        assert [row["event"] for row in told] == ["webhook_rejected", "payment_succeeded"]
        assert (await orders.get(connection, order.id)).status == "paid"
    async with panel.visitor() as owner:
        listed = await owner.get(f"/api/v1/bots/{origin.bot_id}/modules/cryptopay/bills")
        assert [each["state"] for each in listed.json()] == ["paid"]

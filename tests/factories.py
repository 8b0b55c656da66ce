"""Plain functions that make rows for tests, each with defaults that a test may override."""

import itertools
from typing import Any

from pydantic import SecretStr

from core.events import Origin
from core.fraud_rules import HELD
from core.postgres import Connection
from core.secrets import KeyRing
from core.shop import bots, catalogue, customers, orders, shops
from core.shop.catalogue import Product, ProductDraft
from core.shop.customers import Customer, Profile
from core.shop.imprint import ImprintDraft
from core.shop.orders import Order
from core.shop.payments import Charge
from core.shop.shops import Shop, ShopDraft

KEYS = KeyRing({1: b"k" * 32})
_numbers = itertools.count(1)


def token(bot_id: int) -> str:
    """A bot's token as @BotFather forms it."""
    return f"{bot_id}:{'A' * 35}"


async def create_shop(connection: Connection, *, contact: str = "", **values: Any) -> Shop:
    """With a contact, it may begin to take money."""
    shop = await shops.create(connection, ShopDraft(**({"name": "Чай"} | values)))
    if not contact:
        return shop
    return await shops.set_imprint(connection, shop.id, ImprintDraft(contact=contact))


async def create_bot(connection: Connection, shop: Shop, **values: Any) -> bots.Bot:
    bot_id = values.pop("bot_id", 7_100_000_000 + next(_numbers))
    defaults: dict[str, Any] = {
        "token": SecretStr(token(bot_id)),
        "mode": "hosted",
        "modules": ["cart", "catalogue", "menu", "orders", "stars"],
    }
    return await bots.connect(connection, KEYS, shop_id=shop.id, **(defaults | values))


async def create_origin(connection: Connection, shop: Shop | None = None) -> Origin:
    """A shop with one hosted bot, as the place where events happen."""
    shop = shop or await create_shop(connection)
    bot = await create_bot(connection, shop)
    return Origin(shop.id, bot.id, "hosted", shop.retention_days)


async def create_product(connection: Connection, shop_id: int, **values: Any) -> Product:
    defaults: dict[str, Any] = {"title": "Пуэр", "price_minor": 300, "currency": "XTR"}
    return await catalogue.add(connection, shop_id, ProductDraft(**(defaults | values)))


async def create_customer(connection: Connection, shop_id: int, **values: Any) -> Customer:
    defaults: dict[str, Any] = {"telegram_id": 9000 + next(_numbers), "first_name": "Анна"}
    return await customers.touch(connection, shop_id, Profile(**(defaults | values)))


def charge_of(order: Order, payer: Customer, **values: Any) -> Charge:
    """The charge that pays an order."""
    defaults: dict[str, Any] = {
        "provider": "stars",
        "charge_id": f"charge-{order.id}",
        "payer_telegram_id": payer.telegram_id,
        "amount_minor": order.total_minor,
        "currency": order.currency,
    }
    return Charge(**(defaults | values))


async def create_order(
    connection: Connection, origin: Origin, buyer: Customer, product: Product
) -> Order:
    return await orders.create(connection, origin, buyer, product)


async def create_verdict(
    connection: Connection, shop_id: int, buyer_no: int, abuse: str, **values: Any
) -> None:
    """A shopper who is held, or blocked, as the hourly run publishes it."""
    held = "hold" if abuse in HELD else "block"
    row = {"score": 88.0, "outcome": held} | values
    await connection.execute(
        "INSERT INTO fraud_verdicts (shop_id, buyer_no, abuse, score, outcome, seen_at) "
        "VALUES ($1, $2, $3, $4, $5, now())",
        shop_id,
        buyer_no,
        abuse,
        row["score"],
        row["outcome"],
    )
    await connection.execute(
        "INSERT INTO fraud_reasons (shop_id, buyer_no, abuse, rule, version, value, threshold, "
        "window_seconds, contribution) VALUES ($1, $2, $3, $3, 1, 5, 3, 86400, 80)",
        shop_id,
        buyer_no,
        abuse,
    )

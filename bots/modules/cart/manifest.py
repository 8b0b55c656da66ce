"""Cart and checkout."""

from bots.modules.cart.events import (
    CART_ITEM_ADDED,
    CART_ITEM_REMOVED,
    CART_VIEWED,
    CHECKOUT_STARTED,
)
from bots.modules.cart.settings import CartSettings
from core.events import Bilingual
from core.modules import BotCommand, Manifest

MANIFEST = Manifest(
    key="cart",
    title=Bilingual("Корзина и оформление", "Cart and checkout"),
    summary=Bilingual(
        "Корзина, контакты и адрес, доставка, налог и выбор оплаты; покупка в одно нажатие.",
        "The cart, contacts and address, shipping, tax and the ways to pay; buying with one tap.",
    ),
    settings=CartSettings,
    events=(CART_ITEM_ADDED, CART_ITEM_REMOVED, CART_VIEWED, CHECKOUT_STARTED),
    default_on=True,
    commands=(BotCommand("cart", Bilingual("Корзина", "Cart")),),
)

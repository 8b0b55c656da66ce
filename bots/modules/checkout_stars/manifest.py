"""Checkout with Telegram Stars."""

from bots.modules.checkout_stars.events import CHECKOUT_STARTED
from bots.modules.checkout_stars.settings import CheckoutStarsSettings
from core.events import Bilingual
from core.modules import Manifest

MANIFEST = Manifest(
    key="checkout_stars",
    title=Bilingual("Оплата звёздами", "Checkout with Stars"),
    summary=Bilingual(
        "Продаёт товары за Telegram Stars: счёт, проверка остатка, оплата и чек.",
        "Sells products for Telegram Stars: the bill, the stock check, the payment, the receipt.",
    ),
    settings=CheckoutStarsSettings,
    events=(CHECKOUT_STARTED,),
    default_on=True,
)

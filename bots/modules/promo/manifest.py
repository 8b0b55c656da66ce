"""Promo codes."""

from bots.modules.promo.events import PROMO_APPLIED, PROMO_REJECTED
from bots.modules.promo.settings import PromoSettings
from core.events import Bilingual
from core.modules import BotCommand, Manifest

MANIFEST = Manifest(
    key="promo",
    title=Bilingual("Промокоды", "Promo codes"),
    summary=Bilingual(
        "Скидка в процентах или суммой, подарок, бесплатная доставка; с лимитами, сроками и "
        "защитой от подбора.",
        "A share or an amount off, a gift, free shipping; with limits, dates, and a lock against "
        "guessing.",
    ),
    settings=PromoSettings,
    events=(PROMO_APPLIED, PROMO_REJECTED),
    requires=("cart",),
    commands=(BotCommand("promo", Bilingual("Промокод", "Promo code")),),
)

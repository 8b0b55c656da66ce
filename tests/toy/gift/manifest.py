"""Gifts: a module with one of everything that the platform gives to modules."""

from core.events import Bilingual
from core.modules import BotCommand, Manifest
from tests.toy.gift.events import GIFT_GIVEN
from tests.toy.gift.settings import GiftSettings

MANIFEST = Manifest(
    key="gift",
    title=Bilingual("Подарки", "Gifts"),
    summary=Bilingual("Дарит подарки.", "Gives gifts."),
    settings=GiftSettings,
    events=(GIFT_GIVEN,),
    commands=(BotCommand("gift", Bilingual("Подарить", "Give")),),
)

"""Payments in Telegram Stars."""

from bots.modules.stars.settings import StarsSettings
from core.events import Bilingual
from core.modules import Manifest

MANIFEST = Manifest(
    key="stars",
    title=Bilingual("Оплата звёздами", "Payment in Stars"),
    summary=Bilingual(
        "Принимает Telegram Stars: счёт, проверка перед оплатой, возвраты и сверка с Telegram.",
        "Takes Telegram Stars: the bill, the check before it is paid, refunds, and reconciliation.",
    ),
    settings=StarsSettings,
    default_on=True,
)

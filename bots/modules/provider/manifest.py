"""Payments by card through Telegram and a provider."""

from bots.modules.provider.settings import ProviderSettings
from core.events import Bilingual
from core.modules import Manifest

MANIFEST = Manifest(
    key="provider",
    title=Bilingual("Оплата картой (провайдер)", "Payment by card (provider)"),
    summary=Bilingual(
        "Счета Telegram через вашего провайдера: карты, чаевые, данные для чека по 54-ФЗ.",
        "Telegram's bills through your provider: cards, tips, data for the receipt by 54-FZ.",
    ),
    settings=ProviderSettings,
)

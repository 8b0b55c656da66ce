"""Payments in Crypto Bot."""

from bots.modules.cryptopay.settings import CryptopaySettings
from core.events import Bilingual
from core.modules import Manifest

MANIFEST = Manifest(
    key="cryptopay",
    title=Bilingual("Оплата криптовалютой (Crypto Pay)", "Payment in crypto (Crypto Pay)"),
    summary=Bilingual(
        "Выставляет счета в @CryptoBot: USDT, TON, BTC и другие монеты по курсу.",
        "Makes bills in @CryptoBot: USDT, TON, BTC and other coins at their rate.",
    ),
    settings=CryptopaySettings,
)

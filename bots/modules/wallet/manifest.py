"""Shoppers' wallets with the shop."""

from bots.modules.wallet.settings import WalletSettings
from core.events import Bilingual
from core.modules import BotCommand, Manifest

MANIFEST = Manifest(
    key="wallet",
    title=Bilingual("Кошелёк", "Wallet"),
    summary=Bilingual(
        "Баланс покупателя в магазине: пополнить любым способом оплаты, заплатить целиком или "
        "частью, вернуть деньги на него.",
        "A shopper's balance with the shop: top it up by any payment method, pay with it whole or "
        "in part, refund into it.",
    ),
    settings=WalletSettings,
    commands=(BotCommand("wallet", Bilingual("Кошелёк", "Wallet")),),
)

"""What an owner sets of Crypto Pay."""

from typing import Literal

from pydantic import Field

from bots.sdk.settings import ModuleSettings, Secret, labelled
from core.events import Bilingual

Network = Literal["main", "test"]
Asset = Literal["USDT", "TON", "BTC", "ETH", "LTC", "BNB", "TRX", "USDC"]
# In which of them a price may be, by Crypto Pay's documentation of createInvoice.
# fmt: off
Fiat = Literal[
    "USD", "EUR", "RUB", "BYN", "UAH", "GBP", "CNY", "KZT", "UZS", "GEL",
    "TRY", "AMD", "THB", "INR", "BRL", "IDR", "AZN", "AED", "PLN", "ILS",
]
# fmt: on


class CryptopaySettings(ModuleSettings):
    """The app in Crypto Bot, and what it takes."""

    token: Secret | None = Field(
        default=None,
        json_schema_extra=labelled(
            Bilingual("Токен приложения", "The app's token"),
            Bilingual(
                "Из @CryptoBot: Crypto Pay → Мои приложения. Пока пусто, способ не предлагается.",
                "From @CryptoBot: Crypto Pay → My Apps. While empty, this way is not offered.",
            ),
        ),
    )
    network: Literal["main", "test"] = Field(
        default="main",
        json_schema_extra=labelled(
            Bilingual("Сеть", "Network"),
            Bilingual(
                "main — настоящие деньги, @CryptoBot; test — для проб, @CryptoTestnetBot.",
                "main: real money, @CryptoBot; test: to try it, @CryptoTestnetBot.",
            ),
        ),
    )
    assets: tuple[Asset, ...] = Field(
        default=(),
        max_length=8,
        json_schema_extra=labelled(
            Bilingual("Какие монеты принимать", "Which coins are taken"),
            Bilingual("Пусто — все, что есть у Crypto Pay.", "Empty: all that Crypto Pay has."),
        ),
    )
    wait_minutes: int = Field(
        default=60,
        ge=10,
        le=24 * 60,
        json_schema_extra=labelled(
            Bilingual("Сколько минут счёт действует", "Minutes that a bill is valid"),
            Bilingual(
                "Столько товар держится за покупателем.",
                "For so long the goods are kept for the shopper.",
            ),
        ),
    )

"""What an owner sets of payments by a provider."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from bots.sdk.settings import ModuleSettings, Secret, labelled
from core.events import Bilingual
from core.money import CurrencyCode
from core.shop import bills

SUGGESTED_AT_MOST = 4  # tips, by https://core.telegram.org/bots/api#sendinvoice
Percent = Annotated[int, Field(ge=1, le=100)]
Wanted = Literal["name", "phone", "email", "address"]


class ProviderSettings(ModuleSettings):
    """The provider's token, and what a bill asks for besides the order."""

    token: Secret | None = Field(
        default=None,
        json_schema_extra=labelled(
            Bilingual("Токен провайдера", "The provider's token"),
            Bilingual(
                "Из @BotFather: ваш бот → Payments. Пока пусто, способ не предлагается.",
                "From @BotFather: your bot → Payments. While empty, this way is not offered.",
            ),
        ),
    )
    currencies: tuple[CurrencyCode, ...] = Field(
        default=(),
        max_length=50,
        json_schema_extra=labelled(
            Bilingual("Валюты", "Currencies"),
            Bilingual(
                "Которые принимает ваш провайдер, например RUB; пусто — любая, кроме звёзд.",
                "That your provider takes, like RUB; empty: any but Stars.",
            ),
        ),
    )
    asks: tuple[Wanted, ...] = Field(
        default=(),
        max_length=4,
        json_schema_extra=labelled(
            Bilingual("Что спросить при оплате", "What to ask for with the payment"),
            Bilingual(
                "name, phone, email, address: Telegram спросит это сам и подставит сохранённое.",
                "name, phone, email, address: Telegram asks for it and fills in what it keeps.",
            ),
        ),
    )
    asks_shipping: bool = Field(
        default=False,
        json_schema_extra=labelled(
            Bilingual("Доставку выбирают в счёте", "Shipping is chosen in the bill"),
            Bilingual(
                "Telegram спросит адрес и предложит способы доставки корзины, если её нельзя "
                "оплатить иначе. С чеком по 54-ФЗ не работает: цена доставки в нём нужна заранее.",
                "Telegram asks for the address and offers the cart's ways of shipping, where there "
                "is no other way to pay. Not with a receipt by 54-FZ: it needs the price before.",
            ),
        ),
    )
    most_tip_percent: int = Field(
        default=0,
        ge=0,
        le=100,
        json_schema_extra=labelled(
            Bilingual("Чаевые, не больше процентов", "Tips, at most so many percent"),
            Bilingual("0 — без чаевых.", "0: no tips."),
        ),
    )
    tip_percents: tuple[Percent, ...] = Field(
        default=(),
        max_length=SUGGESTED_AT_MOST,
        json_schema_extra=labelled(
            Bilingual("Предложить чаевые", "Tips to suggest"),
            Bilingual(
                "До четырёх чисел по возрастанию, в процентах от суммы.",
                "Up to four numbers, ascending, in percent of the sum.",
            ),
        ),
    )
    receipt: Literal["none", "yookassa"] = Field(
        default="none",
        json_schema_extra=labelled(
            Bilingual("Чек по 54-ФЗ", "Receipt by 54-FZ"),
            Bilingual(
                "yookassa — ЮKassa получит позиции и контакт и отправит чек; чаевых тогда нет.",
                "yookassa: YooKassa gets the items and a contact, and sends it; then no tips.",
            ),
        ),
    )
    receipt_contact: Literal["email", "phone"] = Field(
        default="email",
        json_schema_extra=labelled(
            Bilingual("Куда отправить чек", "Where the receipt goes"),
            Bilingual("Это Telegram спросит при оплате.", "Telegram asks for it with the payment."),
        ),
    )
    vat_code: int = Field(
        default=1,
        ge=1,
        le=12,
        json_schema_extra=labelled(
            Bilingual("Код ставки НДС", "VAT code"),
            Bilingual("По справочнику ЮKassa: 1 — без НДС.", "By YooKassa's list: 1 is no VAT."),
        ),
    )
    tax_system_code: int = Field(
        default=0,
        ge=0,
        le=6,
        json_schema_extra=labelled(
            Bilingual("Код системы налогообложения", "Tax system code"),
            Bilingual("По справочнику ЮKassa; 0 — не указывать.", "By YooKassa; 0: left out."),
        ),
    )

    @field_validator("tip_percents")
    @classmethod
    def _ascending(cls, percents: tuple[int, ...]) -> tuple[int, ...]:
        if list(percents) != sorted(set(percents)):
            raise ValueError("write them in ascending order, each once")
        return percents

    @model_validator(mode="after")
    def _price_is_known(self) -> "ProviderSettings":
        if self.asks_shipping and self.receipt != "none":
            raise ValueError(
                "a receipt by 54-FZ has the price of shipping in it, so that it cannot be chosen "
                "in the bill: switch one of the two off"
            )
        return self

    @property
    def accepted(self) -> frozenset[str]:
        """The currencies that it takes."""
        return bills.CURRENCIES & frozenset(self.currencies or bills.CURRENCIES)

    @property
    def unbilled(self) -> frozenset[str]:
        """Those of the owner's in which Telegram makes no bills by a provider."""
        return frozenset(self.currencies) - bills.CURRENCIES

    def most_tip_minor(self, total_minor: int) -> int:
        """Of an order of so much. A receipt has the order's items alone: then there are none."""
        return 0 if self.receipt != "none" else total_minor * self.most_tip_percent // 100

    def suggested_tips(self, total_minor: int) -> tuple[int, ...]:
        """In minor units, ascending, none above what is allowed."""
        most = self.most_tip_minor(total_minor)
        tips = {total_minor * percent // 100 for percent in self.tip_percents}
        return tuple(sorted(tip for tip in tips if 0 < tip <= most))

"""What an owner sets of the cart and the checkout."""

import hashlib
from collections.abc import Iterable
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, field_validator

from bots.sdk.settings import BilingualText, ModuleSettings, TextLimit, labelled
from core.events import Bilingual
from core.money import STARS, CurrencyCode

Asked = Literal["no", "optional", "required"]
FieldKey = Literal["name", "phone", "email", "address", "comment"]
FIELDS: tuple[FieldKey, ...] = get_args(FieldKey)

_MOST_MINOR = 10**12


def _words(ru: str, en: str, about_ru: str, about_en: str) -> dict[str, Any]:
    return labelled(Bilingual(ru, en), Bilingual(about_ru, about_en))


_CURRENCY = _words(
    "Валюта",
    "Currency",
    "Код по ISO 4217, например RUB; звёзды — XTR.",
    "Its code of ISO 4217, like RUB; Stars are XTR.",
)


class ShippingWay(ModuleSettings):
    """A way to bring the goods, offered for carts of its currency."""

    title: Annotated[BilingualText, TextLimit(60)] = Field(
        default=BilingualText(),
        validate_default=True,
        json_schema_extra=_words(
            "Название", "Name", "Например: «Курьер по городу».", "For example: Courier in town."
        ),
    )
    currency: CurrencyCode = Field(default=STARS, json_schema_extra=_CURRENCY)
    price_minor: int = Field(
        default=0,
        ge=0,
        le=_MOST_MINOR,
        json_schema_extra=_words(
            "Цена",
            "Price",
            "В младших единицах валюты: 30000 — это 300 рублей, 300 — 300 звёзд.",
            "In minor units of the currency: 30000 is 300 roubles, 300 is 300 Stars.",
        ),
    )
    free_from_minor: int | None = Field(
        default=None,
        ge=0,
        le=_MOST_MINOR,
        json_schema_extra=_words(
            "Бесплатно от",
            "Free from",
            "Сумма товаров после скидок, с которой доставка бесплатна; в младших единицах.",
            "What the discounted goods must cost for free shipping; in minor units.",
        ),
    )
    needs_address: bool = Field(
        default=True,
        json_schema_extra=_words(
            "Нужен адрес", "Needs an address", "Выключите для самовывоза.", "Off for a pick-up."
        ),
    )

    @field_validator("title")
    @classmethod
    def _named(cls, title: BilingualText) -> BilingualText:
        if not title:
            raise ValueError("name this way of shipping in at least one language")
        return title

    @property
    def key(self) -> str:
        """What it is known by: the same as long as it is named the same, whatever it costs."""
        named = "|".join((self.title.ru, self.title.en, self.currency))
        return hashlib.sha256(named.encode()).hexdigest()[:8]


class LeastSum(ModuleSettings):
    """An order of this currency has goods for at least so much."""

    currency: CurrencyCode = Field(default=STARS, json_schema_extra=_CURRENCY)
    amount_minor: int = Field(
        default=1,
        ge=1,
        le=_MOST_MINOR,
        json_schema_extra=_words(
            "Не меньше", "At least", "В младших единицах валюты.", "In minor units of the currency."
        ),
    )


def _asked(ru: str, en: str, about_ru: str, about_en: str) -> Any:
    return Field(default="no", json_schema_extra=_words(ru, en, about_ru, about_en))


class CartSettings(ModuleSettings):
    """What is asked of a shopper, and what is added to the price of the goods."""

    name: Asked = _asked(
        "Имя получателя",
        "Recipient's name",
        "Спрашивать ли имя: нет, по желанию, обязательно.",
        "Whether to ask for it: no, optional, required.",
    )
    phone: Asked = _asked(
        "Телефон",
        "Phone",
        "Спрашивать ли телефон: нет, по желанию, обязательно.",
        "Whether to ask for it: no, optional, required.",
    )
    email: Asked = _asked(
        "Электронная почта",
        "E-mail",
        "Спрашивать ли почту: нет, по желанию, обязательно.",
        "Whether to ask for it: no, optional, required.",
    )
    address: Asked = _asked(
        "Адрес",
        "Address",
        "Спрашивается, только если есть что везти и выбранной доставке нужен адрес.",
        "Asked only if there is something to bring, and the chosen shipping needs an address.",
    )
    comment: Asked = _asked(
        "Комментарий",
        "Comment",
        "Спрашивать ли слова к заказу: нет, по желанию, обязательно.",
        "Whether to ask for a few words with the order: no, optional, required.",
    )
    remembers: bool = Field(
        default=True,
        json_schema_extra=_words(
            "Запоминать данные",
            "Remember the answers",
            "Подставлять ответы в следующий заказ; покупатель может попросить их забыть.",
            "Use the answers for the next order; the shopper can have them forgotten.",
        ),
    )
    shipping: tuple[ShippingWay, ...] = Field(
        default=(),
        max_length=10,
        json_schema_extra=_words(
            "Способы доставки",
            "Ways of shipping",
            "Если способ один, он выбирается сам. Спрашивается только для физических товаров.",
            "If there is one, it is taken. Asked only for goods that have to be carried.",
        ),
    )
    least_sums: tuple[LeastSum, ...] = Field(
        default=(),
        max_length=10,
        json_schema_extra=_words(
            "Минимальная сумма",
            "Minimum order",
            "На сколько должно быть товаров в заказе, по валютам.",
            "For how much an order must have goods, by currency.",
        ),
    )
    tax_bp: int = Field(
        default=0,
        ge=0,
        le=10_000,
        json_schema_extra=_words(
            "Ставка налога",
            "Tax rate",
            "В сотых долях процента: 2000 — это 20 %. 0: без налога.",
            "In hundredths of a per cent: 2000 is 20 %. 0: no tax.",
        ),
    )
    tax_name: Annotated[BilingualText, TextLimit(30)] = Field(
        default=BilingualText(ru="НДС", en="VAT"),
        json_schema_extra=_words(
            "Название налога", "Name of the tax", "Как он зовётся в счёте.", "As the bill calls it."
        ),
    )
    tax_is_included: bool = Field(
        default=True,
        json_schema_extra=_words(
            "Налог внутри цен",
            "Tax inside the prices",
            "Включено: цены уже с налогом. Выключено: налог прибавляется сверху.",
            "On: the prices have it in them. Off: it is added on top.",
        ),
    )
    tax_on_shipping: bool = Field(
        default=True,
        json_schema_extra=_words(
            "Налог и с доставки",
            "Tax on shipping too",
            "Считать ли налог с цены доставки.",
            "Whether shipping is taxed as well.",
        ),
    )
    pay_minutes: int = Field(
        default=60,
        ge=10,
        le=10_080,
        json_schema_extra=_words(
            "Минут на оплату",
            "Minutes to pay",
            "Сколько заказ ждёт оплаты.",
            "How long an order waits for its payment.",
        ),
    )
    reminder_hours: int = Field(
        default=0,
        ge=0,
        le=168,
        json_schema_extra=_words(
            "Напомнить о корзине",
            "Remind of the cart",
            "Через сколько часов один раз напомнить об оставленной корзине. 0: не напоминать.",
            "After how many hours to remind once of a cart that was left. 0: never.",
        ),
    )

    @field_validator("shipping")
    @classmethod
    def _differ(cls, ways: tuple[ShippingWay, ...]) -> tuple[ShippingWay, ...]:
        if _has_twice(way.key for way in ways):
            raise ValueError("two ways of shipping of one currency have the same name")
        return ways

    @field_validator("least_sums")
    @classmethod
    def _once(cls, sums: tuple[LeastSum, ...]) -> tuple[LeastSum, ...]:
        if _has_twice(each.currency for each in sums):
            raise ValueError("a currency has one minimum")
        return sums

    def asked(self, field: FieldKey) -> Asked:
        asked: Asked = getattr(self, field)
        return asked

    def least_minor(self, currency: str) -> int:
        """For how much an order must have goods; 0 if it is all the same."""
        return next((each.amount_minor for each in self.least_sums if each.currency == currency), 0)


def _has_twice(keys: Iterable[str]) -> bool:
    found = list(keys)
    return len(set(found)) < len(found)

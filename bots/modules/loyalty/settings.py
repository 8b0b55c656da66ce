"""What an owner sets of loyalty."""

from typing import Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from bots.sdk.settings import ModuleSettings, labelled
from core.events import Bilingual

Tier = Literal["base", "silver", "gold"]
TIERS: tuple[Tier, ...] = ("base", "silver", "gold")
# By the pipelines' segments; whoever has none, or another one, is in the first tier.
TIER_OF_SEGMENT: dict[str, Tier] = {
    "champions": "gold",
    "loyal": "silver",
    "promising": "silver",
}
MONEY_WAITS_DAYS = 14  # at least: money that was given back stays with the shopper


class LoyaltySettings(ModuleSettings):
    """What an order brings back, to whom, and how it is spent."""

    gives: Literal["points", "money"] = Field(
        default="points",
        json_schema_extra=labelled(
            Bilingual("Что возвращается", "What comes back"),
            Bilingual(
                "points — баллы, которыми платят часть следующего заказа; money — деньги в кошелёк "
                "или промокод.",
                "points: they pay a part of the next order; money: into the wallet, or a promo "
                "code.",
            ),
        ),
    )
    percent: int = Field(
        default=5,
        ge=0,
        le=50,
        json_schema_extra=labelled(
            Bilingual("Возврат, %", "Back, %"),
            Bilingual(
                "От товаров оплаченного заказа, со скидками и без доставки.",
                "Of the goods of a paid order, after discounts and without shipping.",
            ),
        ),
    )
    silver_percent: int = Field(
        default=7,
        ge=0,
        le=50,
        json_schema_extra=labelled(
            Bilingual("Постоянным, %", "For regulars, %"),
            Bilingual(
                "Сегменты RFM «верные» и «перспективные».", "RFM segments “loyal” and “promising”."
            ),
        ),
    )
    gold_percent: int = Field(
        default=10,
        ge=0,
        le=50,
        json_schema_extra=labelled(
            Bilingual("Лучшим, %", "For the best, %"),
            Bilingual("Сегмент RFM «чемпионы».", "RFM segment “champions”."),
        ),
    )
    wait_days: int = Field(
        default=0,
        ge=0,
        le=90,
        json_schema_extra=labelled(
            Bilingual("Через сколько дней", "After how many days"),
            Bilingual(
                "Столько после оплаты ждут баллы и деньги, деньги — не меньше 14: их потом не "
                "забрать. Вернулись деньги за заказ — их нет.",
                "Points and money wait so long after the payment, money 14 at least: it cannot be "
                "taken back later. If the money of the order went back, there are none.",
            ),
        ),
    )
    expire_days: int = Field(
        default=365,
        ge=0,
        le=3650,
        json_schema_extra=labelled(
            Bilingual("Срок баллов, дней", "Points expire after, days"),
            Bilingual("0 — не сгорают.", "0: never."),
        ),
    )
    most_pay_percent: int = Field(
        default=50,
        ge=1,
        le=100,
        json_schema_extra=labelled(
            Bilingual("Оплата баллами, не больше %", "Paid by points, at most %"),
            Bilingual("От цены товаров в заказе.", "Of the price of an order's goods."),
        ),
    )

    @model_validator(mode="after")
    def _rise(self) -> Self:
        if not self.percent <= self.silver_percent <= self.gold_percent:
            raise ValueError("who buys more gets no less back: let the percentages rise")
        return self

    @property
    def waits_days(self) -> int:
        """Until what comes back can be spent."""
        return max(self.wait_days, MONEY_WAITS_DAYS) if self.gives == "money" else self.wait_days

    def percent_of(self, tier: Tier) -> int:
        return {
            "base": self.percent,
            "silver": self.silver_percent,
            "gold": self.gold_percent,
        }[tier]

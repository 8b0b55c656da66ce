"""What an owner sets of invitations."""

from pydantic import Field

from bots.sdk.settings import ModuleSettings, labelled
from core.events import Bilingual
from core.money import Money, exponent

MOST_MAJOR = 10**6


class ReferralSettings(ModuleSettings):
    """What an invitation brings, when, and how often."""

    percent: int = Field(
        default=10,
        ge=0,
        le=50,
        json_schema_extra=labelled(
            Bilingual("Награда, % от заказа", "Reward, % of the order"),
            Bilingual(
                "Доля от товаров первого заказа приглашённого, со скидками и без доставки. 0 — "
                "только твёрдая сумма.",
                "A share of the goods of the invited person's first order, after discounts and "
                "without shipping. 0: the fixed sum alone.",
            ),
        ),
    )
    amount: int = Field(
        default=0,
        ge=0,
        le=MOST_MAJOR,
        json_schema_extra=labelled(
            Bilingual("Награда суммой", "Reward as a sum"),
            Bilingual(
                "Целыми единицами валюты магазина; если не 0, то вместо доли от заказа. Только за "
                "заказы в этой валюте и не больше заказа.",
                "In whole units of the shop's currency; if it is not 0, in place of the share. For "
                "orders in this currency alone, and no more than the order.",
            ),
        ),
    )
    second_percent: int = Field(
        default=0,
        ge=0,
        le=50,
        json_schema_extra=labelled(
            Bilingual("Второй уровень, % от награды", "Second level, % of the reward"),
            Bilingual(
                "Сколько от награды получает ещё и тот, кто пригласил пригласившего. 0 — ничего; "
                "дальше второго уровня награды не идут.",
                "What whoever invited the inviter gets besides, of the inviter's reward. 0: "
                "nothing; rewards go no further than the second level.",
            ),
        ),
    )
    welcome_percent: int = Field(
        default=0,
        ge=0,
        le=50,
        json_schema_extra=labelled(
            Bilingual("Скидка приглашённому, %", "Discount for the invited, %"),
            Bilingual("На первый заказ. 0 — без скидки.", "Off the first order. 0: none."),
        ),
    )
    least: int = Field(
        default=0,
        ge=0,
        le=MOST_MAJOR,
        json_schema_extra=labelled(
            Bilingual("Наименьший заказ", "Smallest order"),
            Bilingual(
                "За меньший награды нет; считается первый заказ не меньше этого. Целыми единицами "
                "валюты магазина.",
                "A smaller one brings no reward; the first that is as large counts. In whole units "
                "of the shop's currency.",
            ),
        ),
    )
    hold_days: int = Field(
        default=14,
        ge=0,
        le=90,
        json_schema_extra=labelled(
            Bilingual("Дней до награды", "Days until the reward"),
            Bilingual(
                "Столько после оплаты награда ждёт: если деньги за заказ вернулись, её не будет.",
                "The reward waits so long after the payment: if the money of the order went back, "
                "there is none.",
            ),
        ),
    )
    most_a_month: int = Field(
        default=20,
        ge=1,
        le=1000,
        json_schema_extra=labelled(
            Bilingual("Наград за 30 дней, не больше", "Most rewards in 30 days"),
            Bilingual("На одного пригласившего.", "For one inviter."),
        ),
    )
    most_amount: int = Field(
        default=0,
        ge=0,
        le=MOST_MAJOR,
        json_schema_extra=labelled(
            Bilingual("Наибольшая награда", "Largest reward"),
            Bilingual(
                "За один заказ, целыми единицами его валюты. 0 — без предела.",
                "For one order, in whole units of its currency. 0: without a limit.",
            ),
        ),
    )
    as_code: bool = Field(
        default=False,
        json_schema_extra=labelled(
            Bilingual("Награда промокодом", "Reward as a promo code"),
            Bilingual(
                "Даже если включён кошелёк. Без него награда — всегда промокод.",
                "Even if the wallet is on. Without it a reward is always a promo code.",
            ),
        ),
    )


def whole(major: int, currency: str) -> Money:
    """So many whole units of a currency."""
    return Money(major * 10 ** exponent(currency), currency)

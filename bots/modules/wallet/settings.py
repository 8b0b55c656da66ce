"""What an owner sets of wallets."""

from typing import Annotated

from pydantic import Field, model_validator
from typing_extensions import Self

from bots.sdk.settings import ModuleSettings, labelled
from core.events import Bilingual
from core.money import STARS, CurrencyCode

MOST_MAJOR = 10**7


class WalletSettings(ModuleSettings):
    """In which currencies, and what shoppers may do by themselves."""

    currencies: tuple[CurrencyCode, ...] = Field(
        default=(),
        max_length=5,
        json_schema_extra=labelled(
            Bilingual("Валюты кошелька", "Currencies of the wallet"),
            Bilingual(
                "Коды ISO 4217, например RUB; пусто — валюта магазина. В звёздах кошелька не "
                "бывает: Telegram может вернуть их плательщику и после траты.",
                "Codes of ISO 4217, like RUB; empty: the shop's own. There is no wallet in Stars: "
                "Telegram may give them back to their payer even after they were spent.",
            ),
        ),
    )
    tops_up: bool = Field(
        default=True,
        json_schema_extra=labelled(
            Bilingual("Пополнение покупателем", "Top-ups by shoppers"),
            Bilingual(
                "Выключите, чтобы в кошелёк попадали только возвраты и ваши начисления.",
                "Switch it off, and only refunds and what you give come into wallets.",
            ),
        ),
    )
    sums: tuple[Annotated[int, Field(ge=1, le=MOST_MAJOR)], ...] = Field(
        default=(500, 1000, 3000),
        max_length=6,
        json_schema_extra=labelled(
            Bilingual("Суммы на кнопках", "Sums on buttons"),
            Bilingual(
                "Целыми рублями, долларами и так далее. Другую сумму покупатель может написать.",
                "In whole roubles, dollars and so on. A shopper can write another sum.",
            ),
        ),
    )
    least: int = Field(
        default=100,
        ge=1,
        le=MOST_MAJOR,
        json_schema_extra=labelled(
            Bilingual("Наименьшее пополнение", "Smallest top-up"),
            Bilingual("Целыми рублями, долларами…", "In whole roubles, dollars…"),
        ),
    )
    most: int = Field(
        default=50_000,
        ge=1,
        le=MOST_MAJOR,
        json_schema_extra=labelled(
            Bilingual("Наибольшее пополнение", "Largest top-up"),
            Bilingual(
                "За один раз, целыми рублями, долларами…", "At once, in whole roubles, dollars…"
            ),
        ),
    )
    pays_part: bool = Field(
        default=True,
        json_schema_extra=labelled(
            Bilingual("Оплата частью", "Paying a part"),
            Bilingual(
                "Если в кошельке меньше, чем стоит заказ, остаток платится другим способом.",
                "If the wallet has less than the order costs, the rest is paid in another way.",
            ),
        ),
    )
    takes_refunds: bool = Field(
        default=False,
        json_schema_extra=labelled(
            Bilingual("Возврат на кошелёк по желанию", "Refunds into the wallet on request"),
            Bilingual(
                "Когда вы решили вернуть деньги, покупатель может сам получить их сразу в кошелёк. "
                "Тогда сначала отметьте возврат сделанным, потом переводите: до отметки кнопка у "
                "покупателя остаётся.",
                "Once you decided on a refund, the shopper can have it in the wallet at once. Then "
                "note a refund as done first and send the money after: until it is noted, the "
                "shopper has the button.",
            ),
        ),
    )

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if STARS in self.currencies:
            raise ValueError("there are no wallets in Stars: leave XTR out")
        if self.least > self.most:
            raise ValueError("the smallest top-up is larger than the largest")
        return self

    def of_shop(self, own: str) -> tuple[str, ...]:
        """The wallet's currencies in a shop whose own currency this is; none if that is Stars."""
        return self.currencies or (() if own == STARS else (own,))

"""What an owner sets of transfers."""

from typing import Annotated

from pydantic import Field

from bots.sdk.settings import BilingualText, ModuleSettings, TextLimit, labelled
from core.events import Bilingual
from core.money import EXPONENTS, STARS, CurrencyCode


class TransferSettings(ModuleSettings):
    """Where the money goes, and how long a transfer is waited for."""

    requisites: Annotated[BilingualText, TextLimit(2000)] = Field(
        default=BilingualText(),
        json_schema_extra=labelled(
            Bilingual("Реквизиты", "Requisites"),
            Bilingual(
                "Куда и на чьё имя переводить; покупатель видит их вместе с суммой и номером "
                "заказа. Пока пусто, этот способ не предлагается.",
                "Where to and to whose name to transfer; shoppers see them with the sum and the "
                "order's number. While empty, this way is not offered.",
            ),
        ),
    )
    currencies: tuple[CurrencyCode, ...] = Field(
        default=(),
        max_length=20,
        json_schema_extra=labelled(
            Bilingual("Валюты", "Currencies"),
            Bilingual(
                "Коды ISO 4217, например RUB; пусто — любая, кроме звёзд.",
                "Codes of ISO 4217, like RUB; empty: any but Stars.",
            ),
        ),
    )
    wait_minutes: int = Field(
        default=120,
        ge=15,
        le=7 * 24 * 60,
        json_schema_extra=labelled(
            Bilingual("Сколько минут ждать перевод", "Minutes to wait for a transfer"),
            Bilingual(
                "Столько товар держится за покупателем, который ещё не прислал чек.",
                "For so long the goods are kept for a shopper who has not sent a proof yet.",
            ),
        ),
    )
    review_hours: int = Field(
        default=72,
        ge=1,
        le=14 * 24,
        json_schema_extra=labelled(
            Bilingual("Часов на проверку чека", "Hours to review a proof"),
            Bilingual(
                "Столько товар держится после присланного чека, пока вы его не проверили.",
                "For so long the goods are kept after a proof came and until you have reviewed it.",
            ),
        ),
    )

    @property
    def accepted(self) -> frozenset[str]:
        """The currencies that it takes."""
        return frozenset(self.currencies) or frozenset(EXPONENTS) - {STARS}

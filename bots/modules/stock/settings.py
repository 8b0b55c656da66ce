"""What an owner sets of the stock."""

from pydantic import Field

from bots.sdk.settings import ModuleSettings, labelled
from core.events import Bilingual


class StockSettings(ModuleSettings):
    """Who is notified of what."""

    low_stock: int = Field(
        default=3,
        ge=0,
        le=1_000_000,
        json_schema_extra=labelled(
            Bilingual("Мало — это сколько", "What is little"),
            Bilingual(
                "Когда товара осталось столько или меньше, бот сообщает сотрудникам. "
                "У товара может быть свой порог.",
                "Staff are told when so many are left or fewer. "
                "A product may have a threshold of its own.",
            ),
        ),
    )
    tell_low: bool = Field(
        default=True,
        json_schema_extra=labelled(
            Bilingual("Сообщать, что товар кончается", "Tell when a product runs out"),
            Bilingual(
                "В чат сотрудников и в «Требует внимания» на панели.",
                "In the staff chat, and under Needs you on the panel.",
            ),
        ),
    )
    tell_back: bool = Field(
        default=True,
        json_schema_extra=labelled(
            Bilingual("«Сообщить, когда появится»", "Tell me when it is back"),
            Bilingual(
                "Кнопка под раскупленным товаром: бот напишет покупателю один раз.",
                "A button under what is sold out: the bot writes to the shopper once.",
            ),
        ),
    )
    tell_expired: bool = Field(
        default=True,
        json_schema_extra=labelled(
            Bilingual("Сообщать, что заказ не оплачен вовремя", "Tell of orders not paid in time"),
            Bilingual(
                "Товары возвращаются в продажу в любом случае.",
                "What it kept can be sold again in any case.",
            ),
        ),
    )

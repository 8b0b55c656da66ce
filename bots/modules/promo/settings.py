"""What an owner sets of promo codes."""

from pydantic import Field

from bots.sdk.settings import ModuleSettings, labelled
from core.events import Bilingual


class PromoSettings(ModuleSettings):
    """Where codes are entered, and how many of them together."""

    shows_button: bool = Field(
        default=True,
        json_schema_extra=labelled(
            Bilingual("Кнопка в корзине", "Button in the cart"),
            Bilingual(
                "Предлагать ввести промокод в корзине и перед оплатой, пока в магазине есть "
                "действующие коды. Команда /promo и ссылки работают всегда.",
                "Offer to enter a code in the cart and before the payment, while the shop has "
                "codes that work. The command /promo and links always work.",
            ),
        ),
    )
    most_together: int = Field(
        default=3,
        ge=1,
        le=10,
        json_schema_extra=labelled(
            Bilingual("Кодов в одном заказе", "Codes in one order"),
            Bilingual(
                "Сколько кодов, которые складываются с другими, можно ввести для одного заказа.",
                "How many codes that go together can be entered for one order.",
            ),
        ),
    )

"""What an owner sets of payments in Stars."""

from pydantic import Field

from bots.sdk.settings import ModuleSettings, labelled
from core.events import Bilingual

_THANKS = Bilingual(
    "Обычный текст в конце чека: например, как и когда покупатель получит заказ.",
    "Plain text at the end of the receipt: how and when the order arrives, for example.",
)


class StarsSettings(ModuleSettings):
    """What the receipt says besides the order."""

    thanks_ru: str = Field(
        default="",
        max_length=1000,
        json_schema_extra=labelled(
            Bilingual("Слова в чеке по-русски", "Words in the receipt, Russian"), _THANKS
        ),
    )
    thanks_en: str = Field(
        default="",
        max_length=1000,
        json_schema_extra=labelled(
            Bilingual("Слова в чеке по-английски", "Words in the receipt, English"), _THANKS
        ),
    )

"""What an owner sets of the menu."""

from pydantic import Field

from bots.sdk.settings import ModuleSettings, labelled
from core.events import Bilingual

_WELCOME = Bilingual(
    "Приветствие вместо нашего, обычным текстом. Пусто: наше, с названием магазина.",
    "A welcome instead of ours, in plain text. Empty: ours, with the shop's name.",
)


class MenuSettings(ModuleSettings):
    """The welcome, in the shopper's language."""

    welcome_ru: str = Field(
        default="",
        max_length=1000,
        json_schema_extra=labelled(
            Bilingual("Приветствие по-русски", "Welcome in Russian"), _WELCOME
        ),
    )
    welcome_en: str = Field(
        default="",
        max_length=1000,
        json_schema_extra=labelled(
            Bilingual("Приветствие по-английски", "Welcome in English"), _WELCOME
        ),
    )

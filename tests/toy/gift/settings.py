from typing import Annotated

from pydantic import Field

from bots.sdk.settings import BilingualText, ModuleSettings, Picture, Secret, TextLimit, labelled
from core.events import Bilingual


class GiftSettings(ModuleSettings):
    """What an owner sets of gifts."""

    most: int = Field(
        default=3,
        ge=1,
        le=9,
        json_schema_extra=labelled(
            Bilingual("Подарков на человека", "Gifts a person"), Bilingual("Не больше.", "At most.")
        ),
    )
    card: Annotated[BilingualText, TextLimit(100)] = Field(
        default=BilingualText(),
        json_schema_extra=labelled(
            Bilingual("Открытка", "The card"), Bilingual("Слова на ней.", "Its words.")
        ),
    )
    cover: Picture = Field(
        default="",
        json_schema_extra=labelled(
            Bilingual("Обложка", "The cover"), Bilingual("Картинка.", "A picture.")
        ),
    )
    token: Secret | None = Field(
        default=None,
        json_schema_extra=labelled(
            Bilingual("Ключ службы", "The service's key"),
            Bilingual("Из её кабинета.", "From its account."),
        ),
    )

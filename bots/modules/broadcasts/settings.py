"""What an owner sets of broadcasts."""

from pydantic import Field, model_validator
from typing_extensions import Self

from bots.sdk.settings import ModuleSettings, labelled
from core.events import Bilingual


class BroadcastsSettings(ModuleSettings):
    """When broadcasts may go out, and how many one shopper gets."""

    from_hour: int = Field(
        default=10,
        ge=0,
        le=23,
        json_schema_extra=labelled(
            Bilingual("Не раньше часа", "Not before (hour)"),
            Bilingual(
                "По времени магазина; кто сказал боту (/news), который час у него, — по своему.",
                "By the shop's clock; for who has told the bot (/news) what time it is at theirs, "
                "by their own.",
            ),
        ),
    )
    until_hour: int = Field(
        default=21,
        ge=1,
        le=24,
        json_schema_extra=labelled(
            Bilingual("Не позже часа", "Not after (hour)"),
            Bilingual(
                "Что не успело уйти, продолжится на следующий день.",
                "What has not gone out by then goes on the next day.",
            ),
        ),
    )
    most_messages: int = Field(
        default=3,
        ge=1,
        le=50,
        json_schema_extra=labelled(
            Bilingual("Не больше рассылок одному покупателю", "Most broadcasts for one shopper"),
            Bilingual(
                "За столько дней, сколько указано ниже; остальные его пропускают.",
                "Within the days below; further ones leave that shopper out.",
            ),
        ),
    )
    cap_days: int = Field(
        default=7,
        ge=1,
        le=30,
        json_schema_extra=labelled(
            Bilingual("За сколько дней", "Within how many days"),
            Bilingual("Для предела выше.", "For the limit above."),
        ),
    )

    @model_validator(mode="after")
    def _has_hours(self) -> Self:
        if self.from_hour >= self.until_hour:
            raise ValueError("until_hour: later than from_hour")
        return self

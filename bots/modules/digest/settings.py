"""What an owner is told of, and when."""

from typing import Any

from pydantic import Field

from bots.sdk.settings import ModuleSettings, labelled
from core.events import Bilingual


def _switch(ru: str, en: str, about_ru: str, about_en: str) -> Any:
    words = labelled(Bilingual(ru, en), Bilingual(about_ru, about_en))
    return Field(default=True, json_schema_extra=words)


class DigestSettings(ModuleSettings):
    """Comes to the chats that are bound as owners' of the shop."""

    daily: bool = _switch(
        "Сводка дня", "Daily", "Каждое утро о вчерашнем дне.", "Each morning of the day before."
    )
    weekly: bool = _switch(
        "Сводка недели", "Weekly", "В понедельник о прошлой неделе.", "On Monday of the last week."
    )
    hour: int = Field(
        default=9,
        ge=0,
        le=23,
        json_schema_extra=labelled(
            Bilingual("В котором часу", "At what hour"),
            Bilingual("По времени магазина.", "By the shop's clock."),
        ),
    )
    payments: bool = _switch(
        "Тревога: платежи не проходят",
        "Alert: payments fail",
        "Доля неудачных намного выше обычной.",
        "Far more of them fail than usually do.",
    )
    sales: bool = _switch(
        "Тревога: продажи упали",
        "Alert: sales have dropped",
        "Вчера намного меньше, чем обычно в этот день недели.",
        "Yesterday far below the usual of that weekday.",
    )
    stock: bool = _switch(
        "Тревога: товар кончился",
        "Alert: out of stock",
        "Из того, что покупали за последние четыре недели.",
        "Of what was bought within the last four weeks.",
    )
    bots: bool = _switch(
        "Тревога: бот не работает",
        "Alert: a bot is down",
        "Приходит через другого бота магазина, а если он один — когда тот заработает.",
        "Comes by another bot of the shop; if there is only one, once that is back.",
    )
    elsewhere: bool = _switch(
        "Тревога: ботом пользуются не отсюда",
        "Alert: a bot is used from elsewhere",
        "Похоже, что токен бота у кого-то ещё.",
        "Somebody else seems to have the bot's token.",
    )
    fraud: bool = _switch(
        "Тревога: ждут решения",
        "Alert: held for you",
        "Платежи и покупатели, которых задержал фильтр мошенничества.",
        "Payments and shoppers that the fraud filter holds.",
    )

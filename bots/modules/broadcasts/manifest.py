"""Messages to many of a shop's customers."""

from bots.modules.broadcasts.events import (
    BROADCAST_CLICKED,
    BROADCAST_CREATED,
    BROADCAST_MESSAGE_ATTEMPTED,
    BROADCAST_MESSAGE_DELIVERED,
    BROADCAST_MESSAGE_FAILED,
)
from bots.modules.broadcasts.settings import BroadcastsSettings
from core.events import Bilingual
from core.modules import BotCommand, Manifest

MANIFEST = Manifest(
    key="broadcasts",
    title=Bilingual("Рассылки", "Broadcasts"),
    summary=Bilingual(
        "Сообщение выбранным покупателям: кому, когда, с кнопкой, два текста на пробу; каждому "
        "ровно один раз, не быстрее, чем позволяет Telegram.",
        "A message to the customers that you choose: to whom, when, with a button, two texts to "
        "compare; to each exactly once, no faster than Telegram allows.",
    ),
    settings=BroadcastsSettings,
    events=(
        BROADCAST_CREATED,
        BROADCAST_MESSAGE_ATTEMPTED,
        BROADCAST_MESSAGE_DELIVERED,
        BROADCAST_MESSAGE_FAILED,
        BROADCAST_CLICKED,
    ),
    commands=(BotCommand("news", Bilingual("Новости магазина", "News from the shop")),),
)

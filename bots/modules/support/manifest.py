"""Support: questions of shoppers, answered by staff in their group or by the owner in the panel."""

from bots.modules.support.events import (
    CSAT_GIVEN,
    FAQ_RATED,
    TICKET_CLOSED,
    TICKET_LIMITED,
    TICKET_OPENED,
    TICKET_REOPENED,
    TICKET_REPLIED,
    TICKET_UNREACHED,
)
from bots.modules.support.settings import SupportSettings
from core.events import Bilingual
from core.modules import BotCommand, Manifest

MANIFEST = Manifest(
    key="support",
    title=Bilingual("Поддержка", "Support"),
    summary=Bilingual(
        "Покупатель задаёт вопрос прямо в чате, вы отвечаете из группы сотрудников или панели; "
        "сначала бот ищет готовый ответ.",
        "A shopper asks in the chat, you answer from the staff's group or the panel; first the bot "
        "looks for an answer that you have written.",
    ),
    settings=SupportSettings,
    events=(
        TICKET_OPENED,
        TICKET_REPLIED,
        TICKET_CLOSED,
        TICKET_REOPENED,
        TICKET_LIMITED,
        TICKET_UNREACHED,
        CSAT_GIVEN,
        FAQ_RATED,
    ),
    order=500,  # what no other module understands belongs to an open conversation
    commands=(BotCommand("support", Bilingual("Задать вопрос", "Ask a question")),),
)

"""What an owner sets of support."""

from typing import Annotated

from pydantic import Field

from bots.sdk.settings import BilingualText, ModuleSettings, TextLimit, labelled
from core.events import Bilingual


class SupportSettings(ModuleSettings):
    """How questions are taken, and when they end."""

    greeting: Annotated[BilingualText, TextLimit(600)] = Field(
        default=BilingualText(),
        json_schema_extra=labelled(
            Bilingual("Слова перед вопросом", "Words before the question"),
            Bilingual(
                "Например, в какие часы вы отвечаете. Пусто: наши слова.",
                "When you answer, for example. Empty: our words.",
            ),
        ),
    )
    suggests_answers: bool = Field(
        default=True,
        json_schema_extra=labelled(
            Bilingual("Сначала готовые ответы", "Ready answers first"),
            Bilingual(
                "Прежде чем передать вопрос вам, бот покажет похожий из ваших частых вопросов.",
                "Before a question reaches you, the bot shows a similar one of your FAQ.",
            ),
        ),
    )
    asks_rating: bool = Field(
        default=True,
        json_schema_extra=labelled(
            Bilingual("Просить оценку", "Ask for a rating"),
            Bilingual(
                "Один раз, когда вопрос закрыт: от 1 до 5.",
                "Once, when a question is closed: from 1 to 5.",
            ),
        ),
    )
    close_days: int = Field(
        default=3,
        ge=0,
        le=90,
        json_schema_extra=labelled(
            Bilingual("Закрывать через, дней", "Close after, days"),
            Bilingual(
                "Столько дней после вашего ответа ждём, не напишет ли покупатель ещё. "
                "0 — не закрывать.",
                "For so many days after your answer the shopper may write on. 0: never closed.",
            ),
        ),
    )
    messages_an_hour: int = Field(
        default=20,
        ge=1,
        le=500,
        json_schema_extra=labelled(
            Bilingual("Сообщений в час", "Messages an hour"),
            Bilingual(
                "Столько один покупатель может написать; остальное просим прислать позже.",
                "So many one shopper may write; they are asked to send the rest later.",
            ),
        ),
    )
    tickets_a_day: int = Field(
        default=5,
        ge=1,
        le=100,
        json_schema_extra=labelled(
            Bilingual("Новых вопросов в день", "New questions a day"),
            Bilingual(
                "Столько разных вопросов один покупатель может открыть за сутки.",
                "So many different questions one shopper may open within 24 hours.",
            ),
        ),
    )

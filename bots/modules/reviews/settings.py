"""What an owner sets of reviews."""

from pydantic import Field

from bots.sdk.settings import ModuleSettings, labelled
from core.events import Bilingual


class ReviewsSettings(ModuleSettings):
    """When reviews are asked for, and what is looked through before it is shown."""

    asks: bool = Field(
        default=True,
        json_schema_extra=labelled(
            Bilingual("Просить отзыв", "Ask for a review"),
            Bilingual(
                "Один раз о каждом заказе, если покупатель не оставил отзыв сам.",
                "Once for each order, unless the shopper has written one before.",
            ),
        ),
    )
    ask_days: int = Field(
        default=3,
        ge=1,
        le=60,
        json_schema_extra=labelled(
            Bilingual("Через сколько дней после доставки", "Days after the delivery"),
            Bilingual("Когда просить отзыв.", "When the review is asked for."),
        ),
    )
    paid_days: int = Field(
        default=14,
        ge=1,
        le=120,
        json_schema_extra=labelled(
            Bilingual("Через сколько дней без отметки о доставке", "Days without a delivery"),
            Bilingual(
                "Если заказ не отмечен доставленным, отзыв можно оставить через столько дней после "
                "оплаты.",
                "An order that was not marked as delivered can be reviewed so many days after it "
                "was paid.",
            ),
        ),
    )
    premoderates: bool = Field(
        default=True,
        json_schema_extra=labelled(
            Bilingual("Проверять до показа", "Look through before showing"),
            Bilingual(
                "Слова и фото видны другим после вашего «Показать»; оценка без слов — сразу.",
                "Words and photos are shown to others once you press “Show”; a rating without "
                "words at once.",
            ),
        ),
    )

"""A review as staff read it in their group."""

from bots.modules.reviews.screens import ReviewsScope, stars
from bots.modules.reviews.store import Review
from bots.sdk import staffing
from bots.sdk.keyboards import Keyboard, button, keyboard
from bots.sdk.replies import StoredFile, Text
from bots.sdk.texts import Texts, paragraphs

PURPOSE = "staff_review"
_STATES = {"waiting": "staff_waiting", "shown": "staff_shown", "hidden": "staff_hidden"}


def card(texts: Texts, review: Review) -> tuple[Text, Keyboard | None]:
    """With what can be done with it."""
    text = paragraphs(
        texts.get(
            "staff_card",
            title=review.title,
            number=review.order_no,
            stars=stars(review.rating),
            state=texts.label(_STATES[review.state]),
        ),
        review.body,
        texts.get("staff_answer", answer=review.answer) if review.answer else None,
        texts.get("staff_how"),
    )
    show = button(texts.label("staff_show"), "review_show", review.id)
    hide = button(texts.label("staff_hide"), "review_hide", review.id)
    match review.state:
        case "waiting":
            return text, keyboard([show, hide])
        case "shown":
            return text, keyboard([hide])
        case _:
            return text, keyboard([show])


async def tell(scope: ReviewsScope, review: Review) -> None:
    """Tells each bound group of a review, once for each of its versions."""
    text, under = card(scope.item.texts[scope.shop.language], review)
    await staffing.tell(
        scope,
        PURPOSE,
        text,
        f"{review.id}.{review.version}",
        topic="support",
        keyboard=under,
        photo=StoredFile(sha256=review.sha256) if review.sha256 else None,
    )

"""A buyer rates and writes; the shop shows, hides and answers. The panel and the staff's group do
the same."""

from bots.modules.reviews import staff_cards, store
from bots.modules.reviews.events import REVIEW_MODERATED, REVIEW_SUBMITTED
from bots.modules.reviews.screens import ReviewsScope
from bots.modules.reviews.store import Review, State
from bots.sdk import next_steps
from bots.sdk.answers import Written
from bots.sdk.keyboards import keyboard
from bots.sdk.replies import SendText
from core.errors import Refused
from core.shop import orders, staff
from core.shop.orders import Order
from core.shop.staff import Doer
from core.versions import ensure_unchanged


class NothingToAnswer(Refused):
    """There are no words to answer, or nobody who would read it."""

    code = "nothing_to_answer"


def _submitted(scope: ReviewsScope, review: Review, outcome: str) -> None:
    scope.emit(
        REVIEW_SUBMITTED,
        order_id=review.order_id,
        product_id=review.product_id,
        quantity=review.rating,
        outcome=outcome,
    )


async def rate(scope: ReviewsScope, order: Order, line: int, rating: int) -> Review:
    """One review a line: pressed again, the rating is changed."""
    review, before = await store.rate(scope.connection, order, line, rating)
    if before != rating:
        _submitted(scope, review, "new" if before is None else "edited")
    return review


async def write(scope: ReviewsScope, review: Review, written: Written) -> Review:
    """Words and a picture, in place of those before. They wait until somebody has looked at them,
    if the owner wants that."""
    was_written = review.has_words
    state: State = "waiting" if scope.settings.premoderates else "shown"
    file_id = written.file.file_id if written.file is not None else ""
    review = await store.write(
        scope.connection, review, body=written.text, file_id=file_id, state=state
    )
    if was_written:
        _submitted(scope, review, "edited")
    if file_id:  # told to staff once its picture is there
        await scope.later("fetch", at=scope.now, key=str(review.id), data={"review": review.id})
    else:
        await staff_cards.tell(scope, review)
    return review


async def moderate(scope: ReviewsScope, doer: Doer, review_id: int, state: State) -> Review:
    """Shows or hides it; done twice, it is counted once. Raises NotFound."""
    review = await store.get(scope.connection, scope.bot_id, review_id, lock=True)
    if review.state == state:
        return review
    review = await store.moderate(scope.connection, review, state, doer.name)
    about = await scope.about(review.buyer_no) or scope
    about.emit(
        REVIEW_MODERATED,
        order_id=review.order_id,
        product_id=review.product_id,
        quantity=review.rating,
        outcome=state,
    )
    await _record(scope, doer, f"reviews.{state}", review)
    return review


async def answer(
    scope: ReviewsScope, doer: Doer, review_id: int, text: str, *, seen: str = "*"
) -> Review:
    """The shop's answer, in place of the one before; empty takes it away. The shopper is told.
    Raises NotFound, ChangedMeanwhile, and NothingToAnswer for an erased shopper's."""
    review = await store.get(scope.connection, scope.bot_id, review_id, lock=True)
    ensure_unchanged(str(review.version), seen)
    about = await scope.about(review.buyer_no)
    if about is None:
        raise NothingToAnswer("the shopper has been erased")
    if review.answer == text:
        return review
    review = await store.answer(scope.connection, review, text)
    if text:
        order = await orders.get(scope.connection, review.order_id)
        words = about.texts.get("told_answer", title=review.title, answer=text)
        message = SendText(text=words, keyboard=keyboard(*await next_steps.below(about, order)))
        key = f"{review.id}.{review.version}:{scope.now.isoformat()}"
        await about.send_durably("review_answer", message, key)
    await _record(scope, doer, "reviews.answer", review)
    return review


async def _record(scope: ReviewsScope, doer: Doer, action: str, review: Review) -> None:
    await staff.record(
        scope.connection,
        scope.origin,
        doer,
        action,
        f"review:{review.id}",
        order_id=review.order_id,
    )

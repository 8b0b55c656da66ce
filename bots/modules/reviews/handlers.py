"""The shopper's buttons: a product's reviews, and their own."""

from bots.modules.reviews import reviewing, screens, store
from bots.modules.reviews.screens import RATINGS, Reviews
from bots.modules.reviews.settings import ReviewsSettings
from bots.sdk.keyboards import button, keyboard
from bots.sdk.replies import StoredFile
from bots.sdk.router import Router
from bots.sdk.updates import Button, number_of
from core.errors import NotFound
from core.shop import orders
from core.shop.orders import Order

router = Router[ReviewsSettings]()
_LAST_PAGE = 10_000


@router.button("reviews")
async def show(context: Reviews, update: Button) -> None:
    product, _, page = update.argument.partition(".")
    number = min(number_of(page) or 0, _LAST_PAGE)
    context.edit(*await screens.listed(context, number_of(product) or 0, number))


@router.button("review_picture")
async def picture(context: Reviews, update: Button) -> None:
    product, _, number = update.argument.partition(".")
    try:
        review = await store.get_shown(context.connection, context.shop.id, number_of(number) or 0)
    except NotFound:
        review = None
    if review is None or not review.sha256:
        context.answer(context.texts.label("gone"), alert=True)
        return
    context.answer()
    back = button(context.texts.label("back_to_reviews"), "reviews", f"{product}.0")
    context.reply_photo(
        StoredFile(sha256=review.sha256), screens.stars(review.rating), keyboard([back])
    )


@router.button("review")
async def begin(context: Reviews, update: Button) -> None:
    order = await _own(context, update.argument)
    if order is None:
        return
    if len(order.lines) == 1:
        context.edit(*await screens.ask_rating(context, order, 1))
    else:
        context.edit(*await screens.ask_line(context, order))


@router.button("review_line")
async def line(context: Reviews, update: Button) -> None:
    order = await _own(context, update.argument)
    number = number_of(update.argument.partition(".")[2])
    if order is not None and number is not None and 1 <= number <= len(order.lines):
        context.edit(*await screens.ask_rating(context, order, number))
    elif order is not None:
        context.edit(*await screens.ask_line(context, order))


@router.button("review_rate")
async def rate(context: Reviews, update: Button) -> None:
    """The rating counts at once; words and a picture may follow."""
    order = await _own(context, update.argument)
    if order is None:
        return
    numbers = [number_of(part) for part in update.argument.split(".")[1:]]
    if len(numbers) != 2 or numbers[0] is None or not 1 <= numbers[0] <= len(order.lines):
        context.edit(*await screens.ask_line(context, order))
        return
    if numbers[1] not in RATINGS:
        context.edit(*await screens.ask_rating(context, order, numbers[0]))
        return
    review = await reviewing.rate(context, order, numbers[0], numbers[1])
    context.answer(context.texts.label("rated", stars=screens.stars(review.rating)))
    await context.ask("words", context.texts.get("ask_words"), data={"review": review.id})


async def _own(context: Reviews, argument: str) -> Order | None:
    """The shopper's own order, if what they bought can be with them; otherwise they are told."""
    try:
        order = await orders.own(
            context.connection, context.origin, number_of(argument.partition(".")[0]) or 0
        )
    except NotFound:
        order = None
    is_theirs = order is not None and order.buyer_no == context.customer.buyer_no
    if order is None or not is_theirs or not screens.may_review(context, order):
        context.answer(context.texts.label("not_yours"), alert=True)
        return None
    return order

"""Asking for a review, and fetching the picture of one."""

from bots.modules.reviews import screens, staff_cards, store
from bots.modules.reviews.screens import ReviewsScope
from bots.modules.reviews.settings import ReviewsSettings
from bots.sdk import next_steps
from bots.sdk.errands import Errand
from bots.sdk.jobs import Job, Jobs
from bots.sdk.keyboards import button, keyboard
from bots.sdk.replies import SendText
from core.errors import NotFound
from core.shop import files, orders
from core.shop.files import FileRefused, Use

jobs = Jobs[ReviewsSettings]()


@jobs.task("ask")
async def ask(scope: ReviewsScope, job: Job) -> None:
    """Once an order, unless its buyer has said something already."""
    if scope.customer is None or not scope.settings.asks:
        return
    order = await orders.get(scope.connection, job.data["order"])
    if not screens.may_review(scope, order):
        return
    if await store.of_order(scope.connection, order.id):
        return
    texts = scope.texts
    if len(order.lines) == 1:
        rows = [screens.rating_row(order, 1)]
        text = texts.get("request", title=order.lines[0].name)
    else:
        rows = [[button(texts.label("give"), "review", order.id)]]
        text = texts.get("request_order", number=order.order_no)
    message = SendText(text=text, keyboard=keyboard(*rows, *await next_steps.below(scope, order)))
    await scope.send_durably("review_request", message, str(order.id))


@jobs.outside("fetch")
async def fetch(errand: Errand[ReviewsSettings], job: Job) -> None:
    """Stores the picture of a review, and tells staff of both."""
    number = job.data["review"]
    async with errand.transaction() as scope:
        try:
            review = await store.get(scope.connection, scope.bot_id, number)
        except NotFound:
            return
    if not review.file_id:
        return  # its shopper has changed it, or was erased
    content = await errand.fetch(review.file_id)
    async with errand.transaction() as scope:
        now = await store.get(scope.connection, scope.bot_id, number, lock=True)
        if now.file_id != review.file_id:
            return
        use = Use(store.OWNER, store.key_of(number), "", now.buyer_no)
        try:
            async with scope.connection.transaction():
                file = await files.keep(scope.connection, scope.shop.id, "picture", content, use)
        except FileRefused:  # what is no picture is not shown
            pass
        else:
            await store.note_picture(scope.connection, now, file.sha256)
        shown = await store.get(scope.connection, scope.bot_id, number)
        await staff_cards.tell(scope, shown)

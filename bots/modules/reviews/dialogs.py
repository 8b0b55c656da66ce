"""The question for words and a picture."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bots.modules.reviews import reviewing, store
from bots.modules.reviews.screens import Reviews, home_row
from bots.modules.reviews.settings import ReviewsSettings
from bots.sdk.answers import MessageAnswer, Written
from bots.sdk.dialogs import Dialogs
from bots.sdk.keyboards import keyboard
from core.errors import NotFound

dialogs = Dialogs[ReviewsSettings]()
_WORDS = MessageAnswer(max_length=1000, media_types=("image/jpeg", "image/png", "image/webp"))


@dialogs.ask("words", kind=_WORDS, timeout=timedelta(days=1))
async def words(context: Reviews, answer: Written, data: Mapping[str, Any]) -> None:
    try:
        review = await store.get(context.connection, context.bot_id, int(data["review"]), lock=True)
    except NotFound:
        review = None
    if review is None or review.buyer_no != context.customer.buyer_no:
        context.reply(context.texts.get("gone"), keyboard(await home_row(context)))
        return
    review = await reviewing.write(context, review, answer)
    key = "thanks_waiting" if review.state == "waiting" else "thanks"
    context.reply(context.texts.get(key), keyboard(await home_row(context)))


@dialogs.left("words")
async def left(context: Reviews, _: Mapping[str, Any]) -> None:
    context.reply(context.texts.get("thanks"), keyboard(await home_row(context)))

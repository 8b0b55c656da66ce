"""Reviews in the staff's group: shown or hidden by a button, answered by a reply."""

from bots.modules.reviews import reviewing, staff_cards
from bots.modules.reviews.settings import ReviewsSettings
from bots.modules.reviews.store import Review, State
from bots.sdk import staffing
from bots.sdk.staffing import StaffContext, StaffDesk
from bots.sdk.updates import StaffPress, StaffReply, number_of
from core.errors import NotFound

desk = StaffDesk[ReviewsSettings]()
Staff = StaffContext[ReviewsSettings]
MOST_CHARACTERS = 1000


@desk.button("review_show", right="support")
async def show(context: Staff, update: StaffPress) -> None:
    await _moderate(context, update, "shown")


@desk.button("review_hide", right="support")
async def hide(context: Staff, update: StaffPress) -> None:
    await _moderate(context, update, "hidden")


async def _moderate(context: Staff, update: StaffPress, state: State) -> None:
    try:
        review = await reviewing.moderate(
            context, context.doer, number_of(update.argument) or 0, state
        )
    except NotFound:
        context.answer(context.texts.label("staff_gone"), alert=True)
        return
    context.answer(context.texts.label("staff_done"))
    _show(context, review)


@desk.reply(staff_cards.PURPOSE, right="support")
async def replied(context: Staff, update: StaffReply) -> None:
    """What staff write in reply to a card is the shop's answer."""
    text = update.text.strip()
    if not text or len(text) > MOST_CHARACTERS:
        context.answer(context.texts.label("staff_words", most=MOST_CHARACTERS))
        return
    buttons = await staffing.buttons_replied_to(context, update, staff_cards.PURPOSE)
    numbers = [number_of(argument) for action, argument in buttons if action.startswith("review_")]
    try:
        review = await reviewing.answer(context, context.doer, next(iter(numbers), None) or 0, text)
    except (NotFound, reviewing.NothingToAnswer):
        context.answer(context.texts.label("staff_gone"))
        return
    _show(context, review)


def _show(context: Staff, review: Review) -> None:
    context.edit(*staff_cards.card(context.texts, review))

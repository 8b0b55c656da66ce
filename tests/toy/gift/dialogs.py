from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bots.sdk.answers import ChoiceAnswer, TextAnswer, WrongAnswer
from bots.sdk.context import Context
from bots.sdk.dialogs import Dialogs
from tests.toy.gift import store
from tests.toy.gift.events import GIFT_GIVEN, GiftGiven
from tests.toy.gift.settings import GiftSettings

dialogs = Dialogs[GiftSettings]()


@dialogs.ask("note", kind=TextAnswer(max_length=100), timeout=timedelta(minutes=30))
async def note(context: Context[GiftSettings], answer: str, data: Mapping[str, Any]) -> None:
    if answer == "?":
        raise WrongAnswer(text=context.texts.get("no_riddles"))
    choices = [(paper, context.texts.label(paper)) for paper in ("plain", "fancy")]
    text = context.texts.get("ask_paper")
    await context.ask("paper", text, data={**data, "note": answer}, choices=choices)


@dialogs.ask("paper", kind=ChoiceAnswer())
async def paper(context: Context[GiftSettings], answer: str, data: Mapping[str, Any]) -> None:
    gift = await store.add(
        context.connection,
        context.shop.id,
        context.bot_id,
        context.customer.buyer_no,
        f"{data['note']} ({answer})",
    )
    context.emit(GIFT_GIVEN, props=GiftGiven(gift=gift.id))
    await context.later(
        "remind", at=context.now + timedelta(hours=1), key=str(gift.id), data={"gift": gift.id}
    )
    context.reply(context.texts.get("given", number=gift.id))

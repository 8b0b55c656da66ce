"""The question for a code."""

from collections.abc import Mapping
from typing import Any

from bots.modules.promo import entering, screens
from bots.modules.promo.entering import Promo
from bots.modules.promo.screens import place_of
from bots.modules.promo.settings import PromoSettings
from bots.sdk.answers import TextAnswer, WrongAnswer
from bots.sdk.dialogs import Dialogs

dialogs = Dialogs[PromoSettings]()


@dialogs.ask("code", kind=TextAnswer(max_length=200))
async def code(context: Promo, answer: str, data: Mapping[str, Any]) -> None:
    outcome, notice = await entering.enter(context, answer)
    if outcome == "wrong":
        raise WrongAnswer(text=notice)  # another try, or the way back
    await screens.go_back(context, place_of(str(data["place"])), notice)


@dialogs.left("code")
async def left(context: Promo, data: Mapping[str, Any]) -> None:
    await screens.go_back(context, place_of(str(data["place"])))

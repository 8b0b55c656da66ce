"""What the checkout asks: how many, and what is needed to bring the goods."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bots.modules.cart import checkouts, steps
from bots.modules.cart.handlers import change_quantity
from bots.modules.cart.screens import Cart, show_cart
from bots.modules.cart.settings import CartSettings
from bots.modules.cart.store import MOST_UNITS
from bots.sdk.answers import ContactAnswer, NumberAnswer, TextAnswer, WrongAnswer
from bots.sdk.dialogs import Dialogs
from bots.sdk.keyboards import NoKeyboard
from bots.sdk.replies import SendText
from bots.sdk.updates import Contact

dialogs = Dialogs[CartSettings]()

_PATIENCE = timedelta(hours=12)
# One @ between a name and a domain with a dot: whether it exists only a letter to it can tell.
_EMAIL = re.compile(r"[^\s@<>\"(),;:]{1,64}@[^\s@<>\"(),;:.]+(\.[^\s@<>\"(),;:.]+)+")


@dialogs.ask("count", kind=NumberAnswer(minimum=0, maximum=MOST_UNITS))
async def count(context: Cart, answer: int, data: Mapping[str, Any]) -> None:
    await change_quantity(context, str(data["line"]), answer)


@dialogs.ask("name", kind=TextAnswer(max_length=100), timeout=_PATIENCE)
async def name(context: Cart, answer: str, data: Mapping[str, Any]) -> None:
    await _answered(context, data, "name", " ".join(answer.split()))


@dialogs.ask("phone", kind=ContactAnswer(of_anybody=True), timeout=_PATIENCE)
async def phone(context: Cart, answer: Contact, data: Mapping[str, Any]) -> None:
    # In place of the button that shares it, which Telegram leaves if a number was typed.
    noted = SendText(text=context.texts.get("noted"), keyboard=NoKeyboard())
    context.transaction.replies.append(noted)
    await _answered(context, data, "phone", answer.phone)


@dialogs.ask("email", kind=TextAnswer(max_length=254), timeout=_PATIENCE)
async def email(context: Cart, answer: str, data: Mapping[str, Any]) -> None:
    if not _EMAIL.fullmatch(answer):
        raise WrongAnswer(text=context.texts.get("wrong_email"))
    await _answered(context, data, "email", answer)


@dialogs.ask("address", kind=TextAnswer(min_length=5, max_length=500), timeout=_PATIENCE)
async def address(context: Cart, answer: str, data: Mapping[str, Any]) -> None:
    await _answered(context, data, "address", answer)


@dialogs.ask("comment", kind=TextAnswer(max_length=1000), timeout=_PATIENCE)
async def comment(context: Cart, answer: str, data: Mapping[str, Any]) -> None:
    await _answered(context, data, "comment", answer)


async def _answered(context: Cart, data: Mapping[str, Any], field: str, value: str) -> None:
    checkout = await checkouts.current(context.connection, context.customer, int(data["checkout"]))
    if checkout is None:
        await steps.notify(context, "stale")
        return
    checkout = await checkouts.answer(context.connection, checkout, field, value)
    await steps.advance(context, checkout, said="")


@dialogs.left("count")
async def left_count(context: Cart, _: Mapping[str, Any]) -> None:
    await show_cart(context)


@dialogs.left("name")
@dialogs.left("email")
@dialogs.left("address")
@dialogs.left("comment")
async def left(context: Cart, _: Mapping[str, Any]) -> None:
    """Nothing was ordered, and nothing is lost."""
    await steps.notify(context, "left")

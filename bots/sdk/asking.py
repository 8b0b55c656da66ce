"""The life of a dialog: asked, answered or left. Its state is one row of `dialogs`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bots.sdk.answers import Choices, MessageAnswer, WrongAnswer
from bots.sdk.keyboards import AnyButton, AnyKeyboard, NoKeyboard, RequestKeyboard, button, keyboard
from bots.sdk.points import Home
from bots.sdk.replies import SendText, Text
from bots.sdk.texts import LANGUAGES, Texts, load_texts
from bots.sdk.updates import Button, Command, Message, Update
from core.shop.shops import Language

if TYPE_CHECKING:  # a context is what asks
    from bots.sdk.context import Context
    from bots.sdk.dialogs import Question
    from bots.sdk.loading import EnabledModule

# The platform's own buttons and command, which no module may take.
CHOOSE, CANCEL = "choose", "cancel"
OWNER_CONFIRM, OWNER_DECLINE = "owner_confirm", "owner_decline"
ALERT_REVOKE, ALERT_WAS_ME = "alert_revoke", "alert_was_me"
RESERVED = frozenset({CHOOSE, CANCEL, OWNER_CONFIRM, OWNER_DECLINE, ALERT_REVOKE, ALERT_WAS_ME})
# After this time an update does not count as an answer to a question that has ended.
_FORGOTTEN = timedelta(days=1)


@cache
def platform_texts() -> dict[Language, Texts]:
    """What the platform itself says to a shopper."""
    return load_texts(Path(__file__).parent / "texts")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question that a shopper has not answered yet."""

    token: int
    module: str
    question: str
    data: Mapping[str, Any]
    choices: Choices  # as JSON has them: lists of two
    expires_at: datetime


async def ask(
    context: "Context[Any]",
    question: str,
    text: Text,
    *,
    data: Mapping[str, Any],
    choices: Sequence[tuple[str, str]],
) -> None:
    """As `Context.ask`."""
    asked = context.item.module.dialogs.questions.get(question)
    if asked is None:
        raise ValueError(f"{context.item.key} has no question {question}")
    token: int = await context.connection.fetchval(
        "INSERT INTO dialogs (bot_id, shop_id, buyer_no, module, question, data, choices, "
        "asked_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
        "ON CONFLICT (bot_id, buyer_no) DO UPDATE SET token = DEFAULT, module = $4, "
        "question = $5, data = $6, choices = $7, asked_at = $8, expires_at = $9 RETURNING token",
        context.bot_id,
        context.shop.id,
        context.customer.buyer_no,
        context.item.key,
        question,
        dict(data),
        [list(choice) for choice in choices],
        context.now,
        context.now + asked.timeout,
    )
    context.transaction.is_asked = True
    shown = _keyboard(context, asked, choices, token)
    context.transaction.replies.append(SendText(text=text, keyboard=shown))


def _keyboard(
    context: "Context[Any]", asked: "Question", choices: Choices, token: int
) -> AnyKeyboard | None:
    texts = platform_texts()[context.language]
    cancel = texts.label("cancel")
    if asked.kind.request is not None:
        return RequestKeyboard(
            request=asked.kind.request, text=texts.label(asked.kind.request), others=(cancel,)
        )
    rows: list[list[AnyButton]] = [
        [button(label, CHOOSE, f"{token}.{number}")] for number, (_, label) in enumerate(choices)
    ]
    return keyboard(*rows, [button(cancel, CANCEL, token)])


async def waiting_for(context: "Context[Any]") -> Waiting | None:
    """The shopper's open question, if there is one."""
    if not context.transaction.is_asked:
        return None
    row = await context.connection.fetchrow(
        "SELECT token, module, question, data, choices, expires_at FROM dialogs "
        "WHERE bot_id = $1 AND buyer_no = $2",
        context.bot_id,
        context.customer.buyer_no,
    )
    if row is None:
        return None
    return Waiting(**row)


async def end(context: "Context[Any]", token: int | None = None) -> None:
    """Forgets the question; with a token, unless another was asked since."""
    if not context.transaction.is_asked:
        return
    await context.connection.execute(
        "DELETE FROM dialogs WHERE bot_id = $1 AND buyer_no = $2 "
        "AND ($3::bigint IS NULL OR token = $3)",
        context.bot_id,
        context.customer.buyer_no,
        token,
    )


def may_answer(update: Update) -> bool:
    """Whether an update can be an answer, or end a question."""
    match update:
        case Message():
            return True
        case Button():
            return update.action in RESERVED
        case Command():
            return update.name == CANCEL
        case _:
            return False


async def take(context: "Context[Any]", items: Sequence["EnabledModule"]) -> str | None:
    """Handles an update that may answer the shopper's open question; returns the key of the module
    that asked, None if it is not an answer."""
    waiting = await waiting_for(context)
    if waiting is None:
        return None
    item = next((each for each in items if each.key == waiting.module), None)
    question = item.module.dialogs.questions.get(waiting.question) if item is not None else None
    if item is None or question is None:  # switched off meanwhile, or asked by an older version
        await end(context)
        return None
    own = context.in_module(item)
    if _leaves(context.update, waiting):
        await _leave(own, question, waiting)
    elif isinstance(context.update, Button) and not _is_for(context.update, waiting):
        return None
    elif context.now >= waiting.expires_at:
        await end(context)
        if context.now - waiting.expires_at > _FORGOTTEN:
            return None
        await say(own, "dialog_expired", request=question.kind.request is not None)
    else:
        await _answer(own, question, waiting)
    return item.key


def _leaves(update: Update, waiting: Waiting) -> bool:
    match update:
        case Command():
            return True
        case Button():
            return update.action == CANCEL and update.argument == str(waiting.token)
        case Message(kind="text"):
            words = {platform_texts()[language].label("cancel") for language in LANGUAGES}
            return update.text.strip() in words
        case _:
            return False


def _is_for(update: Button, waiting: Waiting) -> bool:
    """Whether a pressed choice belongs to this question."""
    token, _, number = update.argument.partition(".")
    return (
        update.action == CHOOSE
        and token == str(waiting.token)
        and number.isascii()
        and number.isdigit()
        and int(number) < len(waiting.choices)
    )


async def _leave(context: "Context[Any]", question: "Question", waiting: Waiting) -> None:
    await end(context)
    leaver = context.item.module.dialogs.leavers.get(question.name)
    if leaver is not None:
        await leaver(context, waiting.data)
    else:
        await say(context, "cancelled", request=question.kind.request is not None)


async def say(context: "Context[Any]", key: str, *, request: bool = False) -> None:
    """One of the platform's own texts, with the way back to the beginning.

    With `request`, a keyboard that asks for a contact or a location is removed.
    """
    text = platform_texts()[context.language].get(key)
    if request:
        context.transaction.replies.append(SendText(text=text, keyboard=NoKeyboard()))
        return
    homes: list[AnyButton] = [home.button for home in await context.offered(Home)]
    context.reply(text, keyboard(homes[:1]))


async def _answer(context: "Context[Any]", question: "Question", waiting: Waiting) -> None:
    update = context.update
    is_letter = isinstance(question.kind, MessageAnswer)  # somebody reads it
    context.transaction.is_answer = isinstance(update, Message) and not is_letter
    try:
        if isinstance(update, Button):
            value: Any = waiting.choices[int(update.argument.partition(".")[2])][0]
        else:
            assert isinstance(update, Message)  # nothing else is an answer
            value = question.kind.read(update, waiting.choices)
        await question.take(context, value, waiting.data)
    except WrongAnswer as wrong:
        text = wrong.text or platform_texts()[context.language].get(wrong.key, **wrong.values)
        shown = _keyboard(context, question, waiting.choices, waiting.token)
        context.transaction.replies.append(SendText(text=text, keyboard=shown))
        return
    await end(context, waiting.token)

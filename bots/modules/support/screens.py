"""What a shopper reads of support: the first screen, ready answers, their own questions."""

from typing import Any

from bots.modules.support import faq, store
from bots.modules.support.faq import Question
from bots.modules.support.settings import SupportSettings
from bots.modules.support.store import Message, Ticket
from bots.modules.support.writing import RATINGS
from bots.sdk.context import Context, Scope
from bots.sdk.dates import day_name
from bots.sdk.keyboards import AnyButton, Keyboard, button, keyboard
from bots.sdk.points import Home
from bots.sdk.replies import Text
from bots.sdk.texts import Texts, paragraphs
from core.zones import day_of

Support = Context[SupportSettings]
LABEL_CHARACTERS = 60
OWN = 8  # of a shopper's questions that are listed
_SHOWN = 6  # messages of a conversation
_WORDS = 300  # characters of each
_STATES = {"waiting": "state_waiting", "answered": "state_answered", "closed": "state_closed"}


async def first(context: Support) -> tuple[Text, Keyboard | None]:
    """Ready answers, and the way to ask."""
    texts = context.texts
    known = await faq.of_bot(context.connection, context.bot_id, limit=faq.SHOWN)
    mine = await store.of_buyer(
        context.connection, context.bot_id, context.customer.buyer_no, limit=1
    )
    greeting = context.settings.greeting.get(texts.language)
    text = paragraphs(
        Text(plain=greeting) if greeting else texts.get("greeting"),
        texts.get("faq_below") if known else None,
    )
    rows: list[list[AnyButton]] = [[faq_button(texts, each)] for each in known]
    rows.append([button(texts.label("write"), "support_new")])
    if mine:
        rows.append([button(texts.label("mine"), "support_mine")])
    return text, keyboard(*rows, await home_row(context))


def faq_button(texts: Texts, question: Question) -> AnyButton:
    return button(short(question.question.get(texts.language)), "faq", question.id)


def short(label: str) -> str:
    """As a button holds it."""
    return label if len(label) <= LABEL_CHARACTERS else f"{label[: LABEL_CHARACTERS - 1]}…"


def ready_answer(texts: Texts, question: Question) -> Text:
    """A question of the owner's with its answer."""
    return paragraphs(
        texts.get("faq_question", question=question.question.get(texts.language)),
        question.answer.get(texts.language),
    )


async def ready(context: Support, question: Question) -> tuple[Text, Keyboard | None]:
    """A ready answer as it is opened from the list."""
    texts = context.texts
    return paragraphs(ready_answer(texts, question), texts.get("did_help")), keyboard(
        [button(texts.label("helped"), "faq_yes", question.id)],
        [button(texts.label("write"), "support_new")],
        [button(texts.label("back"), "support")],
        await home_row(context),
    )


async def own(context: Support) -> tuple[Text, Keyboard | None]:
    """A shopper's own questions, the latest first."""
    texts = context.texts
    found = await store.of_buyer(
        context.connection, context.bot_id, context.customer.buyer_no, limit=OWN
    )
    rows: list[list[AnyButton]] = [
        [button(short(title_of(context, each)), "support_ticket", each.id)] for each in found
    ]
    text = texts.get("own") if found else texts.get("own_none")
    asks = [button(texts.label("write"), "support_new")]
    return text, keyboard(*rows, asks, await home_row(context))


def title_of(context: Support, ticket: Ticket) -> str:
    """What it is about, and its state; days are the shop's."""
    texts = context.texts
    state = texts.label(_STATES[ticket.state])
    if ticket.order_no is not None:
        return texts.label("own_order", number=ticket.order_no, state=state)
    day = day_name(texts.language, day_of(ticket.opened_at, context.shop.timezone))
    return texts.label("own_general", day=day, state=state)


async def page(context: Support, ticket: Ticket) -> tuple[Text, Keyboard | None]:
    """A conversation: its last messages, and what can be done."""
    texts = context.texts
    said = await store.messages_of(context.connection, ticket.id, limit=_SHOWN)
    text = paragraphs(title_of(context, ticket), *(_said(texts, each) for each in said))
    rows: list[list[AnyButton]] = [[button(texts.label("reply"), "support_write", ticket.id)]]
    if ticket.is_open:
        rows.append([button(texts.label("solved"), "support_done", ticket.id)])
    elif ticket.rating is None and ticket.rating_asked_at is not None:
        rows.append(rating_row(texts, ticket))
    rows.append([button(texts.label("mine"), "support_mine")])
    return text, keyboard(*rows, await home_row(context))


def rating_row(texts: Texts, ticket: Ticket) -> list[AnyButton]:
    return [
        button(texts.label("stars", count=each), "support_rate", f"{ticket.id}.{each}")
        for each in RATINGS
    ]


def _said(texts: Texts, message: Message) -> Text:
    words = message.body if len(message.body) <= _WORDS else f"{message.body[:_WORDS]}…"
    if message.file_kind is not None:
        words = f"{texts.label('enclosed')} {words}".rstrip()
    key = "said_you" if message.author == "shopper" else "said_shop"
    return texts.get(key, words=words)


def closed(texts: Texts, ticket: Ticket, *, asks: bool) -> tuple[Text, list[list[AnyButton]]]:
    """What a shopper reads of a ticket that was closed, and the buttons besides the way back."""
    about = texts.get("closed_order", number=ticket.order_no) if ticket.order_no else None
    text = paragraphs(about or texts.get("closed"), texts.get("rate") if asks else None)
    again: list[AnyButton] = [button(texts.label("again"), "support_write", ticket.id)]
    return text, [rating_row(texts, ticket), again] if asks else [again]


async def home_row(scope: Scope[Any]) -> list[AnyButton]:
    """The way back to the beginning."""
    return [home.button for home in (await scope.offered(Home))[:1]]

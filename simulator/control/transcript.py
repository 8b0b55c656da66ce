"""A conversation as people read it: who, when, what, which buttons."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from pyrogram.raw import types

from simulator.control.requests import Transcript
from simulator.wire.rpc import RpcError
from simulator.world import accounts, mailbox
from simulator.world.accounts import Account
from simulator.world.mailbox import Stored
from simulator.world.world import World

CHATS_LISTED = 30


class Choice(BaseModel):
    """A button; pressing it sends `data`, or its label where it stands under the input field."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    data: bytes | None = None
    url: str | None = None
    pays: bool = False


class Entry(BaseModel):
    """A message in one of the two boxes that have a copy of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int
    at: int
    """Seconds since the epoch."""
    outgoing: bool
    text: str
    note: str = ""
    """Content other than text: a photo, a bill, a payment."""
    edited: bool = False
    choices: list[Choice] = []


def entry_of(message: Any) -> Entry | None:
    """None for an object that is not a message."""
    if isinstance(message, types.MessageService):
        return Entry(
            id=message.id,
            at=message.date,
            outgoing=bool(message.out),
            text="",
            note=_service(message.action),
        )
    if not isinstance(message, types.Message):
        return None
    return Entry(
        id=message.id,
        at=message.date,
        outgoing=bool(message.out),
        text=message.message,
        note=_media(message.media),
        edited=message.edit_date is not None,
        choices=[] if message.out else _choices(message.reply_markup),
    )


def _service(action: Any) -> str:
    match action:
        case types.MessageActionPaymentSent() | types.MessageActionPaymentSentMe():
            return f"paid {action.total_amount} {action.currency}"
        case types.MessageActionPaymentRefunded():
            return f"refunded {action.total_amount} {action.currency}"
    return type(action).__name__.removeprefix("MessageAction")


def _media(media: Any) -> str:
    match media:
        case None:
            return ""
        case types.MessageMediaInvoice():
            state = "paid" if media.receipt_msg_id else "to pay"
            return (
                f"invoice: {media.title}, {media.total_amount} {media.currency}, {state}"
                f" - {media.description}"
            )
    return type(media).__name__.removeprefix("MessageMedia").lower()


def _choices(markup: Any) -> list[Choice]:
    rows = getattr(markup, "rows", None) or []
    return [_choice(button) for row in rows for button in row.buttons]


def _choice(button: Any) -> Choice:
    kind = getattr(button, "type", None)
    return Choice(
        label=button.text,
        data=getattr(kind, "data", None),
        url=getattr(kind, "url", None),
        pays=isinstance(kind, types.InlineButtonTypeBuy),
    )


def lines(entry: Entry, me: str, other: str) -> list[str]:
    """One message as lines of text; its buttons are numbered from 1."""
    who = me if entry.outgoing else other
    head = (
        f"{datetime.fromtimestamp(entry.at):%H:%M:%S}  {who}{' (edited)' if entry.edited else ''}"
    )
    body = entry.text.splitlines()
    if entry.note:
        body.append(f"<{entry.note}>")
    buttons = [
        f"[{number}] {choice.label}{f' -> {choice.url}' if choice.url else ''}"
        for number, choice in enumerate(entry.choices, 1)
    ]
    return [head, *(f"    {line}" for line in [*body, *buttons])]


def name_of(account: Account) -> str:
    full = " ".join(filter(None, (account.first_name, account.last_name)))
    return f"{full} (@{account.username})" if account.username else f"{full} ({account.id})"


def answer(world: World, request: Transcript) -> list[str]:
    """The lines of a chat, the oldest message first; or the newest chats of a bot.

    Raises RpcError.
    """
    bot = _find(world, request.bot)
    if request.person is None:
        return _chats(world, bot, min(request.limit, CHATS_LISTED))
    person = _find(world, request.person)
    stored = mailbox.history(world.db, person.id, bot.id, limit=request.limit)
    found = (entry_of(each.message) for each in reversed(stored))
    return [
        line for entry in found if entry for line in lines(entry, name_of(person), name_of(bot))
    ]


def _find(world: World, name: str) -> Account:
    """By username, with or without @, or by id."""
    plain = name.removeprefix("@")
    found = (
        accounts.by_id(world.db, int(plain))
        if plain.isdigit()
        else accounts.by_username(world.db, plain)
    )
    if found is None:
        raise RpcError(400, f"USERNAME_NOT_OCCUPIED: nobody here is {name}")
    return found


def _chats(world: World, bot: Account, limit: int) -> list[str]:
    rows = world.db.execute(
        "SELECT peer, max(id) AS newest FROM messages WHERE box = ? AND peer > 0 GROUP BY peer"
        " ORDER BY newest DESC LIMIT ?",
        (bot.id, limit),
    ).fetchall()
    return [_chat(world, bot, row["peer"]) for row in reversed(rows)]


def _chat(world: World, bot: Account, person_id: int) -> str:
    newest: list[Stored] = mailbox.history(world.db, person_id, bot.id, limit=1)
    entry = entry_of(newest[0].message) if newest else None
    text = " ".join((entry.text or entry.note).split())[:60] if entry else ""
    return f"{person_id}  {name_of(world.account(person_id))}: {text}"

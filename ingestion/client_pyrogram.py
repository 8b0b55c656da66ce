"""Reports what happens in a bot of Kurigram, Pyrogram or a fork: who starts, writes, presses, pays.

    app.add_handler(RawUpdateHandler(report_to(vitrina)), group=-1)

In a group of its own, it takes no update from the bot's handlers. Needs client.py and
client_telegram.py beside it: raw updates are read by the names of Telegram's schema, so that any
fork will do.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from .client import Vitrina  # relative: the files may be copied into another package
from .client_telegram import Person, saw, saw_button, saw_message

log = logging.getLogger("vitrina")

Handler = Callable[[Any, Any, Any, Any], Awaitable[None]]

_KINDS = {
    "MessageMediaEmpty": "text",
    "MessageMediaWebPage": "text",
    "MessageMediaPhoto": "photo",
    "MessageMediaDocument": "document",
    "MessageMediaContact": "contact",
    "MessageMediaGeo": "location",
    "MessageMediaVenue": "location",
}


def report_to(vitrina: Vitrina) -> Handler:
    """The callback of a RawUpdateHandler; whatever goes wrong in it, the bot continues."""

    async def report(client: Any, update: Any, users: Any, _chats: Any) -> None:
        try:
            _report(vitrina, client.me.id, update, users)
        except Exception:  # pylint: disable=broad-exception-caught  # counting never stops a bot
            log.exception("an update was not counted")

    return report


def _report(vitrina: Vitrina, bot_id: int, update: Any, users: Mapping[int, Any]) -> None:
    match type(update).__name__:
        case "UpdateNewMessage":
            _message(vitrina, bot_id, update.message, users)
        case "UpdateBotCallbackQuery":
            data = (update.data or b"").decode(errors="replace")
            person = _person(update.user_id, users)
            saw_button(vitrina, person, f"{bot_id}:button:{update.query_id}", data)
        case "UpdateBotInlineQuery":
            person = _person(update.user_id, users)
            saw(vitrina, "inline_queried", person, f"{bot_id}:inline:{update.query_id}")
        case "UpdateBotPrecheckoutQuery":
            saw(
                vitrina,
                "payment_initiated",
                _person(update.user_id, users),
                f"{bot_id}:checkout:{update.query_id}",
                amount_minor=update.total_amount,
                currency=update.currency,
            )
        case "UpdateBotStopped":
            saw(
                vitrina,
                "bot_blocked" if update.stopped else "bot_unblocked",
                _person(update.user_id, users),
                f"{bot_id}:stopped:{update.user_id}:{update.qts}:{update.date}",
                occurred_at=_moment(update.date),
            )


def _message(vitrina: Vitrina, bot_id: int, message: Any, users: Mapping[int, Any]) -> None:
    if type(message.peer_id).__name__ != "PeerUser" or message.out:
        return
    person = _person(message.peer_id.user_id, users)
    key, at = f"{bot_id}:message:{message.id}", _moment(message.date)
    if type(message).__name__ == "Message":
        media = type(message.media).__name__ if message.media else "MessageMediaEmpty"
        kind = _KINDS.get(media, "other")
        saw_message(vitrina, person, key, message.message or "", kind=kind, occurred_at=at)
        return
    action = message.action
    if type(action).__name__ == "MessageActionPaymentSentMe":
        saw(
            vitrina,
            "payment_succeeded",
            person,
            key,
            occurred_at=at,
            amount_minor=action.total_amount,
            currency=action.currency,
            outcome="stars" if action.currency == "XTR" else "provider",
        )


def _person(user_id: int, users: Mapping[int, Any]) -> Person:
    """With what Telegram sent along; a short update comes without the user."""
    user = users.get(user_id)
    language = getattr(user, "lang_code", None) or ""
    return Person(user_id, language, bool(getattr(user, "premium", False)))


def _moment(date: int) -> datetime:
    return datetime.fromtimestamp(date, UTC)

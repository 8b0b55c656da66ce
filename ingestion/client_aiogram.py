"""Reports what happens in a bot of aiogram 3: who starts, writes, presses, blocks, pays.

    dispatcher.update.outer_middleware(AiogramMiddleware(vitrina))

Needs client.py and client_telegram.py beside it: updates are read by the names of the Bot API.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from .client import Vitrina  # relative: the files may be copied into another package
from .client_telegram import Person, saw, saw_button, saw_message

log = logging.getLogger("vitrina")

_KINDS = ("photo", "video", "voice", "sticker", "document", "contact", "location")


class AiogramMiddleware:
    """An outer middleware of `update`; whatever goes wrong here, the bot's handlers run."""

    def __init__(self, vitrina: Vitrina) -> None:
        self._vitrina = vitrina

    async def __call__(
        self,
        handler: Callable[[Any, dict[str, Any]], Awaitable[Any]],
        event: Any,
        data: dict[str, Any],
    ) -> Any:
        try:
            self._report(event, data["bot"].id)
        except Exception:  # pylint: disable=broad-exception-caught  # counting never stops a bot
            log.exception("an update was not counted")
        return await handler(event, data)

    def _report(self, update: Any, bot_id: int) -> None:
        # Telegram repeats an update under its number until the bot has confirmed it.
        key = f"{bot_id}:{update.update_id}"
        if update.message is not None:
            self._message(update.message, key)
        elif (query := update.callback_query) is not None:
            saw_button(self._vitrina, _person(query.from_user), key, query.data or "")
        elif (inline := update.inline_query) is not None:
            saw(self._vitrina, "inline_queried", _person(inline.from_user), key)
        elif (checkout := update.pre_checkout_query) is not None:
            money = {"amount_minor": checkout.total_amount, "currency": checkout.currency}
            saw(self._vitrina, "payment_initiated", _person(checkout.from_user), key, **money)
        elif (member := update.my_chat_member) is not None and member.chat.type == "private":
            self._member(member, key)

    def _message(self, message: Any, key: str) -> None:
        if message.chat.type != "private" or message.from_user is None:
            return
        person, at = _person(message.from_user), _moment(message.date)
        if (payment := message.successful_payment) is not None:
            saw(
                self._vitrina,
                "payment_succeeded",
                person,
                key,
                occurred_at=at,
                amount_minor=payment.total_amount,
                currency=payment.currency,
                outcome="stars" if payment.currency == "XTR" else "provider",
            )
            return
        if message.web_app_data is not None:
            saw(self._vitrina, "webapp_opened", person, key, occurred_at=at)
            return
        kind = next((name for name in _KINDS if getattr(message, name)), None)
        kind = kind or ("text" if message.text else "other")
        saw_message(self._vitrina, person, key, message.text or "", kind=kind, occurred_at=at)

    def _member(self, member: Any, key: str) -> None:
        events = {"kicked": "bot_blocked", "member": "bot_unblocked"}
        event = events.get(member.new_chat_member.status)
        was = member.old_chat_member.status
        if event == "bot_blocked" or (event == "bot_unblocked" and was == "kicked"):
            person = _person(member.from_user)
            saw(self._vitrina, event, person, key, occurred_at=_moment(member.date))


def _person(user: Any) -> Person:
    return Person(user.id, user.language_code or "", bool(user.is_premium))


def _moment(date: Any) -> datetime | None:
    return date if isinstance(date, datetime) else None

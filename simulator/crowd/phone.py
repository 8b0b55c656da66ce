"""A person's chat with one bot, as their phone shows it."""

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from pyrogram.raw import types

from simulator.world.accounts import Account

# What a receipt is known by, in whatever language: the number of an order.
ORDER_NUMBER = re.compile(r"(?:№|#|\bNo\.)\s*(\d+)")
MESSAGES_SHOWN = 30

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Button:
    message_id: int
    data: bytes


def receipt_number(message: Any) -> int | None:
    """The order that a message of the bot's is the receipt of."""
    if not isinstance(message, types.Message) or message.out or message.media:
        return None
    number = ORDER_NUMBER.search(message.message)
    return int(number[1]) if number else None


class Phone:
    """Hears all that the bot sends, also between visits; shows what came or changed lately."""

    def __init__(
        self, person: Account, bot: Account, on_receipt: Callable[[int, int], None]
    ) -> None:
        """`on_receipt` is told the message's id and the order's number."""
        self._person = person
        self._bot = bot
        self._on_receipt = on_receipt
        self._shown: dict[int, tuple[int, types.Message]] = {}
        self._news = asyncio.Event()
        self.clock = 0
        """Counts what came or changed."""
        self.receipts = 0

    def deliver(self, updates: types.Updates) -> None:
        for update in updates.updates:
            message = getattr(update, "message", None)
            if isinstance(message, types.Message) and not message.out and self._is_here(message):
                self._show(message, isinstance(update, types.UpdateNewMessage))

    def _is_here(self, message: types.Message) -> bool:
        peer = message.peer_id
        return isinstance(peer, types.PeerUser) and peer.user_id == self._bot.id

    def _show(self, message: types.Message, is_new: bool) -> None:
        self.clock += 1
        # What was changed last is what the person looks at.
        self._shown.pop(message.id, None)
        self._shown[message.id] = self.clock, message
        if len(self._shown) > MESSAGES_SHOWN:
            del self._shown[next(iter(self._shown))]
        if is_new and (number := receipt_number(message)) is not None:
            self.receipts += 1
            self._on_receipt(message.id, number)
        self._news.set()

    async def until(self, find: Callable[[], Found | None]) -> Found:
        """Waits until there is something to find; the caller sets the bound."""
        while (found := find()) is None:
            self._news.clear()
            await self._news.wait()
        return found

    def _since(self, clock: int) -> Iterator[types.Message]:
        """What came or changed after that moment, the latest first."""
        return (message for at, message in reversed(self._shown.values()) if at > clock)

    def anything(self, since: int) -> bool | None:
        """True if anything came, else None."""
        return True if self.clock > since else None

    def buttons(self, prefix: str, since: int) -> list[Button] | None:
        """Buttons with such callback data in the message changed last that has any."""
        for message in self._since(since):
            found = [
                Button(message.id, data)
                for data in callback_data(message.reply_markup)
                if data.startswith(prefix.encode())
            ]
            if found:
                return found
        return None

    def bill(self, since: int) -> int | None:
        """The message of an invoice that is not paid."""
        for message in self._since(since):
            media = message.media
            if isinstance(media, types.MessageMediaInvoice) and media.receipt_msg_id is None:
                return message.id
        return None


def callback_data(markup: Any) -> list[bytes]:
    if not isinstance(markup, types.ReplyInlineMarkup):
        return []
    buttons = (button.type for row in markup.rows for button in row.buttons)
    return [
        bytes(each.data) for each in buttons if isinstance(each, types.InlineButtonTypeCallback)
    ]

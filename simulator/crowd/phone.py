"""A person's chat with one bot, as their phone shows it."""

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from pyrogram.raw import types

from simulator.world.accounts import Account

# How a receipt is recognised, in whatever language: the number of an order, and that its buttons,
# if any, lead to the list of orders. Other messages of an order have buttons of their own.
ORDER_NUMBER = re.compile(r"(?:№|#|\bNo\.)\s*(\d+)")
ORDERS = "orders"
HOME, ORDER = "menu", "order"
# What was bought comes with a button that opens it again.
GOODS = "goods"
# The button under a broadcast that wants no more.
STOP = "broadcast_stop"
# The button under a question that skips it.
CANCEL = "cancel"
MESSAGES_SHOWN = 30
# An amount of money: with its currency's sign, or its code.
_WITH_CURRENCY = re.compile(r"(\d[\d.,\s]*)(?:[⭐₽$€]|(?<=\s)[A-Z]{3}\b)")

# How people know where their money went, in the languages of the bots.
_WALLET = re.compile(r"кошел|wallet", re.IGNORECASE)

Found = TypeVar("Found")
AnyMessage: TypeAlias = types.Message | types.MessageService


@dataclass(frozen=True, slots=True)
class Button:
    message_id: int
    data: bytes
    label: str = ""

    @property
    def action(self) -> str:
        """A button's action, without its argument."""
        return _action(self.data)

    @property
    def argument(self) -> str:
        """A button's argument, without the marks that a bot may put behind it."""
        return self.data.partition(b":")[2].decode(errors="replace").rstrip("\x1f")


@dataclass(frozen=True, slots=True)
class Question:
    """The bot waits for a text; `wants_phone`: it offers a button that sends the phone number."""

    text: str
    wants_phone: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """The answer to a press that Telegram shows over the chat."""

    text: str
    is_alert: bool


def is_receipt(actions: Set[str]) -> bool:
    """Whether a message of an order with such buttons is its receipt."""
    return not actions or ORDERS in actions


def has_goods(actions: Set[str]) -> bool:
    """Whether a message of an order with such buttons contains its goods."""
    return GOODS in actions and ORDERS not in actions


def receipt_number(message: Any) -> int | None:
    """The number of the order if the bot's message is its receipt."""
    number, actions = _about(message)
    return number if is_receipt(actions) else None


def delivered_number(message: Any) -> int | None:
    """The number of the order if the bot's message contains its goods."""
    number, actions = _about(message)
    return number if has_goods(actions) else None


def refund(message: Any) -> tuple[int, str, bool] | None:
    """The number of the order, the amount, as it is written, and whether it is in a wallet, if the
    bot's message says that money of the order went back: it leads to the order, and names an amount
    beside the number."""
    number, actions = _about(message)
    if number is None or ORDER not in actions or not actions <= {HOME, ORDER}:
        return None
    lines = (line for line in message.message.splitlines() if ORDER_NUMBER.search(line))
    amount = _WITH_CURRENCY.search(next(lines, ""))
    return (number, amount[1], bool(_WALLET.search(message.message))) if amount else None


def notice(message: Any) -> tuple[int, bool] | None:
    """The number of the order if the bot's message is about it and leads to the menu or to the
    order only; and whether it leads to the order."""
    number, actions = _about(message)
    is_notice = number is not None and HOME in actions and actions <= {HOME, ORDER}
    return (number, ORDER in actions) if is_notice and number is not None else None


def broadcast_number(message: Any) -> int | None:
    """The number of the broadcast that the message is, by the button that wants no more."""
    if not isinstance(message, types.Message) or message.out:
        return None
    for data in callback_data(message.reply_markup):
        number = data.partition(b":")[2]
        if _action(data) == STOP and number.isdigit():
            return int(number)
    return None


def _about(message: Any) -> tuple[int | None, set[str]]:
    """The number of the order that the bot's message names, and the actions of its buttons."""
    if not isinstance(message, types.Message) or message.out or message.media:
        return None, set()
    number = ORDER_NUMBER.search(message.message)
    actions = {_action(each) for each in callback_data(message.reply_markup)}
    return int(number[1]) if number else None, actions


def _action(data: bytes) -> str:
    return data.partition(b":")[0].decode(errors="replace")


class Phone:
    """Receives everything that the bot sends, also between visits; shows what came or changed
    lately."""

    def __init__(
        self, person: Account, bot: Account, on_message: Callable[[AnyMessage], None]
    ) -> None:
        """`on_message` is called with each new message of the bot, and with Telegram's own about
        it, which the person does not act on."""
        self._person = person
        self._bot = bot
        self._on_message = on_message
        self._shown: dict[int, tuple[int, types.Message]] = {}
        self._notice: tuple[int, Notice] | None = None
        self._news = asyncio.Event()
        self.clock = 0
        """How many messages came or changed."""
        self.receipts = 0
        self.receipt: types.Message | None = None
        """The last one."""

    def deliver(self, updates: types.Updates) -> None:
        for update in updates.updates:
            if isinstance(update, types.UpdateDeleteMessages):
                for message_id in update.messages:
                    self._shown.pop(message_id, None)
            message = getattr(update, "message", None)
            if not isinstance(message, AnyMessage) or message.out or not self._is_here(message):
                continue
            is_new = isinstance(update, types.UpdateNewMessage)
            if isinstance(message, types.Message):
                self._show(message, is_new)
            elif is_new:
                self._on_message(message)

    def _is_here(self, message: AnyMessage) -> bool:
        peer = message.peer_id
        return isinstance(peer, types.PeerUser) and peer.user_id == self._bot.id

    def _show(self, message: types.Message, is_new: bool) -> None:
        self.clock += 1
        # The person looks at what was changed last.
        self._shown.pop(message.id, None)
        self._shown[message.id] = self.clock, message
        if len(self._shown) > MESSAGES_SHOWN:
            del self._shown[next(iter(self._shown))]
        if is_new:
            if receipt_number(message) is not None:
                self.receipts, self.receipt = self.receipts + 1, message
            self._on_message(message)
        self._news.set()

    def notice(self, text: str, *, is_alert: bool) -> None:
        """The answer to a press, shown over the chat."""
        self.clock += 1
        self._notice = self.clock, Notice(text, is_alert)
        self._news.set()

    async def until(self, find: Callable[[], Found | None]) -> Found:
        """Waits until there is something to find; the caller sets the time limit."""
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
        """Buttons with such callback data in the last changed message that has any."""
        for message in self._since(since):
            found = [each for each in _buttons(message) if each.data.startswith(prefix.encode())]
            if found:
                return found
        return None

    def screen(self, since: int, *actions: str) -> list[Button] | None:
        """All buttons of the last changed message that has one of these actions."""
        for message in self._since(since):
            found = _buttons(message)
            if any(each.action in actions for each in found):
                return found
        return None

    def links(self, action: str) -> list[str]:
        """The addresses on the buttons of the last changed message that has a button of this
        action."""
        for message in self._since(0):
            if any(each.action == action for each in _buttons(message)):
                assert isinstance(message.reply_markup, types.ReplyInlineMarkup)  # it has buttons
                return [
                    button.type.url
                    for row in message.reply_markup.rows
                    for button in row.buttons
                    if isinstance(button.type, types.InlineButtonTypeUrl)
                ]
        return []

    def everything(self, since: int) -> list[Button]:
        """All buttons of all messages that came or changed."""
        return [button for message in self._since(since) for button in _buttons(message)]

    def found(self, since: int, words: re.Pattern[str]) -> str | None:
        """The first group of the pattern in the last changed message in which it is found."""
        for message in self._since(since):
            if match := words.search(message.message):
                return match[1]
        return None

    def amount(self, since: int, action: str) -> str | None:
        """The first amount, as it is written, in the last changed message that has a button of this
        action."""
        for message in self._since(since):
            if any(each.action == action for each in _buttons(message)):
                found = _WITH_CURRENCY.search(message.message)
                return found[1] if found else None
        return None

    def question(self, since: int) -> Question | None:
        """The bot's last question, if its newest message with buttons is a question, besides what
        comes by itself about an order."""
        for message in self._since(since):
            if isinstance(message.reply_markup, types.ReplyKeyboardMarkup):
                return Question(message.message, wants_phone=True)
            if data := callback_data(message.reply_markup):
                if {_action(each) for each in data} == {CANCEL}:
                    return Question(message.message, wants_phone=False)
                if _about(message)[0] is None:
                    return None
        return None

    def said(self, since: int, *, alert: bool = False) -> Notice | None:
        """What was shown over the chat since then; with `alert` only what had to be confirmed."""
        if self._notice is None or self._notice[0] <= since:
            return None
        return self._notice[1] if self._notice[1].is_alert or not alert else None

    def bill(self, since: int) -> int | None:
        """The message of an unpaid invoice."""
        for message in self._since(since):
            media = message.media
            if isinstance(media, types.MessageMediaInvoice) and media.receipt_msg_id is None:
                return message.id
        return None


def callback_data(markup: Any) -> list[bytes]:
    return [data for data, _ in _labelled(markup)]


def _buttons(message: types.Message) -> list[Button]:
    return [Button(message.id, data, label) for data, label in _labelled(message.reply_markup)]


def _labelled(markup: Any) -> list[tuple[bytes, str]]:
    """Of each button that acts: its data, and what stands on it."""
    if not isinstance(markup, types.ReplyInlineMarkup):
        return []
    return [
        (bytes(button.type.data), button.text)
        for row in markup.rows
        for button in row.buttons
        if isinstance(button.type, types.InlineButtonTypeCallback)
    ]


def of(screen: Iterable[Button], *actions: str) -> list[Button]:
    """Those of a screen's buttons that have this action."""
    return [each for each in screen if each.action in actions]

"""What a chat with a bot shows: its newest screen, a bill, and what came after a payment."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from pyrogram import types

from simulator.crowd.browsing import ADD, BUY
from simulator.crowd.carts import CART
from simulator.crowd.checkout import CONTINUES, PAY, SHIP
from simulator.crowd.gates import CAPTCHA, RULES, picture_in
from simulator.crowd.phone import CANCEL, has_goods, is_receipt
from simulator.crowd.purses import BY_BILL

# The ways on from a product to the bill, the nearest to it first: through a cart if there is one.
WAYS = (PAY, SHIP, "checkout", CONTINUES, CART, ADD, BUY)


class PurchaseFailed(RuntimeError):
    """The purchase failed; the text says at which step and why."""


@dataclass(frozen=True, slots=True)
class Button:
    message_id: int
    data: str


@dataclass(frozen=True, slots=True)
class Invoice:
    message_id: int
    amount: int
    currency: str
    title: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The last message of the chat that can be acted on."""

    message_id: int = 0
    text: str = ""
    data: tuple[str, ...] = ()
    """Callback data of its buttons."""
    wants_phone: bool = False
    invoice: Invoice | None = None

    @property
    def is_question(self) -> bool:
        return self.wants_phone or self.actions == {CANCEL}

    @property
    def actions(self) -> Set[str]:
        """Of its buttons, without their arguments."""
        return {each.partition(":")[0] for each in self.data}

    def of(self, *actions: str) -> "list[Button]":
        """Its buttons that do this."""
        return [
            Button(self.message_id, each) for each in self.data if each.partition(":")[0] in actions
        ]

    def way_on(self) -> Button:
        """The button that leads to the bill; one of Telegram's, if there is a choice. Raises
        PurchaseFailed."""
        for action in WAYS:
            found = self.of(action)
            if found:
                return next((each for each in found if each.data.endswith(BY_BILL)), found[0])
        raise PurchaseFailed(f"check out: no way on from {self.text[:80]!r}")


Chat = Sequence[types.Message]
_BUTTONS = (types.InlineKeyboardMarkup, types.ReplyKeyboardMarkup)


def find_button(chat: Chat, prefix: str) -> Button | None:
    """The first button whose callback data begins so, in the newest message that has one."""
    for message in chat:
        keyboard = message.reply_markup
        if not isinstance(keyboard, types.InlineKeyboardMarkup):
            continue
        for button in (button for row in keyboard.inline_keyboard for button in row):
            data = button.callback_data
            if isinstance(data, str) and data.startswith(prefix):
                return Button(message.id, data)
    return None


def gate_button(chat: Chat) -> Button | None:
    """The button that the newest gate asks for."""
    for message in chat:
        keyboard = message.reply_markup
        if not isinstance(keyboard, types.InlineKeyboardMarkup):
            continue
        asked = picture_in(str(message.text or ""))
        for each in (button for row in keyboard.inline_keyboard for button in row):
            data = str(each.callback_data or "")
            is_named = data.startswith(CAPTCHA) and each.text == asked
            if data.startswith(RULES) or is_named:
                return Button(message.id, data)
        return None
    return None


def newest(chat: Chat) -> Shown:
    """The bot's newest message that is a bill or has buttons."""
    for message in chat:
        if not message.outgoing and (message.invoice or isinstance(message.reply_markup, _BUTTONS)):
            return _as_shown(message)
    return Shown()


def _as_shown(message: types.Message) -> Shown:
    keyboard, text = message.reply_markup, str(message.text or message.caption or "")
    if bill := message.invoice:
        return Shown(message.id, text, invoice=_invoice(message.id, bill))
    if isinstance(keyboard, types.ReplyKeyboardMarkup):
        return Shown(message.id, text, wants_phone=True)
    if isinstance(keyboard, types.InlineKeyboardMarkup):
        buttons = (button for row in keyboard.inline_keyboard for button in row)
        acting = (each.callback_data for each in buttons if each.callback_data)
        return Shown(message.id, text, tuple(map(str, acting)))
    return Shown(message.id, text)


def screen(chat: Chat, *actions: str) -> Shown | None:
    """What stands last, if it has a button that does this."""
    shown = newest(chat)
    return shown if shown.of(*actions) else None


def changed(before: Shown, chat: Chat) -> Shown | None:
    shown = newest(chat)
    return shown if shown.message_id and shown != before else None


def _invoice(message_id: int, bill: types.Invoice) -> Invoice:
    if not bill.total_amount or not bill.title:
        raise PurchaseFailed("check out: the invoice has no title or no price")
    return Invoice(message_id, bill.total_amount, bill.currency, bill.title)


def payment_in(chat: Chat) -> int | None:
    """The id of the service message of a payment."""
    return next((message.id for message in chat if message.successful_payment), None)


def texts_after(chat: Chat, message_id: int) -> list[Shown]:
    """The bot's texts after a message, the first one first."""
    later = (each for each in reversed(chat) if each.id > message_id and not each.outgoing)
    return [_as_shown(each) for each in later if each.text]


def is_proof(shown: Shown) -> bool:
    """Whether it proves the purchase: the receipt, or the goods where a shop writes none."""
    return is_receipt(shown.actions) or has_goods(shown.actions)


def are_goods(shown: Shown) -> bool:
    return has_goods(shown.actions)

"""The scripted purchase: a person buys something through MTProto, with the real client.

By a cart where the shop has one, with whatever it asks on the way, to the goods where they come by
themselves.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import TypeVar

import structlog
from pyrogram import Client, types
from pyrogram.errors import BotResponseTimeout, FormSubmitDuplicate, RPCError
from pyrogram.handlers import RawUpdateHandler

from simulator.clients.kurigram import SignInFailed, person, trust
from simulator.control import port as control
from simulator.crowd.browsing import ADD, BUY
from simulator.crowd.carts import CART
from simulator.crowd.checkout import CONTINUES, MOST_STEPS, PAY, SHIP, answer_to
from simulator.crowd.phone import CANCEL, GOODS, ORDER_NUMBER, Question

STEP_SECONDS = 30.0
PRESS_SECONDS = 5.0
POLL_SECONDS = 0.5
HISTORY_MESSAGES = 20
MOST_SCREENS = 40  # of the catalogue, looked through for something that is for sale
# The ways on from a product to the bill, the nearest to it first: through a cart if there is one.
WAYS = (PAY, SHIP, "checkout", CONTINUES, CART, ADD, BUY)
_LISTED = ("product", "category")
_BACK = ("category", "catalogue")

log = structlog.get_logger()


class CheckFailed(RuntimeError):
    """The purchase failed; the text says at which step and why."""


@dataclass(frozen=True, slots=True)
class Purchase:
    bot_id: int
    user_id: int
    order_id: int | None
    charge_id: str | None
    """Known only with a control port: Telegram reports it to the bot, not to the payer."""
    amount: int
    """Stars."""
    currency: str
    product: str
    receipt: str
    goods: str | None = None
    """What was read when the goods were opened; None if the receipt has nothing to open."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Seconds that each step took."""


async def buy_once(
    server: str,
    public_key: Path,
    bot_username: str,
    *,
    control_port: int | None = None,
    start_code: str = "",
    language: str = "en",
    step_seconds: float = STEP_SECONDS,
) -> Purchase:
    """Buy one thing as a new person: Start, catalogue, product, cart, bill, receipt, goods.

    `server` is host:port, `public_key` its PEM file. With a control port of the same host the order
    number is that of the charged invoice, else that in the receipt's text.

    Raises CheckFailed.
    """
    try:
        trust(public_key)
    except (OSError, ValueError) as error:
        raise CheckFailed(f"read the server's key: {_reason(error)}") from error
    phone = f"+7999{secrets.randbelow(10**7):07}"
    try:
        async with person(server, phone, language) as client:
            visit = Visit(client, bot_username, step_seconds)
            purchase = await visit.buy(start_code)
    except SignInFailed as error:
        raise CheckFailed(str(error)) from error
    if control_port is not None:
        purchase = await _with_charge(purchase, server.rpartition(":")[0], control_port)
    return purchase


async def _with_charge(purchase: Purchase, host: str, control_port: int) -> Purchase:
    """The purchase with the charge that the server has recorded."""
    charges = await control.call(
        host, control_port, "charges", bot=purchase.bot_id, user=purchase.user_id
    )
    if len(charges) != 1:
        raise CheckFailed(f"charge: {len(charges)} charges in the server's books instead of 1")
    (charge,) = charges
    action, _, order = str(charge["payload"]).partition(":")
    if action != "order" or not order.isdigit():
        raise CheckFailed(f"charge: the invoice's payload is {charge['payload']!r}")
    if (charge["amount"], charge["currency"]) != (purchase.amount, purchase.currency):
        raise CheckFailed(f"charge: {charge['amount']} {charge['currency']} were taken")
    return replace(purchase, order_id=int(order), charge_id=charge["id"])


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__


Found = TypeVar("Found")


class Visit:
    """One person in one shop, step by step."""

    def __init__(self, client: Client, bot_username: str, step_seconds: float) -> None:
        self._client = client
        self._bot_username = bot_username
        self._bot_id = 0
        self._step_seconds = step_seconds
        self._news = asyncio.Event()
        self._seconds: dict[str, float] = {}
        self._trouble = ""
        client.add_handler(RawUpdateHandler(self._on_update))

    async def _on_update(self, *_update: object) -> None:
        self._news.set()

    async def buy(self, start_code: str) -> Purchase:
        """Raises CheckFailed."""
        async with self._step("find the bot"):
            bot = await self._client.get_users(self._bot_username)
        if not isinstance(bot, types.User):
            raise CheckFailed(f"find the bot: @{self._bot_username} is not one account")
        self._bot_id = bot.id
        async with self._step("press Start"):
            await self._client.send_message(bot.id, f"/start {start_code}".rstrip())
            catalogue = await self._until(lambda chat: _button(chat, "catalogue"))
        card = await self._find_for_sale(catalogue)
        invoice = await self._check_out(card)
        async with self._step("pay"):
            await self._pay(invoice)
            payment = await self._until(_payment)
        async with self._step("wait for the receipt"):
            receipt = await self._until(lambda chat: _read_after(chat, payment))
        goods = await self._open_goods(receipt)
        me = self._client.me
        order = ORDER_NUMBER.search(receipt.text)
        return Purchase(
            bot_id=bot.id,
            user_id=me.id if me else 0,
            order_id=int(order.group(1)) if order else None,
            charge_id=None,
            amount=invoice.amount,
            currency=invoice.currency,
            product=invoice.title,
            receipt=receipt.text,
            goods=goods,
            seconds=self._seconds,
        )

    async def _find_for_sale(self, catalogue: "Button") -> "Shown":
        """Look through the catalogue, shelf by shelf, for a card by which something is sold."""
        pressed = set[str]()
        async with self._step("open the catalogue"):
            shown = await self._press(catalogue, lambda chat: _screen(chat, *_LISTED))
        for _ in range(MOST_SCREENS):
            listed = [*shown.of("product"), *shown.of("category")]
            fresh = [each for each in listed if each.data not in pressed]
            button = next(iter(fresh or shown.of(*_BACK)), None)
            if button is None:
                break
            pressed.add(button.data)
            async with self._step("open a product"):
                shown = await self._press(button, partial(_changed, shown))
            if shown.of(ADD, BUY):
                return shown
        raise CheckFailed("open a product: nothing of what was looked at is for sale")

    async def _open_goods(self, receipt: "Shown") -> str | None:
        """Wait for what was bought and open it again, if the receipt offers that."""
        opens = receipt.of(GOODS)
        if not opens:
            return None
        async with self._step("wait for the goods"):
            came = await self._until(lambda chat: _read_after(chat, receipt.message_id))
        async with self._step("open the goods"):
            goods = await self._press(opens[0], lambda chat: _read_after(chat, came.message_id))
        return goods.text

    async def _check_out(self, card: "Shown") -> "Invoice":
        """Go from a product's card to the bill, and answer and choose whatever the shop asks."""
        shown = card
        for _ in range(MOST_STEPS):
            button = shown.way_on()
            async with self._step(f"press {button.data}"):
                shown = await self._press(button, partial(_changed, shown))
            while not shown.invoice and shown.is_question:
                async with self._step(f"answer {shown.text[:40]!r}"):
                    shown = await self._answer(shown)
            if shown.invoice:
                return shown.invoice
        raise CheckFailed(f"check out: no bill after {MOST_STEPS} steps")

    async def _answer(self, asked: "Shown") -> "Shown":
        me = self._client.me
        question = Question(asked.text, wants_phone=asked.wants_phone)
        words = answer_to(question, me.id if me else 0, "Vitrina check", Random())
        await self._client.send_message(self._bot_id, words)
        return await self._until(partial(_changed, asked))

    @asynccontextmanager
    async def _step(self, name: str) -> AsyncIterator[None]:
        began, self._trouble = time.monotonic(), ""
        try:
            async with asyncio.timeout(self._step_seconds):
                yield
        except TimeoutError as error:
            reason = f"nothing within {self._step_seconds:g} s"
            if self._trouble:
                reason += f" (last trouble: {self._trouble})"
            raise CheckFailed(f"{name}: {reason}") from error
        except (OSError, RPCError) as error:
            raise CheckFailed(f"{name}: {_reason(error)}") from error
        self._seconds[name] = round(time.monotonic() - began, 3)

    async def _until(self, find: "Find[Found]", seconds: float | None = None) -> Found:
        """Read the chat after each update, and now and then without one.

        An update may be lost when the server or the connection dies. Raises TimeoutError.
        """
        async with asyncio.timeout(seconds):
            while True:
                self._news.clear()
                found = find(await self._chat())
                if found is not None:
                    return found
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), POLL_SECONDS)

    async def _chat(self) -> "Chat":
        """The newest messages, the newest first; none if the server does not answer in time."""
        history = self._client.get_chat_history(self._bot_id, limit=HISTORY_MESSAGES)
        with suppress(TimeoutError):
            async with asyncio.timeout(PRESS_SECONDS):
                return [message async for message in history] if history else []
        return []

    async def _press(self, button: "Button", find: "Find[Found]") -> Found:
        """Press a button until the bot shows what it leads to.

        A press is lost when the bot's worker dies with it; people press again, too.
        """
        while True:
            pressing = asyncio.create_task(self._press_once(button))
            try:
                return await self._until(find, PRESS_SECONDS)
            except TimeoutError:
                log.info("press_again", button=button.data, reason=self._trouble)
            finally:
                pressing.cancel()
                await asyncio.gather(pressing, return_exceptions=True)

    async def _press_once(self, button: "Button") -> None:
        try:
            await self._client.request_callback_answer(
                self._bot_id, button.message_id, button.data, timeout=int(PRESS_SECONDS)
            )
        except (OSError, RPCError) as error:
            self._trouble = f"{button.data}: {_reason(error)}"

    async def _pay(self, invoice: "Invoice") -> None:
        target = types.InputInvoiceMessage(chat_id=self._bot_id, message_id=invoice.message_id)
        while True:
            try:
                form = await self._client.get_payment_form(target)
                await self._client.send_payment_form(form.id, target)
                return
            except FormSubmitDuplicate:
                return  # paid, but the answer was lost
            except BotResponseTimeout:
                self._trouble = "the bot did not answer the pre-checkout query"


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
        return self.wants_phone or {each.partition(":")[0] for each in self.data} == {CANCEL}

    def of(self, *actions: str) -> "list[Button]":
        """Its buttons that do this."""
        return [
            Button(self.message_id, each) for each in self.data if each.partition(":")[0] in actions
        ]

    def way_on(self) -> Button:
        """The button that leads to the bill; Stars, if there is a choice. Raises CheckFailed."""
        for action in WAYS:
            found = self.of(action)
            if found:
                return next((each for each in found if each.data.endswith(".stars")), found[0])
        raise CheckFailed(f"check out: no way on from {self.text[:80]!r}")


Chat = Sequence[types.Message]
_BUTTONS = (types.InlineKeyboardMarkup, types.ReplyKeyboardMarkup)
Find = Callable[[Chat], Found | None]


def _button(chat: Chat, prefix: str) -> Button | None:
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


def _shown(chat: Chat) -> Shown:
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
        return Shown(message.id, text, tuple(str(each.callback_data) for each in buttons))
    return Shown(message.id, text)


def _screen(chat: Chat, *actions: str) -> Shown | None:
    """What stands last, if it has a button that does this."""
    shown = _shown(chat)
    return shown if shown.of(*actions) else None


def _changed(before: Shown, chat: Chat) -> Shown | None:
    shown = _shown(chat)
    return shown if shown.message_id and shown != before else None


def _invoice(message_id: int, bill: types.Invoice) -> Invoice:
    if not bill.total_amount or not bill.title:
        raise CheckFailed("check out: the invoice has no title or no price")
    return Invoice(message_id, bill.total_amount, bill.currency, bill.title)


def _payment(chat: Chat) -> int | None:
    """The id of the service message of a payment."""
    return next((message.id for message in chat if message.successful_payment), None)


def _read_after(chat: Chat, message_id: int) -> Shown | None:
    """The bot's first text after a message."""
    texts = [each for each in chat if each.id > message_id and not each.outgoing and each.text]
    return _as_shown(texts[-1]) if texts else None

"""The scripted purchase: a person buys something through MTProto, with the real client.

By a cart where the shop has one, with whatever it asks on the way, to the goods where they come by
themselves.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
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
from simulator.clients.screens import (
    Button,
    Chat,
    Invoice,
    PurchaseFailed,
    Shown,
    are_goods,
    changed,
    find_button,
    gate_button,
    is_proof,
    payment_in,
    screen,
    texts_after,
)
from simulator.control import port as control
from simulator.crowd.browsing import ADD, BUY
from simulator.crowd.checkout import MOST_STEPS, Particulars, answer_to
from simulator.crowd.gates import MENU, MOST_GATES
from simulator.crowd.phone import GOODS, ORDER_NUMBER, Question, is_receipt
from simulator.world.payments import STARS

STEP_SECONDS = 30.0
PRESS_SECONDS = 5.0
POLL_SECONDS = 0.5
HISTORY_MESSAGES = 20
MOST_SCREENS = 40  # of the catalogue, looked through for something that is for sale
BILLS = ("order", "bill")  # what their payloads begin with, in Stars and in money
_LISTED = ("product", "category")
_BACK = ("category", "catalogue")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Purchase:
    bot_id: int
    user_id: int
    order_id: int | None
    charge_id: str | None
    """Known only with a control port: Telegram reports it to the bot, not to the payer."""
    amount: int
    """In minor units of `currency`."""
    currency: str
    product: str
    receipt: str
    """"" if the shop writes none, and sends the goods alone."""
    goods: str | None = None
    """What was read when the goods were opened; None if there was nothing to open."""
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
    number is that of the charged invoice, else that in the text of the receipt or the goods.

    Raises PurchaseFailed.
    """
    try:
        trust(public_key)
    except (OSError, ValueError) as error:
        raise PurchaseFailed(f"read the server's key: {_reason(error)}") from error
    phone = f"+7999{secrets.randbelow(10**7):07}"
    try:
        async with person(server, phone, language) as client:
            visit = Visit(client, bot_username, step_seconds)
            purchase = await visit.buy(start_code)
    except SignInFailed as error:
        raise PurchaseFailed(str(error)) from error
    if control_port is not None:
        purchase = await _with_charge(purchase, server.rpartition(":")[0], control_port)
    return purchase


async def _with_charge(purchase: Purchase, host: str, control_port: int) -> Purchase:
    """The purchase with the charge that the server has recorded. Raises PurchaseFailed."""
    try:
        charges = await control.call(
            host, control_port, "charges", bot=purchase.bot_id, user=purchase.user_id
        )
    except (OSError, control.ControlError) as error:
        raise PurchaseFailed(f"charge: {_reason(error)}") from error
    if len(charges) != 1:
        raise PurchaseFailed(f"charge: {len(charges)} charges in the server's books instead of 1")
    (charge,) = charges
    action, _, order = str(charge["payload"]).partition(":")
    if action not in BILLS or not order.isdigit():
        raise PurchaseFailed(f"charge: the invoice's payload is {charge['payload']!r}")
    if (charge["amount"], charge["currency"]) != (purchase.amount, purchase.currency):
        raise PurchaseFailed(f"charge: {charge['amount']} {charge['currency']} were taken")
    return replace(purchase, order_id=int(order), charge_id=charge["id"])


def _other_than(pressed: Button, chat: Chat) -> Button | None:
    """What is shown once a gate is passed: another one, or the menu."""
    found = find_button(chat, MENU) or gate_button(chat)
    return found if found != pressed else None


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__


Found = TypeVar("Found")
Find = Callable[[Chat], Found | None]


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
        """Raises PurchaseFailed."""
        async with self._step("find the bot"):
            bot = await self._client.get_users(self._bot_username)
        if not isinstance(bot, types.User):
            raise PurchaseFailed(f"find the bot: @{self._bot_username} is not one account")
        self._bot_id = bot.id
        async with self._step("press Start"):
            await self._client.send_message(bot.id, f"/start {start_code}".rstrip())
            catalogue = await self._pass_gates()
        card = await self._find_for_sale(catalogue)
        invoice = await self._check_out(card)
        async with self._step("pay"):
            await self._pay(invoice)
            payment = await self._until(payment_in)
        async with self._step("wait for the receipt"):
            proof = await self._until(partial(self._find, payment, is_proof))
        goods = await self._open_goods(proof)
        me = self._client.me
        order = ORDER_NUMBER.search(proof.text)
        return Purchase(
            bot_id=bot.id,
            user_id=me.id if me else 0,
            order_id=int(order.group(1)) if order else None,
            charge_id=None,
            amount=invoice.amount,
            currency=invoice.currency,
            product=invoice.title,
            receipt=proof.text if is_receipt(proof.actions) else "",
            goods=goods,
            seconds=self._seconds,
        )

    async def _pass_gates(self) -> Button:
        """Do as is asked at the gates; the button of the catalogue."""
        for _ in range(MOST_GATES):
            found = await self._until(lambda chat: find_button(chat, MENU) or gate_button(chat))
            if found.data.startswith(MENU):
                return found
            await self._press(found, partial(_other_than, found))
        raise PurchaseFailed("press Start: no end of gates")

    async def _find_for_sale(self, catalogue: Button) -> Shown:
        """Look through the catalogue, shelf by shelf, for a card by which something is sold."""
        pressed = set[str]()
        async with self._step("open the catalogue"):
            shown = await self._press(catalogue, lambda chat: screen(chat, *_LISTED))
        for _ in range(MOST_SCREENS):
            listed = [*shown.of("product"), *shown.of("category")]
            fresh = [each for each in listed if each.data not in pressed]
            button = next(iter(fresh or shown.of(*_BACK)), None)
            if button is None:
                break
            pressed.add(button.data)
            async with self._step("open a product"):
                shown = await self._press(button, partial(changed, shown))
            if shown.of(ADD, BUY):
                return shown
        raise PurchaseFailed("open a product: nothing of what was looked at is for sale")

    async def _open_goods(self, proof: Shown) -> str | None:
        """Wait for what was bought and open it again, if the receipt, or what came in its place,
        offers that."""
        opens, came = proof.of(GOODS), proof
        if not opens:
            return None
        if is_receipt(proof.actions):
            async with self._step("wait for the goods"):
                came = await self._until(partial(self._find, proof.message_id, are_goods))
        # They are told from a notice, such as that a part is late, by what they say.
        same = partial(self._find, came.message_id, lambda shown: shown.text == came.text)
        async with self._step("open the goods"):
            goods = await self._press(opens[0], same)
        return goods.text

    def _find(self, message_id: int, is_it: Callable[[Shown], bool], chat: Chat) -> Shown | None:
        """The bot's first text after a message that is what is waited for."""
        texts = texts_after(chat, message_id)
        found = next((each for each in texts if is_it(each)), None)
        if found is None and texts:
            self._trouble = f"the bot writes {texts[-1].text[:80]!r}"
        return found

    async def _check_out(self, card: Shown) -> Invoice:
        """Go from a product's card to the bill, and answer and choose whatever the shop asks."""
        shown = card
        for _ in range(MOST_STEPS):
            button = shown.way_on()
            async with self._step(f"press {button.data}"):
                shown = await self._press(button, partial(changed, shown))
            while not shown.invoice and shown.is_question:
                async with self._step(f"answer {shown.text[:40]!r}"):
                    shown = await self._answer(shown)
            if shown.invoice:
                return shown.invoice
        raise PurchaseFailed(f"check out: no bill after {MOST_STEPS} steps")

    async def _answer(self, asked: Shown) -> Shown:
        number = self._client.me.id if self._client.me else 0
        question = Question(asked.text, wants_phone=asked.wants_phone)
        words = answer_to(question, Particulars("Vitrina check", number, number), Random())
        await self._client.send_message(self._bot_id, words)
        return await self._until(partial(changed, asked))

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
            raise PurchaseFailed(f"{name}: {reason}") from error
        except (OSError, RPCError) as error:
            raise PurchaseFailed(f"{name}: {_reason(error)}") from error
        self._seconds[name] = round(time.monotonic() - began, 3)

    async def _until(self, find: Find[Found], seconds: float | None = None) -> Found:
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

    async def _chat(self) -> Chat:
        """The newest messages, the newest first; none if the server does not answer in time."""
        history = self._client.get_chat_history(self._bot_id, limit=HISTORY_MESSAGES)
        with suppress(TimeoutError):
            async with asyncio.timeout(PRESS_SECONDS):
                return [message async for message in history] if history else []
        return []

    async def _press(self, button: Button, find: Find[Found]) -> Found:
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

    async def _press_once(self, button: Button) -> None:
        try:
            await self._client.request_callback_answer(
                self._bot_id, button.message_id, button.data, timeout=int(PRESS_SECONDS)
            )
        except (OSError, RPCError) as error:
            self._trouble = f"{button.data}: {_reason(error)}"

    async def _pay(self, invoice: Invoice) -> None:
        target = types.InputInvoiceMessage(chat_id=self._bot_id, message_id=invoice.message_id)
        card = None if invoice.currency == STARS else types.InputCredentialsNew(data="{}")
        while True:
            try:
                form = await self._client.get_payment_form(target)
                await self._client.send_payment_form(form.id, target, card)
                return
            except FormSubmitDuplicate:
                return  # paid, but the answer was lost
            except BotResponseTimeout:
                self._trouble = "the bot did not answer the pre-checkout query"

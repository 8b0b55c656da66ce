"""One visit of one person: what people can do, each action measured and recorded.

A shopper relies on callback data only (`catalogue:`, `product:`, `buy:`), never on texts; only the
answer to a question follows its words.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Literal, TypeVar

from simulator.crowd import truth
from simulator.crowd.latency import Latencies
from simulator.crowd.options import CrowdOptions, Role
from simulator.crowd.people import Persona
from simulator.crowd.phone import Button, Phone
from simulator.wire.rpc import RpcError
from simulator.world import accounts, blocks, gestures, payments
from simulator.world.accounts import Account
from simulator.world.mailbox import Content
from simulator.world.payments import Charge, Invoice
from simulator.world.world import World

Found = TypeVar("Found")


class GaveUp(Exception):
    """The bot did not show what the shopper waited for."""


class TurnedDown(Exception):
    """The bot refused: the product is not available; the text is the bot's."""


@dataclass(frozen=True, slots=True)
class Purse:
    """A wallet with the shop that somebody has put money into; `units` minor ones are a main
    one."""

    currency: str
    units: int


@dataclass(slots=True)
class Shopper:
    """A person over all their visits."""

    account: Account
    bot: Account
    persona: Persona
    phone: Phone
    visits: int = 0
    has_cart: bool = False
    """They put something into a cart and have not bought it yet."""
    has_rated: bool = False
    """They have said how their question was answered."""
    has_bought: bool = False
    purse: Purse | None = None
    """Of whoever has topped it up."""
    invitation: str = ""
    """The start code of their own link, once they have passed it on."""
    channels: set[str] = field(default_factory=set)
    """Those that they have subscribed to because a gate asked for it."""
    news: set[str] = field(default_factory=set)
    """The broadcasts that they have looked at."""
    contact: int = 0
    """The number that their telephone is made of: their own, or of whom the account belongs to."""
    home: int = 0
    """The number that their address is made of: of one of those who live there."""

    @property
    def is_anothers(self) -> bool:
        """Whether somebody made the account besides their own."""
        return self.contact != self.account.id


@dataclass(frozen=True, slots=True)
class Scene:
    """What all visits share."""

    world: World
    options: CrowdOptions
    latencies: Latencies
    write: Callable[[truth.AnyRecord], None]
    """Takes the records of the truth."""
    invitations: dict[int, deque[str]]
    """By bot: the start codes of links that people have passed on lately."""
    bring: Callable[[Shopper, str, Random], None]
    """Lets accounts of a person's own come by their link."""


@dataclass(slots=True)
class Deeds:
    """What is recorded of a visit."""

    began_at: float = field(default_factory=time.time)
    started: bool = False
    pressed: int = 0
    repeated: int = 0
    unanswered: int = 0
    written: int = 0
    bills: int = 0
    products: set[bytes] = field(default_factory=set)
    charges: list[Charge] = field(default_factory=list)


class Visit:
    def __init__(self, scene: Scene, shopper: Shopper, random: Random, code: str) -> None:
        self.options = scene.options
        self.random = random
        self.shopper = shopper
        self.phone = shopper.phone
        self.deeds = Deeds()
        self._scene = scene
        self.world = scene.world
        self._code = code
        self._taps: set[asyncio.Task[None]] = set()
        self.has_tried_code = False
        self.has_used_points = False
        self.has_erred = False
        self.from_wallet = 0
        """What the wallet pays besides the bill that comes next."""

    @property
    def _ids(self) -> dict[str, int]:
        return {"telegram_id": self.shopper.account.id, "bot": self.shopper.bot.id}

    # What a person does at once

    def send_start(self, code: str | None = None) -> None:
        """Press Start; someone who had blocked the bot presses Restart. Raises RpcError."""
        self.set_blocked(False)
        code = self._code if code is None else code
        with self.world.change() as change:
            gestures.start(change, self.shopper.account, self.shopper.bot, code)
        self.deeds.started = True
        self._scene.write(truth.Start(code=code, **self._ids))

    def set_blocked(self, stopped: bool) -> None:
        if self._is_blocked == stopped:
            return
        with self.world.change() as change:
            blocks.put(change, self.shopper.account, self.shopper.bot, stopped=stopped)
        self._scene.write(truth.Block(stopped=stopped, **self._ids))

    @property
    def _is_blocked(self) -> bool:
        ids = self.shopper.account.id, self.shopper.bot.id
        return accounts.has_blocked(self.world.db, *ids)

    def say(self, text: str) -> None:
        """Raises RpcError."""
        with self.world.change() as change:
            gestures.write(change, self.shopper.account, self.shopper.bot, Content(text))
        self.deeds.written += 1

    def tap(self, button: Button) -> "asyncio.Task[None]":
        """Press a button and wait for nothing."""
        self.deeds.pressed += 1
        if button.data.startswith(b"product:"):
            self.deeds.products.add(button.data)
        tap = asyncio.create_task(self._tap(button))
        self._taps.add(tap)
        tap.add_done_callback(self._taps.discard)
        return tap

    async def _tap(self, button: Button) -> None:
        began = time.monotonic()
        try:
            answer = await gestures.press(
                self.world, self.shopper.account, button.message_id, button.data
            )
        except asyncio.CancelledError:
            self.deeds.unanswered += 1
            raise
        except RpcError:
            self.deeds.unanswered += 1
            return
        self._scene.latencies.add("press", time.monotonic() - began)
        if button.action == "product" and button.argument.isdigit():
            self.tell("view", button.argument)
        if answer.message:
            self.phone.notice(answer.message, is_alert=bool(answer.alert))

    def tell(self, what: truth.What, about: str = "") -> None:
        """Record an action in the truth whose effect was seen."""
        self._scene.write(truth.Deed(what=what, about=about, **self._ids))

    def pass_on(self, code: str) -> None:
        """Send somebody one's own link."""
        self._scene.invitations[self.shopper.bot.id].append(code)

    def bring_own(self, code: str) -> None:
        """Let accounts of one's own come by it."""
        self._scene.bring(self.shopper, code, self.random)

    # What a person does and then waits for

    async def think(self) -> None:
        await asyncio.sleep(self.random.expovariate(1 / self.options.thinking_seconds))

    async def start(self, *actions: str) -> list[Button]:
        """Start and look at what has one of these actions. Raises GaveUp, RpcError."""
        began, now = time.monotonic(), self.phone.clock
        self.send_start()
        shown = await self.until("menu", lambda: self.phone.screen(now, *actions))
        self._scene.latencies.add("start", time.monotonic() - began)
        return shown

    async def press(
        self, buttons: list[Button], what: str, find: Callable[[int], Found | None]
    ) -> Found:
        """Press one of the buttons, again now and then, until it shows what it leads to.

        `find` is given the clock of the first press. Raises GaveUp.
        """
        if not buttons:
            raise GaveUp(f"nothing to press for {what}")
        await self.think()
        button = self.random.choice(buttons)
        began, now = time.monotonic(), self.phone.clock
        try:
            async with asyncio.timeout(self.options.patience_seconds):
                found = await self._press_until(button, lambda: find(now))
        except TimeoutError as error:
            raise GaveUp(f"no {what} after {button.data!r}") from error
        self._scene.latencies.add("screen", time.monotonic() - began)
        return found

    async def _press_until(self, button: Button, find: Callable[[], Found | None]) -> Found:
        """A press is lost when the bot's worker dies with it; people press again, too."""
        while True:
            self.tap(button)
            if self.shopper.persona.role is Role.IMPATIENT:
                self.tap(button)
            try:
                return await asyncio.wait_for(
                    self.phone.until(find), self.options.press_again_seconds
                )
            except TimeoutError:
                self.deeds.repeated += 1

    async def until(self, what: str, find: Callable[[], Found | None]) -> Found:
        """Raises GaveUp after the person's patience."""
        try:
            async with asyncio.timeout(self.options.patience_seconds):
                return await self.phone.until(find)
        except TimeoutError as error:
            raise GaveUp(f"no {what}") from error

    async def wait(self, seconds: float, find: Callable[[], object | None]) -> None:
        """Until it comes, or so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.phone.until(find)

    def take_bill(
        self, bill: int, *, is_cart: bool = False, is_top_up: bool = False, from_wallet: int = 0
    ) -> Invoice:
        """Record an invoice that came, and return it; `from_wallet` besides is the wallet's."""
        self.deeds.bills += 1
        invoice = payments.find_invoice(self.world.db, self.shopper.account, bill)
        self._scene.write(
            truth.Bill(
                payload=bytes(invoice.media.payload).decode(errors="replace"),
                amount=invoice.amount,
                currency=invoice.currency,
                is_cart=is_cart,
                is_top_up=is_top_up,
                from_wallet=from_wallet,
                **self._ids,
            )
        )
        return invoice

    def note_wallet(self, at: float, order: str, amount: int, *, is_cart: bool) -> None:
        """Record what the wallet has paid, all of it."""
        assert self.shopper.purse is not None  # it was paid with
        self._scene.write(
            truth.WalletPayment(
                at=at,
                payload=f"wallet:{order}",
                amount=amount,
                currency=self.shopper.purse.currency,
                is_cart=is_cart,
                **self._ids,
            )
        )

    async def pay(self, bill: int) -> Charge:
        """Pay an invoice, again if the bot does not answer in time. Raises RpcError."""
        account = self.shopper.account
        invoice = payments.find_invoice(self.world.db, account, bill)
        began, deadline = time.monotonic(), time.monotonic() + 2 * payments.PRE_CHECKOUT_SECONDS
        while True:
            asked = time.monotonic()
            try:
                charge = await payments.pay(self.world, account, invoice)
                self._scene.latencies.add("pre_checkout", time.monotonic() - asked)
                break
            except RpcError as error:
                if error.text in {"BOT_RESPONSE_TIMEOUT", "BOT_PRECHECKOUT_FAILED"}:
                    self._scene.latencies.add("pre_checkout", time.monotonic() - asked)
                if error.text != "BOT_RESPONSE_TIMEOUT" or time.monotonic() > deadline:
                    raise
                self.deeds.repeated += 1
        self._scene.latencies.add("pay", time.monotonic() - began)
        self.deeds.charges.append(charge)
        self._scene.write(
            truth.Charge(
                charge_id=charge.id,
                payload=charge.payload.decode(errors="replace"),
                amount=charge.amount,
                currency=charge.currency,
                **self._ids,
            )
        )
        return charge

    async def pay_and_get_receipt(self, bill: int) -> Charge:
        """Impatient people press Pay twice; Telegram takes the Stars once.

        Raises GaveUp, RpcError.
        """
        before = self.phone.receipts
        presses = 2 if self.shopper.persona.role is Role.IMPATIENT else 1
        results = await asyncio.gather(
            *(self.pay(bill) for _ in range(presses)), return_exceptions=True
        )
        charges = [each for each in results if isinstance(each, Charge)]
        errors = [each for each in results if isinstance(each, BaseException)]
        if not charges:
            raise errors[0]
        began = time.monotonic()
        await self.until("receipt", lambda: True if self.phone.receipts > before else None)
        self._scene.latencies.add("receipt", time.monotonic() - began)
        return charges[0]

    async def check_out(self, bill: int) -> str:
        """Let the bot approve a payment that then fails; the bill's payload. Raises RpcError."""
        account = self.shopper.account
        invoice = payments.find_invoice(self.world.db, account, bill)
        await payments.check_out(self.world, account, invoice)
        return bytes(invoice.media.payload).decode(errors="replace")

    def take_back(self, charge: Charge) -> None:
        """Get the Stars back, as Telegram's support grants it; the phone records it. Raises
        RpcError."""
        with self.world.change() as change:
            payments.refund(
                self.world, change, self.shopper.bot, self.shopper.account.id, charge.id
            )

    async def leave(self, *, at_once: bool) -> None:
        """Finish the last presses, after a moment for their answers."""
        taps = list(self._taps)
        if taps and not at_once:
            await asyncio.wait(taps, timeout=self.options.press_again_seconds)
        for tap in taps:
            tap.cancel()
        await asyncio.gather(*taps, return_exceptions=True)

    def note(self, outcome: Literal["done", "gave_up", "refused", "cut"], reason: str) -> None:
        deeds = self.deeds
        self._scene.write(
            truth.Visit(
                began_at=deeds.began_at,
                code=self._code,
                started=deeds.started,
                pressed=deeds.pressed,
                repeated=deeds.repeated,
                unanswered=deeds.unanswered,
                written=deeds.written,
                products=len(deeds.products),
                bills=deeds.bills,
                charges=[each.id for each in deeds.charges],
                paid=sum(each.amount for each in deeds.charges),
                outcome=outcome,
                reason=reason,
                **self._ids,
            )
        )

"""One update, one transaction: fenced, entered in the inbox, handled, counted, with its position
stored."""

import asyncio
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

import structlog
from typing_extensions import assert_never

from bots.runtime import counting, leases
from bots.runtime.admission import Admission, admit_visitor
from bots.runtime.bot_config import BotConfig
from bots.runtime.leases import Lease
from bots.runtime.outage import TRANSIENT
from bots.runtime.storage import Position, save_channels, saving
from bots.runtime.update_stream import Arrival, UpdateStream
from bots.sdk import memberships, staffing
from bots.sdk import updates as sdk
from bots.sdk.asking import RESERVED
from bots.sdk.memberships import MembershipAnswer
from bots.sdk.reacting import run_reactions
from bots.sdk.replies import Reply, SendText
from bots.sdk.texts import language_of
from bots.sdk.transaction import ReadFailed, Transaction, while_open
from bots.sdk.turn import Turn, failure_replies, payment_kept
from core.events import MESSAGE_RECEIVED, NOBODY, Emitted
from core.postgres import Connection, Statement
from core.shop import customers, refunds, unbooked
from core.shop.customers import Customer
from core.shop.payments import Charge
from core.shop.refunds import Refund
from core.shop.shops import Language

log = structlog.get_logger()

T = TypeVar("T")

HANDLER_SECONDS = 5.0


class HandlerFailed(Exception):
    """A module (or our own counting) raised; the cause is chained. Nothing of the update's
    transaction remains."""


class PaymentNotTaken(Exception):
    """No enabled module books the payment: Telegram has the money, and the shop does not know."""


@dataclass(slots=True)
class Result:
    """What is to be done once the transaction is committed. `is_new` is False for a replay;
    `position` is what the transaction has stored, if it had to."""

    is_new: bool
    position: Position | None
    replies: list[Reply] = field(default_factory=list)
    queued: int = 0
    jobs: int = 0  # that were put off
    outcome: Literal["ok", "error", "replay"] = "ok"
    buyer_no: int = 0  # the shopper whose visit it was
    emitted: Sequence[Emitted] = ()


@dataclass(slots=True)
class Handling:
    """An update on its way, over however many tries it takes."""

    config: BotConfig
    lease: Lease
    stream: UpdateStream
    arrival: Arrival
    started: float = field(default_factory=time.monotonic)
    # Of a try that got as far as the commit: if that turns out to have happened, it is answered.
    reached: Result | None = None
    is_careful: bool = field(init=False)  # as of `Transaction`
    # What Telegram was asked meanwhile: `bots.sdk.memberships`.
    memberships: dict[str, MembershipAnswer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Only at first, until something that was read has failed. What is urgent has no time for a
        # second try.
        self.is_careful = isinstance(self.update, sdk.Urgent)

    @property
    def update(self) -> sdk.Update:
        return self.arrival.translation.update

    @property
    def kind(self) -> str:
        """What sort of update it is, as the events and the metrics name it."""
        return type(self.update).__name__.lower()

    @property
    def is_counted(self) -> bool:
        """Whether Telegram's count of updates may move by it."""
        return not isinstance(self.update, sdk.Urgent)

    async def once(
        self, connection: Connection, *, failed: bool = False, reason: str = ""
    ) -> Result:
        """Handles the update in one transaction.

        With `failed`, the modules are left out: they have raised before, and the update is only
        counted. A payment is then kept as unbooked, for that `reason`; a refund is booked.
        Raises HandlerFailed, LeaseLost, or what PostgreSQL raises.
        """
        try:
            return await self._once(connection, failed, reason)
        except ReadFailed as failure:
            log.warning("a reading failed, the update is handled again", error=failure.__cause__)
            self.is_careful = True
            return await self._once(connection, failed, reason)

    async def _once(self, connection: Connection, failed: bool, reason: str) -> Result:
        async with connection.transaction():
            admission = await _bounded(self._admit(connection))
            is_new = admission.is_new
            # A pre-checkout moves no count, and waits for nobody who is storing one.
            position = self.stream.position(self.arrival) if self.is_counted else None
            result = Result(is_new, position)
            if not is_new:
                result.outcome = "replay"
            elif failed:
                result.outcome = "error"
            mark = self._mark(position)
            if is_new:
                with while_open():
                    step = self._apply(connection, admission, result, failed, reason)
                    transaction = await _guarded(connection, step)
                await _bounded(transaction.write_events(beside=mark))
                self.reached = result
            elif mark is not None:
                await connection.execute(mark.sql(1), *mark.values)
            if position is not None:
                await save_channels(connection, self.lease.bot_id, position)
        return result if is_new else (self.reached or result)

    def _mark(self, position: Position | None) -> Statement | None:
        """What stores the low-water mark, if it has moved."""
        if position is None or self.stream.is_stored(position):
            return None
        return saving(self.lease.bot_id, position)

    async def _admit(self, connection: Connection) -> Admission:
        """Most updates are somebody's visit. What is urgent need not note one; who is in a group
        has not come to the shop, and getting money back is no visit."""
        translation = self.arrival.translation
        if isinstance(self.update, sdk.OfGroup | sdk.Urgent | sdk.PaymentRefunded):
            kind, key = translation.kind, translation.natural_key
            return Admission(await leases.admit(connection, self.lease, kind, key))
        return await admit_visitor(connection, self.lease, translation, self.config.shop.id)

    async def _apply(
        self,
        connection: Connection,
        admission: Admission,
        result: Result,
        failed: bool,
        reason: str,
    ) -> Transaction:
        """Gives the transaction with the events that are to be written yet."""
        config = self.config
        transaction = Transaction(
            connection,
            config.origin,
            config.shop,
            bot_username=config.bot.username or "",
            enabled=() if failed else config.enabled,
            is_asked=admission.is_asked,
            is_careful=self.is_careful,
            memberships=self.memberships,
        )
        if isinstance(self.update, sdk.PaymentRefunded):
            customer = await self._refund(transaction, self.update)
        elif isinstance(self.update, sdk.OfGroup):
            customer = None  # whoever writes in a group has not come to the shop
        else:
            customer = await self._visit(transaction, admission.customer)
        taken_by: str | None = None
        if isinstance(self.update, sdk.OfGroup) and not failed:
            taken_by = await self._in_group(transaction, self.update)
        if customer is not None and not failed and not config.is_observed:
            taken_by = await Turn(transaction, customer, self.update, pause=config.pause).handle()
            if transaction.is_answer:
                transaction.change(MESSAGE_RECEIVED, counting.as_answer)
            if taken_by is None and isinstance(self.update, sdk.PaymentReceived):
                raise PaymentNotTaken(f"no enabled module takes {self.update.payload!r}")
        if customer is not None and failed and isinstance(self.update, sdk.PaymentReceived):
            await self._keep_payment(transaction, customer, self.update, reason)
        transaction.taken_by = taken_by or ""
        self._note_handled(transaction, customer, result)
        await run_reactions(transaction)
        is_excused = failed and not config.is_silent
        result.replies = self._excuse(customer) if is_excused else transaction.replies
        result.queued, result.jobs = transaction.queued, transaction.jobs
        return transaction

    def _note_handled(
        self, transaction: Transaction, customer: Customer | None, result: Result
    ) -> None:
        handled = counting.handled(
            self.kind,
            result.outcome,
            module=transaction.taken_by,
            queued=self.started - self.arrival.received,
            took=time.monotonic() - self.started,
            is_made_up=self._is_made_up(transaction.taken_by),
        )
        transaction.keep(Emitted(customer.actor if customer is not None else NOBODY, handled))
        if customer is not None:  # the journal is complete once the events are written
            result.buyer_no, result.emitted = customer.buyer_no, transaction.journal

    def _is_made_up(self, taken_by: str) -> bool:
        """Whether a press is of a button that this bot cannot have shown: of no module here, though
        it may be off by now, nor the platform's own; and under a message of a time when nothing
        else spoke for the bot."""
        press, first = self.update, self.stream.others.first_message
        return (
            isinstance(press, sdk.Button)
            and not taken_by
            and press.action not in self.config.buttons | RESERVED
            and first is not None
            and press.message_id >= first
        )

    async def _in_group(self, transaction: Transaction, update: sdk.OfGroup) -> str | None:
        """The module that has acted on it, if any."""
        if not isinstance(update, sdk.MembershipChanged):
            return await staffing.take(transaction, update)
        await memberships.note_change(
            transaction.connection,
            self.lease.bot_id,
            update.channel_id,
            update.person_id,
            came=update.is_member,
        )
        return None

    def _excuse(self, customer: Customer | None) -> list[Reply]:
        """What is said when the modules have failed."""
        spoken = customer.language if customer is not None else ""
        return failure_replies(self.update, language_of(spoken, self.config.shop.language))

    async def _visit(self, transaction: Transaction, customer: Customer | None) -> Customer:
        """Notes what the person did, whose visit may be noted already; gives them as they are."""
        connection, shop_id = transaction.connection, self.config.shop.id
        profile = self.arrival.translation.profile
        if isinstance(self.update, sdk.Urgent):
            # Noting the visit could wait for another update of theirs; the payment notes it soon.
            customer = await customers.find(connection, shop_id, profile.telegram_id)
        if customer is None:
            customer = await customers.touch(connection, shop_id, profile)
        return await self._count(transaction, customer)

    async def _refund(
        self, transaction: Transaction, update: sdk.PaymentRefunded
    ) -> Customer | None:
        """Books it, whatever modules are on: the money has left the shop.

        Gives whom the modules are told of. Getting money back is no visit: the person may have
        blocked the bot long ago, or have had themselves erased, and is not made known by it.
        """
        refund = Refund(
            provider=update.provider,
            charge_id=update.charge_id,
            payer_telegram_id=update.chat_id,
            occurred_at=update.occurred_at,
        )
        booking = await refunds.book(transaction.connection, transaction.origin, refund)
        refund_log = log.bind(bot_id=self.lease.bot_id, charge_id=update.charge_id)
        match booking:
            case "booked" | "booked_before":
                pass
            case "kept":
                refund_log.warning("a refund waits for its payment to be booked")
            case "former_shop":
                refund_log.info("a refund is booked for the shop that the bot belonged to before")
                return None
            case "foreign":
                refund_log.warning("a refund of another bot's or person's payment is ignored")
                return None
            case "elsewhere":
                return None
            case _:
                assert_never(booking)
        return await customers.find(transaction.connection, self.config.shop.id, update.chat_id)

    async def _keep_payment(
        self, transaction: Transaction, customer: Customer, update: sdk.PaymentReceived, reason: str
    ) -> None:
        """Nobody has booked it: it is kept for later, and the shopper told that it has arrived."""
        taken = unbooked.Taken(
            charge=charge_of(update),
            payload=update.payload,
            message_id=int(self.arrival.translation.natural_key),
            occurred_at=update.occurred_at,
        )
        if await unbooked.keep(
            transaction.connection, transaction.origin, customer.actor, taken, reason
        ):
            text = payment_kept(language_of(customer.language, transaction.shop.language))
            key = f"{update.provider}:{update.charge_id}"
            await transaction.queue("payment_kept", SendText(text=text), key, update.chat_id)

    async def _count(self, transaction: Transaction, customer: Customer) -> Customer:
        """The platform's own events of an update, whatever modules are on."""
        connection = transaction.connection
        is_first = False
        match self.update:
            case sdk.Start(code=code):
                customer, is_first = await customers.record_start(connection, customer, code)
            case sdk.Blocked():
                await customers.set_blocked(connection, customer, True)
            case _:
                pass  # whoever does something has let the bot in: `touch` has noted that
        event = counting.event_of(
            self.update, is_first=is_first, is_observed=self.config.is_observed
        )
        if event is not None:
            transaction.keep(Emitted(customer.actor, event))
        return customer

    def language(self) -> Language:
        """The shopper's, for what is said without a transaction."""
        profile = self.arrival.translation.profile
        return language_of(profile.language, self.config.shop.language)


async def _bounded(step: Awaitable[T]) -> T:
    """A step of ours within the same bound: another transaction may hold the customer's row."""
    try:
        async with asyncio.timeout(HANDLER_SECONDS):
            return await step
    except TimeoutError as error:
        raise HandlerFailed from error


async def _guarded(connection: Connection, step: Awaitable[T]) -> T:
    """Handles within a bound, and tells what a module raises apart from PostgreSQL's being away."""
    try:
        async with asyncio.timeout(HANDLER_SECONDS):
            return await step
    except TRANSIENT:
        raise
    except Exception as error:
        if connection.is_closed():
            raise
        raise HandlerFailed from error


def charge_of(update: sdk.PaymentReceived) -> Charge:
    """The payment as the shop books it."""
    return Charge(
        provider=update.provider,
        charge_id=update.charge_id,
        payer_telegram_id=update.chat_id,
        amount_minor=update.amount_minor,
        currency=update.currency,
    )

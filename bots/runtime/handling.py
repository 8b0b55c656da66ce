"""One update, one transaction: fenced, entered in the inbox, handled, counted, marked."""

import asyncio
import re
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from typing_extensions import assert_never

from bots.runtime import leases
from bots.runtime.intake import Arrival, Intake
from bots.runtime.leases import Lease
from bots.runtime.outage import TRANSIENT
from bots.runtime.storage import Position, save_position
from bots.runtime.tenancy import Tenancy
from bots.sdk import updates as sdk
from bots.sdk.replies import Reply
from bots.sdk.texts import language_of
from bots.sdk.transaction import Transaction
from bots.sdk.turn import Turn, failure_replies
from core.events import (
    BOT_BLOCKED,
    BOT_STARTED,
    BOT_UNBLOCKED,
    BUTTON_PRESSED,
    MESSAGE_RECEIVED,
    PAYMENT_INITIATED,
    PAYMENT_SUCCEEDED,
    UPDATE_HANDLED,
)
from core.postgres import Connection
from core.shop import customers
from core.shop.customers import Customer
from core.shop.shops import Language

T = TypeVar("T")

HANDLER_SECONDS = 5.0
# What may stand in an event: a module's own name for a thing, never what a person typed.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


class HandlerFailed(Exception):
    """A module (or our own counting) raised; the cause is chained. Nothing of the update's
    transaction remains."""


class PaymentNotTaken(Exception):
    """No enabled module books the payment: Telegram has the money, and the shop does not know."""


@dataclass(slots=True)
class Result:
    """What is to be done once the transaction is committed. `is_new` is False for a replay."""

    is_new: bool
    position: Position
    replies: list[Reply] = field(default_factory=list)
    queued: int = 0
    outcome: Literal["ok", "error", "replay"] = "ok"


@dataclass(slots=True)
class Handling:
    """An update on its way, over however many tries it takes."""

    tenancy: Tenancy
    lease: Lease
    intake: Intake
    arrival: Arrival
    started: float = field(default_factory=time.monotonic)
    # Of a try that got as far as the commit: if that turns out to have happened, it is answered.
    reached: Result | None = None

    @property
    def update(self) -> sdk.Update:
        return self.arrival.translation.update

    @property
    def kind(self) -> str:
        """What sort of update it is, as the events and the metrics name it."""
        return type(self.update).__name__.lower()

    async def once(self, connection: Connection, *, failed: bool = False) -> Result:
        """Handles the update in one transaction.

        With `failed`, the modules are left out: they have raised before, and the update is only
        counted. Raises HandlerFailed, LeaseLost, or what PostgreSQL raises.
        """
        translation = self.arrival.translation
        async with connection.transaction():
            is_new = await leases.admit(
                connection, self.lease, translation.kind, translation.natural_key
            )
            result = Result(is_new, self.intake.position(self.arrival))
            if not is_new:
                result.outcome = "replay"
            elif failed:
                result.outcome = "error"
            if is_new:
                await _guarded(connection, self._apply(connection, result, failed))
            if not self.intake.is_stored(result.position):
                await save_position(connection, self.lease.bot_id, result.position)
            if is_new:
                self.reached = result
        return result if is_new else (self.reached or result)

    async def _apply(self, connection: Connection, result: Result, failed: bool) -> None:
        tenancy = self.tenancy
        transaction = Transaction(
            connection, tenancy.origin, tenancy.shop, bot_username=tenancy.bot.username or ""
        )
        customer = await customers.touch(
            connection, tenancy.shop.id, self.arrival.translation.profile
        )
        customer = await self._count(transaction, customer)
        enabled = () if failed else tenancy.enabled
        turn = Turn(transaction, customer, enabled, self.update)
        taken_by: str | None = None
        if not failed and not tenancy.is_observed:
            taken_by = await turn.handle()
            if taken_by is None and isinstance(self.update, sdk.PaymentReceived):
                raise PaymentNotTaken(f"no enabled module takes {self.update.payload!r}")
        turn.emit(
            UPDATE_HANDLED,
            latency_us=_microseconds(self.started),
            outcome=result.outcome,
            props={
                "kind": self.kind,
                "module": taken_by or "",
                "queue_us": round((self.started - self.arrival.received) * 1e6),
            },
        )
        await turn.finish()
        if failed and not tenancy.is_observed:
            result.replies = failure_replies(self.update, turn.language)
        else:
            result.replies = transaction.replies
        result.queued = transaction.queued

    async def _count(self, transaction: Transaction, customer: Customer) -> Customer:
        """The platform's own events of an update, whatever modules are on."""
        update = self.update
        connection = transaction.connection

        def emit(event_type: Any, **fields: Any) -> None:
            fields.setdefault("occurred_at", update.occurred_at)
            transaction.emit(customer.actor, event_type, **fields)

        match update:
            case sdk.Start():
                customer, is_first = await customers.record_start(connection, customer, update.code)
                emit(BOT_STARTED, props={"is_first": is_first})
            case sdk.Command():
                emit(MESSAGE_RECEIVED, props={"kind": "command", "command": _name(update.name)})
            case sdk.Message():
                length = update.length_bucket
                emit(MESSAGE_RECEIVED, props={"kind": update.kind, "length": length})
            case sdk.Button():
                emit(BUTTON_PRESSED, props={"action": _name(update.action)})
            case sdk.Blocked() | sdk.Unblocked():
                is_blocked = isinstance(update, sdk.Blocked)
                await customers.set_blocked(connection, customer, is_blocked)
                emit(BOT_BLOCKED if is_blocked else BOT_UNBLOCKED)
            case sdk.PreCheckout() | sdk.PaymentReceived():
                if self.tenancy.is_observed:
                    self._observe_payment(update, emit)
            case _:
                assert_never(update)
        return customer

    @staticmethod
    def _observe_payment(update: sdk.PreCheckout | sdk.PaymentReceived, emit: Any) -> None:
        """The shop's own code books it; here it is only counted. (Where the bot is hosted, the
        transaction that books it says so.)"""
        if isinstance(update, sdk.PreCheckout):
            emit(PAYMENT_INITIATED, amount_minor=update.amount_minor, currency=update.currency)
        else:
            emit(
                PAYMENT_SUCCEEDED,
                amount_minor=update.amount_minor,
                currency=update.currency,
                outcome=update.provider,
            )

    def language(self) -> Language:
        """The shopper's, for what is said without a transaction."""
        profile = self.arrival.translation.profile
        return language_of(profile.language, self.tenancy.shop.language)


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


def _name(text: str) -> str:
    return text if _NAME.fullmatch(text) else ""


def _microseconds(since: float) -> int:
    return round((time.monotonic() - since) * 1e6)

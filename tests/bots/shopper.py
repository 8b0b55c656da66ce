"""A shopper who presses buttons of a bot's modules, one transaction a press, without Telegram."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from bots.runtime.memberships import answered
from bots.sdk.keyboards import ActionButton, AnyButton, Keyboard
from bots.sdk.loading import EnabledModule, enable, load
from bots.sdk.memberships import MembershipAnswer
from bots.sdk.pausing import Pause
from bots.sdk.replies import DURABLE, EditText, Reply, Screen, SendInvoice, SendText
from bots.sdk.transaction import Transaction
from bots.sdk.turn import Turn
from bots.sdk.updates import (
    Button,
    Command,
    Message,
    PaymentReceived,
    PreCheckout,
    ShippingQuery,
    Start,
    Update,
    split,
)
from core.events import Emitted, Origin, emit_all
from core.modules import Modules
from core.postgres import Connection
from core.shop import customers, shops
from core.shop.bots import ModuleChoice
from core.shop.customers import Profile
from tests.factories import KEYS

R = TypeVar("R")
MESSAGE_ID = 77
CHANNEL_ID = 555
_numbers = itertools.count(1)


def installed() -> Modules:
    """The product's own modules; in a module's tests, those that it knows."""
    return Modules.discover()


def enabled_modules(**settings: dict[str, Any]) -> list[EnabledModule]:
    """The product's own modules with these settings, as a bot has them."""
    enabled, problems = enable(
        load(installed()),
        [ModuleChoice(bot_id=1, module=key, settings=values) for key, values in settings.items()],
        KEYS,
    )
    assert not problems, problems
    return enabled


@dataclass(frozen=True)
class Seen:
    """What one tap did: who took it, and what goes out after the commit."""

    taken_by: str | None
    replies: list[Reply]
    queued: int

    def only(self, kind: type[R]) -> R:
        """The one reply of a kind."""
        (found,) = [reply for reply in self.replies if isinstance(reply, kind)]
        return found

    @property
    def screen(self) -> SendText | EditText:
        (found,) = [reply for reply in self.replies if isinstance(reply, SendText | EditText)]
        return found

    @property
    def buttons(self) -> list[str]:
        """The data of the screen's buttons, row by row."""
        return [item.data for row in self.rows for item in row if isinstance(item, ActionButton)]

    @property
    def rows(self) -> Sequence[Sequence[AnyButton]]:
        """The screen's buttons, from the top."""
        keyboard = self.screen.keyboard
        return keyboard.rows if isinstance(keyboard, Keyboard) else ()


class Shopper:
    """One person in one bot; each call is an update, handled and committed."""

    def __init__(
        self,
        connection: Connection,
        origin: Origin,
        enabled: Sequence[EnabledModule],
        *,
        telegram_id: int = 9001,
        language: str = "ru",
    ) -> None:
        self.connection = connection
        self.origin = origin
        self.enabled = enabled
        self.profile = Profile(telegram_id=telegram_id, language=language)
        self.pause: Pause | None = None
        self.chats: dict[str, bool | None] = {}  # what Telegram says of them, if it is asked
        self.is_flood = False  # it asks to wait instead
        self.asked: list[str] = []  # about which chats it was asked

    async def do(self, update: Update) -> Seen:
        told: dict[str, MembershipAnswer] = {}

        async def ask(chat: str) -> MembershipAnswer:
            self.asked.append(chat)
            error = "FLOOD_WAIT" if self.is_flood else ""
            answer = None if self.is_flood else self.chats.get(chat)
            return MembershipAnswer(answer, CHANNEL_ID, error, passes=self.is_flood)

        return await answered(lambda: self._do(update, told), told, ask)

    async def _do(self, update: Update, memberships: Mapping[str, MembershipAnswer]) -> Seen:
        async with self.connection.transaction():
            shop = await shops.get(self.connection, self.origin.shop_id)
            transaction = Transaction(
                self.connection,
                self.origin,
                shop,
                enabled=self.enabled,
                memberships=memberships,
            )
            customer = await customers.touch(self.connection, shop.id, self.profile)
            turn = Turn(transaction, customer, update, pause=self.pause)
            taken_by = await turn.handle()
            await turn.finish()
        told = [event for reply in transaction.replies for event in _told_by(reply)]
        await emit_all(self.connection, self.origin, told)
        return Seen(taken_by, transaction.replies, transaction.queued)

    def _when(self) -> dict[str, Any]:
        return {"chat_id": self.profile.telegram_id, "occurred_at": datetime.now(UTC)}

    async def start(self, code: str = "") -> Seen:
        return await self.do(Start(code=code, **self._when()))

    async def command(self, name: str, argument: str = "") -> Seen:
        return await self.do(Command(name=name, argument=argument, **self._when()))

    async def write(self, text: str) -> Seen:
        return await self.do(Message(kind="text", text=text, **self._when()))

    async def press(self, data: str) -> Seen:
        action, argument = split(data)
        return await self.do(
            Button(
                action=action,
                argument=argument,
                query_id=next(_numbers),
                message_id=MESSAGE_ID,
                **self._when(),
            )
        )

    async def buy(self, product_id: int) -> SendInvoice:
        """The bill, as Telegram has it."""
        bill = (await self.press(f"buy:{product_id}")).only(SendInvoice)
        return bill.model_copy(update={"on_sent": ()})

    async def check_out(self, invoice: SendInvoice, **changes: Any) -> Seen:
        """Telegram's question before the payment of an invoice."""
        values = _of_invoice(invoice) | {"query_id": next(_numbers)} | changes
        return await self.do(PreCheckout(**values, **self._when()))

    async def ask_shipping(self, invoice: SendInvoice, **changes: Any) -> Seen:
        """Telegram's question how an invoice's goods come to an address."""
        values: dict[str, Any] = {"payload": invoice.payload, "query_id": next(_numbers)}
        values |= changes
        return await self.do(ShippingQuery(**values, **self._when()))

    async def pay(self, invoice: SendInvoice, **changes: Any) -> Seen:
        values = _of_invoice(invoice) | {"charge_id": f"charge-{next(_numbers)}"} | changes
        return await self.do(PaymentReceived(**values, **self._when()))


def _told_by(reply: Reply) -> tuple[Emitted, ...]:
    """What the runtime emits once Telegram has acknowledged the reply."""
    return reply.on_sent if isinstance(reply, Screen) else ()


def _of_invoice(invoice: SendInvoice) -> dict[str, Any]:
    return {
        "payload": invoice.payload,
        "amount_minor": invoice.price.amount_minor,
        "currency": invoice.price.currency,
    }


async def outgoing(connection: Connection) -> list[tuple[int, str, Screen]]:
    """The messages that must arrive once: chat, purpose, message; oldest first."""
    rows = await connection.fetch("SELECT chat_id, purpose, message FROM outgoing ORDER BY id")
    return [
        (row["chat_id"], row["purpose"], DURABLE.validate_python(row["message"])) for row in rows
    ]


async def events(connection: Connection) -> list[str]:
    """The names of the events in the outbox, in their order."""
    rows = await connection.fetch("SELECT event FROM outbox ORDER BY xid, pos")
    return [row["event"] for row in rows]

"""What a handler or a reaction is given: the transaction, and its module's settings and texts."""

from collections.abc import Set
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from bots.sdk.keyboards import Keyboard
from bots.sdk.replies import (
    AnswerButton,
    AnswerPreCheckout,
    EditText,
    SendInvoice,
    SendText,
    Text,
)
from bots.sdk.texts import Texts
from bots.sdk.transaction import Transaction
from bots.sdk.updates import Button, PreCheckout, Update
from core.events import NOBODY, Actor, EventType, Origin
from core.modules import Manifest
from core.money import Money
from core.postgres import Connection
from core.shop.customers import Customer
from core.shop.shops import Shop

S = TypeVar("S", bound=BaseModel)


class Scope(Generic[S]):
    """One module inside one transaction. Modules never commit: the edge that opened it does."""

    def __init__(
        self,
        transaction: Transaction,
        manifest: Manifest,
        settings: S,
        texts: Texts,
        actor: Actor = NOBODY,
    ) -> None:
        self.transaction = transaction
        self.manifest = manifest
        self.settings = settings
        self.texts = texts
        self.actor = actor

    @property
    def connection(self) -> Connection:
        return self.transaction.connection

    @property
    def origin(self) -> Origin:
        return self.transaction.origin

    @property
    def shop(self) -> Shop:
        return self.transaction.shop

    @property
    def now(self) -> datetime:
        """One moment for all that happens in the transaction, UTC."""
        return self.transaction.now

    def emit(self, event_type: EventType, **fields: Any) -> None:
        """Emits an event with the transaction; `fields` as in `core.events.Event`.

        Raises ValueError if the module's manifest does not declare the type.
        """
        if event_type not in self.manifest.events:
            raise ValueError(f"{self.manifest.key} does not declare {event_type.name}")
        self.transaction.emit(self.actor, event_type, **fields)

    async def send_durably(
        self,
        purpose: str,
        message: SendText | SendInvoice,
        natural_key: str,
        *,
        chat_id: int,
    ) -> bool:
        """Sends a message that is neither lost nor doubled, whatever is killed in between.

        `purpose` and `natural_key` name its cause (`receipt`, the order's id): what has the same
        cause is the same message. False if it was on its way already.
        """
        return await self.transaction.queue(purpose, message, natural_key, chat_id)


class Context(Scope[S]):
    """One module handling one update of one shopper. Replies go out after the commit."""

    def __init__(
        self,
        transaction: Transaction,
        manifest: Manifest,
        settings: S,
        texts: Texts,
        *,
        customer: Customer,
        update: Update,
        actions: Set[str] = frozenset(),
    ) -> None:
        super().__init__(transaction, manifest, settings, texts, customer.actor)
        self.customer = customer
        self._update = update
        self._actions = actions

    @property
    def bot_id(self) -> int:
        return self.origin.bot_id

    @property
    def bot_username(self) -> str:
        return self.transaction.bot_username

    def offers(self, action: str) -> bool:
        """Whether a module that is on for this bot answers a button with this action."""
        return action in self._actions

    def reply(self, text: Text | str, keyboard: Keyboard | None = None) -> None:
        """A new message."""
        self.transaction.replies.append(SendText(text=_text(text), keyboard=keyboard))

    def edit(self, text: Text | str, keyboard: Keyboard | None = None) -> None:
        """Changes the message whose button was pressed; a new message if none was."""
        if isinstance(self._update, Button):
            message_id = self._update.message_id
            self.transaction.replies.append(
                EditText(message_id=message_id, text=_text(text), keyboard=keyboard)
            )
        else:
            self.reply(text, keyboard)

    def answer(self, text: str = "", *, alert: bool = False) -> None:
        """A notice over the chat, at most 200 characters; only for a button's press."""
        if not isinstance(self._update, Button):
            raise TypeError("only the press of a button can be answered")
        self.transaction.replies.append(
            AnswerButton(query_id=self._update.query_id, text=text, alert=alert)
        )

    def invoice(self, *, title: str, description: str, payload: str, price: Money) -> None:
        """A bill; `payload` is `<prefix>:<argument>` and comes back with the payment."""
        self.transaction.replies.append(
            SendInvoice(title=title, description=description, payload=payload, price=price)
        )

    def approve(self) -> None:
        """Lets the payment go on."""
        self._answer_pre_checkout(ok=True)

    def refuse(self, reason: str) -> None:
        """Stops the payment; the shopper reads why, in their language."""
        self._answer_pre_checkout(ok=False, error=reason)

    def _answer_pre_checkout(self, *, ok: bool, error: str = "") -> None:
        if not isinstance(self._update, PreCheckout):
            raise TypeError("only a pre-checkout can be approved or refused")
        self.transaction.replies.append(
            AnswerPreCheckout(query_id=self._update.query_id, ok=ok, error=error)
        )

    async def send_durably(
        self,
        purpose: str,
        message: SendText | SendInvoice,
        natural_key: str,
        *,
        chat_id: int | None = None,
    ) -> bool:
        """As in `Scope`, to this shopper unless another chat is named."""
        return await super().send_durably(
            purpose, message, natural_key, chat_id=chat_id or self._update.chat_id
        )


def _text(text: Text | str) -> Text:
    return Text(plain=text) if isinstance(text, str) else text

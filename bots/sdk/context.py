"""The arguments of handlers and reactions: the transaction, and the module's settings and texts."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel

from bots.sdk import asking, later
from bots.sdk.bills import BillTerms, ShippingChoice
from bots.sdk.keyboards import ActionButton, Keyboard
from bots.sdk.offers import Offer, collect
from bots.sdk.replies import (
    CAPTION_UNITS,
    AnswerButton,
    AnswerPreCheckout,
    AnswerShipping,
    DeleteMessage,
    DurableReply,
    EditPhoto,
    EditText,
    Media,
    SendAlbum,
    SendDocument,
    SendInvoice,
    SendPhoto,
    SendText,
    Text,
    split_text,
)
from bots.sdk.texts import Texts, language_of
from bots.sdk.transaction import Transaction
from bots.sdk.updates import Button, PreCheckout, ShippingQuery, Update
from core.errors import ConfigurationError
from core.events import NOBODY, Actor, Emitted, Event, EventType, Origin
from core.modules import Manifest
from core.money import Money
from core.postgres import Connection
from core.secrets import KeyRing
from core.shop.customers import Customer
from core.shop.shops import Language, Shop

if TYPE_CHECKING:  # a module is loaded with its handlers, which are given a context
    from bots.sdk.loading import EnabledModule

S = TypeVar("S", bound=BaseModel)
O = TypeVar("O", bound=Offer)  # noqa: E741  # O as in offer


class Scope(Generic[S]):
    """One module inside one transaction. Modules never commit: the edge that opened it does.

    `customer` is whose matter it is: their language is that of the texts, `telegram_id` their chat.
    None if it is nobody's, or a shopper's who was erased.
    """

    def __init__(
        self,
        transaction: Transaction,
        item: "EnabledModule",
        customer: Customer | None = None,
        actor: Actor | None = None,
    ) -> None:
        self.transaction = transaction
        self.item = item
        self.settings: S = item.settings  # type: ignore[assignment]  # validated by its manifest
        self.actor = actor or (customer.actor if customer is not None else NOBODY)
        self._customer = customer
        self._origin: Origin | None = None

    @property
    def customer(self) -> Customer | None:
        return self._customer

    @property
    def manifest(self) -> Manifest:
        return self.item.module.manifest

    @property
    def language(self) -> Language:
        """The shopper's; the shop's if there is none."""
        spoken = self._customer.language if self._customer is not None else self.actor.lang
        return language_of(spoken, self.shop.language)

    @property
    def texts(self) -> Texts:
        """In the shopper's language."""
        return self.item.texts[self.language]

    @property
    def secrets(self) -> KeyRing:
        """Seals what the module keeps for itself; raises ConfigurationError without any key."""
        if self.item.secrets is None:
            raise ConfigurationError("no encryption key: set VITRINA_SECRET_KEYS")
        return self.item.secrets

    @property
    def connection(self) -> Connection:
        return self.transaction.connection

    @property
    def origin(self) -> Origin:
        """The transaction's, for what happens in the work of this module."""
        if self._origin is None:
            self._origin = dataclasses.replace(self.transaction.origin, module=self.manifest.key)
        return self._origin

    @property
    def shop(self) -> Shop:
        return self.transaction.shop

    @property
    def bot_id(self) -> int:
        return self.transaction.origin.bot_id

    @property
    def bot_username(self) -> str:
        return self.transaction.bot_username

    @property
    def now(self) -> datetime:
        """One moment for all that happens in the transaction, UTC."""
        return self.transaction.now

    def in_module(self, item: "EnabledModule") -> "Scope[Any]":
        """The same matter, as another module sees it."""
        return Scope(self.transaction, item, self._customer, self.actor)

    def of(self, offer: Offer) -> Any:
        """As `in_module`, of the module that made an offer: what a reward's `give` is given."""
        (item,) = (each for each in self.transaction.enabled if each.key == offer.module)
        return self.in_module(item)

    async def about(self, buyer_no: int) -> "Scope[S] | None":
        """The same module, on a shopper's matter; None if there is no such shopper any more."""
        customer = await self.transaction.person(buyer_no)
        return Scope(self.transaction, self.item, customer) if customer is not None else None

    def emit(
        self, event_type: EventType, *, props: BaseModel | dict[str, Any] | None = None, **more: Any
    ) -> None:
        """Emits an event with the transaction; `more` as in `core.events.Event`.

        Raises ValueError if the module's manifest does not declare the type, and TypeError if its
        properties are not of the type's model.
        """
        self.transaction.keep(self.event(event_type, props=props, **more))

    def event(
        self, event_type: EventType, *, props: BaseModel | dict[str, Any] | None = None, **more: Any
    ) -> Emitted:
        """An event that is not emitted yet, for a message's `on_sent` or `on_lost`; raises like
        `emit`."""
        if event_type not in self.manifest.events:
            raise ValueError(f"{self.manifest.key} does not declare {event_type.name}")
        if event_type.props is not None and not isinstance(props, event_type.props):
            raise TypeError(f"{event_type.name} tells {event_type.props.__name__}")
        properties = props.model_dump(mode="json") if isinstance(props, BaseModel) else props
        more.setdefault("occurred_at", self.now)
        event = Event(event_type, props=properties, module=self.manifest.key, **more)
        return Emitted(self.actor, event)

    async def offered(self, point: type[O], about: object = None) -> tuple[O, ...]:
        """What the bot's modules offer at an extension point (`bots.sdk.points`), in order; a
        failing one is left out."""
        return await collect(self, point, about)

    async def later(
        self,
        task: str,
        *,
        at: datetime,
        key: str = "",
        data: Mapping[str, Any] | None = None,
        replace: bool = True,
    ) -> None:
        """Has `@jobs.task(task)` of this module run once, at a time (UTC) or soon after it.

        Of one task and `key` only one waits: a later call puts it off or, without `replace`,
        changes nothing. Raises ValueError if the module has no such task.
        """
        await later.put_off(self, task, at=at, key=key, data=data or {}, replace=replace)

    async def forget(self, task: str, key: str = "") -> bool:
        """Takes a job back that has not begun; False if there is none."""
        return await later.forget(self, task, key)

    async def send_durably(
        self,
        purpose: str,
        message: DurableReply | Text | str,
        natural_key: str,
        *,
        chat_id: int | None = None,
    ) -> bool:
        """Sends a message that is neither lost nor doubled, whatever is killed in between, to the
        shopper unless another chat is named.

        `purpose` and `natural_key` name its cause (`receipt`, the order's id): what has the same
        cause is the same message. A text that is too long goes in parts. False if it was on its way
        already. Raises ValueError if there is no shopper and no chat.
        """
        if chat_id is None:
            if self._customer is None:
                raise ValueError("there is nobody to send this to: name the chat")
            chat_id = self._customer.telegram_id
        if not isinstance(message, str | Text):
            return await self.transaction.queue(purpose, message, natural_key, chat_id)
        is_new = False
        for number, part in enumerate(split_text(_text(message))):
            key = f"{natural_key}#{number}" if number else natural_key
            is_new |= await self.transaction.queue(purpose, SendText(text=part), key, chat_id)
        return is_new


class Context(Scope[S]):
    """One module handling one update of one shopper. Replies go out after the commit."""

    def __init__(
        self,
        transaction: Transaction,
        item: "EnabledModule",
        customer: Customer,
        update: Update,
    ) -> None:
        super().__init__(transaction, item, customer)
        self.update = update
        self.proceeds = False
        self.followed: ActionButton | None = None

    @property
    def customer(self) -> Customer:
        assert self._customer is not None  # an update is always somebody's
        return self._customer

    def in_module(self, item: "EnabledModule") -> "Context[Any]":
        return Context(self.transaction, item, self.customer, self.update)

    def reply(self, text: Text | str, keyboard: Keyboard | None = None) -> None:
        """A new message; what is too long for one goes in several, the keyboard under the last."""
        *parts, last = split_text(_text(text))
        self._say(*(SendText(text=part) for part in parts))
        self._say(SendText(text=last, keyboard=keyboard))

    def reply_photo(
        self, photo: Media, caption: Text | str | None = None, keyboard: Keyboard | None = None
    ) -> None:
        """A picture; a caption of over 1,024 characters becomes a message of its own below it."""
        text = _text(caption) if caption else None
        if text is not None and text.units > CAPTION_UNITS:
            self._say(SendPhoto(photo=photo))
            self.reply(text, keyboard)
        else:
            self._say(SendPhoto(photo=photo, caption=text, keyboard=keyboard))

    def reply_album(self, photos: Sequence[Media], caption: Text | str | None = None) -> None:
        """Two to ten pictures together; a longer caption comes below them."""
        text = _text(caption) if caption else None
        fits = text is None or text.units <= CAPTION_UNITS
        self._say(SendAlbum(photos=tuple(photos), caption=text if fits else None))
        if text is not None and not fits:
            self.reply(text)

    def reply_document(
        self, document: Media, caption: Text | str | None = None, keyboard: Keyboard | None = None
    ) -> None:
        """A file; a longer caption comes below it."""
        text = _text(caption) if caption else None
        if text is not None and text.units > CAPTION_UNITS:
            self._say(SendDocument(document=document))
            self.reply(text, keyboard)
        else:
            self._say(SendDocument(document=document, caption=text, keyboard=keyboard))

    def edit(
        self, text: Text | str, keyboard: Keyboard | None = None, *, photo: Media | None = None
    ) -> None:
        """Shows a screen in the place of the one whose button was pressed; a new message if none
        was. Where one has a picture and the other not, the old message goes and a new one comes.
        """
        if not isinstance(self.update, Button) or self.update.stays:
            self._show(text, keyboard, photo)
            return
        message_id, shown = self.update.message_id, _text(text)
        if photo is None and not self.update.is_on_media:
            first, *others = split_text(shown)
            self._say(
                EditText(message_id=message_id, text=first, keyboard=None if others else keyboard)
            )
            for number, part in enumerate(others, start=1):
                under = keyboard if number == len(others) else None
                self._say(SendText(text=part, keyboard=under))
        elif photo is not None and self.update.is_on_media and shown.units <= CAPTION_UNITS:
            self._say(
                EditPhoto(message_id=message_id, photo=photo, caption=shown, keyboard=keyboard)
            )
        else:
            self._say(DeleteMessage(message_id=message_id))
            self._show(text, keyboard, photo)

    def _show(self, text: Text | str, keyboard: Keyboard | None, photo: Media | None) -> None:
        if photo is None:
            self.reply(text, keyboard)
        else:
            self.reply_photo(photo, text, keyboard)

    def _say(self, *replies: Any) -> None:
        self.transaction.replies.extend(replies)

    async def ask(
        self,
        question: str,
        text: Text | str,
        *,
        data: Mapping[str, Any] | None = None,
        choices: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Asks what `@dialogs.ask(question, …)` of this module takes the answer to, in place of
        whatever this shopper was asked before. `data` (JSON) is given back with the answer;
        `choices` are pairs of value and label for a `ChoiceAnswer`.

        Raises ValueError if the module has no such question.
        """
        await asking.ask(self, question, _text(text), data=data or {}, choices=choices)

    def proceed(self) -> None:
        """After a gate is passed: goes on with the Start, and its link's code, that was held up."""
        self.proceeds = True

    def follow(self, pressed: ActionButton) -> None:
        """Goes on as if this button, which another module offers, had been pressed: its screen
        comes below the message. Raises TypeError unless a button was pressed."""
        if not isinstance(self.update, Button):
            raise TypeError("only the press of a button leads on to another one")
        self.followed = pressed

    def answer(self, text: str = "", *, alert: bool = False) -> None:
        """A notice over the chat, cut at 200 characters; only for a button's press."""
        if not isinstance(self.update, Button):
            raise TypeError("only the press of a button can be answered")
        self._say(AnswerButton(query_id=self.update.query_id, text=text[:200], alert=alert))

    def invoice(
        self,
        *,
        title: str,
        description: str,
        payload: str,
        price: Money,
        terms: BillTerms | None = None,
        on_sent: Sequence[Emitted] = (),
    ) -> None:
        """A bill; `payload` is `<prefix>:<argument>` and comes back with the payment. A longer
        title or description is cut (32 and 255 characters). In money it has `terms`. `on_sent` is
        emitted once the shopper has it; should Telegram refuse it, shopper and owner are told."""
        self._say(
            SendInvoice(
                title=_cut(title, 32),
                description=_cut(description, 255),
                payload=payload,
                price=price,
                terms=terms,
                on_sent=tuple(on_sent),
            )
        )

    def ship(self, choices: Sequence[ShippingChoice]) -> None:
        """How the goods can come to the payer's address."""
        self._answer_shipping(choices=tuple(choices))

    def ship_nowhere(self, reason: str) -> None:
        """Why they cannot; the shopper reads it, in their language."""
        self._answer_shipping(error=reason)

    def _answer_shipping(self, **answer: Any) -> None:
        if not isinstance(self.update, ShippingQuery):
            raise TypeError("only a shipping query is answered with ways of shipping")
        self._say(AnswerShipping(query_id=self.update.query_id, **answer))

    def approve(self) -> None:
        """Lets the payment go on."""
        self._answer_pre_checkout(ok=True)

    def refuse(self, reason: str) -> None:
        """Stops the payment; the shopper reads why, in their language."""
        self._answer_pre_checkout(ok=False, error=reason)

    def _answer_pre_checkout(self, *, ok: bool, error: str = "") -> None:
        if not isinstance(self.update, PreCheckout):
            raise TypeError("only a pre-checkout can be approved or refused")
        self._say(AnswerPreCheckout(query_id=self.update.query_id, ok=ok, error=error))


def _text(text: Text | str) -> Text:
    return Text(plain=text) if isinstance(text, str) else text


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"

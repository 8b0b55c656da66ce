"""Which handler of a module handles which update."""

import inspect
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Generic, TypeAlias, TypeVar

from pydantic import BaseModel
from typing_extensions import assert_never

from bots.sdk.asking import RESERVED
from bots.sdk.context import Context
from bots.sdk.updates import (
    Blocked,
    Button,
    Command,
    Edited,
    GroupJoined,
    GroupLeft,
    GroupMoved,
    MembershipChanged,
    Message,
    PaymentReceived,
    PaymentRefunded,
    PreCheckout,
    ShippingQuery,
    StaffCommand,
    StaffPress,
    StaffReply,
    Start,
    Unblocked,
    Update,
)

S = TypeVar("S", bound=BaseModel)
U = TypeVar("U")


class Pass(Enum):
    """Returned by a handler that declines: the next one is asked."""

    PASS = "pass"


PASS: Final = Pass.PASS

# `-> None`: the handler always takes the update. `-> Pass | None`: it may decline.
Handler: TypeAlias = Callable[[Context[S], U], Awaitable[Pass | None]]
Decorator: TypeAlias = Callable[[Handler[S, U]], Handler[S, U]]


def subject_of(update: Update) -> str:
    """The key by which a handler is chosen, besides the update's type."""
    match update:
        case Command() | StaffCommand():
            return update.name
        case Button() | StaffPress():
            return update.action
        case ShippingQuery() | PreCheckout() | PaymentReceived() | PaymentRefunded():
            return update.prefix
        case Start() | Message() | Edited() | Blocked() | Unblocked():
            return ""
        case StaffReply() | GroupJoined() | GroupLeft() | GroupMoved() | MembershipChanged():
            return ""
        case _:
            assert_never(update)


@dataclass(frozen=True, slots=True)
class Handled:
    """What a handler handles, and whether it may decline."""

    kind: type
    subject: str
    may_pass: bool


class Router(Generic[S]):
    """A module's handlers; `S` is the module's settings: `router = Router[MenuSettings]()`.

    A handler that returns `PASS` declines, and the next one is asked; one that may do so says it in
    its type: `-> Pass | None`. Of Start and messages a module may have several, asked in their
    order. Everything else raises ValueError if the module handles it already, or if it is the
    platform's own: `/start`, `/cancel`.
    """

    def __init__(self) -> None:
        self._handlers: dict[tuple[type, str], list[Handler[S, Any]]] = {}
        self._in_pause: set[str] = set()

    def _on(self, kind: type[U], subject: str = "") -> Decorator[S, U]:
        if subject in RESERVED or (kind, subject) == (Command, "start"):
            raise ValueError(f"{kind.__name__} {subject} is the platform's own")

        def register(handler: Handler[S, U]) -> Handler[S, U]:
            handlers = self._handlers.setdefault((kind, subject), [])
            if handlers and (subject or not _may_pass(handlers[-1])):
                raise ValueError(f"two handlers for {kind.__name__} {subject}")
            handlers.append(handler)
            return handler

        return register

    def start(self, handler: Handler[S, Start]) -> Handler[S, Start]:
        """Start was pressed, with or without a link's code."""
        return self._on(Start)(handler)

    def message(self, handler: Handler[S, Message]) -> Handler[S, Message]:
        """Any message that is no command and no answer to a question, and commands that no module
        knows."""
        return self._on(Message)(handler)

    def blocked(self, handler: Handler[S, Blocked]) -> Handler[S, Blocked]:
        return self._on(Blocked)(handler)

    def unblocked(self, handler: Handler[S, Unblocked]) -> Handler[S, Unblocked]:
        return self._on(Unblocked)(handler)

    def command(self, name: str) -> Decorator[S, Command]:
        """`/name`, in lower case, without the slash."""
        return self._on(Command, name)

    def button(self, action: str, *, in_pause: bool = False) -> Decorator[S, Button]:
        """A press of a button with data `<action>` or `<action>:<argument>`. `in_pause`: it is
        about money on its way, which a paused bot takes as always."""
        if in_pause:
            self._in_pause.add(action)
        return self._on(Button, action)

    def goes_on(self, update: Update) -> bool:
        """Whether it handles this also while the bot is paused."""
        return isinstance(update, Button) and update.action in self._in_pause

    def shipping(self, prefix: str) -> Decorator[S, ShippingQuery]:
        """A shipping query of an invoice whose payload is `<prefix>:…`."""
        return self._on(ShippingQuery, prefix)

    def pre_checkout(self, prefix: str) -> Decorator[S, PreCheckout]:
        """The check before a payment for an invoice with the payload `<prefix>:<argument>`."""
        return self._on(PreCheckout, prefix)

    def payment(self, prefix: str) -> Decorator[S, PaymentReceived]:
        """A payment for an invoice with the payload `<prefix>:<argument>`."""
        return self._on(PaymentReceived, prefix)

    def refund(self, prefix: str) -> Decorator[S, PaymentRefunded]:
        """A refunded payment for an invoice with the payload `<prefix>:<argument>`.

        The runtime has booked it by then, if the payment is booked: see `core.shop.refunds`.
        """
        return self._on(PaymentRefunded, prefix)

    def find(self, update: Update) -> Sequence[Handler[S, Any]]:
        """The handlers to be asked, in order."""
        return self._handlers.get((type(update), subject_of(update)), ())

    @property
    def answers(self) -> bool:
        """Whether it answers anything: blocking the bot is noticed, not answered."""
        return any(kind not in (Blocked, Unblocked) for kind, _ in self._handlers)

    def handled(self) -> Iterator[Handled]:
        """Everything that it answers, in the order in which it is asked."""
        for (kind, subject), handlers in self._handlers.items():
            for handler in handlers:
                yield Handled(kind, subject, _may_pass(handler))

    def subjects(self, kind: type) -> frozenset[str]:
        """The names of the commands, buttons or prefixes that it answers."""
        return frozenset(subject for of, subject in self._handlers if of is kind)


def _may_pass(handler: Handler[Any, Any]) -> bool:
    """Its return type says so, which mypy checks."""
    returns = inspect.signature(handler).return_annotation
    return returns is not None and returns != "None"

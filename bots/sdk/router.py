"""Which handler of a module takes which update."""

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeAlias, TypeVar

from pydantic import BaseModel
from typing_extensions import assert_never

from bots.sdk.context import Context
from bots.sdk.updates import (
    Blocked,
    Button,
    Command,
    Message,
    PaymentReceived,
    PaymentRefunded,
    PreCheckout,
    Start,
    Unblocked,
    Update,
)

S = TypeVar("S", bound=BaseModel)
U = TypeVar("U")
Handler: TypeAlias = Callable[[Context[S], U], Awaitable[None]]
Decorator: TypeAlias = Callable[[Handler[S, U]], Handler[S, U]]


def _subject(update: Update) -> str:
    """What a handler is chosen by, besides the update's type."""
    match update:
        case Command():
            return update.name
        case Button():
            return update.action
        case PreCheckout() | PaymentReceived() | PaymentRefunded():
            return update.prefix
        case Start() | Message() | Blocked() | Unblocked():
            return ""
        case _:
            assert_never(update)


class Router(Generic[S]):
    """A module's handlers; `S` is the module's settings: `router = Router[MenuSettings]()`.

    Each decorator raises ValueError if the module handles the same thing already.
    """

    def __init__(self) -> None:
        self._handlers: dict[tuple[type, str], Handler[S, Any]] = {}

    def _on(self, kind: type[U], subject: str = "") -> Decorator[S, U]:
        def register(handler: Handler[S, U]) -> Handler[S, U]:
            if (kind, subject) in self._handlers:
                raise ValueError(f"two handlers for {kind.__name__} {subject}")
            self._handlers[kind, subject] = handler
            return handler

        return register

    def start(self, handler: Handler[S, Start]) -> Handler[S, Start]:
        """Start was pressed, with or without a link's code."""
        return self._on(Start)(handler)

    def message(self, handler: Handler[S, Message]) -> Handler[S, Message]:
        """Any message that is no command, and commands that no module knows."""
        return self._on(Message)(handler)

    def blocked(self, handler: Handler[S, Blocked]) -> Handler[S, Blocked]:
        return self._on(Blocked)(handler)

    def unblocked(self, handler: Handler[S, Unblocked]) -> Handler[S, Unblocked]:
        return self._on(Unblocked)(handler)

    def command(self, name: str) -> Decorator[S, Command]:
        """`/name`, in lower case, without the slash."""
        return self._on(Command, name)

    def button(self, action: str) -> Decorator[S, Button]:
        """A press of a button with data `<action>` or `<action>:<argument>`."""
        return self._on(Button, action)

    def pre_checkout(self, prefix: str) -> Decorator[S, PreCheckout]:
        """The check before a payment whose invoice carried `<prefix>:<argument>`."""
        return self._on(PreCheckout, prefix)

    def payment(self, prefix: str) -> Decorator[S, PaymentReceived]:
        """A payment whose invoice carried `<prefix>:<argument>`."""
        return self._on(PaymentReceived, prefix)

    def refund(self, prefix: str) -> Decorator[S, PaymentRefunded]:
        """A payment that was given back, whose invoice carried `<prefix>:<argument>`. The runtime
        has booked it by then, if the payment is booked: see `core.shop.refunds`."""
        return self._on(PaymentRefunded, prefix)

    def find(self, update: Update) -> Handler[S, Any] | None:
        return self._handlers.get((type(update), _subject(update)))

    @property
    def actions(self) -> frozenset[str]:
        """The buttons that it answers."""
        return frozenset(subject for kind, subject in self._handlers if kind is Button)

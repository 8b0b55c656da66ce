"""What a module does inside the transaction that emitted another module's event."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeAlias, TypeVar

from pydantic import BaseModel

from bots.sdk.context import Scope
from core.events import Event, EventType

S = TypeVar("S", bound=BaseModel)
Reaction: TypeAlias = Callable[[Scope[S], Event], Awaitable[None]]


class Reactions(Generic[S]):
    """A module's reactions: `reactions = Reactions[Settings]()`, `@reactions.on(ORDER_PAID)`."""

    def __init__(self) -> None:
        self._of_type: dict[str, list[Reaction[S]]] = {}

    def on(self, event_type: EventType) -> Callable[[Reaction[S]], Reaction[S]]:
        def register(reaction: Reaction[S]) -> Reaction[S]:
            self._of_type.setdefault(event_type.name, []).append(reaction)
            return reaction

        return register

    def to(self, event_type: EventType) -> tuple[Reaction[S], ...]:
        return tuple(self._of_type.get(event_type.name, ()))

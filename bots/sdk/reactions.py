"""What a module does inside the transaction that emitted an event."""

from collections.abc import Awaitable, Callable, Sequence, Set
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from pydantic import BaseModel

from bots.sdk.context import Scope
from core.events import Event, EventType

S = TypeVar("S", bound=BaseModel)
Act: TypeAlias = Callable[[Scope[S], Event], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reaction:
    """One of a module's reactions; if it fails and is not `is_required`, only the reaction is
    rolled back, and it is tried again as a job."""

    name: str
    event_type: EventType
    act: Act[Any]
    is_required: bool


class Reactions(Generic[S]):
    """A module's reactions: `reactions = Reactions[Settings]()`, `@reactions.on(ORDER_PAID)`.

    The scope is that of the event's customer: `scope.customer`, their language.
    """

    def __init__(self) -> None:
        self._of_type: dict[str, list[Reaction]] = {}
        self._named: dict[str, Reaction] = {}

    def on(self, event_type: EventType, *, required: bool = False) -> Callable[[Act[S]], Act[S]]:
        """Reacts to a type of event. With `required`, a failure rolls back the cause as well.

        Raises ValueError if two functions of the same name react to one type.
        """

        def register(act: Act[S]) -> Act[S]:
            name = f"{event_type.name}:{getattr(act, '__name__', '')}"
            if name in self._named:
                raise ValueError(f"two reactions are named {name}")
            reaction = Reaction(name, event_type, act, required)
            self._named[name] = reaction
            self._of_type.setdefault(event_type.name, []).append(reaction)
            return act

        return register

    def to(self, event_type: EventType) -> Sequence[Reaction]:
        return self._of_type.get(event_type.name, ())

    def named(self, name: str) -> Reaction | None:
        """None if the module no longer has it."""
        return self._named.get(name)

    @property
    def types(self) -> Set[str]:
        """The names of the events that it reacts to."""
        return self._of_type.keys()

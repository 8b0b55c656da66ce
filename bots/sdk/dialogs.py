"""Questions whose answers come in a later message."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, TypeAlias, TypeVar

from pydantic import BaseModel

from bots.sdk.answers import AnswerKind, AnyAnswer
from bots.sdk.context import Context

S = TypeVar("S", bound=BaseModel)
T = TypeVar("T")

Taker: TypeAlias = Callable[[Context[S], T, Mapping[str, Any]], Awaitable[None]]
Leaver: TypeAlias = Callable[[Context[S], Mapping[str, Any]], Awaitable[None]]

TIMEOUT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Question:
    """One of a module's questions, and the function that handles its answer. `in_pause`: it is
    taken also while the bot is paused."""

    name: str
    kind: AnyAnswer
    timeout: timedelta
    take: Callable[..., Awaitable[None]]
    in_pause: bool = False


@dataclass(slots=True)
class Dialogs(Generic[S]):
    """A module's questions: `dialogs = Dialogs[Settings]()`, `@dialogs.ask("address",
    kind=TextAnswer(max_length=300))`.

    The function gets the context, the answer, and the `data` that was given to `context.ask`. It
    may ask the next question; if it raises `WrongAnswer(text=…)`, this one stays open.
    """

    questions: dict[str, Question] = field(default_factory=dict)
    leavers: dict[str, Callable[..., Awaitable[None]]] = field(default_factory=dict)

    def ask(
        self,
        name: str,
        *,
        kind: AnswerKind[T],
        timeout: timedelta = TIMEOUT,
        in_pause: bool = False,
    ) -> Callable[[Taker[S, T]], Taker[S, T]]:
        """`in_pause`: the answer is about money on its way, which a paused bot takes as always.

        Raises ValueError if the module has a question of this name.
        """

        def register(take: Taker[S, T]) -> Taker[S, T]:
            if name in self.questions:
                raise ValueError(f"two questions are named {name}")
            self.questions[name] = Question(name, kind, timeout, take, in_pause)
            return take

        return register

    def left(self, name: str) -> Callable[[Leaver[S]], Leaver[S]]:
        """Handles `/cancel`, in place of the platform's words: `(context, data)`."""

        def register(leave: Leaver[S]) -> Leaver[S]:
            self.leavers[name] = leave
            return leave

        return register

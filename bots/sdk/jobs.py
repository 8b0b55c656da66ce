"""Work that a module does later, once or periodically, for one bot.

A job is run by the worker that runs the bot, once, fenced by its lease; after an outage due jobs
are caught up, a periodic one once. A failed job is rolled back and tried again, with growing
pauses, and shown on the panel.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeAlias, TypeVar

from pydantic import BaseModel

from bots.sdk.context import Scope
from bots.sdk.errands import Errand
from bots.sdk.later import REACTION

S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Job:
    """A job that was scheduled by `Scope.later`; `attempt` counts from 1."""

    key: str
    data: Mapping[str, Any]
    due_at: datetime
    attempt: int = 1


Periodic: TypeAlias = Callable[[Scope[S]], Awaitable[None]]
Task: TypeAlias = Callable[[Scope[S], Job], Awaitable[None]]
OutsidePeriodic: TypeAlias = Callable[[Errand[S]], Awaitable[None]]
OutsideTask: TypeAlias = Callable[[Errand[S], Job], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class TaskOf:
    """One of a module's tasks. `every`: its period; None if it is scheduled by `Scope.later`.
    `is_outside`: it runs outside of transactions and opens its own. `rests_in_pause`: it is left
    out while the bot is paused."""

    name: str
    run: Callable[..., Awaitable[None]]
    every: timedelta | None = None
    is_outside: bool = False
    rests_in_pause: bool = False


@dataclass(slots=True)
class Jobs(Generic[S]):
    """A module's jobs: `jobs = Jobs[Settings]()`, `@jobs.every(minutes=1)`, `@jobs.task("remind")`.

    Names are unique within the module; a periodic job has its function's name. Each decorator
    raises ValueError otherwise.
    """

    tasks: dict[str, TaskOf] = field(default_factory=dict)

    def every(
        self,
        *,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        rests_in_pause: bool = False,
    ) -> Callable[[Periodic[S]], Periodic[S]]:
        """Runs periodically in a transaction of its own; at most every second. `rests_in_pause`:
        not while the bot is paused, as for what invites shoppers to buy."""
        every = _interval(hours, minutes, seconds)

        def register(run: Periodic[S]) -> Periodic[S]:
            name = getattr(run, "__name__", "")
            self._add(TaskOf(name, run, every, rests_in_pause=rests_in_pause))
            return run

        return register

    def task(self, name: str) -> Callable[[Task[S]], Task[S]]:
        """Runs once in a transaction of its own, at the time given to `scope.later(name, at=…)`."""

        def register(run: Task[S]) -> Task[S]:
            self._add(TaskOf(name, run))
            return run

        return register

    def outside_every(
        self, *, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> Callable[[OutsidePeriodic[S]], OutsidePeriodic[S]]:
        """As `every`, but outside of transactions: it may call other servers with `errand.http`,
        and opens a transaction to store results: `async with errand.transaction() as scope`.

        It may run twice if a worker is killed in the middle.
        """
        every = _interval(hours, minutes, seconds)

        def register(run: OutsidePeriodic[S]) -> OutsidePeriodic[S]:
            self._add(TaskOf(getattr(run, "__name__", ""), run, every, is_outside=True))
            return run

        return register

    def outside(self, name: str) -> Callable[[OutsideTask[S]], OutsideTask[S]]:
        """As `task`, but outside of transactions: see `outside_every`."""

        def register(run: OutsideTask[S]) -> OutsideTask[S]:
            self._add(TaskOf(name, run, is_outside=True))
            return run

        return register

    def _add(self, task: TaskOf) -> None:
        if not task.name or task.name in self.tasks or task.name == REACTION:
            raise ValueError(f"two jobs are named {task.name!r}, or it is no name for one")
        self.tasks[task.name] = task


def _interval(hours: float, minutes: float, seconds: float) -> timedelta:
    every = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if every < timedelta(seconds=1):
        raise ValueError("a job runs at most every second")
    return every

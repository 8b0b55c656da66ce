"""What a module tells a shop's owner by itself, with figures that only the panel's API computes.

    reports = Reports[DigestSettings]()


    @reports.every(minutes=5)
    async def daily(report: Report[DigestSettings]) -> None:
        days = await report.figures.days(first, last)
        await report.tell(Told(…))

A report is run by the API, once for each shop with a bot that has the module on, outside of
transactions. Several processes may run it at once: what it tells has a key, so it is told once.
"""

import importlib
import importlib.util
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from pydantic import BaseModel

from bots.sdk.context import Scope
from bots.sdk.loading import EnabledModule
from bots.sdk.replies import Text
from bots.sdk.texts import Texts
from bots.sdk.transaction import Transaction, while_open
from core.modules import Modules
from core.postgres import Connection
from core.shop.shops import Shop

S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class DayFigures:
    """A day of the shop, by the names of the metrics dictionary; a value is None if it is not
    known. Money is in minor units of the shop's own currency."""

    day: date
    values: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """What a link brought, by its last touch: its code, empty for who came without one."""

    code: str
    net_minor: float
    new_users: float


@dataclass(frozen=True, slots=True)
class Told:
    """A message to the owners: `purpose` and `key` name its cause, as in `send_durably`; its button
    `label` opens the panel at the path `opens`; `picture` is a PNG."""

    purpose: str
    key: str
    text: Text
    label: str
    opens: str
    picture: bytes | None = None


class Figures(Protocol):
    """The panel's figures of one shop, by the panel's own definitions."""

    async def days(
        self, metrics: Sequence[str], first: date, last: date
    ) -> tuple[list[DayFigures], Mapping[str, float | None]]:
        """By day, both included, and of all of them together: a ratio or distinct people cannot
        be added up."""

    async def payments(self, first: date, last: date) -> tuple[int, int]:
        """How many succeeded, and failed."""

    async def sources(self, first: date, last: date) -> list[SourceFigures]:
        """The best sellers first."""


@dataclass(frozen=True)
class Report(Generic[S]):
    """The argument of a report. `tell` sends a message to the shop's owners, in each one's own chat
    with a bot, and gives how many they are."""

    item: EnabledModule
    shop: Shop
    bot_id: int
    now: datetime
    figures: Figures
    tell: Callable[[Told], Awaitable[int]]
    opens: Callable[[], AbstractAsyncContextManager[Transaction]]

    @property
    def settings(self) -> S:
        return self.item.settings  # type: ignore[return-value]  # validated by its manifest

    @property
    def texts(self) -> Texts:
        """In the shop's language, as owners are told everything."""
        return self.item.texts[self.shop.language]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Scope[Any]]:
        """Opens a transaction for the block."""
        async with self.opens() as transaction:
            with while_open():
                yield Scope(transaction, self.item)


Run: TypeAlias = Callable[[Report[S]], Awaitable[None]]
Shops: TypeAlias = Callable[[Connection], Awaitable[Collection[int]]]


@dataclass(frozen=True, slots=True)
class Task:
    """A report, how often it is run, and for which shops: None for all."""

    every: timedelta
    run: Run[Any]
    shops: Shops | None


@dataclass(slots=True)
class Reports(Generic[S]):
    """A module's reports: `reports = Reports[Settings]()` in its `reports.py`."""

    tasks: dict[str, Task] = field(default_factory=dict)

    def every(self, *, minutes: float, shops: Shops | None = None) -> Callable[[Run[S]], Run[S]]:
        """Runs periodically; where few shops have anything to tell, `shops` finds their numbers
        by one query for all. Raises ValueError for two of one name, and below a minute."""

        def register(run: Run[S]) -> Run[S]:
            name = getattr(run, "__name__", "")
            if name in self.tasks or minutes < 1:
                raise ValueError(f"{name}: reports have names of their own, and take a minute")
            self.tasks[name] = Task(timedelta(minutes=minutes), run, shops)
            return run

        return register


def load_reports(modules: Modules) -> dict[str, Reports[Any]]:
    """The reports of the modules that have any, by key."""
    found: dict[str, Reports[Any]] = {}
    for key in sorted(modules.manifests):
        name = f"{modules.package}.{key}.reports"
        if importlib.util.find_spec(name) is not None:
            found[key] = importlib.import_module(name).reports
    return found

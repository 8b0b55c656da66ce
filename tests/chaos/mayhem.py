"""Random faults from a seeded source, one after another."""

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from bots.runtime.outage import AWAY
from core.events import MESSAGE_RECEIVED, NOBODY, Event, Origin, emit
from simulator import demo
from simulator.control import port as control
from tests.chaos.town import Service, Town

Blow = Callable[[], Awaitable[None]]
_DOWN_SECONDS = (0.1, 1.5)  # how long what was killed stays so
_BATCH_SECONDS = 10.0  # within so long there is one while people shop
_LATE_SECONDS = 2.0
_STRAGGLERS = 4


@dataclass
class Mayhem:
    """What is done to a town; `dealt` counts the blows by name."""

    town: Town
    random: random.Random
    away_seconds: float
    dealt: Counter[str] = field(default_factory=Counter)

    async def rage(self, seconds: float, every: float) -> None:
        """Blows for so long, every so many seconds on average, and each kind at least once.

        Each kind comes about as often. At the end everything runs again.
        """
        ends_at = time.monotonic() + seconds
        blows = self._blows()
        waiting: list[str] = []
        while time.monotonic() < ends_at or len(self.dealt) < len(blows):
            await asyncio.sleep(self.random.uniform(0.5, 1.5) * every)
            waiting = waiting or self.random.sample(sorted(blows), len(blows))
            name = waiting.pop()
            self.dealt[name] += 1
            await blows[name]()
        await self.repair()

    async def straggle(self) -> None:
        """Until cancelled: transactions that commit long after others that began later."""
        async with asyncio.TaskGroup() as group:
            for number in range(_STRAGGLERS):
                group.create_task(self._straggler(1 + number % self.town.plan.bots))

    async def _straggler(self, shop_id: int) -> None:
        origin = Origin(shop_id, demo.FIRST_ID - 1 + shop_id, "hosted", 365)
        event = Event(MESSAGE_RECEIVED, amount_minor=7, currency="XTR", quantity=1)
        while True:
            with contextlib.suppress(*AWAY):
                async with self.town.pool.acquire() as connection, connection.transaction():
                    await emit(connection, origin, NOBODY, [event] * self.random.randint(1, 5))
                    await asyncio.sleep(self.random.uniform(0, _LATE_SECONDS))
            await asyncio.sleep(0.05)

    async def repair(self) -> None:
        """Starts what does not run, and opens the wires."""
        self.town.clickhouse.away = False
        self.town.postgres.away = False
        self.town.clickhouse.cut_before = self.town.clickhouse.cut_after = 0
        self.town.postgres.cut_before = self.town.postgres.cut_after = 0
        for service in self.town.services.values():
            if not service.is_running and service.name != "simulator":
                await service.start()

    def _blows(self) -> dict[str, Blow]:
        town = self.town
        found: dict[str, Blow] = {
            "ClickHouse hears nothing more of a batch": self._cut_requests,
            "ClickHouse's acknowledgement is lost": self._lose_acknowledgements,
            "ClickHouse is away": self._away,
            "a COMMIT never reaches PostgreSQL": self._cut_commits,
            "PostgreSQL's word of a commit is lost": self._lose_commits,
            "every connection to PostgreSQL is cut": self._cut_postgres,
            "every connection to Telegram is cut": self.drop_sockets,
            "kill -9 the shippers before they hear that a batch is there": self._widow_a_batch,
            "kill -9 ClickHouse": lambda: self._kill(town.services["clickhouse"]),
            "kill -9 PostgreSQL": lambda: self._kill(town.services["postgres"]),
        }
        for kind in ("worker", "shipper", "intake", "caller"):
            if town.named(kind):
                found[f"kill -9 a {kind}"] = partial(self._kill_one, kind)
        return found

    async def _kill_one(self, kind: str) -> None:
        await self._kill(self.random.choice(self.town.named(kind)))

    async def _kill(self, service: Service) -> None:
        if service.is_running:  # a caller may have said all it had to
            service.kill()
            await asyncio.sleep(self.random.uniform(*_DOWN_SECONDS))
            await service.start()

    async def _cut_requests(self) -> None:
        self.town.clickhouse.cut_before = 2

    async def _lose_acknowledgements(self) -> None:
        self.town.clickhouse.cut_after = 2

    async def _widow_a_batch(self) -> None:
        """The batch is in ClickHouse, and whoever sent it dies before it can say so."""
        wire = self.town.clickhouse
        wire.cut_after, before = 1, wire.cuts
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_BATCH_SECONDS):
                while wire.cuts == before:
                    await asyncio.sleep(0.001)
        shippers = self.town.named("shipper")
        for service in shippers:
            service.kill()
        await asyncio.sleep(self.random.uniform(*_DOWN_SECONDS))
        await asyncio.gather(*(service.start() for service in shippers))

    async def _away(self) -> None:
        self.town.clickhouse.away = True
        self.town.clickhouse.cut_all()
        await asyncio.sleep(self.away_seconds)
        self.town.clickhouse.away = False

    async def _cut_commits(self) -> None:
        self.town.postgres.cut_before = 3

    async def _lose_commits(self) -> None:
        self.town.postgres.cut_after = 3

    async def _cut_postgres(self) -> None:
        self.town.postgres.cut_all()

    async def drop_sockets(self) -> None:
        await control.call("127.0.0.1", self.town.control_port, "drop_sockets")

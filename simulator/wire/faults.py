"""Faults on demand, ordered by a test or an operator through the control port.

Random choices come from a seeded source: the same calls in the same order meet the same faults.
"""

import asyncio
from dataclasses import dataclass, field
from random import Random

from simulator.wire.rpc import RpcError

EVERY_METHOD = "*"


@dataclass(slots=True)
class FloodWait:
    seconds: int
    times: int


@dataclass(slots=True)
class Refusal:
    code: int
    error: str
    times: int


@dataclass(slots=True)
class LostAnswers:
    """Answers that are never sent, although their calls are executed."""

    share: float
    times: int | None
    """The most answers that are lost; None: no limit."""
    cut: bool
    """Whether the connection is cut as well, as when a server dies between the two."""


@dataclass(slots=True)
class Faults:
    """Faults by method name, such as `messages.sendMessage`, or EVERY_METHOD."""

    random: Random = field(default_factory=lambda: Random(1))
    latencies: dict[str, float] = field(default_factory=dict)
    """Seconds."""
    flood_waits: dict[str, FloodWait] = field(default_factory=dict)
    refusals: dict[str, Refusal] = field(default_factory=dict)
    lost_answers: dict[str, LostAnswers] = field(default_factory=dict)
    duplicated_share: float = 0.0
    """The share of updates that are sent twice."""

    async def strike(self, method: str) -> None:
        """Delay a call as ordered. Raises RpcError if a refusal or a flood wait was ordered."""
        seconds = self.latencies.get(method, self.latencies.get(EVERY_METHOD, 0.0))
        if seconds:
            await asyncio.sleep(seconds)
        refusal = self.refusals.get(method)
        if refusal is not None:
            refusal.times -= 1
            if refusal.times <= 0:
                del self.refusals[method]
            raise RpcError(refusal.code, refusal.error)
        wait = self.flood_waits.get(method)
        if wait is None:
            return
        wait.times -= 1
        if wait.times <= 0:
            del self.flood_waits[method]
        raise RpcError(420, f"FLOOD_WAIT_{wait.seconds}")

    def lose_answer(self, method: str) -> LostAnswers | None:
        """Whether the answer to this executed call is to be lost."""
        name = method if method in self.lost_answers else EVERY_METHOD
        order = self.lost_answers.get(name)
        if order is None or self.random.random() >= order.share:
            return None
        if order.times is not None:
            order.times -= 1
            if order.times <= 0:
                del self.lost_answers[name]
        return order

    def copies(self) -> int:
        """How many times the next update is sent."""
        return 2 if self.duplicated_share and self.random.random() < self.duplicated_share else 1

    def clear(self) -> None:
        """End all faults; the random source continues where it is."""
        self.latencies.clear()
        self.flood_waits.clear()
        self.refusals.clear()
        self.lost_answers.clear()
        self.duplicated_share = 0.0

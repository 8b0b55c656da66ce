"""Troubles to order: what a test or an operator asks of the server through the control port."""

import asyncio
from dataclasses import dataclass, field

from simulator.rpc import RpcError


@dataclass(slots=True)
class FloodWait:
    seconds: int
    times: int


@dataclass(slots=True)
class Faults:
    latency_seconds: float = 0.0
    flood_waits: dict[str, FloodWait] = field(default_factory=dict)
    """By method name, such as `messages.sendMessage`."""

    async def strike(self, method: str) -> None:
        """Delay a call as ordered. Raises RpcError (420) if a flood wait was ordered for it."""
        if self.latency_seconds:
            await asyncio.sleep(self.latency_seconds)
        wait = self.flood_waits.get(method)
        if wait is None:
            return
        wait.times -= 1
        if wait.times <= 0:
            del self.flood_waits[method]
        raise RpcError(420, f"FLOOD_WAIT_{wait.seconds}")

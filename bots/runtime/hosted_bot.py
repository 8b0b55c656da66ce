"""A bot of a worker, and the worker's own use of the machine."""

import asyncio
import resource
from dataclasses import dataclass, field
from datetime import datetime

from bots.runtime.balance import Estimate
from bots.runtime.host import Host
from bots.runtime.leases import Lease, LeaseDeadline


@dataclass(slots=True)
class HostedBot:
    """A bot under this worker's lease."""

    host: Host
    deadline: LeaseDeadline
    estimate: Estimate
    task: asyncio.Task[None] | None = None
    heir: str | None = None
    is_moved: bool = False
    is_lost: bool = False
    beaten: datetime | None = field(default=None, repr=False)

    @property
    def lease(self) -> Lease:
        return self.host.lease

    @property
    def state(self) -> str:
        return "leaving" if self.host.is_stopping else self.host.state

    def give(self, heir: str | None, *, is_moved: bool = False) -> None:
        """Releases the bot once the work in progress is done."""
        self.heir, self.is_moved = heir, is_moved
        self.host.stop()


def cpu_seconds() -> float:
    """Processor seconds of this process since its start."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def rss_bytes() -> int:
    """Of this process's memory that is in the machine's."""
    with open("/proc/self/statm", encoding="ascii") as opened:
        return int(opened.read().split()[1]) * resource.getpagesize()

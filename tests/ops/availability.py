"""Asks an installation the whole time, as visitors would, while it is updated or broken.

python -m tests.ops.availability http://127.0.0.1:8080 --seconds 300 [--key vtw_…]

Ten times a second for /api/health, and with a shop's write key also for the intake. Prints how
many were answered, how long the slowest took, and for how long none succeeded; exit code 1 if a
visitor was refused for longer than two seconds.
"""

import argparse
import asyncio
import sys
import time
from dataclasses import dataclass, field

import aiohttp

EVERY = 0.1
LONGEST = 2.0  # seconds without an answer
_GIVES_UP = 30.0


@dataclass
class Visits:
    """To one address. `gap`: the longest time between two successes, by when they were asked."""

    name: str
    asked: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    slowest: float = 0.0
    gap: float = 0.0
    good: float = field(default_factory=time.monotonic)

    def note(self, began: float, outcome: str) -> None:
        self.asked += 1
        now = time.monotonic()
        if outcome:
            self.refused[outcome] = self.refused.get(outcome, 0) + 1
        else:
            self.slowest = max(self.slowest, now - began)
            self.gap = max(self.gap, began - self.good)
            self.good = max(self.good, began)

    @property
    def is_fine(self) -> bool:
        return 0 < self.asked and self.gap <= LONGEST and self.slowest <= LONGEST

    def __str__(self) -> str:
        return (
            f"{self.name}: {self.asked} asked, refused {self.refused or 'none'}, "
            f"slowest {self.slowest:.2f} s, longest without success {self.gap:.2f} s"
        )


async def _visit(session: aiohttp.ClientSession, visits: Visits, method: str, url: str) -> None:
    began = time.monotonic()
    body: dict[str, list[str]] | None = {"events": []} if method == "POST" else None
    try:
        async with session.request(method, url, json=body) as answer:
            await answer.read()
            # An empty batch is refused by the intake itself, which thus is there.
            is_there = answer.status < 300 or (method == "POST" and answer.status in (400, 422))
            visits.note(began, "" if is_there else str(answer.status))
    except (aiohttp.ClientError, TimeoutError) as error:
        visits.note(began, type(error).__name__)


async def watch(address: str, key: str, seconds: float) -> list[Visits]:
    """Asks for so many seconds; each visit has a connection of its own."""
    # An older version has it here, a newer one sends on to its own.
    asked = [(Visits("panel"), "GET", f"{address}/api/health")]
    if key:
        asked.append((Visits("intake"), "POST", f"{address}/v1/events"))
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    timeout = aiohttp.ClientTimeout(total=_GIVES_UP)
    connector = aiohttp.TCPConnector(force_close=True, limit=0)
    ends = time.monotonic() + seconds
    async with (
        aiohttp.ClientSession(headers=headers, timeout=timeout, connector=connector) as session,
        asyncio.TaskGroup() as group,
    ):
        while time.monotonic() < ends:
            for each in asked:
                group.create_task(_visit(session, *each))
            await asyncio.sleep(EVERY)
    return [visits for visits, _, _ in asked]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("address")
    parser.add_argument("--key", default="")
    parser.add_argument("--seconds", type=float, default=300)
    arguments = parser.parse_args()
    found = asyncio.run(watch(arguments.address, arguments.key, arguments.seconds))
    for visits in found:
        print(visits)
    sys.exit(0 if all(visits.is_fine for visits in found) else 1)


if __name__ == "__main__":
    main()

"""A shop's own code that reports to the intake, to be killed at any moment.

    VITRINA_WRITE_KEY=vtw_… python -m tests.chaos.caller --url U --record FOLDER --seconds N

Each event has a number of its own. The number is written to `meant` before the event is tracked and
to `tracked` after it: what stands in `tracked` must arrive, and what is not in `meant` must not.
Started again, it goes on with the next number and with what its buffer still holds.
"""

import argparse
import asyncio
import os
import random
import time
from pathlib import Path

from ingestion.client import Vitrina


def _last(file: Path) -> int:
    if not file.exists():
        return 0
    lines = file.read_text().splitlines()
    return int(lines[-1]) if lines else 0


async def report(url: str, key: str, folder: Path, seconds: float) -> None:
    """Tracks events until the time since its first start is over; then waits for the last."""
    folder.mkdir(exist_ok=True)
    started = folder / "started"
    if not started.exists():
        started.write_text(str(time.time()))
    ends_at = float(started.read_text()) + seconds
    number = _last(folder / "meant")
    async with Vitrina(url, key, buffer=folder / "buffer.db", interval=0.2) as vitrina:
        with (folder / "meant").open("a") as meant, (folder / "tracked").open("a") as tracked:
            while time.time() < ends_at:
                for _ in range(random.randint(1, 20)):
                    number += 1
                    meant.write(f"{number}\n")
                    meant.flush()
                    vitrina.track(
                        "goal_reached",
                        customer_id=f"c-{number % 50}",
                        amount_minor=number,
                        currency="RUB",
                        props={"goal": "chaos", "number": number},
                    )
                    tracked.write(f"{number}\n")
                    tracked.flush()
                await asyncio.sleep(0.05)
        while vitrina.waiting:
            await asyncio.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--record", type=Path, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    arguments = parser.parse_args()
    key = os.environ["VITRINA_WRITE_KEY"]
    asyncio.run(report(arguments.url, key, arguments.record, arguments.seconds))


if __name__ == "__main__":
    main()

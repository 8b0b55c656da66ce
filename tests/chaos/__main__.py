"""Mayhem for as long as you like; exit code 1 if anything was lost or came twice.

python -m tests.chaos pipeline --seconds 600      # stores, shippers, intake, workers, wires
python -m tests.chaos fleet --seconds 300         # 3 workers, 60 bots, 600 shoppers
python -m tests.chaos rolling --seconds 120       # all workers restarted, one by one
python -m tests.chaos checkout --seconds 120      # the machine is far too busy
python -m tests.chaos keys --seconds 120          # the keys are changed while bots run
python -m tests.chaos update                      # the version before serves on this schema
python -m tests.chaos broadcast --people 100000   # 70 minutes: Telegram allows no more
"""

import argparse
import asyncio
import logging
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import structlog

from cli import resealing
from core.secrets import KeyRing
from local import leash
from tests.chaos import broadcast, town, versions
from tests.chaos.audit import Findings, audit, settle
from tests.chaos.mayhem import Mayhem
from tests.chaos.town import Plan, Town
from tests.chaos.updating import update

_UP_SECONDS = 120.0
BUSY_A_CORE = 4  # processes that take all they can get
CHECKOUT_MILLISECONDS = 3000

BROADCAST = "broadcast"  # the scene with people instead of a load

Attack = Callable[[Town, argparse.Namespace], Awaitable[dict[str, int]]]


async def pipeline(there: Town, arguments: argparse.Namespace) -> dict[str, int]:
    """Everything that can be killed or cut, at random; ClickHouse is away for long, too."""
    mayhem = Mayhem(there, random.Random(arguments.seed), arguments.away)
    straggling = asyncio.create_task(mayhem.straggle())
    await mayhem.rage(arguments.seconds, arguments.every)
    straggling.cancel()
    await asyncio.gather(straggling, return_exceptions=True)
    return dict(mayhem.dealt)


async def fleet(there: Town, arguments: argparse.Namespace) -> dict[str, int]:
    """A worker is killed every 30 s, and Telegram's sockets are cut at random."""
    mayhem = Mayhem(there, random.Random(arguments.seed), arguments.away)
    source = random.Random(arguments.seed)

    async def cut() -> None:
        while True:
            await asyncio.sleep(source.uniform(2, 10))
            await mayhem.drop_sockets()
            mayhem.dealt["sockets cut"] += 1

    cutting = asyncio.create_task(cut())
    for _ in range(int(arguments.seconds // arguments.every)):
        await asyncio.sleep(arguments.every)
        service = source.choice(there.named("worker"))
        service.kill()
        mayhem.dealt["workers killed"] += 1
        await asyncio.sleep(1)
        await service.start()
    cutting.cancel()
    await mayhem.repair()
    return dict(mayhem.dealt)


async def rolling(there: Town, arguments: argparse.Namespace) -> dict[str, int]:
    """Each worker in turn is told to end, and started anew."""
    dealt = 0
    while dealt * arguments.every < arguments.seconds - arguments.every:
        for service in there.named("worker"):
            await asyncio.sleep(arguments.every)
            await service.end()
            await service.start()
            dealt += 1
    return {"workers restarted": dealt}


async def keys(there: Town, arguments: argparse.Namespace) -> dict[str, int]:
    """Everything is sealed with a new key and the former one is forgotten, again and again while
    people shop; who dies after that finds its bots' sessions and tokens by the new key alone."""
    source = random.Random(arguments.seed)
    rotations = 0
    while (rotations + 1) * arguments.every < arguments.seconds:
        await asyncio.sleep(arguments.every)
        await _rotate(there, forgetting=rotations + 1)
        rotations += 1
        service = source.choice(there.named("worker"))
        service.kill()
        await service.start()
    known = KeyRing.parse(f"file:{town.key_file(there.folder)}").keys
    async with there.pool.acquire() as connection:
        used = await resealing.in_use(connection)
    assert rotations and set(known) == set(used) == {rotations + 1}, (set(known), used)
    return {"rotations": rotations, "values by the newest key": used[rotations + 1]}


async def _rotate(there: Town, *, forgetting: int) -> None:
    """What a transaction had sealed before the first rotation and stored after it takes another,
    which makes no further key."""
    key_command = ("-m", "cli", "keys")
    for is_last in (False, False, True):
        await versions.run_in(versions.ROOT, there.settings, *key_command, "rotate")
        try:
            await versions.run_in(
                versions.ROOT, there.settings, *key_command, "forget", str(forgetting)
            )
            return
        except AssertionError:
            if is_last:
                raise


async def checkout(there: Town, arguments: argparse.Namespace) -> dict[str, int]:
    """Others use every core several times over: pre-checkouts are answered all the same."""
    busy = [
        # pylint: disable-next=consider-using-with  # all of them end below
        subprocess.Popen(leash.leashed([sys.executable, "-c", "while True: pass"]))
        for _ in range(BUSY_A_CORE * (os.cpu_count() or 1))
    ]
    try:
        await asyncio.sleep(arguments.seconds)
    finally:
        for each in busy:
            each.kill()
            each.wait()
    assert there.plan.seconds == arguments.seconds  # its people shop just as long
    return {"busy processes": len(busy)}


def expect_answers(findings: Findings) -> None:
    """Pre-checkouts are the first in every queue: 99.9 % are answered within three seconds."""
    found = findings.checkouts
    if found is None:
        findings.wrong.append("nobody has paid")
    else:
        findings.expect(
            found.p999 < CHECKOUT_MILLISECONDS,
            f"a pre-checkout in a thousand waits {found.p999:g} ms",
        )


# What is attacked, and how large the town is; each time between two blows, in seconds.
SCENES: dict[str, tuple[Attack, Plan, float]] = {
    "pipeline": (pipeline, Plan(600, workers=2, shippers=2, bots=6, shoppers=60, callers=2), 3.0),
    "fleet": (
        fleet,
        Plan(300, workers=3, shippers=1, bots=60, shoppers=600, callers=0, pause=20, think=1),
        30.0,
    ),
    "checkout": (
        checkout,
        Plan(
            120,
            workers=2,
            shippers=1,
            bots=6,
            shoppers=60,
            callers=0,
            pause=3,
            think=0.5,
            abuse=0.2,
        ),
        1.0,
    ),
    "update": (
        update,
        Plan(150, workers=2, shippers=1, bots=6, shoppers=30, callers=1, has_api=True),
        20.0,
    ),
    "keys": (
        keys,
        Plan(120, workers=2, shippers=1, bots=6, shoppers=30, callers=0),
        10.0,
    ),
    "rolling": (
        rolling,
        Plan(120, workers=3, shippers=1, bots=60, shoppers=600, callers=0, pause=20, think=1),
        10.0,
    ),
}


async def run(attack: Attack, plan: Plan, arguments: argparse.Namespace, folder: Path) -> Findings:
    """One scene from the first start to the last count."""
    async with town.running(plan, folder) as there:
        for service in there.services.values():
            if not service.is_running:
                await service.start()
        await _until_connected(there)
        dealt = await attack(there, arguments)
        await settle(there)
        findings = await audit(there)
    if attack is checkout:
        expect_answers(findings)
    findings.figures = {"blows": dealt} | findings.figures
    return findings


async def _until_connected(there: Town) -> None:
    """Every bot runs: the load begins when they are connected."""
    async with asyncio.timeout(_UP_SECONDS):
        while (
            await there.pool.fetchval("SELECT count(*) FROM bots WHERE state = 'running'")
            < there.plan.bots
        ):
            await asyncio.sleep(0.2)


async def _scene(arguments: argparse.Namespace, folder: Path) -> Findings:
    if arguments.scene == BROADCAST:
        return await broadcast.run(arguments.people, arguments.seed, folder)
    attack, plan, every = SCENES[arguments.scene]
    arguments.seconds = arguments.seconds or plan.seconds
    arguments.every = arguments.every or every
    if attack is update:
        arguments.since = arguments.since or versions.version_before()
    plan = replace(plan, seconds=arguments.seconds, seed=arguments.seed, since=arguments.since)
    return await run(attack, plan, arguments, folder)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scene", choices=sorted([*SCENES, BROADCAST]))
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--every", type=float, help="seconds between two blows, on average")
    parser.add_argument("--away", type=float, default=120, help="seconds of ClickHouse's absence")
    parser.add_argument("--people", type=int, default=100_000, help="who get a broadcast")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--since", default="", help="update: the version before, as a commit")
    parser.add_argument("--keep", action="store_true", help="the folder with data and logs")
    arguments = parser.parse_args()
    if arguments.since and arguments.scene != "update":
        parser.error("--since is for update alone")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)  # the pool of a server that is killed
    folder = Path(tempfile.mkdtemp(prefix="vitrina-chaos-"))
    try:
        findings = asyncio.run(_scene(arguments, folder))
    except BaseException:
        print(f"the logs are in {folder}/logs", file=sys.stderr)
        raise
    for name, value in findings.figures.items():
        print(f"{name:24} {value}")
    for wrong in findings.wrong:
        print(f"WRONG: {wrong}")
    if findings.wrong or arguments.keep:
        print(f"data and logs: {folder}")
    else:
        shutil.rmtree(folder)
        print("nothing lost, nothing twice")
    sys.exit(1 if findings.wrong else 0)


if __name__ == "__main__":
    main()

"""The cost of the whole system on a machine: processor time by service, as a share of one core.

    python -m bench.idle [--minutes 10] [--visitors 30] [--settle 2] [--viewer 2] [--data-dir DIR]

Starts `vitrina up` with two demo shops (`--visitors` a minute each; 0 is an idle system), waits
until it has settled, and counts processor time (user and system, `/proc`) of each service with all
of its children. The simulator is not part of the total: it is the shoppers' side. With `--viewer`
minutes it then opens the panel's live overview, and measures how long after its payment a purchase
is seen there. With `--data-dir` it measures the system that runs there. Costs are processor time,
not elapsed time, so other work on the machine hardly matters.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from bench.running import parser, percentile
from core import postgres
from core.settings import Settings
from local import ports, processes
from local.stack import ENVIRONMENT_FILE, LINK_FILE

_GOAL_BUSY = 0.15
_GOAL_IDLE = 0.05
_GOAL_PANEL_SECONDS = 1.0
_TICK = os.sysconf("SC_CLK_TCK")
_START_SECONDS = 300
_SHOPPERS_SIDE = "simulator"
_NAMES = {
    "simulate": _SHOPPERS_SIDE,
    "local.guard": "guard",
    "local.clickhouse": "clickhouse",
    "pipelines.code_server": "dagster-code",
    "pipelines.daemon": "dagster-daemon",
    "local.activation": "dagster-webserver",
}
_PAID = "SELECT extract(epoch FROM paid_at)::float8 AS at FROM orders WHERE paid_at >= $1"


def _name(pid: int) -> str:
    """The service's name, from its command line."""
    words = Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace").split("\0")
    if "-m" in words:
        module = words[words.index("-m") + 1]
        word = words[words.index("-m") + 2] if module == "cli" else module
        return _NAMES.get(word, word)
    return Path(words[0]).name


def _fields(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()


def services(up: int) -> dict[int, str]:
    """The processes of the services that the process `up` has started, with their names."""
    found = {}
    for pid in processes.numbers():
        with contextlib.suppress(OSError):
            if int(_fields(pid)[1]) == up:
                found[pid] = _name(pid)
    return found


def _families(known: Mapping[int, str], up: int) -> dict[int, str]:
    """The service of each process: by its parents, because PostgreSQL's processes have sessions of
    their own."""
    parents = {}
    for pid in processes.numbers():
        with contextlib.suppress(OSError):
            parents[pid] = int(_fields(pid)[1])
    found = {up: "supervisor"}
    for pid in parents:
        first = pid
        while first in parents and first not in known:
            first = parents[first]
        if first in known:
            found[pid] = known[first]
    return found


def processor_seconds(known: Mapping[int, str], up: int) -> dict[str, float]:
    """User and system time so far, including ended children, by service."""
    ticks = dict.fromkeys(["supervisor", *known.values()], 0)
    for pid, name in _families(known, up).items():
        with contextlib.suppress(OSError):
            fields = _fields(pid)
            # The supervisor's ended children include the steps of the start: not counted.
            ticks[name] += sum(map(int, fields[11:13] if pid == up else fields[11:15]))
    return {name: count / _TICK for name, count in ticks.items()}


async def measure(up: int, minutes: float) -> tuple[dict[str, float], float]:
    """Processor seconds of each service in so many minutes, and the elapsed seconds."""
    known = services(up)
    began, before = time.monotonic(), processor_seconds(known, up)
    await asyncio.sleep(minutes * 60)
    after, passed = processor_seconds(known, up), time.monotonic() - began
    if gone := set(known) - set(services(up)):
        print(f"restarted meanwhile, and not counted: {', '.join(known[pid] for pid in gone)}")
    return {name: after[name] - before[name] for name in after}, passed


def show(title: str, spent: Mapping[str, float], passed: float) -> float:
    """Prints the table; returns the share of one core of all but the shoppers' side."""
    print(f"{title}: processor time in {passed:.0f} s")
    for name, seconds in sorted(spent.items(), key=lambda each: -each[1]):
        aside = "  (the shoppers' side)" if name == _SHOPPERS_SIDE else ""
        print(f"  {name:18} {seconds:8.2f} s  {seconds / passed:7.2%} of a core{aside}")
    share = sum(spent[name] for name in spent if name != _SHOPPERS_SIDE) / passed
    print(f"  {'the whole system':18} {share * passed:8.2f} s  {share:7.2%} of a core")
    return share


async def _seen(panel: str, token: str, until: float) -> list[tuple[float, int]]:
    """The times of overviews, and how many paid orders each showed."""
    found = []
    jar = aiohttp.CookieJar(unsafe=True)
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(panel, cookie_jar=jar, timeout=timeout) as session:
        (await session.post("/api/v1/enter", json={"token": token})).raise_for_status()
        async with session.get("/api/v1/live?period=today") as answer:
            answer.raise_for_status()
            while time.time() < until:
                try:
                    line = await asyncio.wait_for(answer.content.readline(), until - time.time())
                except TimeoutError:
                    break
                if line.startswith(b"data: {"):
                    overview = json.loads(line[6:])
                    orders = next(f for f in overview["figures"] if f["key"] == "paid_orders")
                    found.append((time.time(), round(orders["value"])))
    return found


def delays(paid: list[float], seen: list[tuple[float, int]]) -> list[float]:
    """Seconds from each payment to the first overview that counts it.

    `paid` are the times of payments, in order; `seen` the times of overviews and their counts of
    paid orders. The first overview is the base: later payments are matched by number.
    """
    if not seen:
        return []
    base_at, base = seen[0]
    earlier = sum(at < base_at for at in paid)
    # A payment at the moment of the first overview may be counted in it or not.
    found = []
    for number, at in enumerate(paid[earlier:], 1):
        moment = next((m for m, count in seen if count >= base + number and m >= at), None)
        if moment is not None:
            found.append(moment - at)
    return found


async def _watch_panel(folder: Path, minutes: float) -> list[float]:
    settings = Settings(_env_file=folder / ENVIRONMENT_FILE)
    token = (folder / LINK_FILE).read_text("utf-8").strip()
    panel = f"http://127.0.0.1:{settings.api_port}"
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        since = await connection.fetchval("SELECT now()")
        seen = await _seen(panel, token, time.time() + minutes * 60)
        rows = await connection.fetch(_PAID, since)
    finally:
        await connection.close()
    return delays(sorted(row["at"] for row in rows), seen)


async def _link(process: Process) -> None:
    """Returns when the panel's link is printed."""
    assert process.stdout is not None
    while line := await process.stdout.readline():
        if line.startswith(b"panel: "):
            return
    raise SystemExit("vitrina up ended before it was ready")


@contextlib.asynccontextmanager
async def _running(folder: Path, visitors: float) -> AsyncIterator[int]:
    """`vitrina up` on a folder, and its process id; stopped at the end."""
    command = [sys.executable, "-m", "cli", "up", "--data-dir", str(folder)]
    command += ["--port", str(ports.free_port()), "--simulator", "--visitors", str(visitors)]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    began = time.monotonic()
    try:
        await asyncio.wait_for(_link(process), _START_SECONDS)
        print(f"the link was there after {time.monotonic() - began:.1f} s")
        draining = asyncio.create_task(_drain(process))
        yield process.pid
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        await process.wait()
        print(f"stopped in {time.monotonic() - began:.1f} s")
        killed = [line for line in await draining if "had to be killed" in line]
        print("\n".join(killed) or "nothing had to be killed")
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def _drain(process: Process) -> list[str]:
    assert process.stdout is not None
    return (await process.stdout.read()).decode().splitlines()


async def _work(folder: Path, since: float) -> str:
    """How much there was to do: a machine that others use serves fewer shoppers."""
    settings = Settings(_env_file=folder / ENVIRONMENT_FILE)
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        paid = await connection.fetch(_PAID, datetime.fromtimestamp(since, UTC))
    finally:
        await connection.close()
    return f"{len(paid) / (time.time() - since) * 60:.1f} paid orders a minute"


async def _report(up: int, folder: Path, arguments: argparse.Namespace) -> None:
    since = time.time()
    spent, passed = await measure(up, arguments.minutes)
    share = show(f"without a viewer, {await _work(folder, since)}", spent, passed)
    goal = _GOAL_BUSY if arguments.visitors else _GOAL_IDLE
    print(f"  {share / goal:.2f} × the limit of {goal:.0%}")
    if not arguments.viewer or not arguments.visitors:
        return
    watching = asyncio.create_task(_watch_panel(folder, arguments.viewer))
    spent, passed = await measure(up, arguments.viewer)
    show("with the panel open", spent, passed)
    found = await watching
    if found:
        middle, late, most = (percentile(found, part) for part in (0.5, 0.99, 1))
        print(
            f"{len(found)} purchases, from the payment to the panel: p50 {middle:.2f} s, "
            f"p99 {late:.2f} s, at most {most:.2f} s: {late / _GOAL_PANEL_SECONDS:.2f} × the limit"
        )


async def _run(arguments: argparse.Namespace) -> None:
    if arguments.data_dir:
        folder = arguments.data_dir.resolve()
        await _report(int((folder / "lock").read_text("utf-8")), folder, arguments)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with _running(folder, arguments.visitors) as up:
            await asyncio.sleep(arguments.settle * 60)
            await _report(up, folder, arguments)


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--visitors", type=float, default=30, help="A minute, each shop.")
    options.add_argument("--settle", type=float, default=2, help="Minutes before the measurement.")
    options.add_argument("--viewer", type=float, default=2, help="Minutes with the panel open.")
    options.add_argument("--data-dir", type=Path, help="Of a system that runs.")
    asyncio.run(_run(options.parse_args()))


if __name__ == "__main__":
    main()

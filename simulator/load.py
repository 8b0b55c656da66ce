"""A load test: a number of shoppers over a number of bots for a time, with its figures at the end.

An interrupted load continues when it is started again on its folder, until its time is over.
"""

import asyncio
import resource
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulator import demo
from simulator.crowd.crowd import Crowd
from simulator.crowd.latency import Quantiles
from simulator.crowd.ledger import Audit
from simulator.server import running
from simulator.simulator import Simulator, SimulatorOptions

STATE_FILE = "load.json"
POLL_SECONDS = 0.2
PROGRESS_SECONDS = 10.0

Say = Callable[[str], None]
# The present activity, and how much of how much: bots or seconds.
Watch = Callable[[str, int, int], None]


class LoadOptions(BaseModel):
    """The options of a load; the shoppers are in `simulator`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    simulator: SimulatorOptions
    seconds: float = Field(gt=0)
    wait_seconds: float = Field(default=300.0, ge=0)
    """How long to wait for all bots to connect; then it continues with those that have."""
    settle_seconds: float = Field(default=60.0, ge=0)
    """How long to wait at the end for visits and receipts in progress."""


class LoadReport(BaseModel):
    """The figures of the whole load; `audit.milliseconds` and CPU are those of its last process."""

    model_config = ConfigDict(extra="forbid")

    bots: int
    """Connected at the end."""
    shoppers: int
    seconds: float
    """Since this process admitted the shoppers."""
    visits: int
    """Ended since then."""
    visits_per_second: float
    updates_per_second: float
    """Starts, presses and payments sent to the bots."""
    simulator_cpu: float
    """Share of one core that this process used."""
    audit: Audit


class _State(BaseModel):
    """Of a load that has not ended."""

    ends_at: float


async def load(
    options: LoadOptions, say: Say, watch: Watch = lambda text, done, total: None
) -> LoadReport:
    """Raises OSError if a port is taken, DataDirectoryInUse if the folder is."""
    async with running(options.simulator) as simulator:
        crowd = simulator.crowd
        assert crowd is not None  # the options name a number of shoppers
        crowd.let_in(False)
        say(f"MTProto on port {simulator.port}, control on port {simulator.control_port}")
        await _wait_for_bots(simulator, options, say, watch)
        file = options.simulator.data_dir / STATE_FILE
        state = _resume(file) or _State(ends_at=time.time() + options.seconds)
        file.touch(mode=0o600)
        file.write_text(state.model_dump_json(), "utf-8")
        before, began = crowd.audit(), time.monotonic()
        cpu = _cpu_seconds()
        crowd.let_in(True)
        watching = asyncio.create_task(_watch(state.ends_at, options.seconds, watch))
        try:
            await _run_until(crowd, state.ends_at, say)
        finally:
            watching.cancel()
        seconds, cpu = time.monotonic() - began, _cpu_seconds() - cpu
        after = crowd.audit()
        crowd.let_in(False)
        watch("waiting for the last receipts", 0, 0)
        await _settle(crowd, options.settle_seconds)
        file.unlink()
        visits = after.totals.visits - before.totals.visits
        return LoadReport(
            bots=_connected(simulator),
            shoppers=options.simulator.shoppers,
            seconds=round(seconds, 1),
            visits=visits,
            visits_per_second=round(visits / seconds, 1),
            updates_per_second=round((_deeds(after) - _deeds(before)) / seconds, 1),
            simulator_cpu=round(cpu / seconds, 2),
            audit=crowd.audit(),
        )


def _resume(file: Path) -> _State | None:
    """The interrupted load, if its time is not over."""
    try:
        state = _State.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None
    return state if state.ends_at > time.time() else None


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _deeds(audit: Audit) -> int:
    # A payment gives the bot two updates: before and after it.
    return audit.totals.starts + audit.totals.presses + 2 * audit.totals.charges


def _connected(simulator: Simulator) -> int:
    bots = demo.fleet(simulator.options.shops)
    return sum(simulator.world.is_listening(each.id) for each in bots)


async def _wait_for_bots(
    simulator: Simulator, options: LoadOptions, say: Say, watch: Watch
) -> None:
    wanted, deadline = simulator.options.shops, time.monotonic() + options.wait_seconds
    while (found := _connected(simulator)) < wanted and time.monotonic() < deadline:
        watch("waiting for bots", found, wanted)
        await asyncio.sleep(POLL_SECONDS)
    say(f"{found} of {wanted} bots are connected")


async def _run_until(crowd: Crowd, ends_at: float, say: Say) -> None:
    while (left := ends_at - time.time()) > 0:
        await asyncio.sleep(min(left, PROGRESS_SECONDS))
        say(progress(crowd.audit()))


async def _watch(ends_at: float, seconds: float, watch: Watch) -> None:
    while True:
        done = round(min(seconds, max(0.0, seconds - (ends_at - time.time()))))
        watch("seconds of shopping", done, round(seconds))
        await asyncio.sleep(min(1.0, seconds))


async def _settle(crowd: Crowd, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not crowd.visiting and not crowd.audit().receipts_missing:
            return
        await asyncio.sleep(POLL_SECONDS)


def progress(audit: Audit) -> str:
    """One line."""
    totals = audit.totals
    screen = audit.milliseconds.get("screen", Quantiles(0, 0, 0, 0, 0, 0))
    return (
        f"{totals.visits} visits, {audit.visiting} under way, {totals.charges} payments, "
        f"{audit.receipts_missing} receipts missing; screens p50 {screen.p50:g} ms, "
        f"p99 {screen.p99:g} ms"
    )


def lines(report: LoadReport) -> list[str]:
    """The report as people read it."""
    audit, totals = report.audit, report.audit.totals
    people = ", ".join(f"{count} {label}" for label, count in sorted(totals.people.items()))
    return [
        f"{report.shoppers} shoppers over {report.bots} bots for {report.seconds:g} s: "
        f"{report.visits_per_second:g} visits/s, {report.updates_per_second:g} updates/s, "
        f"simulator {report.simulator_cpu:.0%} of a core",
        f"people: {people}",
        f"{totals.visits} visits, {totals.starts} starts, {totals.presses} presses "
        f"({audit.repeated} repeated, {audit.unanswered} unanswered), {audit.gave_up} gave up",
        f"{totals.charges} payments of {totals.paid} Stars for {audit.orders_paid} orders; "
        f"receipts: {totals.receipts}, {audit.receipts_missing} missing, "
        f"{audit.receipts_doubled} doubled; {totals.refunds} refunds",
        *(
            f"{what:8} {each.count:8} times  p50 {each.p50:8.1f}  p95 {each.p95:8.1f}  "
            f"p99 {each.p99:8.1f}  longest {each.longest:8.1f} ms"
            for what, each in audit.milliseconds.items()
        ),
    ]

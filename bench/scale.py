"""What the machine carries: bots, updates a second, events a second and viewers of its cores.

    python -m bench.scale [--cores 2] [--quick] [--shops 10,100,1000,10000]

Runs the benchmarks of the parts, one after the other, and puts together what each part would take
of this machine alone, beside the limit that the same run measures: a bare Kurigram client for bots
and updates, the slower of COPY and INSERT for events, one query a second and shop for viewers.
Shares of a core add up: half the updates and half the viewers fit at the same time. It takes some
ten minutes; a part that fails or takes longer than that alone is left out, with exit code 1. With
--quick everything is small: to see that it runs, not for figures.

With --shops, also what so many shops need of it in their busiest hour, each with as many events a
day as `bench.shops` gives it, and what `bench.shops` measures of their stores and pipelines.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_MEMORY_SHARE = 0.25  # of the machine's memory for bots; the stores have the most of it
_VIEWERS, _SHOPS = 1000, 50
_SOON = 1.0  # seconds from a sale to 99 of 100 screens: who waits longer is not carried
_MOST_SECONDS = 600  # of one part: what takes longer waits for something that does not come
_EVENTS_A_DAY = 3000  # of a shop, on average: some hundred visits
_UPDATES = 0.3  # of Telegram, for each event: bench.history
_BUSIEST = 3.0  # times the average of a day, in its busiest hour


class NotMeasured(Exception):
    """A benchmark failed, or said something else than what is read here."""


@dataclass(frozen=True, slots=True)
class Machine:
    cores: int
    memory_mib: float


@dataclass(frozen=True, slots=True)
class Carried:
    """`amount` of `unit` fit; `ratio` to the limit, in words of `beside`."""

    unit: str
    amount: float
    ratio: float
    beside: str

    def line(self) -> str:
        return f"{self.unit:22} {self.amount:>12,.0f}   {self.ratio:5.2f} of {self.beside}"


def numbers(pattern: str, output: str) -> list[float]:
    """The groups of the last place where the pattern is found; raises NotMeasured."""
    found = list(re.finditer(pattern, output))
    if not found:
        raise NotMeasured(f"no {pattern!r} in:\n{output}")
    return [float(group.replace(",", "")) for group in found[-1].groups()]


def bots(output: str, machine: Machine) -> Carried:
    """By memory, of `bench.idle_bots`."""
    (each,) = numbers(r"a worker, stored sessions .*?([\d.]+) MiB a bot", output)
    (ratio,) = numbers(r"([\d.]+) × the memory of a bare client", output)
    fit = machine.memory_mib * _MEMORY_SHARE / each
    return Carried("bots, idle", fit, ratio, "a bare client's memory")


def updates(output: str, machine: Machine) -> Carried:
    """By the workers' processor time, of `bench.update_cost`; PostgreSQL takes as much again."""
    ours, ratio = numbers(r"ours ([\d.]+) ms, bare [\d.]+ ms: ([\d.]+) of it", output)
    return Carried(
        "updates a second", machine.cores / 2 / (ours / 1000), ratio, "a bare handler's time"
    )


def events(output: str, _machine: Machine) -> Carried:
    """Of one shipper and both stores together, of `bench.shipper`."""
    (shipped,) = numbers(r"shipper +([\d,]+) events/s", output)
    (ratio,) = numbers(r"of the slower +([\d.]+)", output)
    return Carried("events a second", shipped, ratio, "COPY or INSERT alone")


def viewers(output: str, machine: Machine) -> Carried:
    """By the API's processor time, of `bench.viewers`, with one core for its queries."""
    number, shops, queries, late, used = numbers(
        r"(\d+) viewers of (\d+) shops.*?: ([\d.]+) queries/s.* p99 ([\d.]+) s.*"
        r"API (\d+)% of a core",
        output,
    )
    if late > _SOON:
        raise NotMeasured(f"bench.viewers: they waited {late} s, so the machine is too busy to say")
    fit = number * (machine.cores - 1) / max(used / 100, 0.01)
    return Carried("viewers", fit, queries / shops, "a query a second for each shop")


@dataclass(frozen=True, slots=True)
class Part:
    module: str
    read: Callable[[str, Machine], Carried]
    whole: str
    quick: str


PARTS = (
    Part("bench.idle_bots", bots, "--bots 200 --logins 10", "--bots 40 --logins 4"),
    Part(
        "bench.update_cost",
        updates,
        "--rate 40 --seconds 15 --rounds 2",
        "--bots 2 --rate 30 --seconds 4 --rounds 1",
    ),
    Part("bench.shipper", events, "--runs 2", "--rows 60000 --runs 1 --batch 20000"),
    Part(
        "bench.viewers",
        viewers,
        f"--viewers {_VIEWERS} --shops {_SHOPS} --rows 500000 --seconds 20",
        "--viewers 60 --shops 6 --rows 50000 --seconds 8 --rate 3",
    ),
)


def needed(count: int, carried: Sequence[Carried]) -> str:
    """The shares of what is carried that so many shops need in their busiest hour."""
    a_second = count * _EVENTS_A_DAY * _BUSIEST / 86_400
    wanted = {
        "bots, idle": count,
        "updates a second": a_second * _UPDATES,
        "events a second": a_second,
    }
    shares = [
        f"{wanted[each.unit]:,.1f} of {each.amount:,.0f} {each.unit} "
        f"({wanted[each.unit] / each.amount:.1%})"
        for each in carried
        if each.unit in wanted
    ]
    return f"{count:>6,} shops: {', '.join(shares)}"


def _of_shops(count: int, *, quick: bool) -> str:
    """What `bench.shops` says of so many; raises NotMeasured."""
    sizes = f"--shops {count} --a-day {_EVENTS_A_DAY}"
    return _run("bench.shops", f"{sizes} --days 1" if quick else sizes).rstrip()


def _run(module: str, options: str) -> str:
    """What the benchmark prints; raises NotMeasured, also if it takes too long."""
    command = [sys.executable, "-m", module, *options.split()]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            output, errors = process.communicate(timeout=_MOST_SECONDS)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)  # the engines that it has started end with it
            if isinstance(error, subprocess.TimeoutExpired):
                raise NotMeasured(f"{module} took longer than {_MOST_SECONDS} s") from error
            raise
    if process.returncode:
        raise NotMeasured(f"{module} ended with {process.returncode}:\n{errors[-2000:]}")
    return output


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",") if number]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--shops", type=_numbers, default=[])
    arguments = parser.parse_args()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**2
    machine = Machine(arguments.cores, memory)
    load = os.getloadavg()[1]
    print(f"{machine.cores} cores, {memory / 1024:.0f} GiB; load before: {load:.1f}", flush=True)
    wrong, carried = [], []
    for part in PARTS:
        began = time.monotonic()
        try:
            options = part.quick if arguments.quick else part.whole
            carried.append(part.read(_run(part.module, options), machine))
            print(carried[-1].line(), flush=True)
        except NotMeasured as error:
            wrong.append(str(error))
        print(f"{part.module}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    for count in arguments.shops:
        print(needed(count, carried), flush=True)
        try:
            print(_of_shops(count, quick=arguments.quick), flush=True)
        except NotMeasured as error:
            wrong.append(str(error))
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()

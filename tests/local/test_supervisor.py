"""The supervisor with toy services: order, crashes, the end, and its own death."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from local import processes
from local.service import Service
from local.supervisor import Supervisor, Timing
from tests import patience
from tests.local.toys import SLEEPER, exists, toy
from tests.local.waiting import until, until_now

QUICK = Timing(
    poll=0.02, watch=0.05, first_delay=0.02, longest_delay=0.1, steady=5, unhealthy=0.3, slow=5
)
CRASHING = "import sys; sys.exit('the cupboard is bare')"


class Run:
    """A supervisor at work, and what it said."""

    def __init__(self, folder: Path, services: Sequence[Service]) -> None:
        self.said: list[str] = []
        self.supervisor = Supervisor(services, logs=folder, say=self.said.append, timing=QUICK)
        self.ready = asyncio.Event()
        self.task = asyncio.create_task(self.supervisor.run(self._ready))

    async def _ready(self) -> None:
        self.ready.set()

    def pid(self, name: str) -> int:
        process = self.supervisor.running[name].process
        assert process is not None
        return process.pid

    def heard(self, text: str) -> bool:
        return any(text in line for line in self.said)


@asynccontextmanager
async def running(folder: Path, *services: Service) -> AsyncIterator[Run]:
    run = Run(folder, services)
    try:
        await until(lambda: run.ready.is_set() or run.task.done(), "the start")
        yield run
    finally:
        run.supervisor.stop()
        await run.task


def recorded(file: Path) -> int:
    """The process id that a toy wrote."""
    until_now(lambda: file.exists() and file.read_text() != "", f"{file.name} is written")
    return int(file.read_text())


async def test_starts_in_the_order_of_dependencies_and_stops_in_reverse(tmp_path: Path) -> None:
    script = (
        "import pathlib, signal, sys, time\n"
        "file = pathlib.Path(sys.argv[1]); order = file.parent / 'order'\n"
        "def note(word):\n"
        "    with order.open('a') as out: out.write(f'{word} {file.name}\\n')\n"
        "def end(*_):\n"
        "    note('stop'); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "note('start'); file.touch(); time.sleep(1000)\n"
    )
    async with running(
        tmp_path,
        toy(tmp_path, "roof", script, needs="walls"),
        toy(tmp_path, "walls", script, needs="ground"),
        toy(tmp_path, "ground", script),
    ) as run:
        assert run.ready.is_set()
    assert (tmp_path / "order").read_text().split("\n")[:-1] == [
        "start ground",
        "start walls",
        "start roof",
        "stop roof",
        "stop walls",
        "stop ground",
    ]
    assert run.task.result() == 0


async def test_a_step_that_runs_once_comes_before_those_that_need_it(tmp_path: Path) -> None:
    script = "import pathlib, sys; pathlib.Path(sys.argv[1]).touch()"
    step = Service("migrate", [sys.executable, "-S", "-c", script, str(tmp_path / "done")])
    needing = (
        "import pathlib, sys, time; file = pathlib.Path(sys.argv[1])\n"
        "assert (file.parent / 'done').exists(); file.touch(); time.sleep(1000)"
    )
    async with running(tmp_path, step, toy(tmp_path, "worker", needing, needs="migrate")) as run:
        assert run.heard("migrate: done in")
        assert run.heard("worker: ready in")


async def test_a_step_that_fails_ends_the_start_with_its_reason(tmp_path: Path) -> None:
    step = Service("migrate", [sys.executable, "-S", "-c", CRASHING])
    other = toy(tmp_path, "other")
    async with running(tmp_path, other, step, toy(tmp_path, "late", needs="migrate")) as run:
        assert await run.task == 1
    assert run.heard("migrate cannot start: ended with exit code 1\n    the cupboard is bare")
    assert not (tmp_path / "late").exists()
    assert run.supervisor.running["other"].process is None


async def test_a_service_that_never_comes_up_ends_the_start(tmp_path: Path) -> None:
    async with running(tmp_path, toy(tmp_path, "api", CRASHING)) as run:
        assert await run.task == 1
    assert run.heard("api cannot start: ended with exit code 1\n    the cupboard is bare")
    assert run.heard(str(tmp_path / "api.log"))


async def test_a_missing_program_is_named(tmp_path: Path) -> None:
    service = Service("tool", ["/nonexistent/tool"], ready=exists(tmp_path / "never"))
    async with running(tmp_path, service) as run:
        assert await run.task == 1
    assert run.heard("cannot run /nonexistent/tool: No such file or directory")


async def test_a_killed_service_is_started_again_and_said_so(tmp_path: Path) -> None:
    async with running(tmp_path, toy(tmp_path, "worker"), toy(tmp_path, "api")) as run:
        first, other = run.pid("worker"), run.pid("api")
        os.kill(first, signal.SIGKILL)
        await until(lambda: run.heard("worker: ready again in"), "the restart is said")
        assert run.heard("worker: killed by SIGKILL; starting it again in 0.0 s")
        assert run.pid("worker") != first
        assert run.pid("api") == other


async def test_it_is_described_anew_before_each_start(tmp_path: Path) -> None:
    """For what has changed since: here it cannot start as it was described before."""
    descriptions = [CRASHING, CRASHING, SLEEPER, SLEEPER]

    def again() -> Service:
        return replace(toy(tmp_path, "worker", descriptions.pop(0)), again=again)

    first = replace(toy(tmp_path, "worker", CRASHING), again=again)
    async with running(tmp_path, first) as run:
        await until(lambda: run.heard("worker: ready"), "the third start")
        os.kill(run.pid("worker"), signal.SIGKILL)
        await until(lambda: not descriptions, "the fourth start")
    assert sum("the cupboard is bare" in line for line in run.said) == 1


async def test_what_a_crashed_service_left_behind_is_ended_before_its_restart(
    tmp_path: Path,
) -> None:
    script = (
        "import pathlib, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(1000)'])\n"
        "file = pathlib.Path(sys.argv[1])\n"
        "pathlib.Path(f'{file}-{child.pid}-child').touch(); file.touch(); time.sleep(1000)"
    )
    async with running(tmp_path, toy(tmp_path, "daemon", script)) as run:
        (left,) = tmp_path.glob("*-child")
        os.kill(run.pid("daemon"), signal.SIGKILL)
        await until(lambda: run.heard("ready again"), "the restart")
        assert not processes.is_alive(int(left.name.split("-")[1]))


async def test_repeated_crashes_show_the_log_and_slow_down(tmp_path: Path) -> None:
    # It works the first time, and from then on crashes at once.
    script = (
        "import pathlib, sys, time; file = pathlib.Path(sys.argv[1])\n"
        "if file.exists(): sys.exit('the cupboard is bare')\n"
        "file.touch(); time.sleep(1000)"
    )
    async with running(tmp_path, toy(tmp_path, "worker", script)) as run:
        os.kill(run.pid("worker"), signal.SIGKILL)
        await until(lambda: run.heard("the cupboard is bare"), "the log is shown")
        await until(lambda: run.heard("starting it again in 0.1 s"), "the delay grows")
        assert not run.task.done()


async def test_a_service_that_stops_answering_is_started_again(tmp_path: Path) -> None:
    async with running(tmp_path, toy(tmp_path, "api")) as run:
        first = run.pid("api")
        (tmp_path / "api").unlink()
        await until(lambda: run.heard("api: no good answer for"), "the check fails for long")
        await until(lambda: run.heard("ready again"), "the restart")
        assert run.pid("api") != first
        assert not processes.is_alive(first)


async def test_a_service_that_ignores_the_wish_to_end_is_killed(tmp_path: Path) -> None:
    script = (
        "import pathlib, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "pathlib.Path(sys.argv[1]).touch(); time.sleep(1000)"
    )
    argv = [sys.executable, "-S", "-c", script, str(tmp_path / "deaf")]
    service = Service("deaf", argv, ready=exists(tmp_path / "deaf"), stop_seconds=0.1)
    async with running(tmp_path, service) as run:
        pid = run.pid("deaf")
    assert run.heard("deaf: had to be killed")
    assert not processes.is_alive(pid)


async def test_the_log_of_the_former_run_is_kept(tmp_path: Path) -> None:
    async with running(tmp_path, toy(tmp_path, "api")):
        (tmp_path / "api.log").write_text("what happened before\n")
    async with running(tmp_path, toy(tmp_path, "api")):
        assert (tmp_path / "api.log.1").read_text() == "what happened before\n"


async def test_a_log_that_grows_is_moved_away(tmp_path: Path) -> None:
    run = Run(tmp_path, [toy(tmp_path, "api")])
    log = run.supervisor.running["api"].log
    with log.open() as writing:
        writing.write(b"much\n" * 100)
        log.rotate(limit=100)
        writing.write(b"new\n")
        assert (tmp_path / "api.log.1").read_bytes() == b"much\n" * 100
        assert log.tail(5) == ["new"]
    run.supervisor.stop()
    await run.task


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything(tmp_path: Path, number: signal.Signals) -> None:
    with start_toys(tmp_path) as toys:
        pids = toy_pids(tmp_path)
        toys.send_signal(number)
        assert toys.wait(timeout=patience.SECONDS) == 0
        assert [pid for pid in pids if processes.is_alive(pid)] == []


def test_kill_9_of_the_supervisor_leaves_nothing(tmp_path: Path) -> None:
    with start_toys(tmp_path) as toys:
        pids = toy_pids(tmp_path)
        toys.kill()
        toys.wait()
        until_now(lambda: not any(map(processes.is_alive, pids)), "all services end")


def test_a_killed_guard_is_replaced(tmp_path: Path) -> None:
    with start_toys(tmp_path) as toys:
        pids = toy_pids(tmp_path)
        (guard,) = guards_of(toys.pid)
        os.kill(guard, signal.SIGKILL)
        os.kill(pids[0], signal.SIGKILL)  # its restart is what the guard is told next
        until_now(lambda: guards_of(toys.pid) not in ([], [guard]), "another guard")
        until_now(lambda: recorded(tmp_path / "first") != pids[0], "the restart")
        pids = toy_pids(tmp_path)
        toys.kill()
        toys.wait()
        until_now(lambda: not any(map(processes.is_alive, pids)), "all services end")


def guards_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()
    found = [int(child) for child in children if processes.is_alive(int(child))]
    return [child for child in found if is_guard(child)]


def is_guard(pid: int) -> bool:
    try:
        return b"local.guard" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):  # it has ended since it was listed
        return False


@contextmanager
def start_toys(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    argv = [sys.executable, "-m", "tests.local.toys", str(folder)]
    with (folder / "console").open("wb") as console, subprocess.Popen(argv, stdout=console) as toys:
        try:
            until_now(lambda: b"all ready" in (folder / "console").read_bytes(), "the start")
            yield toys
        finally:
            toys.kill()  # or a test that fails would wait for it for ever


def toy_pids(folder: Path) -> list[int]:
    names = ["first", "first-grandchild", "second"]
    # One that is started again writes its own number before its child's.
    until_now(
        lambda: all(processes.is_alive(recorded(folder / name)) for name in names), "all are alive"
    )
    return [recorded(folder / name) for name in names]


async def test_what_is_later_starts_behind_the_announcement(tmp_path: Path) -> None:
    """The panel's link is printed first."""
    script = (
        "import pathlib, sys, time; file = pathlib.Path(sys.argv[1])\n"
        "assert (file.parent / 'announced').exists(); file.touch(); time.sleep(1000)"
    )
    later = replace(toy(tmp_path, "later", script, needs="first"), is_later=True)
    said: list[str] = []
    services = [later, toy(tmp_path, "first")]
    supervisor = Supervisor(services, logs=tmp_path, say=said.append, timing=QUICK)

    async def announce() -> None:
        assert supervisor.running["later"].process is None
        (tmp_path / "announced").touch()

    task = asyncio.create_task(supervisor.run(announce))
    try:
        await until(lambda: any("later: ready in" in line for line in said), "the later one")
    finally:
        supervisor.stop()
        assert await task == 0
    ready = [line.partition(":")[0] for line in said if "ready in" in line]
    assert ready == ["first", "later"]


async def test_what_is_later_and_never_comes_up_ends_nothing(tmp_path: Path) -> None:
    later = replace(toy(tmp_path, "later", CRASHING), is_later=True)
    async with running(tmp_path, toy(tmp_path, "first"), later) as run:
        assert run.ready.is_set()
        tries = QUICK.start_attempts + 2
        await until(
            lambda: sum("later: ended with" in line for line in run.said) >= tries, "its failures"
        )
        assert not run.task.done()
    assert run.task.result() == 0

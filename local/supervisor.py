"""Runs a set of services on this machine: in order of their dependencies, until a signal stops
them."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import ConfigurationError
from local.logs import LogFile
from local.service import Check, RunningService, Service, State

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds; the tests use shorter ones."""

    poll: float = 0.1
    watch: float = 20
    first_delay: float = 0.2
    longest_delay: float = 10
    steady: float = 30  # a service that ran this long is restarted without a delay
    unhealthy: float = 60  # a service without a good answer for this long is restarted
    slow: float = 15  # a start that takes this long is reported
    start_attempts: int = 4  # so many failures before it was ever ready end the whole start


class StartFailed(Exception):
    """A service cannot start; the message has its name, the reason and the place of its log."""


class Supervisor:
    """Starts services as their dependencies become ready and restarts those that crash.

    Each runs in a session of its own with its output in a log file. A guard process ends them if
    this one is killed; `inherited` are the file descriptors (a lock) that the guard holds as well.
    """

    def __init__(
        self,
        services: Sequence[Service],
        *,
        logs: Path,
        say: Say = print,
        timing: Timing | None = None,
        inherited: Sequence[int] = (),
    ) -> None:
        self._say = say
        self._timing = timing or Timing()
        self._inherited = tuple(inherited)
        self._guard: subprocess.Popen[bytes] | None = None
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._announced = asyncio.Event()
        self.running = {
            service.name: RunningService(service, LogFile(logs, service.name))
            for service in services
        }
        for service in services:
            for name in service.depends_on:
                if name not in self.running:
                    raise ValueError(f"{service.name} depends on {name}, which is not there")

    def stop(self) -> None:
        """Requests the end; the second time without waiting for any service."""
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()

    async def run(self, when_ready: Callable[[], Awaitable[None]] | None = None) -> int:
        """Runs until `stop`; returns the exit code: 0, or 1 if the services could not be started.

        `when_ready` is called once, when all services are ready except those that start later.
        """
        self._guard = _start_guard(self._inherited)
        keepers = [asyncio.create_task(self._keep(item)) for item in self.running.values()]
        watchers = [
            asyncio.create_task(self._announce(when_ready)),
            asyncio.create_task(self._stop.wait()),
            *keepers,
        ]
        code = 0
        try:
            # The first of them to end decides: a request to stop, or an error in a service.
            pending = set(watchers)
            while not self._stop.is_set() and pending:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        except (StartFailed, ConfigurationError) as error:
            self._say(str(error))
            code = 1
        finally:
            self._stop.set()
            for task in watchers:
                task.cancel()
            await asyncio.gather(*watchers, return_exceptions=True)
            await self._stop_all()
            self._end_guard()
        return code

    async def _announce(self, when_ready: Callable[[], Awaitable[None]] | None) -> None:
        at_once = [item for item in self.running.values() if not item.service.is_later]
        await asyncio.gather(*(item.settled.wait() for item in at_once))
        if when_ready is not None:
            await when_ready()
        self._announced.set()

    async def _keep(self, item: RunningService) -> None:
        """One service's life: wait for its dependencies, start, watch, restart."""
        name, delay, failures = item.service.name, self._timing.first_delay, 0
        if item.service.is_later:
            await self._announced.wait()
        while True:
            await asyncio.gather(*(self.running[d].up.wait() for d in item.service.depends_on))
            self._tell_guard("+", await item.start())
            if not item.settled.is_set() and not item.service.is_later:
                self._say(f"{name}: starting…")
            reason = await self._watch(item, again=failures > 0)
            lived = time.monotonic() - item.started_at
            await item.clear()
            self._tell_guard("-", item.session)
            if item.state is State.DONE:
                return
            was_ready = item.state is State.READY
            item.fail()
            failures = 1 if was_ready and lived > self._timing.steady else failures + 1
            delay = (
                self._timing.first_delay
                if failures == 1
                else min(delay * 2, self._timing.longest_delay)
            )
            if self._is_hopeless(item, failures):
                raise StartFailed(_failure(item, reason))
            self._say(f"{name}: {reason}; starting it again in {delay:.1f} s")
            if failures > 1:
                self._say(_tail(item))
            await asyncio.sleep(delay)

    def _is_hopeless(self, item: RunningService, failures: int) -> bool:
        """Whether its failure ends the whole start: it was never ready, and others need it."""
        if item.settled.is_set() or item.service.is_later:
            return False
        return item.service.ready is None or failures >= self._timing.start_attempts

    async def _watch(self, item: RunningService, *, again: bool) -> str:
        """Watches a started service until it ends; returns why it has to be restarted."""
        ended = asyncio.create_task(item.wait())
        try:
            if await self._until_ready(item, ended):
                seconds = time.monotonic() - item.started_at
                word = "ready again" if again or item.settled.is_set() else "ready"
                item.set_ready()
                self._say(f"{item.service.name}: {word} in {seconds:.1f} s")
                if await self._until_unhealthy(item, ended):
                    await item.stop(self._hurry)
                    return f"no good answer for {self._timing.unhealthy:.0f} s"
            code = await ended
        finally:
            ended.cancel()
        if item.service.ready is None and code == 0:
            item.set_done()
            seconds = time.monotonic() - item.started_at
            self._say(f"{item.service.name}: done in {seconds:.1f} s")
        return _ending(code)

    async def _until_ready(self, item: RunningService, ended: "asyncio.Task[int]") -> bool:
        """True once the service is ready, False if it has ended before."""
        slow = self._timing.slow
        while not ended.done():
            waited = time.monotonic() - item.started_at
            if item.service.ready is not None and await _ask(item.service.ready):
                return not ended.done()
            if waited > slow and not item.service.is_later:
                self._say(
                    f"{item.service.name}: still starting ({waited:.0f} s), see {item.log.path}"
                )
                slow += self._timing.slow
            await asyncio.wait([ended], timeout=self._timing.poll)
        return False

    async def _until_unhealthy(self, item: RunningService, ended: "asyncio.Task[int]") -> bool:
        """True when it has given no good answer for a long time, False if it has ended.

        The time counts only while everything that it depends on works.
        """
        check = item.service.alive or item.service.ready
        good_at = time.monotonic()
        while not ended.done():
            await asyncio.wait([ended], timeout=self._timing.watch)
            item.log.rotate()
            self._keep_guard()
            needed = [self.running[name].up.is_set() for name in item.service.depends_on]
            if not all(needed) or check is None or await _ask(check):
                good_at = time.monotonic()
            if time.monotonic() - good_at > self._timing.unhealthy:
                return not ended.done()
        return False

    async def _stop_all(self) -> None:
        """Ends every service after all that depend on it."""
        alive = [item for item in self.running.values() if item.process is not None]
        if alive:
            self._say("stopping…")
        ended = {item.service.name: asyncio.Event() for item in self.running.values()}

        async def end(item: RunningService) -> None:
            users = [u for u in self.running.values() if item.service.name in u.service.depends_on]
            await asyncio.gather(*(ended[user.service.name].wait() for user in users))
            if not await item.stop(self._hurry):
                self._say(f"{item.service.name}: had to be killed")
            ended[item.service.name].set()

        await asyncio.gather(*(end(item) for item in self.running.values()))

    def _tell_guard(self, change: str, session: int) -> None:
        guard = self._guard
        if guard is None or guard.stdin is None:
            return
        try:
            guard.stdin.write(f"{change}{session}\n".encode())
            guard.stdin.flush()
        except BrokenPipeError:
            guard.wait()
            self._keep_guard()

    def _keep_guard(self) -> None:
        """If somebody killed the guard, starts a new one and passes all sessions to it."""
        if self._guard is None or self._guard.poll() is None:
            return
        self._end_guard()
        self._guard = _start_guard(self._inherited)
        for item in self.running.values():
            if item.process is not None:
                self._tell_guard("+", item.session)

    def _end_guard(self) -> None:
        if self._guard is not None and self._guard.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._guard.stdin.close()
            self._guard.wait()
            self._guard = None


def _start_guard(inherited: tuple[int, ...]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # pylint: disable=consider-using-with # it lives as long as we do
        [sys.executable, "-m", "local.guard"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        pass_fds=inherited,
    )


async def _ask(check: Check) -> bool:
    try:
        async with asyncio.timeout(10):
            return await check()
    except TimeoutError:
        return False


def _ending(code: int) -> str:
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def _tail(item: RunningService, lines: int = 10) -> str:
    found = item.log.tail(lines, since=item.log_offset)
    return "\n".join(f"    {line}" for line in [*found, f"its log: {item.log.path}"])


def _failure(item: RunningService, reason: str) -> str:
    return f"{item.service.name} cannot start: {reason}\n{_tail(item)}"

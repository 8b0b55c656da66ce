"""A supervised service: its description, and its process while it runs."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import BinaryIO

from local import leash, processes
from local.logs import LogFile

Check = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Service:
    """A program to keep running or, without `ready`, one that does its work once and ends.

    `ready` is polled until it is true before anything that depends on the service starts; `alive`
    (by default the same) is polled from then on, and the service is restarted if it stays false for
    long. A service that `is_later` starts when all others have been announced as ready, and its
    failure ends nothing. `again` describes it anew before each start, for what can change between
    them, as a port that another program has taken.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Check | None = None
    alive: Check | None = None
    depends_on: tuple[str, ...] = ()
    address: str = ""
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10
    is_later: bool = False
    again: "Callable[[], Service] | None" = None


class State(Enum):
    WAITING = auto()
    STARTING = auto()
    READY = auto()
    DONE = auto()
    FAILED = auto()
    STOPPED = auto()


class RunningService:
    """A service with its process, its log and its state."""

    def __init__(self, service: Service, log: LogFile) -> None:
        self.service = service
        self.log = log
        self.process: Process | None = None
        self.session = 0
        self.state = State.WAITING
        self.started_at = 0.0
        self.log_offset = 0
        self.up = asyncio.Event()  # ready now, or done
        self.settled = asyncio.Event()  # was ready once

    async def start(self) -> int:
        """Starts the process; returns its session."""
        if self.service.again is not None:
            self.service = self.service.again()
        self.state = State.STARTING
        self.started_at = time.monotonic()
        self.log_offset = self.log.size()
        with self.log.open() as output:
            self.process = await _spawn(self.service, output)
        self.session = self.process.pid
        return self.session

    async def wait(self) -> int:
        assert self.process is not None
        return await self.process.wait()

    def set_ready(self) -> None:
        self.state = State.READY
        self.up.set()
        self.settled.set()

    def set_done(self) -> None:
        self.set_ready()
        self.state = State.DONE

    def fail(self) -> None:
        self.state = State.FAILED
        self.up.clear()

    async def stop(self, hurry: asyncio.Event) -> bool:
        """Stops the process cleanly; returns False if it had to be killed."""
        clean = True
        if self.process is not None and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(self.service.stop_signal)
            clean = await _within(self.process.wait(), self.service.stop_seconds, hurry)
        await self.clear()
        if self.state is not State.DONE:
            self.state = State.STOPPED
        return clean

    async def clear(self) -> None:
        """Ends every process of its session that still runs, its own too."""
        if self.process is None:
            return
        if self.process.returncode is not None:
            processes.send(processes.of_session(self.session), signal.SIGTERM)
            await self._session_gone(2)
        processes.send(processes.of_session(self.session), signal.SIGKILL)
        await self.process.wait()
        await self._session_gone(2)
        self.process = None

    async def _session_gone(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while processes.of_session(self.session) and time.monotonic() < deadline:
            await asyncio.sleep(0.02)


async def _spawn(service: Service, output: BinaryIO) -> Process:
    # The leash comes first: the kernel signals it when this process has died, before the guard
    # does.
    argv = leash.leashed(list(service.argv), when_parent_dies=service.stop_signal)
    return await asyncio.create_subprocess_exec(
        *argv,
        env=os.environ | service.env,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


async def _within(ending: Awaitable[object], seconds: float, hurry: asyncio.Event) -> bool:
    """Whether something ends within `seconds` and before `hurry` is set."""
    waiting = asyncio.ensure_future(ending)
    hurrying = asyncio.ensure_future(hurry.wait())
    await asyncio.wait([waiting, hurrying], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    hurrying.cancel()
    if waiting.done():
        return True
    waiting.cancel()
    return False

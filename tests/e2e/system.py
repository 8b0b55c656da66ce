"""The whole system as `vitrina up` runs it, in processes of its own."""

import asyncio
import contextlib
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from local import ports

READY_SECONDS = 240  # some 15 s on an idle machine of two cores, Dagster behind it as much again
STOP_SECONDS = 45


@dataclass
class System:
    """A running `vitrina up`: what it printed so far, and its secret link."""

    data_dir: Path
    process: Process
    lines: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    secrets: dict[str, str] = field(default_factory=dict)  # used by tests, by what they are

    async def read(self) -> None:
        """Collects what it prints until it ends."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.lines.append(line.decode().rstrip())
            self.changed.set()
        self.lines.append("<ended>")
        self.changed.set()

    async def line(self, pattern: str, *, after: int = 0, seconds: float = READY_SECONDS) -> str:
        """The first line since number `after` that the pattern is found in."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    for line in self.lines[after:]:
                        if re.search(pattern, line):
                            return line
                    self.changed.clear()
                    if "<ended>" in self.lines:
                        break
                    await self.changed.wait()
        raise AssertionError(f"no line with {pattern!r}:\n" + "\n".join(self.lines))

    @property
    def link(self) -> str:
        """The panel's secret link, from the line that ends the start."""
        (line,) = [line for line in self.lines if line.startswith("panel: ")]
        return line.removeprefix("panel: ")

    def pids(self) -> dict[int, str]:
        """Every process that works on the data folder, by what it was started with."""
        found = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit() or int(folder.name) == os.getpid():
                continue
            with contextlib.suppress(OSError):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                environment = (folder / "environ").read_bytes().decode(errors="replace")
                if str(self.data_dir) in command + environment and command:
                    found[int(folder.name)] = command
        return found

    async def kill(self, service: str, command: str) -> None:
        """Kills the process of a service, once it is there, with SIGKILL and waits until it is
        back."""
        await self.line(f"^{service}: ready in")  # some start behind the link
        after = len(self.lines)
        (pid,) = [pid for pid, found in self.pids().items() if re.search(command, found)]
        os.kill(pid, signal.SIGKILL)
        await self.line(f"^{service}: ready again", after=after, seconds=90)

    async def stop(self) -> int:
        """Ctrl-C; returns the exit code."""
        self.process.send_signal(signal.SIGINT)
        return await asyncio.wait_for(self.process.wait(), STOP_SECONDS)


@contextlib.asynccontextmanager
async def running(data_dir: Path, *options: str) -> AsyncIterator[System]:
    """Starts the system and waits until it printed its link; stops it at the end."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("VITRINA")}
    port = ports.free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "up", "--data-dir", str(data_dir), "--port", str(port)),
        "--simulator",  # whatever a .env beside us says
        *options,
        env=environment,
        stdout=PIPE,
        stderr=STDOUT,
    )
    system = System(data_dir, process)
    reader = asyncio.create_task(system.read())
    try:
        await system.line("^panel: ")
        yield system
    finally:
        if process.returncode is None:
            await system.stop()
        await reader

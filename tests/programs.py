"""Programs that the tests need as long as one of their processes runs, such as the engines."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from local import leash

START_SECONDS = 120
END_SECONDS = 10  # then it is killed

# Arguments, and variables to add to the environment.
Command = tuple[list[str], dict[str, str]]


class Programs:
    """They also die with this process if it is killed; what they write is in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[tuple[subprocess.Popen[bytes], signal.Signals]] = []

    def start(self, command: Command, *, ending: signal.Signals = signal.SIGKILL) -> Path:
        """Starts a program that `ending` will end; returns the file that it writes to."""
        argv, variables = command
        log = self._folder / f"{len(self._processes)}.log"
        with log.open("wb") as output:
            # pylint: disable-next=consider-using-with  # it outlives this function
            process = subprocess.Popen(
                leash.leashed(argv),
                env=os.environ | variables,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes.append((process, ending))
        return log

    def ended(self) -> bool:
        """Whether one of them has, by itself."""
        return any(process.poll() is not None for process, _ending in self._processes)

    def stop(self) -> None:
        """Ends them all."""
        for process, ending in self._processes:
            process.send_signal(ending)
        for process, _ending in self._processes:
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()


async def until(
    ready: Callable[[], Awaitable[bool]], log: Path, ended: Callable[[], bool] = lambda: False
) -> None:
    """Returns once a program is ready; RuntimeError with what it wrote to `log` if it has ended,
    or is not ready in time."""
    deadline = time.monotonic() + START_SECONDS
    while not await ready():
        if ended() or time.monotonic() > deadline:
            raise RuntimeError(f"a program does not start:\n{log.read_text()[-4000:]}")
        await asyncio.sleep(0.02)

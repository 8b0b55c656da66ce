"""Uvicorn as our services run it: idle without requests, and exit code 0 after a signal."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Iterator
from types import FrameType

import uvicorn

_TICK_SECONDS = 1.0  # seconds between updates of the clock for the Date header of responses


class HttpServer(uvicorn.Server):
    """Uvicorn's own loop checks ten times a second whether it should end; this one is woken
    instead."""

    def __init__(self, config: uvicorn.Config) -> None:
        self._should_exit = False
        self._ending = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        super().__init__(config)

    @property
    def should_exit(self) -> bool:
        """Set it, from any thread or signal handler, to end the server."""
        return self._should_exit

    @should_exit.setter
    def should_exit(self, value: bool) -> None:
        self._should_exit = value
        if value and self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                self._loop.call_soon_threadsafe(self._ending.set)

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TICK_SECONDS):
                    await self._ending.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Does nothing: `run_until_signal` sets the handlers. Uvicorn's would raise the signal
        again at the end, and the process would not exit with code 0."""
        yield


def run_until_signal(server: HttpServer) -> None:
    """Serves until SIGTERM or SIGINT; raises SystemExit if the start fails."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    # What was imported stays: a search of it for garbage would hold up all requests for a fifth of
    # a second each time.
    gc.freeze()
    server.run()

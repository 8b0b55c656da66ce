"""Running a service in the foreground: SIGTERM and Ctrl-C end it cleanly."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Coroutine
from typing import Any

import uvloop


async def _until_signal(service: Coroutine[Any, Any, None]) -> signal.Signals | None:
    task = asyncio.ensure_future(service)
    loop = asyncio.get_running_loop()
    received: list[signal.Signals] = []

    def end(number: signal.Signals) -> None:
        received.append(number)
        task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end, number)
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return received[0] if received and task.cancelled() else None


def run_service(service: Coroutine[Any, Any, None]) -> None:
    """Runs it until it ends or a signal cancels it; its own errors are raised."""
    # What was imported stays: a search of it for garbage takes a tenth of a second each time.
    gc.freeze()
    uvloop.run(_until_signal(service))


def run_to_end(work: Coroutine[Any, Any, None]) -> None:
    """As `run_service`, for work that ends by itself: a signal stops it cleanly before its end.

    Raises KeyboardInterrupt on Ctrl-C, SystemExit on SIGTERM.
    """
    match uvloop.run(_until_signal(work)):
        case signal.SIGINT:
            raise KeyboardInterrupt
        case None:
            return
        case number:
            raise SystemExit(128 + number)

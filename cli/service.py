"""Running a service in the foreground: SIGTERM and Ctrl-C end it in good order."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any

import uvloop


async def _until_signal(service: Coroutine[Any, Any, None]) -> None:
    task = asyncio.ensure_future(service)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def run_service(service: Coroutine[Any, Any, None]) -> None:
    """Runs it until it ends or a signal cancels it; its own errors are raised."""
    uvloop.run(_until_signal(service))

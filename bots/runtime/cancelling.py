"""Ending tasks that call Telegram."""

import asyncio
from collections.abc import Iterable
from typing import Any

import structlog

log = structlog.get_logger()

_AGAIN_SECONDS = 1.0


async def cancel_all(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancels them until each has ended: before Python 3.12 `asyncio.wait_for`, which the client
    uses, loses a cancellation that comes in the moment of its result."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        done, left = await asyncio.wait(left, timeout=_AGAIN_SECONDS)
        await asyncio.gather(*done, return_exceptions=True)
        for task in left:
            log.info("a task is cancelled again", task=str(task.get_coro()))

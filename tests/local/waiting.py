"""Waiting for a condition instead of sleeping."""

import asyncio
import time
from collections.abc import Callable

from tests import patience


async def until(condition: Callable[[], bool], what: str) -> None:
    """Returns once the condition holds; fails with `what` if it does not in time."""
    deadline = time.monotonic() + patience.SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        await asyncio.sleep(0.02)


def until_now(condition: Callable[[], bool], what: str) -> None:
    """The same outside an event loop."""
    deadline = time.monotonic() + patience.SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.02)

"""Work for a visitor who may leave before it is done: then it is cancelled, its queries stop."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import Request

from core.errors import VitrinaError

_T = TypeVar("_T")


class VisitorLeft(VitrinaError):
    """Nobody waits for the answer any more."""

    code = "visitor_left"
    status = 503


async def unless_left(request: Request, work: Coroutine[Any, Any, _T]) -> _T:
    """The result of the work, which is cancelled when the visitor's connection closes.

    For requests without a body. Raises VisitorLeft, and what the work raises.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise VisitorLeft("the visitor has left; the query was stopped")
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass

"""Requests whose visitor has left: their work is stopped, and with it the stores' queries."""

import asyncio
import contextlib

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_READING = frozenset({"GET", "HEAD"})


class StopsWhenLeft:
    """Cancels what only reads when the connection closes. What changes something is finished:
    whether the answer arrives or not, it has been asked for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in _READING:
            await self._app(scope, receive, send)
            return
        arrived: asyncio.Queue[Message] = asyncio.Queue(maxsize=1)
        working = asyncio.ensure_future(self._app(scope, arrived.get, send))
        leaving = asyncio.ensure_future(_pass_on(receive, arrived))
        try:
            await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
            if leaving.done() and not working.done():
                leaving.result()
                working.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await working
            else:
                await working
        finally:
            for task in (working, leaving):
                task.cancel()
            await asyncio.gather(working, leaving, return_exceptions=True)


async def _pass_on(receive: Receive, arrived: asyncio.Queue[Message]) -> None:
    """Until the connection has closed, which is passed on, too."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            with contextlib.suppress(asyncio.QueueFull):
                arrived.put_nowait(message)
            return
        await arrived.put(message)

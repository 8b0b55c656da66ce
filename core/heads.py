"""HEAD wherever GET is answered: the same status and headers, without a body (RFC 9110, 9.3.2)."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

# In the scope of a request that is answered as a GET but was a HEAD: nothing is counted for it,
# asked or used up.
IS_HEAD = "vitrina.is_head"

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class AnswersHead:
    """Calls the app with GET and stops it once the headers are known, because a stream would never
    end."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        start: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

        async def keep_headers(message: Message) -> None:
            if message["type"] == "http.response.start" and not start.done():
                start.set_result(message)

        as_get = {**scope, "method": "GET", IS_HEAD: True}
        asked = asyncio.ensure_future(self._app(as_get, receive, keep_headers))
        try:
            await asyncio.wait((asked, start), return_when=asyncio.FIRST_COMPLETED)
            if not start.done():
                await asked  # raises the app's exception, if it had one
                return
            await send(start.result())
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            asked.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await asked

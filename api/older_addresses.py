"""Addresses of before `/api/v1`: whoever asks there is sent on for good."""

from urllib.parse import quote

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/api/"
# What stood right below it: monitors ask some of these, and a page that was open during an update
# asks the rest. Nothing is added here any more.
MOVED = frozenset(
    """
    attention bots currencies data-health dictionary enter health leave live me modules openapi.json
    overview ready shops storage
    """.split()
)


class SendsOnToV1:
    """Answers 308 at an older address, with the same below `/api/v1`; the method, the body and the
    query stay as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        below = scope["path"].removeprefix(PREFIX)
        if below.partition("/")[0] not in MOVED:
            await self._app(scope, receive, send)
            return
        query = scope["query_string"].decode("latin-1")
        address = f"{PREFIX}v1/{quote(below)}" + (f"?{query}" if query else "")
        await RedirectResponse(address, status_code=308)(scope, receive, send)

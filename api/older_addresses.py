"""Addresses of before `/api/v1`: whoever asks there is sent on for good; monitors are answered."""

from urllib.parse import quote

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/api/"
# What stood right below it; a page that was open during an update asks these. Nothing is added here
# any more.
MOVED = frozenset(
    """
    attention bots currencies data-health dictionary enter health leave live me modules openapi.json
    overview ready shops storage
    """.split()
)
# What a monitor asks, to which a redirect would seem to be health.
_ASKED_BY_MONITORS = frozenset({"health", "ready"})
# Files that have another name now.
_RENAMED = {"orders": "sales", "kpi_day": "shop_kpi_day", "money_day": "shop_money_day"}


class SendsOnToV1:
    """Answers 308 at an older address, with the same below `/api/v1`; the method, the body and the
    query stay as they are. `health` and `ready` are answered at once."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        below = scope["path"].removeprefix(PREFIX)
        if below in _ASKED_BY_MONITORS and scope["method"] in ("GET", "HEAD"):
            # In place: the access log reads from the scope which route it was.
            scope["path"] = f"{PREFIX}v1/{below}"
            scope["raw_path"] = scope["path"].encode()
            await self._app(scope, receive, send)
            return
        file = _renamed_file(below)
        if file is None and below.partition("/")[0] not in MOVED:
            await self._app(scope, receive, send)
            return
        query = scope["query_string"].decode("latin-1")
        address = f"{PREFIX}v1/{quote(file or below)}" + (f"?{query}" if query else "")
        await RedirectResponse(address, status_code=308)(scope, receive, send)


def _renamed_file(below: str) -> str | None:
    folder, _, file = below.partition("/")
    name, _, file_format = file.partition(".")
    if folder != "exports" or name not in _RENAMED or not file_format:
        return None
    return f"exports/{_RENAMED[name]}.{file_format}"

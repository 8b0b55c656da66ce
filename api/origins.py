"""Requests from other sites, which are refused."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from core.problems import respond

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_same_site(headers: Headers) -> bool:
    """Whether a request that changes something comes from the panel itself, or from no page at all.

    Browsers send `Sec-Fetch-Site`, and no page can forge it; those that do not, over plain HTTP,
    send `Origin`. Programs send neither, and carry no visitor's cookie by accident.
    """
    fetch_site = headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


class OriginGuard:
    """Refuses state-changing requests from other sites, on top of the SameSite cookie."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] == "http"
            and scope["method"] not in _SAFE_METHODS
            and not is_same_site(Headers(scope=scope))
        ):
            detail = "this request came from another site: open the panel itself"
            await respond(403, "cross_site", detail)(scope, receive, send)
            return
        await self._app(scope, receive, send)

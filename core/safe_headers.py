"""Headers that browsers need, for the API and the intake: they may share one host."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class SafeHeaders:
    """Adds `nosniff` and `no-referrer` everywhere, and HSTS for a year over TLS; responses below
    the path `private` are never stored by caches, and say in `Vitrina-Version` which `version`
    gives them, if that is given."""

    def __init__(self, app: ASGIApp, *, private: str, version: str = "") -> None:
        self._app = app
        self._private = private
        self._version = version

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "no-referrer")
                if scope.get("scheme") == "https":
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
                if scope["path"].startswith(self._private):
                    headers.setdefault("Cache-Control", "no-store")
                    if self._version:
                        headers["Vitrina-Version"] = self._version
            await send(message)

        await self._app(scope, receive, send_with_headers)

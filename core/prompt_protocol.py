"""HTTP from senders who may be slow on purpose: a request's head must arrive soon, and be small."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10.0
MOST_HEAD_BYTES = 64 * 1024
TRANSPORT = "vitrina.transport"  # of ASGI's extensions: the connection that a request came by


def _refusal(status: str) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


class PromptProtocol(HttpToolsProtocol):
    """Uvicorn's, with what it has no settings for: connections that send nothing, or a head bit by
    bit (a slow loris), are closed after HEAD_SECONDS, and heads beyond MOST_HEAD_BYTES refused.

    Between two requests of a connection uvicorn's own `timeout_keep_alive` counts.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._head_bytes = 0
        self._is_in_head, self._is_whole = True, False
        self._head_timer: asyncio.TimerHandle | None = None

    # As uvicorn's, which narrows asyncio's.
    def connection_made(  # type: ignore[override]  # see above
        self, transport: asyncio.Transport
    ) -> None:
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        was_in_head, self._is_whole = self._is_in_head, False
        super().data_received(data)
        # A piece that ends one request may begin the next: what it begins with is not counted.
        if was_in_head and self._is_in_head and not self._is_whole:
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                self._refuse("431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._head_timer is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        self._stop_timer()
        self._is_in_head = False
        if self.parser.get_method() == b"GET":  # the only one whose body may pass the server by
            extensions: dict[str, Any] = {TRANSPORT: self.transport}
            self.scope["extensions"] = extensions
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_in_head, self._is_whole, self._head_bytes = True, True, 0

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _too_slow(self) -> None:
        self._head_timer = None
        self._refuse("408 Request Timeout")

    def _refuse(self, status: str) -> None:
        if not self.transport.is_closing():
            self.transport.write(_refusal(status))
            self.transport.close()

"""A stream as an answer that never ends as if it were whole when it is not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.exporting.download import ExportFailed
from api.exporting.engine import Reader, ReaderLeft
from api.exporting.packing import Stream

log = structlog.get_logger()

SEND_SECONDS = 60.0  # for a piece: a reader who takes none keeps others from their files


class DownloadResponse(Response):
    """Streams a download as it arrives.

    If the engine breaks off, the response is left unfinished: the server then drops the connection,
    and the browser reports a failed download instead of keeping a truncated file.
    """

    def __init__(
        self,
        download: Stream,
        file_name: str,
        media_type: str,
        sent: Callable[[int], Awaitable[None]] | None = None,
    ) -> None:
        """`sent` is told the size in bytes of what was sent, whole or not."""
        disposition = f'attachment; filename="{file_name}"'
        super().__init__(media_type=media_type, headers={"Content-Disposition": disposition})
        del self.headers["content-length"]
        self._download = download
        self._sent = sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self._send(scope, send))
        leaving = asyncio.create_task(_disconnected(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sending.cancel()
            leaving.cancel()
            try:
                await asyncio.gather(sending, leaving, return_exceptions=True)
            finally:
                self._download.close()

    async def _send(self, scope: Scope, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        size = 0
        try:
            with Reader.of(scope, SEND_SECONDS) as reader:
                straight = self._download.hand_on(reader) if reader else None
                async for sent in straight or self._passed(send):
                    size += sent
        except ExportFailed as error:
            log.error("an export broke off and was cut", error=error.detail)
            return
        except (TimeoutError, ReaderLeft) as error:
            why = str(error) or "it takes nothing"
            log.warning("an export was cut by its reader", why=why, bytes=size)
            return
        except Exception:  # pylint: disable=broad-exception-caught  # an answer has begun
            log.exception("an export broke off and was cut")
            return
        finally:
            if self._sent is not None:
                await asyncio.shield(self._sent(size))
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _passed(self, send: Send) -> AsyncIterator[int]:
        """Through the server, in pieces; their sizes."""
        async for chunk in self._download.chunks():
            yield len(chunk)  # counted as sent also if its reader does not take it
            async with asyncio.timeout(SEND_SECONDS):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _disconnected(receive: Receive) -> None:
    message: Any = {}
    while message.get("type") != "http.disconnect":
        message = await receive()

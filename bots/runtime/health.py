"""The worker's health over HTTP, for supervisors and containers: `GET /ready`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog

log = structlog.get_logger()

_REQUEST_SECONDS = 5.0


@asynccontextmanager
async def serve(host: str, port: int, is_ready: Callable[[], bool]) -> AsyncIterator[None]:
    """Answers `/ready` with 200 or 503. Port 0 takes any free one; it is logged."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_REQUEST_SECONDS):
                request = await reader.readuntil(b"\r\n\r\n")
                writer.write(_response(request, is_ready()))
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # a client that does not speak HTTP, or has left
        finally:
            writer.close()

    server = await asyncio.start_server(answer, host, port)
    async with server:
        log.info("health", host=host, port=server.sockets[0].getsockname()[1])
        yield


def _response(request: bytes, is_ready: bool) -> bytes:
    path = request.split(b" ", 2)[1:2]
    if path != [b"/ready"]:
        status, body = "404 Not Found", b"not found\n"
    elif is_ready:
        status, body = "200 OK", b"ready\n"
    else:
        status, body = "503 Service Unavailable", b"not ready\n"
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body

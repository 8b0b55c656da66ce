"""A small HTTP page for who watches the service: `/health` (it runs) and `/ready` (it can work)."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable

# What there is to be ready, and whether it is.
Checks = Callable[[], Awaitable[dict[str, bool]]]

_REQUEST_SECONDS = 5


@contextlib.asynccontextmanager
async def serve(host: str, port: int, checks: Checks) -> AsyncIterator[None]:
    """Answers on `host:port` while the block runs; port 0: nothing is served."""
    if port == 0:
        yield
        return

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_REQUEST_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(await _response(head, checks))
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the one who asked has gone or speaks something else
        finally:
            writer.close()

    server = await asyncio.start_server(answer, host, port)
    try:
        yield
    finally:
        server.close()


async def _response(head: bytes, checks: Checks) -> bytes:
    path = head.split(b" ", 2)[1:2]
    body: dict[str, object]
    if path == [b"/ready"]:
        results = await checks()
        status, body = (
            ("200 OK" if all(results.values()) else "503 Service Unavailable"),
            {**results},
        )
    elif path == [b"/health"]:
        status, body = "200 OK", {"status": "ok"}
    else:
        status, body = "404 Not Found", {"paths": ["/health", "/ready"]}
    payload = json.dumps(body).encode()
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(payload)}\r\nConnection: close\r\n\r\n"
    ).encode() + payload

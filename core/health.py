"""A small HTTP page for monitoring a service: `/health` (it runs), `/ready` (it can work) and
`/metrics` (Prometheus' text format)."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

# The names of what must be ready, and whether each one is.
Checks = Callable[[], Awaitable[dict[str, bool]]]
# Sets the gauges that are costly to measure.
Measure = Callable[[], Awaitable[None]]

_REQUEST_SECONDS = 5


@contextlib.asynccontextmanager
async def serve(
    host: str,
    port: int,
    checks: Checks,
    registry: CollectorRegistry | None = None,
    measure: Measure | None = None,
) -> AsyncIterator[None]:
    """Answers on `host:port` while the block runs; with port 0 nothing is served.

    `/metrics` shows the registry's collectors, after `measure`; without a registry there is no such
    page.
    """
    if port == 0:
        yield
        return

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_REQUEST_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                if _path(head) == "/metrics" and measure is not None:
                    await measure()
                writer.write(await _response(head, checks, registry))
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the client has disconnected, or does not speak HTTP
        finally:
            writer.close()

    server = await asyncio.start_server(answer, host, port)
    try:
        yield
    finally:
        server.close()


def _path(head: bytes) -> str:
    return b"".join(head.split(b" ", 2)[1:2]).decode("latin-1")


async def _response(head: bytes, checks: Checks, registry: CollectorRegistry | None) -> bytes:
    path = _path(head)
    if path == "/metrics" and registry is not None:
        return _answer("200 OK", generate_latest(registry), CONTENT_TYPE_LATEST)
    body: dict[str, object]
    if path == "/ready":
        results = await checks()
        status, body = (
            ("200 OK" if all(results.values()) else "503 Service Unavailable"),
            {**results},
        )
    elif path == "/health":
        status, body = "200 OK", {"status": "ok"}
    else:
        paths = ["/health", "/ready"] + (["/metrics"] if registry is not None else [])
        status, body = "404 Not Found", {"paths": paths}
    return _answer(status, json.dumps(body).encode(), "application/json")


def _answer(status: str, payload: bytes, content_type: str) -> bytes:
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(payload)}\r\nConnection: close\r\n\r\n"
    ).encode() + payload

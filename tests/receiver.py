"""A shop's own system: an HTTP server that keeps what it is sent, and answers as it is told."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from local.ports import free_port


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Receiver:
    """`answer` gives the status for a request; None: it does not answer as long as it lives."""

    port: int
    answer: Callable[[Received], int | None]
    received: list[Received] = field(default_factory=list)

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextlib.asynccontextmanager
async def receiving(
    answer: Callable[[Received], int | None] = lambda _: 200, *, port: int | None = None
) -> AsyncIterator[Receiver]:
    """A receiver on 127.0.0.1."""
    receiver = Receiver(port or free_port(), answer)
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            request = Received(head[0].split(" ")[1], headers, body)
            receiver.received.append(request)
            status = receiver.answer(request)
            if status is None:
                await ended.wait()
            else:
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 2\r\n\r\nok".encode())
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", receiver.port)
    try:
        yield receiver
    finally:
        server.close()
        ended.set()

"""A connection to a server that can be cut at critical moments: before and after a commit."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

_CHUNK = 64 * 1024

Sign = Callable[[bytes], bool]


@dataclass
class Wire:
    """What passes from `port` to the server. Each trap works once for every time it is set."""

    port: int = 0
    away: bool = False
    before: Sign = field(default=lambda _: False)
    """Whether a request is about to commit."""
    after: Sign = field(default=lambda _: False)
    """Whether an answer says that it is committed."""
    cut_before: int = 0
    cut_after: int = 0
    cuts: int = 0
    ends: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut_all(self) -> None:
        """Every connection there is."""
        for end in list(self.ends):
            end.transport.abort()
            self.cuts += 1

    def asks(self, chunk: bytes) -> bool:
        """Whether this request is not to arrive."""
        if self.cut_before and self.before(chunk):
            self.cut_before -= 1
            self.cuts += 1
            return True
        return False

    def tells(self, chunk: bytes) -> bool:
        """Whether this answer is not to be heard."""
        if self.cut_after and self.after(chunk):
            self.cut_after -= 1
            self.cuts += 1
            return True
        return False


@contextlib.asynccontextmanager
async def to(port: int, *, before: Sign, after: Sign) -> AsyncIterator[Wire]:
    """A wire to 127.0.0.1:port, whose `port` clients use instead."""
    wire = Wire(before=before, after=after)
    tasks: set[asyncio.Task[None]] = set()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        with contextlib.suppress(OSError):
            if not wire.away:
                await _carry(wire, port, reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()
        wire.cut_all()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _carry(
    wire: Wire, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
    pair = {writer, inner_writer}
    wire.ends |= pair
    ways = [
        asyncio.create_task(_pass(reader, inner_writer, wire.asks)),
        asyncio.create_task(_pass(inner_reader, writer, wire.tells)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        wire.ends -= pair
        for way in ways:
            way.cancel()
        for end in pair:
            end.transport.abort()
        await asyncio.gather(*ways, return_exceptions=True)


async def _pass(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    is_cut: Sign,
) -> None:
    while chunk := await reader.read(_CHUNK):
        if is_cut(chunk):
            return
        writer.write(chunk)
        await writer.drain()

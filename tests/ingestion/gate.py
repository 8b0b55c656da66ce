"""A proxy before ClickHouse: refuses, cuts or delays connections when a test wants it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Gate:
    """Open at first. What each switch does holds for whoever comes next."""

    url: str
    refuse: bool = False
    cut_after: int | None = None  # bytes of one request, then both ends are closed
    hold_after: int | None = None  # bytes of one request, then nothing moves until `release`
    swallow_answers: int = 0  # so many: ClickHouse has done it, and the client never hears
    only: bytes = b"INSERT"  # of requests whose first bytes have this
    refused: int = 0
    cut: int = 0
    held: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)


@contextlib.asynccontextmanager
async def before(clickhouse_url: str) -> AsyncIterator[Gate]:
    """A gate whose `url` leads to the server of `clickhouse_url`."""
    parts = urlsplit(clickhouse_url)
    tasks: set[asyncio.Task[None]] = set()
    ends: set[asyncio.StreamWriter] = set()

    async def pass_through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        if gate.refuse:
            gate.refused += 1
            writer.close()
            return
        inner_reader, inner_writer = await asyncio.open_connection(parts.hostname, parts.port)
        ends.update((writer, inner_writer))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_requests(gate, reader, inner_writer))
                group.create_task(_answers(gate, inner_reader, writer))
        except* (OSError, _Cut):
            pass
        finally:
            inner_writer.transport.abort()
            writer.transport.abort()

    server = await asyncio.start_server(pass_through, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    login = parts.netloc.rpartition("@")[0]
    gate = Gate(parts._replace(netloc=f"{login}@127.0.0.1:{port}").geturl())
    try:
        yield gate
    finally:
        server.close()
        gate.release.set()
        for end in ends:
            end.transport.abort()
        await asyncio.gather(*tasks)


class _Cut(Exception):
    pass


async def _requests(gate: Gate, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    sent, concerned = 0, False
    while chunk := await reader.read(16 * 1024):
        concerned = concerned or gate.only in chunk
        writer.write(chunk)
        await writer.drain()
        sent += len(chunk)
        if concerned and gate.hold_after is not None and sent > gate.hold_after:
            gate.held.set()
            await gate.release.wait()
        if concerned and gate.cut_after is not None and sent > gate.cut_after:
            gate.cut += 1
            raise _Cut
    raise _Cut  # the client has closed


async def _answers(gate: Gate, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(64 * 1024):
        if (
            gate.swallow_answers
            and b"X-ClickHouse-Summary" in chunk
            and b'written_rows":"0"' not in chunk
        ):
            gate.swallow_answers -= 1
            gate.cut += 1
            raise _Cut
        writer.write(chunk)
        await writer.drain()
    raise _Cut

"""Kurigram's transport as we use it: no thread, no task for a wait, each query written once."""

import asyncio
import bisect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from pyrogram import raw
from pyrogram.connection.transport import TCPAbridged
from pyrogram.errors import RPCError

from bots.runtime.transport import Abridged, InOrder, InPlace, written_once

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def connected(kind: type[TCPAbridged], serve: Serve) -> AsyncIterator[TCPAbridged]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    transport = kind(loop=asyncio.get_running_loop())
    try:
        await transport.connect(server.sockets[0].getsockname()[:2])
        yield transport
    finally:
        await transport.close()
        server.close()
        await server.wait_closed()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Gives back what comes after the mark of the framing, in small parts."""
    await reader.readexactly(1)
    while data := await reader.read(1000):
        writer.write(data)
        await writer.drain()
    writer.close()


def test_numbers_in_order_are_a_list_that_knows_what_is_in_it() -> None:
    numbers = InOrder([3, 5])
    for number in (9, 1, 7):
        bisect.insort(numbers, number)
    assert numbers == [1, 3, 5, 7, 9]
    assert [number for number in range(11) if number in numbers] == [1, 3, 5, 7, 9]
    others: list[object] = ["5", 5.5, 5]
    assert [each for each in others if each in numbers] == [5]
    del numbers[:2]
    assert 3 not in numbers and 5 in numbers
    numbers.clear()
    assert 5 not in numbers


@pytest.mark.parametrize("size", [4, 126 * 4, 127 * 4, 100_000])
async def test_a_packet_comes_back_as_the_librarys_own_frames_it(size: int) -> None:
    packet = bytes(range(256)) * (size // 256 + 1)
    packet = packet[:size]
    async with connected(Abridged, echo) as ours, connected(TCPAbridged, echo) as theirs:
        for transport in (ours, theirs):
            for _ in range(2):
                await transport.send(packet)
            assert [await transport.recv(), await transport.recv()] == [packet, packet]


async def test_a_connection_that_ends_or_is_silent_gives_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def end_in_the_middle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        writer.write(b"\x02four")
        writer.close()

    async with connected(Abridged, end_in_the_middle) as transport:
        assert await transport.recv() is None
    monkeypatch.setattr(TCPAbridged, "TIMEOUT", 0.05)
    async with connected(Abridged, echo) as transport:
        assert await transport.recv() is None


async def test_what_runs_in_place_is_done_when_it_is_awaited() -> None:
    def fail() -> None:
        raise ValueError("no")

    loop = asyncio.get_running_loop()
    executor: object = InPlace()
    done = loop.run_in_executor(executor, sum, [1, 2])  # type: ignore[arg-type]  # as Kurigram does
    assert done.done() and await done == 3
    with pytest.raises(ValueError, match="no"):
        await loop.run_in_executor(executor, fail)  # type: ignore[arg-type]  # likewise


async def test_a_query_is_written_once_and_keeps_its_name() -> None:
    query = raw.functions.Ping(ping_id=7)
    written = written_once(query)
    assert (written.write(), len(written)) == (query.write(), len(query.write()))
    error = raw.types.RpcError(error_code=400, error_message="PEER_ID_INVALID")
    ids = []
    for each in (query, written):
        with pytest.raises(RPCError) as raised:
            RPCError.raise_it(error, type(each))
        ids.append(str(raised.value))
    assert ids[0] == ids[1] and "Ping" in ids[0]

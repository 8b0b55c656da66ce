"""Answers of the engine that are read or handed on: whole, exact, and never whole when they are
not."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.exporting import engine
from api.exporting.engine import BrokenOff, EngineAnswer, Reader, ReaderLeft
from core.prompt_protocol import TRANSPORT
from tests import patience

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Tag: a\r\n\r\n"
END = b"0\r\n\r\n"


def chunked(pieces: Sequence[bytes]) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in pieces if each)


@contextlib.asynccontextmanager
async def asked(sent: Sequence[bytes]) -> AsyncIterator[EngineAnswer]:
    """The answer of an engine that sends these pieces, each by itself, and closes."""

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            for piece in sent:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        answer = await EngineAnswer.ask("127.0.0.1", port, "/?a=1", {"X-Key": "b"}, b"SELECT 1")
        try:
            yield answer
        finally:
            answer.close()


@contextlib.contextmanager
def reading(seconds: float = patience.SECONDS) -> Iterator[tuple[Reader, socket.socket]]:
    near, far = socket.socketpair()
    with near, far:
        near.setblocking(False)
        far.setblocking(False)
        yield Reader(near, seconds), far


async def arrived(far: socket.socket) -> bytes:
    pieces = []
    loop = asyncio.get_running_loop()
    while piece := await loop.sock_recv(far, 1 << 16):
        pieces.append(piece)
    return b"".join(pieces)


def unchunked(text: bytes) -> bytes:
    body = b""
    while text:
        size, _, text = text.partition(b"\r\n")
        length = int(size, 16)
        body, end, text = body + text[:length], text[length : length + 2], text[length + 2 :]
        assert end == b"\r\n"
    return body


async def handed_on(answer: EngineAnswer) -> tuple[bytes, bytes, int]:
    """What arrived in chunks, what was kept of the end, and how much was said to be sent."""
    last: list[bytes] = []
    said = 0
    with reading() as (reader, far):
        taking = asyncio.create_task(arrived(far))
        try:
            async for size in answer.hand_on(reader, contextlib.nullcontext, last):
                said += size
        finally:
            reader._socket.shutdown(socket.SHUT_WR)  # pylint: disable=protected-access
            sent = await taking
    return unchunked(sent), b"".join(last), said


async def read(answer: EngineAnswer) -> bytes:
    pieces = []
    while piece := await answer.read():
        pieces.append(piece)
    return b"".join(pieces)


def cut(text: bytes, cuts: Sequence[int]) -> list[bytes]:
    edges = [0, *sorted(each % (len(text) + 1) for each in cuts), len(text)]
    return [text[start:end] for start, end in zip(edges, edges[1:], strict=False) if end > start]


@given(
    body=st.binary(max_size=60),
    times=st.sampled_from([1, 7, 3000, 9000]),
    chunks=st.lists(st.integers(0, 1 << 20), max_size=8),
    cuts=st.lists(st.integers(0, 1 << 20), max_size=8),
)
async def test_it_is_whole_however_it_is_chunked_and_cut(
    body: bytes, times: int, chunks: list[int], cuts: list[int]
) -> None:
    body *= times
    sent = cut(HEAD + chunked(cut(body, chunks)) + END, cuts)
    async with asked(sent) as answer:
        assert (answer.status, answer.headers["x-tag"]) == (200, "a")
        assert await read(answer) == body
    async with asked(sent) as answer:
        passed, last, said = await handed_on(answer)
    assert passed + last == body
    assert said == len(passed) == max(0, len(body) - max(len(last), engine.REPORT_BYTES))


async def test_little_pieces_that_fill_the_pipe_are_taken_out_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "_PIPE_BYTES", 1 << 14)  # four pages: less than is kept
    pieces = [bytes([number % 256]) * 9000 for number in range(12)]
    async with asked([HEAD, *(chunked([each]) for each in pieces), END]) as answer:
        passed, last, _ = await handed_on(answer)
    assert passed + last == b"".join(pieces)


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + chunked([b"abc" * 50_000]),
        HEAD + chunked([b"abc" * 50_000])[:-10],
        HEAD + chunked([b"abc" * 50_000]) + b"0\r",
        HEAD + chunked([b"abc" * 50_000]) + b"x" * 200,
        b"HTTP/1.1 200 OK\r\n\r\nabc",
    ],
    ids=["no end", "within a chunk", "within the end", "no size", "no chunks"],
)
async def test_what_ends_early_is_never_taken_for_whole(sent: bytes) -> None:
    async with asked([sent]) as answer:
        with pytest.raises(BrokenOff):
            await read(answer)
    async with asked([sent]) as answer:
        with pytest.raises(BrokenOff):
            await handed_on(answer)


async def test_a_reader_who_takes_nothing_is_given_up() -> None:
    async with asked([HEAD, chunked([b"a" * (1 << 23)]), END]) as answer:
        with reading(0.01) as (reader, _), pytest.raises(ReaderLeft, match="takes nothing"):
            async for _size in answer.hand_on(reader, contextlib.nullcontext, []):
                pass


async def test_a_reader_who_has_left_is_noticed() -> None:
    async with asked([HEAD, chunked([b"a" * (1 << 23)]), END]) as answer:
        with reading() as (reader, far):
            far.close()
            with pytest.raises(ReaderLeft):
                async for _ in answer.hand_on(reader, contextlib.nullcontext, []):
                    pass


async def test_a_body_whose_length_is_told_is_read_to_it() -> None:
    head = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n"
    async with asked([head + b"abc", b"def"]) as answer:
        assert (answer.status, await answer.text()) == (502, "abcdef")
    async with asked([head + b"abc"]) as answer:
        with pytest.raises(BrokenOff):
            await answer.text()


async def test_a_head_without_end_is_refused() -> None:
    with pytest.raises(BrokenOff):
        async with asked([b"HTTP/1.1 200 OK\r\nX: ", b"y" * (1 << 17)]):
            pass


class Transport:
    """A connection of the server's."""

    def __init__(self, near: socket.socket, **told: Any) -> None:
        self._told = {"socket": near} | told
        self.waiting = 0

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def get_extra_info(self, name: str) -> Any:
        return self._told.get(name)


def test_only_a_bare_connection_is_handed_on_to() -> None:
    near, far = socket.socketpair()
    with near, far:
        plain, waiting = Transport(near), Transport(near)
        waiting.waiting = 5

        def is_reader(transport: object, version: str = "1.1") -> bool:
            scope = {"extensions": {TRANSPORT: transport}, "http_version": version}
            with Reader.of(scope, 1.0) as reader:
                return reader is not None

        assert is_reader(plain)
        assert not is_reader(plain, "1.0")
        assert not is_reader(waiting)
        assert not is_reader(Transport(near, sslcontext=object()))
        assert not is_reader(None)
        assert near.fileno() >= 0  # the server's own stays open

"""An answer of the engine, read from its socket: in pieces, or handed on to the reader's socket.

What is handed on is moved by the kernel through a pipe (splice(2)) and never copied into this
process, which costs half the processor time; the engine, which uses all processors, has the rest.
Only the last bytes are looked at, where the engine reports what broke off.
"""

import asyncio
import contextlib
import fcntl
import http.client
import io
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack
from functools import partial
from typing import Any

from core.prompt_protocol import TRANSPORT

REPORT_BYTES = 1 << 15  # ClickHouse cuts the message of an error to half of it
CAN_HAND_ON = hasattr(os, "splice") and hasattr(fcntl, "F_SETPIPE_SZ")
_PIPE_BYTES = 1 << 20  # the most that whoever is not root may have
_PIECE_BYTES = 1 << 16
_LINE_BYTES = 64
_GATHERED_BYTES = 1 << 21
_GATHERING_SECONDS = 0.1
_HEAD_BYTES = 1 << 10
_MOST_HEAD_BYTES = 1 << 16
_CONNECT_SECONDS = 10.0
_ANSWER_SECONDS = 600.0

Turn = Callable[[], AbstractAsyncContextManager[None]]


class BrokenOff(ConnectionError):
    """The engine's answer ended before it was whole."""

    def __init__(self) -> None:
        super().__init__("the answer ended before it was whole")


async def _ready(source: socket.socket, seconds: float, *, to_write: bool = False) -> None:
    """Waits until the socket can be read or written; raises TimeoutError."""
    loop = asyncio.get_running_loop()
    found = loop.create_future()

    def wake() -> None:
        if not found.done():
            found.set_result(None)

    # By the socket, not its number: uvloop then keeps it open until nobody waits for it.
    (loop.add_writer if to_write else loop.add_reader)(source, wake)
    try:
        async with asyncio.timeout(seconds):
            await found
    finally:
        (loop.remove_writer if to_write else loop.remove_reader)(source)


class ReaderLeft(Exception):
    """Whoever reads has gone, or takes nothing for too long."""


class Reader:
    """Where an answer is handed on to: the connection of a request whose answer has begun and is
    sent in chunks (RFC 9112, 7.1). Its methods raise ReaderLeft."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        """`seconds` is how long it may take nothing."""
        self._socket = connection
        self._seconds = seconds

    @classmethod
    @contextlib.contextmanager
    def of(cls, scope: Mapping[str, Any], seconds: float) -> Iterator["Reader | None"]:
        """The reader of a request whose answer has begun, while nothing else is sent to it; None if
        its bytes have to go through the server: under TLS, before HTTP/1.1, while the answer's head
        waits to be sent, and where the kernel has no splice."""
        transport = scope.get("extensions", {}).get(TRANSPORT)
        if not CAN_HAND_ON or not _is_bare(transport) or scope["http_version"] != "1.1":
            yield None
            return
        # Its own: the server may close its one, and the number would soon be another connection's.
        with socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as own:
            own.setblocking(False)
            yield cls(own, seconds)

    async def send(self, data: bytes) -> None:
        """A chunk of bytes that are here."""
        await self._write(b"%x\r\n%b\r\n" % (len(data), data))

    async def move(self, pipe: int, size: int) -> None:
        """A chunk of the next `size` bytes of the pipe."""
        await self._write(b"%x\r\n" % size)
        while size:
            size -= await self._try(partial(os.splice, pipe, self._socket.fileno(), size))
        await self._write(b"\r\n")

    async def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[await self._try(partial(self._socket.send, rest, socket.MSG_MORE)) :]

    async def _try(self, write: Callable[[], int]) -> int:
        """Writes as soon as there is room; how many bytes."""
        try:
            while True:
                try:
                    return write()
                except BlockingIOError:
                    await _ready(self._socket, self._seconds, to_write=True)
        except OSError as error:  # or TimeoutError, which is one
            raise ReaderLeft(str(error) or "it takes nothing") from error


def _is_bare(transport: Any) -> bool:
    return transport is not None and not (
        transport.is_closing()
        or transport.get_write_buffer_size()
        or transport.get_extra_info("sslcontext")
    )


class EngineAnswer:
    """An answer whose head has arrived. Its body comes in chunks or has a length: one that lasts as
    long as the connection would look whole when it is broken off, and counts as that."""

    def __init__(
        self, connection: socket.socket, status: int, headers: http.client.HTTPMessage
    ) -> None:
        self.status = status
        self.headers = headers
        self._socket = connection
        self._is_chunked = headers.get("Transfer-Encoding", "").lower() == "chunked"
        self._before = b""  # read with the head, and not used yet
        # Bytes of this chunk that have not been read.
        self._left = (
            0 if self._is_chunked else _number(headers.get("Content-Length", "-1").encode())
        )
        self._is_first, self._is_whole = True, False

    @classmethod
    async def ask(
        cls, host: str, port: int, target: str, headers: Mapping[str, str], body: bytes
    ) -> "EngineAnswer":
        """Sends a POST; returns when the answer's head has arrived. Raises OSError, which includes
        TimeoutError."""
        said = {"Connection": "close", "Content-Length": str(len(body))}
        said["Host"] = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [f"POST {target} HTTP/1.1", *map(": ".join, {**said, **headers}.items()), "", ""]
        with ExitStack() as stack:
            async with asyncio.timeout(_CONNECT_SECONDS):
                connection = await _connect(host, port)
            stack.callback(connection.close)
            async with asyncio.timeout(_ANSWER_SECONDS):
                await asyncio.get_running_loop().sock_sendall(
                    connection, "\r\n".join(lines).encode() + body
                )
                status, found, rest = await _head(connection)
            answer = cls(connection, status, found)
            answer._before = rest
            stack.pop_all()
        return answer

    def close(self) -> None:
        """Drops the connection; a query that still runs is cancelled by the server."""
        self._socket.close()

    async def read(self) -> bytes:
        """The next piece of the body; empty at its end. Raises OSError, BrokenOff."""
        if not await self._begin_chunk():
            return b""
        size = min(self._left, _PIECE_BYTES)
        piece, self._before = self._before[:size], self._before[size:]
        piece = piece or await self._receive(size)
        self._left -= len(piece)
        return piece

    async def text(self) -> str:
        """All of the body."""
        pieces = []
        while piece := await self.read():
            pieces.append(piece)
        return b"".join(pieces).decode(errors="replace")

    async def hand_on(self, reader: Reader, turn: Turn, last: list[bytes]) -> AsyncIterator[int]:
        """Hands the body on but for its last bytes, of which it appends REPORT_BYTES or a little
        more to `last`; before each piece it says its size. `turn` is held while the engine is
        waited for. Raises OSError, BrokenOff."""
        with _Pipe() as pipe:
            while True:
                async with turn():
                    has_more = await self._fill(pipe)
                if not has_more:
                    last.append(pipe.rest())
                    return
                if spare := pipe.spare(REPORT_BYTES):
                    yield spare
                    await pipe.pour(reader, spare)

    async def _fill(self, pipe: "_Pipe") -> bool:
        """Moves what has come, or waits until something comes; False at the body's end."""
        moved = 0
        while not self._is_over:
            if not self._left and not self._has_come():
                if moved:
                    return True
                await self._gather()
            if not await self._begin_chunk():
                break
            if took := self._take(pipe):
                moved += took
            elif moved:
                return True
            elif self._has_come():  # it was the pipe that had no room, full of little pieces
                pipe.lift()
            else:
                await self._gather()
        return moved > 0

    def _take(self, pipe: "_Pipe") -> int:
        """Moves some of this chunk into the pipe; 0 if nothing has come or nothing has room."""
        if self._before:
            took = pipe.put(self._before[: self._left])
            self._before = self._before[took:]
        else:
            try:
                took = os.splice(self._socket.fileno(), pipe.entry, self._left)
            except BlockingIOError:
                return 0
            if not took:
                raise BrokenOff
            pipe.size += took
        self._left -= took
        return took

    async def _gather(self) -> None:
        """Waits until much has come, or for a moment, and then until anything has: fewer and larger
        pieces cost less."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, _GATHERED_BYTES)
        try:
            with contextlib.suppress(TimeoutError):
                await _ready(self._socket, _GATHERING_SECONDS)
        finally:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
        if not self._has_come():
            await _ready(self._socket, _ANSWER_SECONDS)

    @property
    def _is_over(self) -> bool:
        return self._is_whole if self._is_chunked else self._left == 0

    async def _begin_chunk(self) -> bool:
        """Reads where the next chunk begins, if one has ended; False at the end of the body."""
        if self._left < 0:
            raise BrokenOff
        if self._left or self._is_over:
            return not self._is_over
        line = await self._line()
        if not self._is_first:  # the end of the chunk before
            line = await self._line()
        self._is_first = False
        self._left = _number(line.partition(b";")[0], 16)
        self._is_whole = not self._left
        return not self._is_whole

    def _has_come(self) -> bool:
        if self._before:
            return True
        try:
            return bool(self._socket.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return False

    async def _line(self) -> bytes:
        while b"\r\n" not in self._before:
            if len(self._before) > _LINE_BYTES:
                raise BrokenOff
            self._before += await self._receive(_LINE_BYTES)
        line, _, self._before = self._before.partition(b"\r\n")
        return line

    async def _receive(self, size: int) -> bytes:
        async with asyncio.timeout(_ANSWER_SECONDS):
            piece = await asyncio.get_running_loop().sock_recv(self._socket, size)
        if not piece:
            raise BrokenOff
        return piece


class _Pipe:
    """A pipe of the kernel's, and what was lifted out of it since it had no room for more."""

    def __init__(self) -> None:
        self._lifted = b""
        self.size = 0  # bytes in the pipe
        self.exit, self.entry = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        with contextlib.suppress(OSError):  # it is smaller where there are many
            fcntl.fcntl(self.entry, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def __enter__(self) -> "_Pipe":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.exit)
        os.close(self.entry)

    def put(self, data: bytes) -> int:
        """How many of these bytes had room."""
        try:
            took = os.write(self.entry, data)
        except BlockingIOError:
            return 0
        self.size += took
        return took

    def lift(self) -> None:
        """Makes room: takes what is in the pipe into this process."""
        while self.size:
            piece = os.read(self.exit, self.size)
            self._lifted += piece
            self.size -= len(piece)

    def rest(self) -> bytes:
        """All that is left."""
        self.lift()
        return self._lifted

    def spare(self, keep: int) -> int:
        """How many bytes there are beyond so many."""
        return max(0, len(self._lifted) + self.size - keep)

    async def pour(self, reader: Reader, size: int) -> None:
        """Sends the first `size` bytes."""
        first, self._lifted = self._lifted[:size], self._lifted[size:]
        if first:
            await reader.send(first)
        if more := size - len(first):
            await reader.move(self.exit, more)
            self.size -= more


async def _head(connection: socket.socket) -> tuple[int, http.client.HTTPMessage, bytes]:
    """The status, the fields, and what was read of the body."""
    read = b""
    while b"\r\n\r\n" not in read:
        piece = await asyncio.get_running_loop().sock_recv(connection, _HEAD_BYTES)
        read += piece
        if not piece or len(read) > _MOST_HEAD_BYTES:
            raise BrokenOff
    head, _, rest = read.partition(b"\r\n\r\n")
    first, _, fields = head.partition(b"\r\n")
    try:
        found = http.client.parse_headers(io.BytesIO(fields + b"\r\n\r\n"))
    except http.client.HTTPException as error:
        raise BrokenOff from error
    return _number(first[len(b"HTTP/1.1 ") :][:3]), found, rest


def _number(text: bytes, base: int = 10) -> int:
    try:
        return int(text, base)
    except ValueError as error:
        raise BrokenOff from error


async def _connect(host: str, port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    trouble: OSError = BrokenOff()
    for family, kind, protocol, _, address in await loop.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    ):
        connection = socket.socket(family, kind, protocol)
        connection.setblocking(False)
        try:
            await loop.sock_connect(connection, address)
        except OSError as error:
            connection.close()
            trouble = error
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise trouble

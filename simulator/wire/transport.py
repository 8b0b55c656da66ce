"""Framing of MTProto over TCP: abridged, intermediate, padded intermediate and full.

Kurigram uses the abridged transport, Telethon the full one; a client's first bytes determine it.

Source: https://core.telegram.org/mtproto/mtproto-transports
"""

import asyncio
import secrets
from typing import Protocol
from zlib import crc32

ABRIDGED_TAG, INTERMEDIATE_TAG, PADDED_TAG = b"\xef", b"\xee\xee\xee\xee", b"\xdd\xdd\xdd\xdd"
LONG_LENGTH = 0x7F
MAX_FRAME_BYTES = 2 * 1024 * 1024
# Around the payload of the full transport: length, number and checksum, 4 bytes each.
FULL_OVERHEAD = 12


class TransportError(ConnectionError):
    """The peer uses none of the transports, or breaks the rules of its own."""


class Framing(Protocol):
    async def read(self, reader: asyncio.StreamReader) -> bytes:
        """The next payload. Raises TransportError, IncompleteReadError."""

    def wrap(self, payload: bytes) -> bytes: ...


def _check(size: int, least: int = 4) -> int:
    if not least <= size <= MAX_FRAME_BYTES:
        raise TransportError(f"frame of {size} bytes")
    return size


class Abridged:
    """Lengths are counts of 4-byte words, in one byte if they fit."""

    async def read(self, reader: asyncio.StreamReader) -> bytes:
        words = (await reader.readexactly(1))[0]
        if words == LONG_LENGTH:
            words = int.from_bytes(await reader.readexactly(3), "little")
        return await reader.readexactly(_check(words * 4))

    def wrap(self, payload: bytes) -> bytes:
        words = len(payload) // 4
        short = words < LONG_LENGTH
        head = bytes([words]) if short else b"\x7f" + words.to_bytes(3, "little")
        return head + payload


class Intermediate:
    """Lengths are 4 bytes; with padding, up to 15 random bytes follow the payload.

    Our padding is at most 3 bytes: some clients expect payloads of whole words and cut off no more
    than that.
    """

    def __init__(self, padded: bool) -> None:
        self._padded = padded

    async def read(self, reader: asyncio.StreamReader) -> bytes:
        size = _check(int.from_bytes(await reader.readexactly(4), "little"))
        frame = await reader.readexactly(size)
        return _without_padding(frame) if self._padded else frame

    def wrap(self, payload: bytes) -> bytes:
        if self._padded:
            payload += secrets.token_bytes(secrets.randbelow(4))
        return len(payload).to_bytes(4, "little") + payload


def _without_padding(frame: bytes) -> bytes:
    """The payload by its own length: a plain message states one, others are blocks."""
    if len(frame) >= 20 and not any(frame[:8]):
        return frame[: 20 + int.from_bytes(frame[16:20], "little")]
    return frame[: len(frame) - (len(frame) - 24) % 16]


class Full:
    """Lengths, numbers from 0 in each direction, and a checksum of the frame."""

    def __init__(self, begun: bytes) -> None:
        self._begun = begun  # the bytes of the first frame that were read to recognise it
        self._received = self._sent = 0

    async def read(self, reader: asyncio.StreamReader) -> bytes:
        head = self._begun + await reader.readexactly(8 - len(self._begun))
        self._begun = b""
        size = _check(int.from_bytes(head[:4], "little"), least=FULL_OVERHEAD + 4)
        rest = await reader.readexactly(size - len(head))
        payload, checksum = rest[:-4], int.from_bytes(rest[-4:], "little")
        if crc32(payload, crc32(head)) != checksum:
            raise TransportError("the checksum of a frame is wrong")
        if int.from_bytes(head[4:], "little") != self._received:
            raise TransportError(f"frame {self._received} came out of order")
        self._received += 1
        return payload

    def wrap(self, payload: bytes) -> bytes:
        size, number = len(payload) + FULL_OVERHEAD, self._sent
        self._sent += 1
        frame = size.to_bytes(4, "little") + number.to_bytes(4, "little") + payload
        return frame + crc32(frame).to_bytes(4, "little")


class Transport:
    """Payloads over one socket, in the framing that the client has chosen."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._framing: Framing = Abridged()

    async def greet(self) -> None:
        """Read the tag that opens a connection. Raises TransportError, IncompleteReadError."""
        first = await self._reader.readexactly(1)
        if first == ABRIDGED_TAG:
            return
        tag = first + await self._reader.readexactly(3)
        if tag in (INTERMEDIATE_TAG, PADDED_TAG):
            self._framing = Intermediate(padded=tag == PADDED_TAG)
            return
        # The full transport has no tag: its first frame begins with its length and number 0.
        number = await self._reader.readexactly(4)
        if any(number) or int.from_bytes(tag, "little") > MAX_FRAME_BYTES:
            raise TransportError(f"no transport begins with {(tag + number).hex()}")
        self._framing = Full(tag + number)

    async def receive(self) -> bytes:
        return await self._framing.read(self._reader)

    def send(self, payload: bytes) -> None:
        """Queue a payload in the socket's buffer; `drain` waits for room."""
        if not self._writer.is_closing():
            self._writer.write(self._framing.wrap(payload))

    def send_error(self, code: int) -> None:
        """A transport error, such as 404 (auth key not found): the bare negative code."""
        self.send((-code).to_bytes(4, "little", signed=True))

    async def drain(self) -> None:
        await self._writer.drain()

    def abort(self) -> None:
        """Cut the connection at once, as a lost network would."""
        self._writer.transport.abort()

    async def close(self) -> None:
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except ConnectionError:
            pass  # the peer has already disconnected

"""Framing of MTProto over TCP.

Only the abridged transport is spoken here, which Kurigram uses.

Source: https://core.telegram.org/mtproto/mtproto-transports
"""

import asyncio

ABRIDGED_TAG = b"\xef"
LONG_LENGTH = 0x7F
MAX_FRAME_BYTES = 2 * 1024 * 1024


class TransportError(ConnectionError):
    """The peer does not speak the abridged transport, or sent a frame beyond the limit."""


class AbridgedTransport:
    """Frames over one socket; lengths travel as counts of 4-byte words."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def greet(self) -> None:
        """Read the tag that opens a connection. Raises TransportError, IncompleteReadError."""
        tag = await self._reader.readexactly(1)
        if tag != ABRIDGED_TAG:
            raise TransportError(f"not the abridged transport: first byte {tag.hex()}")

    async def receive(self) -> bytes:
        words = (await self._reader.readexactly(1))[0]
        if words == LONG_LENGTH:
            words = int.from_bytes(await self._reader.readexactly(3), "little")
        if words * 4 > MAX_FRAME_BYTES:
            raise TransportError(f"frame of {words * 4} bytes")
        return await self._reader.readexactly(words * 4)

    def send(self, frame: bytes) -> None:
        """Queue a frame; the socket's buffer takes it, `drain` waits for room."""
        if self._writer.is_closing():
            return
        words = len(frame) // 4
        short = words < LONG_LENGTH
        head = bytes([words]) if short else b"\x7f" + words.to_bytes(3, "little")
        self._writer.write(head + frame)

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
            pass  # the peer was quicker

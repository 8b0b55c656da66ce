"""A client without any code of Kurigram's: framing and encryption by `mtproto`, TL by Telethon.

It does what it is told, so that a test can break the protocol's rules.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from mtproto.enums import ConnectionRole
from mtproto.transport.connection import Connection
from mtproto.transport.packets.error_packet import ErrorPacket
from mtproto.transport.packets.message_packet import DecryptedMessagePacket, EncryptedMessagePacket
from mtproto.transport.transports.abridged import AbridgedTransport
from mtproto.transport.transports.base_transport import BaseTransport
from telethon.extensions import BinaryReader
from telethon.tl import TLObject, functions, types
from telethon.tl.core import GzipPacked, MessageContainer, RpcResult

from tests.simulator.clients import WAIT_SECONDS

GZIP_ID = GzipPacked.CONSTRUCTOR_ID.to_bytes(4, "little")


def message_id(seconds_from_now: float = 0.0) -> int:
    return int((time.time() + seconds_from_now) * 2**32) & ~3


@dataclass(frozen=True)
class Received:
    id: int
    seq_no: int
    body: Any
    answers: int | None = None
    """Which of the client's messages this is the result of."""
    packed: bool = False
    """Whether a result outside of a container came as gzip_packed."""


@dataclass
class Peer:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    secret: bytes
    transport: type[BaseTransport]
    session_id: int = field(default_factory=lambda: secrets.randbits(62))
    salt: int = 0
    received: list[Received] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)
    """Transport errors, such as 404."""
    _last_id: int = 0
    _taken: int = 0

    def __post_init__(self) -> None:
        self._connection = Connection(ConnectionRole.CLIENT, self.transport)

    async def send(
        self, body: TLObject | bytes, *, msg_id: int | None = None, seq_no: int = 1
    ) -> int:
        """Send one message; returns its id."""
        if msg_id is None:
            msg_id = self._last_id = max(message_id(), self._last_id + 4)
        packet = DecryptedMessagePacket(
            salt=self.salt.to_bytes(8, "little", signed=True),
            session_id=self.session_id,
            message_id=msg_id,
            seq_no=seq_no,
            data=bytes(body),
        )
        sealed = packet.encrypt(self.secret, ConnectionRole.CLIENT)
        self.writer.write(self._connection.send(sealed))
        await self.writer.drain()
        return msg_id

    async def ask(self, body: TLObject | bytes) -> Any:
        """The result of a call."""
        msg_id = await self.send(body)
        return (await self.get(lambda each: each.answers == msg_id)).body

    async def get(self, wanted: Any) -> Received:
        """The next message that is of the wanted type, or for which `wanted` is true."""
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                while self._taken < len(self.received):
                    found = self.received[self._taken]
                    self._taken += 1
                    is_it = (
                        isinstance(found.body, wanted)
                        if isinstance(wanted, type)
                        else wanted(found)
                    )
                    if is_it:
                        return found
                await self.read()

    async def read(self) -> None:
        """Take in what the socket brings. Raises ConnectionError when it is cut."""
        data = await self.reader.read(2**16)
        if not data:
            raise ConnectionResetError("the server hung up")
        self._connection.data_received(data)
        while self._connection.has_packet():
            packet = self._connection.next_event()
            if isinstance(packet, ErrorPacket):
                self.errors.append(packet.error_code)
                continue
            assert isinstance(packet, EncryptedMessagePacket)
            plain = packet.decrypt(self.secret, ConnectionRole.SERVER)
            assert plain.session_id == self.session_id
            packed = plain.data[12:16] == GZIP_ID
            self._note(plain.message_id, plain.seq_no, _object(plain.data), packed)

    def _note(self, msg_id: int, seq_no: int, body: Any, packed: bool = False) -> None:
        if isinstance(body, MessageContainer):
            for each in body.messages:
                self._note(each.msg_id, each.seq_no, each.obj)
        elif isinstance(body, RpcResult):
            value = body.error or _object(body.body)
            self.received.append(Received(msg_id, seq_no, value, body.req_msg_id, packed))
        else:
            self.received.append(Received(msg_id, seq_no, body))


def _object(data: bytes) -> Any:
    with BinaryReader(data) as body:
        return body.tgread_object()


@asynccontextmanager
async def connected(
    port: int,
    secret: bytes,
    transport: type[BaseTransport] = AbridgedTransport,
    *,
    salt: int = 0,
    session_id: int | None = None,
) -> AsyncIterator[Peer]:
    """A connection, of a new session unless told otherwise."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        peer = Peer(reader, writer, secret, transport, salt=salt)
        peer.session_id = peer.session_id if session_id is None else session_id
        yield peer
    finally:
        writer.close()
        try:
            await writer.wait_closed()
        except ConnectionError:
            pass  # the server hung up first


@asynccontextmanager
async def back_again(port: int, peer: Peer) -> AsyncIterator[Peer]:
    """The same client's session on another connection."""
    async with connected(
        port, peer.secret, peer.transport, salt=peer.salt, session_id=peer.session_id
    ) as back:
        yield back


async def learn_salt(peer: Peer) -> None:
    await peer.send(functions.PingRequest(1))
    peer.salt = (await peer.get(types.BadServerSalt)).body.new_server_salt

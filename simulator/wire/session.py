"""MTProto sessions: acknowledgements, and what is sent again after a reconnect.

Source: https://core.telegram.org/mtproto/description and
https://core.telegram.org/mtproto/service_messages_about_messages
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pyrogram.raw import types

from simulator.wire import envelope
from simulator.wire.envelope import Message
from simulator.wire.faults import Faults
from simulator.wire.keys import AuthKey
from simulator.wire.message_ids import NOTIFICATION, RESPONSE, SeenIds, ServerIds
from simulator.wire.tl import Object

# A client refuses messages older than 300 s, so sending them again would be useless.
REDELIVERY_SECONDS = 240.0
UNACKNOWLEDGED_KEPT = 1000
# Well below the limit of a frame; a container may hold 1020 messages.
CONTAINER_BYTES, CONTAINER_MESSAGES = 512 * 1024, 100
RESULT_ID = types.RpcResult.ID.to_bytes(4, "little")
UNKNOWN_TO_SERVER, RECEIVED_BY_SERVER = chr(1), chr(4)

Send = Callable[[bytes], None]


@dataclass(eq=False, slots=True)
class Session:
    """One client's session; it outlives its connections and receives its account's updates."""

    key: AuthKey
    id: bytes
    faults: Faults = field(default_factory=Faults)
    language: str | None = None
    data_centre: int = 0
    """The key of its newest connection."""
    subscribed_as: int | None = None
    detached_at: float | None = None
    seen: SeenIds = field(default_factory=SeenIds)
    _send_frame: Send | None = None
    _ids: ServerIds = field(default_factory=ServerIds)
    _content_messages: int = 0
    _unacknowledged: dict[int, Message] = field(default_factory=dict)
    _unwritten: set[int] = field(default_factory=set)
    """Those that no connection has carried yet."""
    _fell_behind: bool = False
    _withheld: int = 0

    def attach(self, send: Send) -> None:
        """Use a new connection, and first send again what was not acknowledged.

        First, because Kurigram refuses a message id that is lower than all it has seen on a
        connection. It recognises by the id what it had received already, and drops it.
        """
        self._send_frame = send
        self.detached_at = None
        self._forget_old()
        batch: list[Message] = []
        size = 0
        for message in self._unacknowledged.values():
            if batch and size + len(message.body) > CONTAINER_BYTES:
                self._send_container(batch)
                batch, size = [], 0
            batch.append(message)
            size += len(message.body) + 16
            if len(batch) == CONTAINER_MESSAGES:
                self._send_container(batch)
                batch, size = [], 0
        if batch:
            self._send_container(batch)
        self._unwritten.clear()
        self._tell_of_lost()

    def detach(self, send: Send) -> None:
        """The connection is gone; if a newer one has replaced it, nothing changes."""
        if self._send_frame == send:
            self._send_frame = None
            self.detached_at = time.monotonic()

    @property
    def is_attached(self) -> bool:
        return self._send_frame is not None

    def deliver(self, updates: types.Updates) -> None:
        if self.key.account_id != self.subscribed_as:  # none once the key is signed out
            return
        if self._withheld:
            self._withheld -= 1
            if not self._withheld:
                self.send(types.UpdatesTooLong(), NOTIFICATION)
            return
        for _ in range(self.faults.copies()):
            self.send(updates, NOTIFICATION)

    def lose_updates(self, count: int) -> None:
        """Send UpdatesTooLong in place of the next `count` updates, or at once for 0."""
        self._withheld = count
        if not count:
            self.send(types.UpdatesTooLong(), NOTIFICATION)

    def send(self, body: Object, kind: int) -> None:
        """Send something that has to be acknowledged, now or when the client comes back."""
        self._send_content(body.write(), kind)

    def answer(self, req_msg_id: int, result: bytes) -> None:
        """Send the result of a call."""
        body = RESULT_ID + req_msg_id.to_bytes(8, "little", signed=True) + result
        self._send_content(body, RESPONSE)

    def _send_content(self, body: bytes, kind: int) -> None:
        message = Message(self._ids.next(kind), self._content_messages * 2 + 1, body)
        self._content_messages += 1
        self._unacknowledged[message.msg_id] = message
        if not self.is_attached:
            self._unwritten.add(message.msg_id)
        self._forget_old()
        self._write(message)
        self._tell_of_lost()

    def send_service(self, body: Object, kind: int) -> None:
        """Send a service message, which nobody acknowledges."""
        self._write(Message(self._ids.next(kind), self._content_messages * 2, body.write()))

    def acknowledge(self, msg_ids: list[int]) -> None:
        for msg_id in msg_ids:
            self._unacknowledged.pop(msg_id, None)

    def answer_again(self, msg_id: int) -> None:
        """A client repeats a call that it has made before: its answer was lost, or has not come
        yet."""
        start = RESULT_ID + msg_id.to_bytes(8, "little", signed=True)
        for message in self._unacknowledged.values():
            if message.body.startswith(start):
                self._send_container([message])
                return
        self.send_service(types.MsgsAck(msg_ids=[msg_id]), NOTIFICATION)

    def resend(self, msg_ids: list[int]) -> None:
        """Send again what the client has asked for by id (msg_resend_req), as far as it is kept."""
        kept = [self._unacknowledged[each] for each in msg_ids if each in self._unacknowledged]
        if kept:
            self._send_container(kept[:CONTAINER_MESSAGES])

    def tell_state(self, req_msg_id: int, msg_ids: list[int]) -> None:
        """Answer which of the client's messages have arrived (msgs_state_req)."""
        info = "".join(
            RECEIVED_BY_SERVER if each in self.seen else UNKNOWN_TO_SERVER for each in msg_ids
        )
        self.send_service(types.MsgsStateInfo(req_msg_id=req_msg_id, info=info), RESPONSE)

    def _forget_old(self) -> None:
        """Give up updates that will never arrive, and tell the client to fetch the difference."""
        horizon = int((time.time() - REDELIVERY_SECONDS) * 2**32)
        while self._unacknowledged:
            msg_id = next(iter(self._unacknowledged))
            overflow = len(self._unacknowledged) > UNACKNOWLEDGED_KEPT
            if msg_id >= horizon and not overflow:
                return
            del self._unacknowledged[msg_id]
            # A message that was written long ago has most likely arrived: Kurigram acknowledges
            # late.
            if overflow or msg_id in self._unwritten:
                self._unwritten.discard(msg_id)
                self._fell_behind = True

    def _tell_of_lost(self) -> None:
        if self._fell_behind and self.is_attached and self.subscribed_as is not None:
            self._fell_behind = False
            self.send_service(types.UpdatesTooLong(), NOTIFICATION)

    def _send_container(self, messages: list[Message]) -> None:
        body = envelope.container(messages)
        self._write(Message(self._ids.next(NOTIFICATION), self._content_messages * 2, body))

    def _write(self, message: Message) -> None:
        if self._send_frame is not None:
            key = self.key
            salt = key.salts.current
            self._send_frame(envelope.seal_frame(key.secret, key.id, salt, self.id, message))

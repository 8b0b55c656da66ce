"""MTProto sessions: message ids, acknowledgements, and what is sent again after a reconnect.

Source: https://core.telegram.org/mtproto/description and
https://core.telegram.org/mtproto/service_messages_about_messages
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pyrogram.raw import types

from simulator import envelope
from simulator.envelope import Message
from simulator.keys import AuthKey, KeyStore
from simulator.tl import Object
from simulator.world import World

RESPONSE, NOTIFICATION = 1, 3
# A client refuses messages older than 300 s, so there is no use in sending them again.
REDELIVERY_SECONDS = 240.0
UNACKNOWLEDGED_KEPT = 1000
# A session without a connection is forgotten after this time.
DETACHED_SECONDS = 300.0
# Well below the limit of a frame; a container may hold 1020 messages.
CONTAINER_BYTES, CONTAINER_MESSAGES = 512 * 1024, 100

Send = Callable[[bytes], None]


@dataclass(eq=False, slots=True)
class Session:
    """One client's session; it outlives its connections and listens to its account's updates."""

    key: AuthKey
    id: bytes
    language: str | None = None
    subscribed_as: int | None = None
    detached_at: float | None = None
    _send_frame: Send | None = None
    _last_msg_id: int = 0
    _content_messages: int = 0
    _unacknowledged: dict[int, Message] = field(default_factory=dict)

    def attach(self, send: Send) -> None:
        """Use a new connection, and first send again what was not acknowledged.

        First, because Kurigram refuses a message id that is lower than all it has seen on a
        connection. What it had received already it knows by its id and drops.
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

    def detach(self, send: Send) -> None:
        """The connection is gone; one that a newer connection has replaced changes nothing."""
        if self._send_frame == send:
            self._send_frame = None
            self.detached_at = time.monotonic()

    @property
    def is_attached(self) -> bool:
        return self._send_frame is not None

    def deliver(self, updates: types.Updates) -> None:
        if self.key.account_id == self.subscribed_as:  # not so once the key is signed out
            self.send(updates, NOTIFICATION)

    def send(self, body: Object, kind: int) -> None:
        """Send something that is to be acknowledged, now or when the client comes back."""
        message = Message(self._next_msg_id(kind), self._content_messages * 2 + 1, body.write())
        self._content_messages += 1
        self._unacknowledged[message.msg_id] = message
        self._forget_old()
        self._write(message)

    def send_service(self, body: Object, kind: int) -> None:
        """Send a service message, which nobody acknowledges."""
        self._write(Message(self._next_msg_id(kind), self._content_messages * 2, body.write()))

    def acknowledge(self, msg_ids: list[int]) -> None:
        for msg_id in msg_ids:
            self._unacknowledged.pop(msg_id, None)

    @staticmethod
    def clock() -> int:
        """Server time in 2^-32 s, a multiple of 4: the least id of a message sent now."""
        return int(time.time() * 2**32) & ~3

    def _next_msg_id(self, kind: int) -> int:
        """Ever growing; the last two bits say what the message is."""
        self._last_msg_id = max(self.clock(), (self._last_msg_id & ~3) + 4) | kind
        return self._last_msg_id

    def _forget_old(self) -> None:
        horizon = int((time.time() - REDELIVERY_SECONDS) * 2**32)
        for msg_id in list(self._unacknowledged):
            if msg_id >= horizon and len(self._unacknowledged) <= UNACKNOWLEDGED_KEPT:
                return
            del self._unacknowledged[msg_id]

    def _send_container(self, messages: list[Message]) -> None:
        body = envelope.container(messages)
        self._write(Message(self._next_msg_id(NOTIFICATION), self._content_messages * 2, body))

    def _write(self, message: Message) -> None:
        if self._send_frame is not None:
            key = self.key
            self._send_frame(envelope.seal_frame(key.secret, key.id, key.salt, self.id, message))


class Sessions:
    """All sessions that are connected, or were until a moment ago."""

    def __init__(self, world: World, keys: KeyStore) -> None:
        self._world = world
        self._keys = keys
        self._sessions: dict[tuple[bytes, bytes], Session] = {}
        self._restore()

    def _restore(self) -> None:
        """Keep updates for the clients that are about to come back after a restart.

        Queries, unlike messages, are in no difference: without this a press would be lost.
        """
        for key, session_id in self._keys.latest_subscriptions():
            session, _ = self.find_or_create(key, session_id)
            session.detached_at = time.monotonic()

    def find_or_create(self, key: AuthKey, session_id: bytes) -> tuple[Session, bool]:
        """The session and whether it is new to this process.

        One that was subscribed to updates before the process died is so again.
        """
        session = self._sessions.get((key.id, session_id))
        if session is not None:
            return session, False
        session = Session(key, session_id)
        self._sessions[key.id, session_id] = session
        if key.account_id is not None and self._keys.is_subscribed(key, session_id):
            self._listen(session, key.account_id)
        return session, True

    def subscribe(self, session: Session) -> None:
        """From now on the session gets its account's updates, over reconnects and restarts."""
        account_id = session.key.account_id
        if account_id is not None and session.subscribed_as != account_id:
            self._listen(session, account_id)
            self._keys.subscribe(session.key, session.id)

    def _listen(self, session: Session, account_id: int) -> None:
        self.unsubscribe(session)
        session.subscribed_as = account_id
        self._world.listen(account_id, session)

    def unsubscribe(self, session: Session) -> None:
        if session.subscribed_as is not None:
            self._world.unlisten(session.subscribed_as, session)
            session.subscribed_as = None

    def of_keys(self, key_ids: set[bytes]) -> list[Session]:
        return [session for (key_id, _), session in self._sessions.items() if key_id in key_ids]

    def drop(self, session: Session) -> None:
        self.unsubscribe(session)
        self._sessions.pop((session.key.id, session.id), None)

    def sweep(self) -> None:
        """Forget sessions whose client has not come back in time."""
        horizon = time.monotonic() - DETACHED_SECONDS
        for session in list(self._sessions.values()):
            if session.detached_at is not None and session.detached_at < horizon:
                self.drop(session)

    @property
    def attached(self) -> int:
        return sum(session.is_attached for session in self._sessions.values())

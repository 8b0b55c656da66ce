"""One socket: key exchange in the clear, then encrypted messages, each a service message or a
call."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from pyrogram.raw import functions, types
from pyrogram.raw.all import layer as LAYER
from pyrogram.raw.core import Int, Long

from simulator.wire import envelope, message_ids, tl
from simulator.wire.envelope import EnvelopeError, Message
from simulator.wire.faults import Faults
from simulator.wire.key_exchange import KeyExchange
from simulator.wire.keys import AuthKey, KeyStore
from simulator.wire.message_ids import RESPONSE
from simulator.wire.rpc import RpcError, method_name
from simulator.wire.server_key import ServerKey
from simulator.wire.session import Session
from simulator.wire.sessions import Sessions
from simulator.wire.tl import Malformed, Object, UnknownConstructor, decode
from simulator.wire.transport import Transport

AUTH_KEY_NOT_FOUND = 404
BAD_SERVER_SALT = 48
INVALID_CONTAINER = 64
# Service messages that need no answer on a connection without losses.
IGNORED = (types.HttpWait, types.MsgsAllInfo, types.MsgsStateInfo)
# Namespaces of calls that do not make a session one that updates are sent to: Kurigram opens
# further sessions of the same key for files.
QUIET_NAMESPACES = ("upload.", "help.", "auth.")
# Compressing these again would not make them smaller.
NEVER_PACKED = "upload."

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Services:
    """What all connections share."""

    server_key: ServerKey
    keys: KeyStore
    sessions: Sessions
    faults: Faults
    answer: Callable[[Session, Object], Awaitable[Object]]
    """Answers a call of the API; raises RpcError."""
    received: Counter[str]
    """How often each method was called."""
    running: set[asyncio.Task[None]] = field(default_factory=set)
    """Calls in progress: they continue when their connection is lost, the session keeps the
    result."""


class Connection:
    def __init__(self, services: Services, transport: Transport, data_centre: int) -> None:
        self._services = services
        self._data_centre = data_centre
        self._transport = transport
        self._exchange: KeyExchange | None = None
        self._last_plain_id = 0
        self._session: Session | None = None
        self._farewell: asyncio.TimerHandle | None = None
        # Bound once: a session recognises its connection by this very object.
        self._send: Callable[[bytes], None] = transport.send

    @property
    def key(self) -> AuthKey | None:
        return self._session.key if self._session else None

    def abort(self) -> None:
        self._transport.abort()

    async def run(self) -> None:
        """Serve until the peer disconnects or breaks the protocol; raises nothing but
        cancellation."""
        try:
            await self._transport.greet()
            while True:
                await self._receive(await self._transport.receive())
                await self._transport.drain()
        except asyncio.IncompleteReadError:
            pass  # the peer disconnected
        except ConnectionError as error:
            log.debug("connection_lost", reason=str(error))
        finally:
            if self._farewell is not None:
                self._farewell.cancel()
            if self._session is not None:
                self._session.detach(self._send)
            await self._transport.close()

    async def _receive(self, frame: bytes) -> None:
        key_id = frame[: envelope.AUTH_KEY_ID_BYTES]
        if not any(key_id):
            self._answer_in_the_clear(frame)
            return
        key = self._services.keys.find(key_id)
        if key is None:
            self._transport.send_error(AUTH_KEY_NOT_FOUND)
            await self._transport.drain()
            raise EnvelopeError("unknown auth key")
        opened = envelope.open_frame(key.secret, frame)
        session = self._adopt(key, opened.session_id, opened.message.msg_id)
        if not _refuse(session, opened.message, opened.salt):
            for message in _unpack(session, opened.message):
                self._handle(session, message)

    def _answer_in_the_clear(self, frame: bytes) -> None:
        """A step of the key exchange: key id 0, message id, length, body."""
        if self._exchange is None:
            self._exchange = KeyExchange(self._services.server_key)
        try:
            query = decode(frame[20:])
        except ValueError as error:
            raise EnvelopeError(f"not a step of a key exchange: {error}") from error
        body = self._exchange.answer(query).write()
        self._last_plain_id = max(message_ids.clock(), self._last_plain_id + 4)
        head = bytes(8) + Long(self._last_plain_id | RESPONSE) + Int(len(body))
        if self._exchange.auth_key is not None:
            self._services.keys.add(self._exchange.auth_key)
            self._exchange = None
        self._transport.send(head + body)

    def _adopt(self, key: AuthKey, session_id: bytes, first_msg_id: int) -> Session:
        """The attached session of this connection; a client may change it at any time."""
        current = self._session
        if current is not None and current.id == session_id and current.key is key:
            return current
        if current is not None:
            current.detach(self._send)
        session, is_new = self._services.sessions.find_or_create(key, session_id)
        session.attach(self._send)
        session.data_centre = self._data_centre
        self._session = session
        if is_new:
            created = types.NewSessionCreated(
                first_msg_id=first_msg_id,
                unique_id=int.from_bytes(session_id, "little", signed=True),
                server_salt=key.salts.current,
            )
            session.send(created, RESPONSE)
        return session

    def _handle(self, session: Session, message: Message) -> None:
        if not session.seen.note(message.msg_id):
            session.answer_again(message.msg_id)
            return
        try:
            body = decode(message.body)
        except (UnknownConstructor, Malformed) as error:
            log.warning("query_not_understood", error=str(error))
            self._fail(session, message, RpcError(400, "INPUT_CONSTRUCTOR_INVALID"))
            return
        if not self._serve(session, message, body):
            call = asyncio.create_task(self._call(session, message, body))
            self._services.running.add(call)
            call.add_done_callback(self._services.running.discard)

    def _serve(self, session: Session, message: Message, body: Object) -> bool:
        """Handle a service message; returns False if it is a call instead."""
        if isinstance(body, types.MsgsAck):
            session.acknowledge(list(body.msg_ids))
        elif isinstance(body, (functions.Ping, functions.PingDelayDisconnect)):
            pong = types.Pong(msg_id=message.msg_id, ping_id=body.ping_id)
            session.send_service(pong, RESPONSE)
            if isinstance(body, functions.PingDelayDisconnect):
                self._disconnect_after(body.disconnect_delay)
        elif isinstance(body, functions.GetFutureSalts):
            salts = session.key.salts.future(body.num)
            session.send_service(_future_salts(message.msg_id, salts), RESPONSE)
        elif isinstance(body, types.MsgsStateReq):
            session.tell_state(message.msg_id, list(body.msg_ids))
        elif isinstance(body, types.MsgResendReq):
            session.resend(list(body.msg_ids))
        elif not isinstance(body, IGNORED):
            return False
        return True

    def _disconnect_after(self, seconds: int) -> None:
        """Cut the connection if no further ping comes in time."""
        if self._farewell is not None:
            self._farewell.cancel()
        self._farewell = asyncio.get_running_loop().call_later(max(seconds, 0), self.abort)

    async def _call(self, session: Session, message: Message, body: Object) -> None:
        query, with_updates = _unwrap(session, body)
        name = method_name(query)
        self._services.received[name] += 1
        try:
            await self._services.faults.strike(name)
            self._check_key(session, name, with_updates)
            result = await self._services.answer(session, query)
            body_of_result = result.write()
        except RpcError as error:
            self._fail(session, message, error, name)
        except Exception:  # pylint: disable=broad-exception-caught  # one call, not the server
            log.exception("call_failed", method=name)
            self._fail(session, message, RpcError(500, "INTERNAL_SERVER_ERROR"), name)
        else:
            self._answer(session, message, body_of_result, name)

    def _check_key(self, session: Session, name: str, with_updates: bool) -> None:
        """Raises RpcError (406) if the session's key is, or was, used from two places at once."""
        sessions = self._services.sessions
        if with_updates and not name.startswith(QUIET_NAMESPACES):
            sessions.subscribe(session)
            if sessions.is_in_two_places(session.key):
                sessions.mark_duplicated(session.key)
        if session.key.duplicated:
            raise RpcError(406, "AUTH_KEY_DUPLICATED")

    def _answer(self, session: Session, message: Message, result: bytes, name: str) -> None:
        lost = self._services.faults.lose_answer(name)
        if lost is None:
            packed = result if name.startswith(NEVER_PACKED) else tl.packed(result)
            session.answer(message.msg_id, packed)
        elif lost.cut:
            self.abort()

    def _fail(self, session: Session, message: Message, error: RpcError, name: str = "") -> None:
        log.debug("call_refused", method=name, error=str(error))
        answer = types.RpcError(error_code=error.code, error_message=error.text)
        session.answer(message.msg_id, answer.write())


def _refuse(session: Session, message: Message, salt: int) -> bool:
    """Tell the client if a message's id or salt is wrong; nothing in it is processed then."""
    code = message_ids.fault_in(message.msg_id)
    if code is not None:
        session.send_service(_bad_message(message, code), RESPONSE)
        return True
    if session.key.salts.accepts(salt):
        return False
    bad_salt = types.BadServerSalt(
        bad_msg_id=message.msg_id,
        bad_msg_seqno=message.seq_no,
        error_code=BAD_SERVER_SALT,
        new_server_salt=session.key.salts.current,
    )
    session.send_service(bad_salt, RESPONSE)
    return True


def _unpack(session: Session, message: Message) -> list[Message]:
    try:
        return envelope.contents(message)
    except Malformed:
        return [message]  # refused later, by the code that reads it
    except EnvelopeError as error:
        log.warning("invalid_container", error=str(error))
        session.send_service(_bad_message(message, INVALID_CONTAINER), RESPONSE)
        return []


def _bad_message(message: Message, code: int) -> types.BadMsgNotification:
    return types.BadMsgNotification(
        bad_msg_id=message.msg_id, bad_msg_seqno=message.seq_no, error_code=code
    )


def _future_salts(req_msg_id: int, salts: list[tuple[int, int, int]]) -> tl.Encoded:
    """Kurigram writes a constructor id before each salt; the protocol has them without one."""
    head = b"\x95\x08\x50\xae" + Long(req_msg_id) + Int(int(time.time())) + Int(len(salts))
    each = (Int(since) + Int(until) + Long(salt) for since, until, salt in salts)
    return tl.Encoded(head + b"".join(each))


def _unwrap(session: Session, query: Object) -> tuple[Object, bool]:
    """Remove the invoke wrappers; the second value is False if updates were declined."""
    with_updates = True
    while True:
        if isinstance(query, functions.InvokeWithLayer):
            if query.layer != LAYER:
                log.warning("another_layer", asked=query.layer, spoken=LAYER)
            query = query.query
        elif isinstance(query, functions.InitConnection):
            session.language = query.lang_code
            query = query.query
        elif isinstance(query, functions.InvokeWithoutUpdates):
            with_updates, query = False, query.query
        elif isinstance(query, (functions.InvokeAfterMsg, functions.InvokeAfterMsgs)):
            query = query.query  # calls of one session begin in the order in which they came
        else:
            return query, with_updates

"""One socket: key exchange in the clear, then encrypted messages, each a service or a call."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from pyrogram.raw import functions, types
from pyrogram.raw.core import Int, Long

from simulator import envelope
from simulator.envelope import EnvelopeError, Message
from simulator.key_exchange import KeyExchange
from simulator.keys import AuthKey, KeyStore
from simulator.rpc import Call, Methods, RpcError, method_name
from simulator.server_key import ServerKey
from simulator.session import RESPONSE, Session, Sessions
from simulator.tl import Object, UnknownConstructor, decode
from simulator.transport import AbridgedTransport
from simulator.world import World

AUTH_KEY_NOT_FOUND = 404
BAD_SERVER_SALT = 48
# Service messages that need no answer on a connection that loses nothing.
IGNORED = (
    types.HttpWait,
    types.MsgResendReq,
    types.MsgsAllInfo,
    types.MsgsStateInfo,
    types.MsgsStateReq,
)
# Namespaces of calls after which a session is not yet one that updates are sent to: Kurigram
# opens further sessions of the same key for files.
QUIET_NAMESPACES = ("upload.", "help.", "auth.")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Services:
    """What all connections share."""

    world: World
    server_key: ServerKey
    keys: KeyStore
    sessions: Sessions
    methods: Methods
    calls: set[asyncio.Task[None]] = field(default_factory=set)
    """Calls at work: they go on when their connection is lost, the session keeps the result."""


class Connection:
    def __init__(self, services: Services, transport: AbridgedTransport) -> None:
        self._services = services
        self._transport = transport
        self._exchange: KeyExchange | None = None
        self._last_plain_id = 0
        self._session: Session | None = None
        # Bound once: a session knows its connection by this very object.
        self._send: Callable[[bytes], None] = transport.send

    @property
    def key(self) -> AuthKey | None:
        return self._session.key if self._session else None

    def abort(self) -> None:
        self._transport.abort()

    async def run(self) -> None:
        """Serve until the peer leaves or breaks the protocol; raises nothing but cancellation."""
        try:
            await self._transport.greet()
            while True:
                await self._receive(await self._transport.receive())
                await self._transport.drain()
        except asyncio.IncompleteReadError:
            pass  # the peer hung up
        except ConnectionError as error:
            log.debug("connection_lost", reason=str(error))
        finally:
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
        if opened.salt != key.salt:
            session.send_service(
                types.BadServerSalt(
                    bad_msg_id=opened.message.msg_id,
                    bad_msg_seqno=opened.message.seq_no,
                    error_code=BAD_SERVER_SALT,
                    new_server_salt=key.salt,
                ),
                RESPONSE,
            )
            return
        for message in envelope.contents(opened.message):
            self._handle(session, message)

    def _answer_in_the_clear(self, frame: bytes) -> None:
        """A step of the key exchange: key id 0, message id, length, body."""
        if self._exchange is None:
            self._exchange = KeyExchange(self._services.server_key)
        body = self._exchange.answer(decode(frame[20:])).write()
        self._last_plain_id = max(Session.clock(), self._last_plain_id + 4)
        head = bytes(8) + Long(self._last_plain_id | RESPONSE) + Int(len(body))
        if self._exchange.auth_key is not None:
            self._services.keys.add(self._exchange.auth_key)
            self._exchange = None
        self._transport.send(head + body)

    def _adopt(self, key: AuthKey, session_id: bytes, first_msg_id: int) -> Session:
        """The session this connection works for, attached; a client may change it at any time."""
        current = self._session
        if current is not None and current.id == session_id and current.key is key:
            return current
        if current is not None:
            current.detach(self._send)
        session, is_new = self._services.sessions.find_or_create(key, session_id)
        session.attach(self._send)
        self._session = session
        if is_new:
            created = types.NewSessionCreated(
                first_msg_id=first_msg_id,
                unique_id=int.from_bytes(session_id, "little", signed=True),
                server_salt=key.salt,
            )
            session.send(created, RESPONSE)
        return session

    def _handle(self, session: Session, message: Message) -> None:
        try:
            body = decode(message.body)
        except UnknownConstructor as error:
            log.warning("unknown_constructor", error=str(error))
            self._fail(session, message, RpcError(400, "INPUT_CONSTRUCTOR_INVALID"))
            return
        if isinstance(body, types.MsgsAck):
            session.acknowledge(list(body.msg_ids))
        elif isinstance(body, (functions.Ping, functions.PingDelayDisconnect)):
            pong = types.Pong(msg_id=message.msg_id, ping_id=body.ping_id)
            session.send_service(pong, RESPONSE)
        elif not isinstance(body, IGNORED):
            call = asyncio.create_task(self._call(session, message, body))
            self._services.calls.add(call)
            call.add_done_callback(self._services.calls.discard)

    async def _call(self, session: Session, message: Message, body: Object) -> None:
        query, with_updates = _unwrap(session, body)
        name = method_name(query)
        world = self._services.world
        world.calls[name] += 1
        try:
            await world.faults.strike(name)
            if with_updates and not name.startswith(QUIET_NAMESPACES):
                self._services.sessions.subscribe(session)
            result = await self._services.methods.answer(Call(world, session), query)
        except RpcError as error:
            self._fail(session, message, error, name)
        except Exception:  # pylint: disable=broad-exception-caught  # one call, not the server
            log.exception("call_failed", method=name)
            self._fail(session, message, RpcError(500, "INTERNAL_SERVER_ERROR"), name)
        else:
            session.send(types.RpcResult(req_msg_id=message.msg_id, result=result), RESPONSE)

    def _fail(self, session: Session, message: Message, error: RpcError, name: str = "") -> None:
        log.debug("call_refused", method=name, error=str(error))
        result = types.RpcError(error_code=error.code, error_message=error.text)
        session.send(types.RpcResult(req_msg_id=message.msg_id, result=result), RESPONSE)


def _unwrap(session: Session, query: Object) -> tuple[Object, bool]:
    """Take the invoke wrappers off; the second value is False where updates were declined."""
    with_updates = True
    while True:
        if isinstance(query, functions.InvokeWithLayer):
            query = query.query
        elif isinstance(query, functions.InitConnection):
            session.language = query.lang_code
            query = query.query
        elif isinstance(query, functions.InvokeWithoutUpdates):
            with_updates, query = False, query.query
        else:
            return query, with_updates

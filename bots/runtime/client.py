"""One bot's connection to Telegram: Kurigram's client with our own update loop and bounds.

Kurigram is used for transport, encryption and the schema. Its dispatcher, its way of counting
updates and its `start` and `stop` are not: see docs/telegram.md for what they do to a bot whose
session is dying.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from weakref import WeakSet

import structlog
from pyrogram import Client, raw
from pyrogram.connection import Connection
from pyrogram.errors import (
    BadRequest,
    FileReferenceEmpty,
    FileReferenceEmptyX,
    FileReferenceExpired,
    FileReferenceExpiredX,
    FileReferenceInvalid,
    FileReferenceInvalidX,
    FloodWait,
    MessageNotModified,
    RPCError,
    Unauthorized,
)
from pyrogram.session import Session
from pyrogram.storage import Storage
from pyrogram.utils import get_channel_id

from bots.runtime.calls import InputMedia, call_of, media_of, message_id_of
from bots.runtime.cancelling import cancel_all
from bots.runtime.leases import LeaseDeadline
from bots.runtime.media import of_telegram
from bots.runtime.metrics import Meter
from bots.runtime.server import Server, connection_factory
from bots.runtime.storage import Position
from bots.runtime.stored_files import StoredFiles
from bots.runtime.transport import Abridged, InOrder, written_once
from bots.runtime.update_stream import UpdateStream
from bots.sdk.replies import (
    Answer,
    DeleteMessage,
    EditPhoto,
    EditText,
    Screen,
    SendDocument,
    SendInvoice,
    SendPhoto,
    SendSealed,
    SendText,
)
from core.secrets import KeyRing
from core.shop.files import SentAs

log = structlog.get_logger()

# Telegram no longer takes a file by the id that it gave.
_STALE = (
    FileReferenceEmpty,
    FileReferenceEmptyX,
    FileReferenceExpired,
    FileReferenceExpiredX,
    FileReferenceInvalid,
    FileReferenceInvalidX,
)
_CALL_SECONDS = 10.0
_CLOSE_SECONDS = 0.7


class SessionDead(Exception):
    """Telegram no longer knows the session's key: it must be made anew from the token."""


class BotClient(Client):  # pylint: disable=too-many-ancestors  # Kurigram's are 36
    """A connected bot; made, opened once, closed once."""

    def __init__(
        self,
        server: Server,
        storage: Storage,
        deadline: LeaseDeadline,
        meter: Meter,
        *,
        name: str,
    ) -> None:
        self.key_gone = asyncio.Event()
        self.doubt = asyncio.Event()  # there are signs that the session is dead: probe at once
        self.setting_commands = asyncio.Lock()
        self.before_login: Callable[[], Awaitable[None]] | None = None
        self.provider_token: Callable[[str], str] = lambda _module: ""
        self.files: StoredFiles | None = None  # without, only what lies at Telegram can be sent
        self.secrets: KeyRing | None = None  # opens sealed messages
        self._bot_storage: Any = storage  # the interface of Kurigram has no types
        self._deadline = deadline
        self._meter = meter
        self._connections: WeakSet[Connection] = WeakSet()
        super().__init__(
            name,
            api_id=server.api_id,
            api_hash=server.api_hash,
            app_version="Vitrina",
            device_model="Server",
            storage_engine=storage,
            skip_updates=False,
            workers=2,
            sleep_threshold=5,
            max_message_cache_size=10,
            max_topic_cache_size=10,
            fetch_replies=False,
            fetch_topics=False,
            fetch_stories=False,
            fetch_stickers=False,
            connection_factory=connection_factory(server.addresses, self),
            proxy=server.proxy,
            ipv6=server.is_ipv6,
            protocol_factory=Abridged,
        )
        self.stream: UpdateStream | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, token: str, stream: UpdateStream) -> Position:
        """Connects with the stored session, or logs in with the token if there is none. Gives
        where Telegram's count of updates stands; `begin` follows.

        Raises SessionDead, or Kurigram's errors (Unauthorized, FloodWait, …).
        """
        self.stream = stream
        opening = asyncio.create_task(self._open(token))
        gone = asyncio.create_task(self.key_gone.wait())
        try:
            await asyncio.wait((opening, gone), return_when=asyncio.FIRST_COMPLETED)
            if self.key_gone.is_set():
                raise SessionDead
            state = await opening
        finally:
            await cancel_all((opening, gone))
        return Position(state.pts, state.qts, state.date)

    async def begin(self, position: Position) -> None:
        """Lets updates in, and fetches what came after `position`. Raises like `call`."""
        assert self.stream is not None and self.session is not None  # `open` comes before
        self.session.stored_msg_ids = InOrder(self.session.stored_msg_ids)
        self.stream.channels.find = self._find_channel
        self.stream.begin(position)
        self.connect_handler = self._on_connect
        await self.stream.catch_up()

    async def _open(self, token: str) -> raw.types.updates.State:
        if not await self.connect():
            if self.before_login is not None:
                await self.before_login()
            await self.sign_in_bot(token)
        await self._bot_storage.save()
        state: raw.types.updates.State = await self.invoke(raw.functions.updates.GetState())
        return state

    async def _find_channel(self, channel_id: int) -> raw.types.InputChannel:
        peer: Any = None
        with suppress(KeyError, RPCError):
            peer = await self.resolve_peer(get_channel_id(channel_id))
        access_hash = getattr(peer, "access_hash", 0)
        return raw.types.InputChannel(channel_id=channel_id, access_hash=access_hash)

    def on_connection(self, connection: Connection) -> None:
        """Kurigram opened a connection, perhaps for a session that we shall never see."""
        self._connections.add(connection)

    def on_key_gone(self) -> None:
        """Telegram does not know the key of our session."""
        self.key_gone.set()
        self.doubt.set()

    @property
    def may_send(self) -> bool:
        """Whether the bot is certainly still this worker's."""
        return not self._deadline.has_passed

    async def _on_connect(self, _client: Client, session: Session) -> None:
        """A lost connection is back: what came meanwhile is not sent again by itself."""
        if session is self.session and self.stream is not None:
            self._meter.metrics.reconnects.inc()
            task = asyncio.create_task(self._catch_up(self.stream))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _catch_up(self, stream: UpdateStream) -> None:
        try:
            await stream.catch_up()
        except Exception as error:  # pylint: disable=broad-exception-caught  # the probe decides
            log.warning("could not catch up after a reconnect", error=repr(error))

    async def handle_updates(self, updates: raw.base.Updates) -> None:
        """Kurigram's session calls this with whatever is not an answer."""
        await self.fetch_peers([*getattr(updates, "users", []), *getattr(updates, "chats", [])])
        if self.stream is not None:
            self.stream.take(updates)

    async def recover_gaps(self, ids: Any = None) -> tuple[int, int]:
        """Kurigram's own way is replaced by the stream's."""
        if self.stream is not None:
            await self.stream.catch_up()
        return 0, 0

    async def call(self, query: Any, *, seconds: float = _CALL_SECONDS) -> Any:
        """One call of the Telegram API, tried once; what its answer says of the updates is noted.

        Raises Kurigram's RPCError, or OSError (TimeoutError among them) if there is no answer.
        """
        session: Any = self.session
        if session is None:
            raise ConnectionError("the bot is not connected")
        if not session.is_started.is_set():
            async with asyncio.timeout(seconds):
                await session.is_started.wait()
        began = time.time()
        try:
            answer = await session.send(written_once(query), timeout=seconds)
        except (OSError, asyncio.CancelledError):
            if self.stream is not None:
                self.stream.others.unanswered(began)
            raise
        except RPCError as error:
            wait = error.value if isinstance(error, FloodWait) else None
            self._meter.call_failed(
                query.QUALNAME.partition(".")[2],
                str(error.ID or error.CODE),
                float(wait) if isinstance(wait, int) else None,
            )
            if isinstance(error, Unauthorized):
                self.doubt.set()
            if self.stream is not None and (error.CODE or 0) >= 500:
                self.stream.others.unanswered(began)
            raise
        await self.fetch_peers([*getattr(answer, "users", []), *getattr(answer, "chats", [])])
        if self.stream is not None:
            self.stream.note(answer)
        return answer

    async def send(self, screen: Screen, chat_id: int, random_id: int) -> int | None:
        """Sends a message; gives the new one's id, if it makes one. Raises like `call`.

        An edit that changes nothing counts as made; what can be edited no more (deleted, too old)
        is sent as a message of its own. A message that is gone counts as deleted.
        """
        if isinstance(screen, SendSealed):
            if self.secrets is None:
                raise ValueError("there is no key that opens a sealed message")
            screen = screen.opened(self.secrets)
        peer = await self.resolve_peer(chat_id)
        assert peer is not None  # it is None for a chat of None only
        files = await self._media(screen)
        token = self._token_of(screen)
        try:
            try:
                answer = await self.call(call_of(screen, peer, random_id, files, token=token))
            except _STALE:
                files = await self._media(screen, anew=True)
                answer = await self.call(call_of(screen, peer, random_id, files))
        except MessageNotModified:
            return None
        except BadRequest:
            if isinstance(screen, DeleteMessage):
                return None
            anew = _anew(screen)
            if anew is None:
                raise
            answer = await self.call(call_of(anew, peer, random_id, files))
        return message_id_of(answer, random_id)

    def _token_of(self, screen: Screen) -> str:
        """The provider's, of a bill in money; without one Telegram refuses the bill."""
        if not isinstance(screen, SendInvoice) or screen.terms is None:
            return ""
        return self.provider_token(screen.terms.provider)

    async def _media(self, screen: Screen, *, anew: bool = False) -> list[InputMedia]:
        """What a message shows; `anew`: by ids that Telegram knows."""
        sent_as: SentAs = "document" if isinstance(screen, SendDocument) else "photo"
        if self.files is None:
            return [await of_telegram(file) for file in media_of(screen)]
        return [await self.files.media(file, sent_as, anew=anew) for file in media_of(screen)]

    async def answer(self, answer: Answer, *, seconds: float) -> None:
        """Answers a query, which needs to know nobody; raises like `call`."""
        await self.call(call_of(answer, raw.types.InputPeerEmpty(), 0), seconds=seconds)

    async def moved_to(self, chat_id: int) -> int | None:
        """The supergroup that has taken the place of a basic group; raises like `call`."""
        found = await self.call(raw.functions.messages.GetChats(id=[-chat_id]))
        for chat in found.chats:
            place = getattr(chat, "migrated_to", None)
            if isinstance(place, raw.types.InputChannel):
                return get_channel_id(place.channel_id)
        return None

    async def fetch(self, file_id: str) -> bytes:
        """The content of a file at Telegram; raises like `call`, or ValueError if it is none."""
        downloaded: Any = await self.download_media(file_id, in_memory=True)
        return bytes(downloaded.getbuffer())

    async def probe(self, seconds: float) -> None:
        """Whether the session lives; raises like `call`, or SessionDead."""
        if self.key_gone.is_set():
            raise SessionDead
        await self.call(raw.functions.updates.GetState(), seconds=seconds)

    async def close(self) -> None:
        """Closes the connection, however badly the session is doing, in a bounded time."""
        if self.stream is not None:
            self.stream.close()
        for task in self._tasks:
            task.cancel()
        sessions = [self.session, *self.sessions.values(), *self.media_sessions.values()]
        await asyncio.gather(*(_stop(session) for session in sessions if session is not None))
        await asyncio.gather(*(_close(connection) for connection in list(self._connections)))
        self.executor.shutdown(wait=False)
        self.is_connected = False


def _anew(screen: Screen) -> Screen | None:
    """What shows the same as an edit, as a message of its own; None for what is no edit."""
    match screen:
        case EditText():
            return SendText(text=screen.text, keyboard=screen.keyboard)
        case EditPhoto():
            return SendPhoto(photo=screen.photo, caption=screen.caption, keyboard=screen.keyboard)
        case _:
            return None


async def _stop(session: Any) -> None:
    """Stops a session; one that hangs or breaks in stopping is cut off."""
    with suppress(Exception):
        await asyncio.wait_for(session.stop(), _CLOSE_SECONDS)
    for task in (session.ping_task, session.recv_task, *session.pending_tasks):
        if task is not None:
            task.cancel()


async def _close(connection: Connection) -> None:
    if connection.protocol is not None:
        with suppress(Exception):
            await asyncio.wait_for(connection.close(), _CLOSE_SECONDS)

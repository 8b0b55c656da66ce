"""Live overviews: one hub listens to PostgreSQL, reads once for all viewers, and pushes to each."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass

import structlog
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from api.figures import Overview
from api.periods import Period
from api.problems import STORE_ERRORS
from core import postgres, watching
from core.postgres import EVENTS_CHANNEL, SESSIONS_CHANNEL, STATES_CHANNEL, Connection, Pool
from core.shop import access
from core.shop.access import Visitor

log = structlog.get_logger()

# A view is read at most once in this time, however often its shops have news.
REFRESH_SECONDS = 0.55
TICK_SECONDS = 15.0  # figures also change with time: hours begin, lags grow
HEARTBEAT_SECONDS = 4.0  # the panel takes 10 s of silence for a dead connection
SESSION_CHECK_SECONDS = 1.0
RECONNECT_SECONDS = 0.5
# For so long after a request is its figures' reader taken to be there: they may ask again.
ATTENTION_SECONDS = 60.0
ATTENTION_CHECK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class View:
    """What is viewed; viewers of equal views share one reading."""

    shops: tuple[int, ...]
    period: Period


class Follower:
    """One open stream. It keeps only the newest overview: a slow reader skips some, nothing queues
    up."""

    def __init__(self, cookie: str, visitor: Visitor) -> None:
        self.cookie = cookie
        self.visitor = visitor
        self._newest: bytes | None = None
        self._ended = False
        self._changed = asyncio.Event()

    def push(self, message: bytes) -> None:
        self._newest = message
        self._changed.set()

    def end(self) -> None:
        self._ended = True
        self._changed.set()

    async def messages(self) -> AsyncIterator[bytes]:
        """Server-sent events and heartbeats, until the session or the server ends."""
        while not self._ended:
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                yield KEEPALIVE_COMMENT
                continue
            self._changed.clear()
            message, self._newest = self._newest, None
            if message is not None and not self._ended:
                yield message


class _Topic:
    """A view that somebody follows, and the task that reads it."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.followers: set[Follower] = set()
        self.stale = asyncio.Event()
        self.newest: bytes | None = None
        self.task: asyncio.Task[None] | None = None

    async def run(self, read: Callable[[View], Awaitable[Overview]]) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            self.stale.clear()
            started = clock()
            try:
                overview = await read(self.view)
                message = format_sse_event(event="overview", data_str=overview.model_dump_json())
            except STORE_ERRORS as error:
                log.warning("a live view could not be read", error=str(error), view=self.view)
                self.stale.set()
            except Exception:  # pylint: disable=broad-exception-caught  # its followers wait on us
                # Not read again at once, as when a store is away, but at the next event or tick.
                log.exception("a live view failed", view=self.view)
            else:
                self.newest = message
                for follower in self.followers:
                    follower.push(message)
            await asyncio.sleep(max(0.0, started + REFRESH_SECONDS - clock()))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):
                    await self.stale.wait()


_STATES_CHANGED = format_sse_event(event="bots", data_str="{}")


class LiveHub:
    """Wakes the views of a shop when its events have arrived, and the followers of its bots when
    the state of one has changed.

    `run` is a task of the app's lifetime. `close` ends every stream, so that the server can stop.
    """

    def __init__(
        self, database_url: str, pool: Pool, read: Callable[[View], Awaitable[Overview]]
    ) -> None:
        self._database_url = database_url
        self._pool = pool
        self._read = read
        self._topics: dict[View, _Topic] = {}
        self._watchers: set[Follower] = set()
        self._sessions_ended = asyncio.Event()
        self._closed = False
        self._requested_at = float("-inf")

    async def run(self) -> None:
        """Listens and watches the sessions until it is cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen())
                tasks.create_task(self._watch_sessions())
        finally:
            self.close()

    def close(self) -> None:
        """Ends every stream, also those that are opened later."""
        self._closed = True
        for follower in self._followers():
            follower.end()

    def _followers(self) -> list[Follower]:
        return [*self._watchers, *(f for topic in self._topics.values() for f in topic.followers)]

    @property
    def streams(self) -> int:
        """How many are open."""
        return len(self._followers())

    def requested(self) -> None:
        """Records that somebody has asked the panel for something just now."""
        self._requested_at = asyncio.get_running_loop().time()

    @property
    def is_watched(self) -> bool:
        """Whether a stream is open, or somebody asked for something lately."""
        now = asyncio.get_running_loop().time()
        return self.streams > 0 or now < self._requested_at + ATTENTION_SECONDS

    @contextlib.contextmanager
    def watch(self, cookie: str, visitor: Visitor) -> Iterator[Follower]:
        """A stream of `bots`, sent at once and whenever a bot that the visitor may see has changed:
        its state, its name, or what its owner must know. The client then asks for the details."""
        follower = Follower(cookie, visitor)
        follower.push(_STATES_CHANGED)
        if self._closed:
            follower.end()
        self._watchers.add(follower)
        try:
            yield follower
        finally:
            self._watchers.discard(follower)

    @contextlib.contextmanager
    def follow(self, view: View, cookie: str, visitor: Visitor) -> Iterator[Follower]:
        """A stream of a view; the view is read as long as somebody follows it."""
        follower = Follower(cookie, visitor)
        if self._closed:
            follower.end()
        topic = self._topics.get(view)
        if topic is None:
            topic = self._topics[view] = _Topic(view)
            topic.task = asyncio.create_task(topic.run(self._read), name=f"live {view}")
        topic.followers.add(follower)
        if topic.newest is not None:
            follower.push(topic.newest)
        try:
            yield follower
        finally:
            topic.followers.discard(follower)
            if not topic.followers:
                del self._topics[view]
                if topic.task is not None:
                    topic.task.cancel()

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except STORE_ERRORS as error:
                log.warning("not listening to PostgreSQL, trying again", error=str(error))
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen_once(self) -> None:
        lost = asyncio.Event()
        connection = await postgres.connect(self._database_url)
        try:
            connection.add_termination_listener(lambda _connection: lost.set())
            await connection.add_listener(SESSIONS_CHANNEL, self._session_ended)
            await connection.add_listener(STATES_CHANNEL, self._states_changed)
            await connection.add_listener(EVENTS_CHANNEL, self._notified)
            # Notifications were missed while nobody was listening.
            for topic in self._topics.values():
                topic.stale.set()
            for follower in self._watchers:
                follower.push(_STATES_CHANGED)
            await self._announce(connection, lost)
        finally:
            with contextlib.suppress(*STORE_ERRORS):
                await connection.close(timeout=1)

    async def _announce(self, connection: Connection, lost: asyncio.Event) -> None:
        """Tells the shippers whether somebody looks, until the connection is lost."""
        is_announced = False
        while not lost.is_set():
            if self.is_watched is not is_announced:
                is_announced = not is_announced
                await (watching.begin if is_announced else watching.end)(connection)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ATTENTION_CHECK_SECONDS):
                    await lost.wait()

    def _notified(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        for topic in self._topics.values():
            if str(payload).isdigit() and int(str(payload)) in topic.view.shops:
                topic.stale.set()

    def _states_changed(
        self, _connection: object, _pid: int, _channel: str, payload: object
    ) -> None:
        for follower in self._watchers:
            if str(payload).isdigit() and follower.visitor.sees(int(str(payload))):
                follower.push(_STATES_CHANGED)

    def _session_ended(self, *_notification: object) -> None:
        self._sessions_ended.set()

    async def _watch_sessions(self) -> None:
        """Looks when a session was ended, and often besides: running out notifies nobody."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SESSION_CHECK_SECONDS):
                    await self._sessions_ended.wait()
            self._sessions_ended.clear()
            followers = self._followers()
            if not followers:
                continue
            try:
                async with self._pool.acquire() as connection:
                    cookies = {follower.cookie for follower in followers}
                    present = await access.visitors(connection, list(cookies))
            except STORE_ERRORS as error:
                log.warning("sessions could not be checked", error=str(error))
                continue
            for follower in followers:
                # Also when the link may now see other shops: the page reconnects with its new
                # rights.
                if present.get(follower.cookie) != follower.visitor:
                    follower.end()

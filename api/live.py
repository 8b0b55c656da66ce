"""Live overviews: one hub listens to PostgreSQL, reads once for all viewers, and pushes to each."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence

import structlog
from fastapi.sse import format_sse_event

from api.followers import Follower, Snapshot
from api.live_topics import Read, Topic, View
from api.problems import STORE_ERRORS, Busy
from core import postgres, watching
from core.errors import VitrinaError
from core.events import Bilingual
from core.postgres import EVENTS_CHANNEL, SESSIONS_CHANNEL, STATES_CHANNEL, Connection, Pool
from core.shop import access
from core.shop.access import Visitor

log = structlog.get_logger()

SESSION_CHECK_SECONDS = 0.5  # a session that runs out ends its streams within a second
RECONNECT_SECONDS = 0.5
# For so long after a request is its figures' reader taken to be there: they may ask again.
ATTENTION_SECONDS = 60.0
ATTENTION_CHECK_SECONDS = 0.5
# Streams of one session, some tabs' worth, and of all of them.
MOST_STREAMS = 16
MOST_STREAMS_OVERALL = 5000
READINGS_AT_ONCE = 64  # those that wait for the stores are read together (`view_batches`)
# A view that is only asked for now and then is forgotten so long after the last time.
KEEP_SECONDS = 60.0
MOST_KEPT = 1000

_STATES_CHANGED = format_sse_event(event="bots", data_str="{}")


class TooManyStreams(VitrinaError):
    """The session has as many open streams as it may have."""

    code = "too_many_streams"
    status = 429
    retry_after = 5
    explained = Bilingual(
        "Открыто слишком много вкладок с живыми показателями: закройте лишние.",
        "too many tabs with live figures are open: close some of them",
    )

    def __init__(self) -> None:
        super().__init__(self.explained.en)


class LiveHub:
    """Wakes the views of a shop when its events have arrived, and the followers of its bots when
    the state of one has changed.

    `run` is a task of the app's lifetime. `close` ends every stream, so that the server can stop.
    """

    def __init__(self, database_url: str, pool: Pool, read: Read) -> None:
        self._database_url = database_url
        self._pool = pool
        self._read = read
        self._turns = asyncio.Semaphore(READINGS_AT_ONCE)
        self._topics: dict[View, Topic] = {}
        self._followers: set[Follower] = set()
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
        """Ends every stream, also those that are opened later; they are told to come back."""
        self._closed = True
        for follower in self._followers:
            follower.end(comes_back=True)

    @property
    def streams(self) -> int:
        """How many are open."""
        return len(self._followers)

    @property
    def views(self) -> int:
        """How many are followed, or were asked for lately."""
        return len(self._topics)

    def requested(self) -> None:
        """Records that somebody has asked the panel for something just now."""
        self._requested_at = asyncio.get_running_loop().time()

    @property
    def is_watched(self) -> bool:
        """Whether a stream is open, or somebody asked for something lately."""
        now = asyncio.get_running_loop().time()
        return self.streams > 0 or now < self._requested_at + ATTENTION_SECONDS

    @contextlib.contextmanager
    def _opened(self, cookie: str, visitor: Visitor, seen: str) -> Iterator[Follower]:
        if self.streams >= MOST_STREAMS_OVERALL:
            raise Busy
        if Counter(follower.cookie for follower in self._followers)[cookie] >= MOST_STREAMS:
            raise TooManyStreams
        follower = Follower(cookie, visitor, seen)
        if self._closed:
            follower.end(comes_back=True)
        self._followers.add(follower)
        try:
            yield follower
        finally:
            self._followers.discard(follower)

    @contextlib.contextmanager
    def watch(self, cookie: str, visitor: Visitor) -> Iterator[Follower]:
        """A stream of `bots`, sent at once and whenever a bot that the visitor may see has changed:
        its state, its name, or what its owner must know. The client then asks for the details.

        Raises TooManyStreams, Busy.
        """
        with self._opened(cookie, visitor, "") as follower:
            follower.push(_STATES_CHANGED)
            self._watchers.add(follower)
            try:
                yield follower
            finally:
                self._watchers.discard(follower)

    @contextlib.contextmanager
    def follow(
        self, views: View | Sequence[View], cookie: str, visitor: Visitor, seen: str = ""
    ) -> Iterator[Follower]:
        """A stream of one or several views; each is read as long as somebody follows it, once for
        all who do.

        `seen` is the id of the last event that the reader has. Raises TooManyStreams, Busy.
        """
        chosen = [views] if isinstance(views, View) else views
        with self._opened(cookie, visitor, seen) as follower:
            topics = []
            for view in chosen:
                topics.append(self._topic(view))
                topics[-1].join(follower)
            try:
                yield follower
            finally:
                for topic in topics:
                    topic.part(follower)
                self._forget_unused()

    async def snapshot(self, view: View) -> Snapshot:
        """What a follower of the view would see now; raises what its reading raises."""
        return await self._topic(view).current()

    def _topic(self, view: View) -> Topic:
        topic = self._topics.get(view)
        if topic is None:
            self._forget_unused()
            topic = self._topics[view] = Topic(view, self._read, self._turns)
        return topic

    def _forget_unused(self) -> None:
        """Views that nobody follows, and that nobody has asked for lately."""
        now = asyncio.get_running_loop().time()
        kept = [view for view, topic in self._topics.items() if not topic.followers]
        kept.sort(key=lambda view: self._topics[view].asked_at)
        beyond = len(kept) - MOST_KEPT
        for number, view in enumerate(kept):
            if number < beyond or now > self._topics[view].asked_at + KEEP_SECONDS:
                del self._topics[view]

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

    def heard(self, shop_id: int) -> None:
        """The shop has news."""
        for topic in self._topics.values():
            if shop_id in topic.view.shops:
                topic.stale.set()

    def _notified(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        if str(payload).isdigit():
            self.heard(int(str(payload)))

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
            followers = list(self._followers)
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

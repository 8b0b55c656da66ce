"""Open streams of server-sent events, as the hub sees them."""

import asyncio
import random
from collections.abc import AsyncIterator, Hashable
from dataclasses import dataclass

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from api.figures import Overview
from core.shop.access import Visitor

HEARTBEAT_SECONDS = 4.0  # the panel takes 10 s of silence for a dead connection
# Milliseconds after which a page comes back when the server stops: not all of them at once.
RETRY_MS = (500, 3000)
_SEPARATOR = "."


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An overview as it is sent, in a stream or by itself. `tag` changes with what it says, but not
    with `as_of` alone."""

    body: bytes
    tag: str
    event: bytes

    @classmethod
    def of(cls, overview: Overview, tag: str) -> "Snapshot":
        text = overview.model_dump_json()
        return cls(text.encode(), tag, format_sse_event(event="overview", data_str=text))


@dataclass(frozen=True, slots=True)
class _Message:
    event: bytes
    tag: str | None = None  # empty: whatever the reader had of this source is no longer shown


class Follower:
    """One open stream. Of each thing that it follows it keeps only the newest message: a slow
    reader skips some, nothing queues up."""

    def __init__(self, cookie: str, visitor: Visitor, seen: str = "") -> None:
        """`seen` is the id of the last event that the reader had before it lost its stream; what it
        already has is not sent again."""
        self.cookie = cookie
        self.visitor = visitor
        self._seen = frozenset(filter(None, seen.split(_SEPARATOR)))
        self._tags: dict[Hashable, str] = {}
        self._newest: dict[Hashable, _Message] = {}
        self._hint = b""
        self._ended = False
        self._changed = asyncio.Event()

    def push(self, event: bytes, source: Hashable = None) -> None:
        """An event without a tag, in the place of an older one of the same source."""
        self._newest[source] = _Message(event)
        self._changed.set()

    def fail(self, event: bytes, source: Hashable) -> None:
        """News that a source is away. The next snapshot ends that, also one that the reader had
        before."""
        self._seen = frozenset()
        self._newest[source] = _Message(event, tag="")
        self._changed.set()

    def show(self, snapshot: Snapshot, source: Hashable = None) -> None:
        """A snapshot, in the place of an older one of the same source."""
        if source not in self._tags and snapshot.tag in self._seen:
            self._tags[source] = snapshot.tag
            return
        self._newest[source] = _Message(snapshot.event, snapshot.tag)
        self._changed.set()

    def end(self, *, comes_back: bool = False) -> None:
        """Ends the stream. If it may come back, it is told when."""
        if comes_back:
            self._hint = format_sse_event(retry=random.randint(*RETRY_MS))
        self._ended = True
        self._changed.set()

    async def messages(self) -> AsyncIterator[bytes]:
        """Server-sent events and heartbeats, until the session or the server ends."""
        while not self._ended:
            if self._newest:
                source = [*self._newest][0]  # the oldest first
                yield self._numbered(source, self._newest.pop(source))
                continue
            self._changed.clear()
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                yield KEEPALIVE_COMMENT
        if self._hint:
            yield self._hint

    def _numbered(self, source: Hashable, message: _Message) -> bytes:
        """With the id of everything that the reader has once it has this."""
        if message.tag is None:
            return message.event
        self._tags[source] = message.tag
        if not message.tag:
            del self._tags[source]
        name = _SEPARATOR.join(self._tags.values())
        return message.event[:-1] + f"id: {name}\n\n".encode()

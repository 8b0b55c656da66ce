"""A client of Vitrina's intake for a shop's own code. This file needs aiohttp and nothing else.

    vitrina = Vitrina("https://shop.example", "vtw_…", buffer="vitrina.db")
    vitrina.track("order_paid", customer_id="c-17", order_id="1042", amount_minor=129050,
                  currency="RUB")
    await vitrina.close()

An event gets its id once, when it is tracked, and is written to the buffer before `track` returns.
It is deleted there when the intake has answered for it. Whatever is killed in between, it is sent
again under the same id, and counted once. Works with Python 3.11 and newer.
"""

import asyncio
import contextlib
import gzip
import json
import logging
import os
import random
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

log = logging.getLogger("vitrina")

MAX_EVENTS = 1000  # a call
_MAX_BYTES = 4_000_000  # of a call's JSON; the intake accepts twice that
_GZIP_FROM = 1024
_TIMEOUT = aiohttp.ClientTimeout(total=60, connect=10)
_SECONDS_LOCKED = 60.0  # between attempts while the key is refused: somebody has to repair that


OnRejected = Callable[[Mapping[str, Any], str], None]


class BufferInUse(Exception):
    """Another process has the buffer's file: give each its own."""


class _Refused(Exception):
    """The intake does not accept the call now; `wait` is in seconds, None for the usual backoff."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


# Temporary errors: the same events are sent again.
_TROUBLE = (_Refused, aiohttp.ClientError, OSError, TimeoutError, sqlite3.Error)


class _Unfit(Exception):
    """The intake will never accept this call as it is."""


class _Buffer:
    """Events that wait, oldest first, in an SQLite file of one process, or in memory.

    Added events survive this process being killed. A power cut may lose the last moments.
    """

    def __init__(self, path: str | os.PathLike[str] | None, most: int) -> None:
        if path is not None:  # it has customers' ids: for its owner only
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._most = most
        self._db = sqlite3.connect(path or ":memory:", timeout=0, isolation_level=None)
        try:
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS events "
                "(seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL)"
            )
            self._db.execute("BEGIN EXCLUSIVE")
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._db.close()
            raise BufferInUse(f"{path}: {error}; give each process a file of its own") from error
        self.count: int = self._db.execute("SELECT count(*) FROM events").fetchone()[0]

    def add(self, body: str) -> bool:
        """False if there is no more room, in the buffer or on the disk."""
        if self.count >= self._most:
            return False
        try:
            self._db.execute("INSERT INTO events (body) VALUES (?)", (body,))
        except sqlite3.Error as error:
            log.error("the buffer cannot be written: %s", error)
            return False
        self.count += 1
        return True

    def first(self, most: int) -> list[tuple[int, str]]:
        """The oldest, up to `most` of them and up to the size of a call; with their numbers."""
        found: list[tuple[int, str]] = []
        size = 0
        rows = self._db.execute("SELECT seq, body FROM events ORDER BY seq LIMIT ?", (most,))
        for seq, body in rows.fetchall():
            size += len(body.encode()) + 1
            if found and size > _MAX_BYTES:
                break
            found.append((seq, body))
        return found

    def remove_through(self, seq: int) -> None:
        self.count -= self._db.execute("DELETE FROM events WHERE seq <= ?", (seq,)).rowcount

    def close(self) -> None:
        self._db.close()


class Vitrina:
    """Tracks events, and sends them from a task of its own.

    `url` is where the intake is, `key` a write key. `buffer` is the file that keeps events through
    restarts (one process a file); without it they wait in memory. It holds `max_waiting` events at
    most: further ones are refused. Events are sent `interval` seconds after the first at the
    latest. `bot_id` is for a bot that is connected to the shop as well. `on_rejected` is called
    with each event that the intake will never take, and why; without it they are logged.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        buffer: str | os.PathLike[str] | None = None,
        bot_id: int = 0,
        interval: float = 1.0,
        max_waiting: int = 100_000,
        on_rejected: OnRejected | None = None,
    ) -> None:
        self._url = url.rstrip("/") + "/v1/events"
        self._key = key
        self._buffer = _Buffer(Path(buffer) if buffer is not None else None, max_waiting)
        self._bot_id = bot_id
        self._interval = interval
        self._on_rejected = on_rejected or _log_rejected
        self._batch = MAX_EVENTS
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._empty = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False
        self._is_full = False

    @property
    def waiting(self) -> int:
        """How many events the intake has not answered yet."""
        return self._buffer.count

    def track(
        self,
        event: str,
        *,
        customer_id: str | int | None = None,
        telegram_id: int | None = None,
        occurred_at: datetime | None = None,
        id: str | None = None,  # pylint: disable=redefined-builtin  # as the field is called
        **fields: Any,
    ) -> bool:
        """Stores an event; False if the buffer is full or closed, and the event is lost.

        `occurred_at` is aware, default now. Give `id` where the same event may be tracked twice, as
        by an update that Telegram repeats. `fields` are those of docs/intake.md.

        Raises TypeError or ValueError for a value that JSON cannot hold or a time without a zone.
        """
        at = occurred_at or datetime.now(UTC)
        if at.tzinfo is None:
            raise ValueError("occurred_at needs a time zone: datetime.now(UTC)")
        document = {
            "id": id or uuid.uuid4().hex,
            "event": event,
            "occurred_at": at.isoformat(),
            "customer_id": customer_id,
            "telegram_id": telegram_id,
            **fields,
        }
        document = {name: value for name, value in document.items() if value is not None}
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return self._keep(body)

    def _keep(self, body: str) -> bool:
        is_kept = not self._is_closed and self._buffer.add(body)
        if not is_kept and not self._is_full:
            log.error("an event is lost: %s", "closed" if self._is_closed else "the buffer is full")
        self._is_full = not is_kept
        if self._buffer.count >= MAX_EVENTS:
            self._hurry.set()
        with contextlib.suppress(RuntimeError):  # without a loop: sent once there is one
            self.start()
        return is_kept

    def start(self) -> None:
        """Begins to send, including events that an earlier process left behind; `track` does it by
        itself.

        Raises RuntimeError where no event loop runs.
        """
        loop = asyncio.get_running_loop()
        if self._task is None and not self._is_closed:
            self._task = loop.create_task(self._send_all(), name="vitrina")
        self._wake.set()

    async def flush(self, timeout: float = 10.0) -> bool:
        """Sends what waits, now; returns whether all of it was answered in time (seconds)."""
        self.start()
        self._empty.clear()
        self._hurry.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while self._buffer.count:
                    await self._empty.wait()
        return self._buffer.count == 0

    async def close(self, timeout: float = 5.0) -> int:
        """Sends what waits, for `timeout` seconds at most, and ends.

        Returns how many events are left: they are in the buffer's file for the next process, or
        lost without one.
        """
        if self._is_closed:
            return 0
        await self.flush(timeout)
        self._is_closed = True
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        left = self._buffer.count
        self._buffer.close()
        return left

    async def __aenter__(self) -> "Vitrina":
        self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def _send_all(self) -> None:
        delays = _backoff()
        async with aiohttp.ClientSession(
            timeout=_TIMEOUT, headers={"Authorization": f"Bearer {self._key}"}
        ) as session:
            while True:
                while not self._buffer.count:
                    self._empty.set()
                    self._hurry.clear()
                    self._wake.clear()
                    await self._wake.wait()
                await self._gather()
                try:
                    await self._send(session, self._buffer.first(self._batch))
                    delays = _backoff()
                except _TROUBLE as error:
                    wait = getattr(error, "wait", None) or next(delays)
                    log.warning("events wait for the intake: %s; again in %.1f s", error, wait)
                    await asyncio.sleep(wait)

    async def _gather(self) -> None:
        """Waits for a batch to fill, unless it is full or the caller wants it sent now."""
        if self._buffer.count >= self._batch:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._interval):
                await self._hurry.wait()

    async def _send(self, session: aiohttp.ClientSession, batch: list[tuple[int, str]]) -> None:
        """Sends a batch and forgets it; raises _Refused and what the network raises."""
        last = batch[-1][0]
        try:
            rejected = await self._post(session, [body for _, body in batch])
        except _Unfit as error:
            if len(batch) > 1:  # one event makes the call invalid: it is found by halving
                self._batch = len(batch) // 2
                return
            rejected = [(0, str(error))]
        for index, message in rejected:
            try:
                self._on_rejected(json.loads(batch[index][1]), message)
            except Exception:  # pylint: disable=broad-exception-caught  # the caller's own code
                log.exception("on_rejected failed")
        self._buffer.remove_through(last)
        self._batch = min(MAX_EVENTS, self._batch * 2)

    async def _post(
        self, session: aiohttp.ClientSession, bodies: list[str]
    ) -> list[tuple[int, str]]:
        """Sends one call; returns the events that will never be accepted, by their place, and
        why."""
        data = f'{{"bot_id":{self._bot_id},"events":[{",".join(bodies)}]}}'.encode()
        headers = {"Content-Type": "application/json"}
        if len(data) >= _GZIP_FROM:
            data, headers["Content-Encoding"] = gzip.compress(data, 5), "gzip"
        async with session.post(self._url, data=data, headers=headers) as response:
            # A proxy's own page may be in any encoding, whatever it declares.
            text = (await response.read()).decode(errors="replace")
            match response.status:
                case 202:
                    return _rejections(text)
                case 422 if rejections := _rejections(text):
                    return rejections
                case 413:
                    raise _Unfit(f"413: {text[:500]}")
                case 422 if '"request_invalid"' in text:
                    raise _Unfit(f"422: {text[:500]}")
                # the key, the address or a proxy: not the events
                case 400 | 401 | 403 | 404 | 415 | 422:
                    raise _Refused(f"{response.status}: {text[:500]}", _SECONDS_LOCKED)
                case status:
                    after = response.headers.get("Retry-After", "")
                    wait = float(after) if after.isdigit() else None
                    raise _Refused(f"{status}: {text[:500]}", wait)


def _rejections(text: str) -> list[tuple[int, str]]:
    """One for each rejected event, in the words of its first problem."""
    found: dict[int, str] = {}
    try:
        for error in json.loads(text).get("errors", []):
            if isinstance(error.get("index"), int):
                found.setdefault(error["index"], f"{error['field']}: {error['message']}")
    except (ValueError, AttributeError, TypeError, KeyError) as error:
        raise _Refused(
            f"this is not an answer of the intake, check its address: {text[:200]}"
        ) from error
    return sorted(found.items())


def _backoff(first: float = 0.5, most: float = 60.0) -> Iterator[float]:
    """Seconds to wait before each next attempt: doubling, with jitter, without end."""
    seconds = first
    while True:
        yield seconds * random.uniform(0.5, 1.0)
        seconds = min(most, seconds * 2)


def _log_rejected(event: Mapping[str, Any], reason: str) -> None:
    log.error("the intake rejects %s %s: %s", event.get("event"), event.get("id"), reason)

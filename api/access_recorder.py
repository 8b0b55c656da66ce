"""Every request to the API in the access log: noted in memory, written in batches beside it."""

import asyncio
import contextlib
import json
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import IPv6Address
from itertools import islice
from typing import Any

import structlog
from fastapi.routing import iter_route_contexts
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.geography import Geography
from api.places import place_of
from api.problems import STORE_ERRORS
from core.postgres import Pool
from core.problems import MEDIA_TYPE
from core.shop import access_log, link_places
from core.shop.access import Visitor
from core.shop.access_log import AccessEntry
from core.shop.link_places import Limits, Sighting

log = structlog.get_logger()

WINDOW_SECONDS = 300
STRANGERS = 300  # entries without a session in that time, in all: 90 days of a flood are about 2 GB
STRANGERS_AN_ADDRESS = 30
WAITING = 20_000  # what is beyond is dropped, and said: the log must never hold requests up
BATCH = 2_000
WRITE_SECONDS = 1.0
KEEP_SECONDS = 3600.0
CLOSE_SECONDS = 2.0
_UNLOGGED = frozenset({"/api/v1/health", "/api/v1/ready"})
_NO_ROUTE = "(no route)"


class StrangerQuota:
    """How much of the log those may fill who are not in: so many entries of one address, and of
    all, in each window of time. An IPv6 address counts as its network, which one household has."""

    def __init__(self) -> None:
        self._window = -1
        self._taken: Counter[str] = Counter()
        self.refused = 0  # since the window began

    def take(self, entry: AccessEntry) -> bool:
        """Whether the entry still fits."""
        window = int(entry.at.timestamp() // WINDOW_SECONDS)
        if window > self._window:
            self._end_window(window)
        address = entry.place.address
        key = entry.place.network if isinstance(address, IPv6Address) else str(address)
        if self._taken.total() >= STRANGERS or self._taken[key] >= STRANGERS_AN_ADDRESS:
            self.refused += 1
            return False
        self._taken[key] += 1
        return True

    def _end_window(self, window: int) -> None:
        if self.refused:
            log.warning("requests without a session were too many to log", dropped=self.refused)
        self._window, self.refused = window, 0
        self._taken.clear()


class AccessRecorder:
    """Writes what `note` was told, a batch a second; `run` is a task of the app's lifetime.

    Entries that cannot be written wait for the store, up to `WAITING` of them, of which strangers
    get a half at most.
    """

    def __init__(self, pool: Pool, geography: Geography, limits: Limits, days: int) -> None:
        self._pool = pool
        self._geography = geography
        self._limits = limits
        self._days = days
        self._waiting: deque[AccessEntry] = deque()
        self._dropped = 0
        self._strangers = StrangerQuota()
        self._writing = asyncio.Lock()

    def note(self, entry: AccessEntry) -> None:
        """Takes an entry; never waits."""
        is_stranger = entry.link_id is None
        if is_stranger and not self._strangers.take(entry):
            return
        if len(self._waiting) >= (WAITING // 2 if is_stranger else WAITING):
            self._dropped += 1
            return
        self._waiting.append(entry)

    async def run(self) -> None:
        """Writes until it is cancelled, and then what is left."""
        kept_at = float("-inf")
        clock = asyncio.get_running_loop().time
        try:
            while True:
                if clock() >= kept_at + KEEP_SECONDS and await self._keep_months():
                    kept_at = clock()
                await asyncio.sleep(WRITE_SECONDS)
                await self.write()
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self.write()

    async def write(self) -> None:
        """Writes what waits; what the store does not take is kept for the next time."""
        async with self._writing:
            await self._write()

    async def _write(self) -> None:
        while self._waiting:
            batch = [self._located(entry) for entry in islice(self._waiting, BATCH)]
            try:
                async with self._pool.acquire() as connection, connection.transaction():
                    await access_log.write(connection, batch)
            except STORE_ERRORS as error:
                log.warning("the access log could not be written", error=str(error))
                return
            for _ in batch:
                self._waiting.popleft()
            await self._look_for_alarm(batch)
        if self._dropped:
            log.warning("requests are missing in the access log", dropped=self._dropped)
            self._dropped = 0

    def _located(self, entry: AccessEntry) -> AccessEntry:
        country = self._geography.of(entry.place.address).country
        return replace(entry, place=replace(entry.place, country=country))

    async def _look_for_alarm(self, batch: list[AccessEntry]) -> None:
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                await link_places.note(connection, self._limits, self._sightings(batch))
        except STORE_ERRORS as error:
            log.warning("the places of links could not be compared", error=str(error))

    def _sightings(self, batch: list[AccessEntry]) -> list[Sighting]:
        return [
            Sighting(
                entry.link_id,
                entry.at,
                entry.place.network,
                entry.place.country,
                entry.place.agent,
                self._geography.of(entry.place.address).point,
            )
            for entry in batch
            if entry.link_id is not None and entry.decision == "allowed"
        ]

    async def _keep_months(self) -> bool:
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute("SET LOCAL lock_timeout = '2s'")
                await access_log.keep_months(connection, datetime.now(UTC), self._days)
        except STORE_ERRORS as error:
            log.warning("the access log's months could not be kept", error=str(error))
            return False
        return True


class NotesAccess:
    """Notes each request below /api/ as soon as its answer begins: a stream may last for days."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        answer: dict[str, Any] = {}

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer["status"] = message["status"]
                is_problem = (b"content-type", MEDIA_TYPE.encode()) in message["headers"]
                if not is_problem:
                    self._note(scope, answer)
            elif "noted" not in answer:
                answer["code"] = _code(message.get("body", b""))
                self._note(scope, answer)
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception:
            # Answered with 500 outside of this, and with nothing if an answer had begun.
            answer |= {"status": 500, "code": "internal"} if "status" not in answer else {}
            raise
        finally:
            if "noted" not in answer and "status" in answer:  # it was a HEAD: its body was not sent
                self._note(scope, answer)

    def _note(self, scope: Scope, answer: dict[str, Any]) -> None:
        answer["noted"] = True
        path = path_template(scope)
        if path in _UNLOGGED:
            return
        visitor: Visitor | None = scope["state"].get("visitor")
        scope["app"].state.resources.recorder.note(
            AccessEntry(
                at=datetime.now(UTC),
                link_id=visitor.link_id if visitor else None,
                session_id=(visitor.session_id or None) if visitor else None,
                key_id=visitor.key_id if visitor else None,
                place=place_of(HTTPConnection(scope)),
                method=scope["method"],
                path=path,
                status=answer["status"],
                reasons=(answer["code"],) if answer.get("code") else (),
            )
        )


def path_template(scope: Scope) -> str:
    """The route's path with the names of its parameters, not with what stood in them."""
    if "path_template" in scope["state"]:  # of an answer that was kept (`idempotency`)
        return str(scope["state"]["path_template"])
    state = scope["app"].state
    if not hasattr(state, "path_templates"):
        state.path_templates = {
            route.endpoint: route.path
            for route in iter_route_contexts(scope["app"].routes)
            if route.endpoint is not None and route.path
        }
    templates: Mapping[Callable[..., Any] | None, str] = state.path_templates
    return templates.get(scope.get("endpoint"), _NO_ROUTE)


def _code(body: bytes) -> str:
    try:
        return str(json.loads(body).get("code", ""))
    except (ValueError, AttributeError):
        return ""

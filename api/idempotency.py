"""`Idempotency-Key`: a change that is sent twice is made once, and answered alike.

The request runs in one transaction, which also stores its answer: two at once wait for each other,
and a process that is killed after the commit leaves the answer for the next try. Only what was
answered well is kept: a request that was refused changed nothing, and may be sent again.
"""

import asyncio
import contextlib
import hashlib
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import IO, Any

import asyncpg
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import session_cookie
from api.access_recorder import path_template
from api.bodies import BodyTooSlow, skip_turn, too_large
from api.body_bounds import MOST_BYTES, SECONDS
from api.lent_connections import borrowed, lent
from api.problems import STORE_ERRORS, store_failed
from api.resources import Resources
from core.errors import Conflict, Refused, VitrinaError
from core.postgres import Connection
from core.problems import of_error
from core.shop import access, idempotency
from core.shop.access import SessionMissing, Visitor
from core.shop.catalogue_csv.reading import MAX_BYTES
from core.shop.files import LIMITS
from core.shop.idempotency import KEY_CHARACTERS, KeptAnswer, KeyReused

HEADER = "Idempotency-Key"
_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})  # no address knows another method
_OPENING = frozenset(
    {"/api/v1/enter", "/api/v1/leave"}
)  # they make and end sessions, whose keys these are
# Changes nothing, and waits for Telegram: the transaction would hold a connection meanwhile, and
# what it is told would be kept for a day.
_ASKING = frozenset({"/api/v1/bots/preview"})
_NOT_KEPT = _OPENING | _ASKING
# Of the largest file that a route takes; each has its own, smaller or equal.
_FILE_BYTES = max(MAX_BYTES, *(limit.size for limit in LIMITS.values()))
_FILE_SECONDS = 300.0
_PIECE_BYTES = 64 * 1024
_KEPT_HEADERS = frozenset({"content-type", "etag", "location"})


class KeyInvalid(Refused):
    code = "idempotency_key_invalid"

    def __init__(self) -> None:
        super().__init__(
            f"{HEADER}: 1 to {KEY_CHARACTERS} printable characters without spaces, like a UUID"
        )


class StillUnderWay(Conflict):
    """Another request with this key has not ended."""

    code = "idempotency_in_progress"

    def __init__(self) -> None:
        super().__init__("a request with this key is still under way: try again in a moment")
        self.retry_after = 1


def document(method: str, path: str | None, operation: dict[str, Any]) -> None:
    """Describes the header, and what it may be answered with, in an operation that changes
    something."""
    if method.upper() not in _CHANGING or path in _NOT_KEPT:
        return
    operation.setdefault("parameters", []).append(
        {
            "name": HEADER,
            "in": "header",
            "required": False,
            "description": "A name of your own for this change, like a UUID. Sent again within 24 "
            "hours with the same body, it gets the same answer, and nothing is done twice; with "
            "another one 422 `idempotency_key_reused`, while it is under way 409 "
            "`idempotency_in_progress`.",
            "schema": {"type": "string", "pattern": f"^[!-~]{{1,{KEY_CHARACTERS}}}$"},
        }
    )
    for status in (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY):
        problem = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        described = {"description": status.phrase, "content": problem}
        operation["responses"].setdefault(str(int(status)), described)


class KeepsAnswers:
    """Around the whole application; see above."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._turns = _Turns()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = _key(scope)
        cookie = session_cookie(Request(scope)) if key is not None else None
        if key is None or cookie is None:
            await self._app(scope, receive, send)
            return
        if not _is_valid(key):
            await of_error(KeyInvalid())(scope, receive, send)
            return
        try:
            async with _Body.begun(scope, receive) as body:
                answer = await self._answer(scope, body, cookie, key)
        except VitrinaError as error:
            answer = of_error(error)
        except asyncpg.LockNotAvailableError:
            answer = of_error(StillUnderWay())
        except STORE_ERRORS as error:
            answer = store_failed(error)
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope, body: "_Body", cookie: str, key: str) -> ASGIApp:
        """The body is read before the transaction begins: a slow sender holds no connection."""
        resources: Resources = scope["app"].state.resources
        try:
            async with resources.pool.acquire() as connection:
                visitor = await access.visitor(connection, cookie)
        except SessionMissing:
            return await self._run(scope, body.source)  # it will say so
        await body.read(resources.upload_bodies)
        skip_turn(scope)
        async with (
            self._turns.of((access.digest(cookie), key)),
            resources.pool.acquire() as connection,
        ):
            transaction = connection.transaction()
            await transaction.start()
            try:
                with lent(connection) as afterwards:
                    answer = await self._within(scope, body, resources, visitor, key)
            except BaseException:
                await transaction.rollback()
                raise
            # What broke has changed nothing; what was refused may have asked for a confirmation.
            await (transaction.rollback() if answer.status >= 500 else transaction.commit())
            if answer.status < 500:
                for act in afterwards:
                    act()
        return answer

    async def _within(
        self, scope: Scope, body: "_Body", resources: Resources, visitor: Visitor, key: str
    ) -> "_Answer":
        connection: Connection = borrowed()
        kept = await idempotency.begin(connection, resources.keys, visitor.session_id, key)
        if kept is not None:
            digest, kept_answer = kept
            if digest != body.digest():
                raise KeyReused("this key belongs to another request: make a new one")
            _note(scope, visitor, kept_answer.path)
            return _Answer.of(kept_answer)
        answer = await self._run(scope, body.receive)
        if 200 <= answer.status < 300:
            await idempotency.keep(
                connection,
                resources.keys,
                visitor.session_id,
                key,
                digest=body.digest(),
                answer=answer.kept(path_template(scope)),
            )
        elif answer.status < 500:
            # A statement that failed has undone the whole transaction already.
            with contextlib.suppress(asyncpg.InFailedSQLTransactionError):
                await idempotency.give_up(connection, visitor.session_id, key)
        return answer

    async def _run(self, scope: Scope, receive: Receive) -> "_Answer":
        answer = _Answer()
        await self._app(scope, receive, answer.take)
        return answer


def _key(scope: Scope) -> str | None:
    if scope["type"] != "http" or scope["method"] not in _CHANGING:
        return None
    if not scope["path"].startswith("/api/") or scope["path"] in _NOT_KEPT:
        return None
    return Headers(scope=scope).get(HEADER)


def _is_valid(key: str) -> bool:
    return 0 < len(key) <= KEY_CHARACTERS and all("!" <= each <= "~" for each in key)


def _note(scope: Scope, visitor: Visitor, path: str) -> None:
    """For the access log, which learns both from the route as a rule."""
    scope.setdefault("state", {})
    scope["state"]["visitor"] = visitor
    scope["state"]["path_template"] = path


class _Turns:
    """One request at a time with a key, so that those who wait hold no connection."""

    def __init__(self) -> None:
        self._locks: dict[tuple[bytes, str], asyncio.Lock] = {}
        self._users: Counter[tuple[bytes, str]] = Counter()

    @contextlib.asynccontextmanager
    async def of(self, name: tuple[bytes, str]) -> AsyncIterator[None]:
        """Raises StillUnderWay if the others take too long."""
        lock = self._locks.setdefault(name, asyncio.Lock())
        self._users[name] += 1
        try:
            try:
                async with asyncio.timeout(SECONDS):
                    await lock.acquire()
            except TimeoutError as error:
                raise StillUnderWay from error
            try:
                yield
            finally:
                lock.release()
        finally:
            self._users[name] -= 1
            if not self._users[name]:
                del self._users[name], self._locks[name]


@dataclass
class _Body:
    """A request's body, read and hashed before the request is answered."""

    source: Receive
    seconds: float
    _hashed: Any
    _file: IO[bytes]
    _is_whole: bool = False
    _is_given: bool = False

    @classmethod
    @contextlib.asynccontextmanager
    async def begun(cls, scope: Scope, receive: Receive) -> "AsyncIterator[_Body]":
        headers = Headers(scope=scope)
        hashed = hashlib.sha256()
        for part in (scope["method"], scope["path"], headers.get("if-match", "")):
            hashed.update(f"{part}\0".encode())
        if "if-none-match" in headers:  # a key of before this header was read stays the same
            hashed.update(f"if-none-match {headers['if-none-match']}\0".encode())
        hashed.update(scope["query_string"] + b"\0")
        seconds = SECONDS if "json" in headers.get("content-type", "json") else _FILE_SECONDS
        with tempfile.SpooledTemporaryFile(max_size=MOST_BYTES) as file:
            yield cls(receive, seconds, hashed, file)

    async def read(self, turns: asyncio.Semaphore) -> None:
        """What is no form of the panel takes a turn. Raises BodyTooLarge, BodyTooSlow."""
        try:
            async with asyncio.timeout(self.seconds):
                await self._read_up_to(MOST_BYTES)
                if not self._is_whole:
                    async with turns:
                        await self._read_up_to(_FILE_BYTES)
        except TimeoutError as error:
            raise BodyTooSlow(f"the body did not arrive within {self.seconds:g} s") from error
        if not self._is_whole:
            raise too_large(_FILE_BYTES)
        self._file.seek(0)

    async def _read_up_to(self, most: int) -> None:
        while not self._is_whole and self._file.tell() <= most:
            message = await self.source()
            if message["type"] != "http.request":
                raise BodyTooSlow("the sender has gone")
            piece = message.get("body", b"")
            self._hashed.update(piece)
            self._file.write(piece)
            self._is_whole = not message.get("more_body", False)

    async def receive(self) -> Message:
        """As the server's own `receive`, of a body that was read."""
        if self._is_given:
            return await self.source()
        piece = self._file.read(_PIECE_BYTES)
        self._is_given = len(piece) < _PIECE_BYTES
        return {"type": "http.request", "body": piece, "more_body": not self._is_given}

    def digest(self) -> bytes:
        """Of the whole request."""
        found: bytes = self._hashed.digest()
        return found


@dataclass
class _Answer:
    """An answer that is held back until its transaction has ended."""

    messages: list[Message] = field(default_factory=list)

    @classmethod
    def of(cls, kept: KeptAnswer) -> "_Answer":
        response = Response(kept.body, kept.status, dict(kept.headers))
        response.headers["Idempotency-Replayed"] = "true"
        start = {
            "type": "http.response.start",
            "status": kept.status,
            "headers": response.raw_headers,
        }
        return cls([start, {"type": "http.response.body", "body": kept.body}])

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"]) if self.messages else 500

    async def take(self, message: Message) -> None:
        self.messages.append(message)

    def kept(self, path: str) -> KeptAnswer:
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in self._headers}
        return KeptAnswer(
            self.status,
            {name: value for name, value in headers.items() if name in _KEPT_HEADERS},
            b"".join(message.get("body", b"") for message in self.messages[1:]),
            path,
        )

    @property
    def _headers(self) -> Iterable[tuple[bytes, bytes]]:
        found: Iterable[tuple[bytes, bytes]] = self.messages[0].get("headers", ())
        return found

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        for message in self.messages:
            await send(message)

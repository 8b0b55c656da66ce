"""Calls to other servers: never inside a transaction, with timeouts, retried, logged."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import aiohttp
import stamina
from pydantic import BaseModel
from yarl import URL

from bots.sdk.transaction import is_open

M = TypeVar("M", bound=BaseModel)

TRIES = 3
CALL_SECONDS = 10.0
ALL_SECONDS = 45.0
ANSWER_BYTES = 4 << 20
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


class OutsideError(Exception):
    """A call failed: no answer in time, or a failure that may be temporary."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a call; no status if there was no answer. Never the content or the key."""

    method: str
    host: str
    path: str
    attempt: int
    status: int | None
    error: str | None
    took_ms: int
    called_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """The other server's answer."""

    status: int
    body: bytes

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300

    def read(self, model: type[M]) -> M:
        """The body as a model; raises pydantic's ValidationError."""
        return model.model_validate_json(self.body)


class Http:
    """A module's client for other servers; `note` is called with each attempt."""

    def __init__(
        self, session: aiohttp.ClientSession, note: Callable[[Attempt], Awaitable[None]]
    ) -> None:
        self._session = session
        self._note = note

    async def call(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float = CALL_SECONDS,
        is_repeatable: bool | None = None,
    ) -> Answer:
        """Calls, and retries temporary failures up to three times: no connection, no answer in
        time, 408, 425, 429 and 5xx.

        A call that is not repeatable (by default all but GET, HEAD, PUT and DELETE) is retried only
        if the other server cannot have received it: if there was no connection. Any other status is
        an answer.

        Raises OutsideError, and RuntimeError inside a transaction: a slow server would keep the
        transaction's locks.
        """
        if is_open():
            raise RuntimeError("a call to another's server inside a transaction: do it in a job")
        repeatable = method in {"GET", "HEAD", "PUT", "DELETE"}
        if is_repeatable is not None:
            repeatable = is_repeatable
        passing: tuple[type[Exception], ...] = (
            (aiohttp.ClientError, TimeoutError, _Passing)
            if repeatable
            else (aiohttp.ClientConnectorError,)
        )
        target = URL(url)
        try:
            async for again in stamina.retry_context(
                on=passing, attempts=TRIES, timeout=ALL_SECONDS, wait_initial=0.2, wait_max=5.0
            ):
                with again:
                    return await self._try(
                        method,
                        target,
                        again.num,
                        seconds,
                        json=json,
                        params=params,
                        headers=headers,
                    )
        except (aiohttp.ClientError, TimeoutError, _Passing) as error:
            raise OutsideError(f"{target.host}: {error or type(error).__name__}") from error
        raise AssertionError("unreachable")

    async def _try(
        self, method: str, url: URL, number: int, seconds: float, **request: Any
    ) -> Answer:
        called_at, began = datetime.now(UTC), time.monotonic()
        status: int | None = None
        error: str | None = None
        try:
            async with self._session.request(
                method,
                url,
                timeout=aiohttp.ClientTimeout(total=seconds),
                allow_redirects=False,
                **request,
            ) as response:
                status = response.status
                body = await _bounded(response)
            if status in _PASSING:
                raise _Passing(f"answered {status}")
            return Answer(status, body)
        except (aiohttp.ClientError, TimeoutError) as failure:
            error = type(failure).__name__
            raise
        finally:
            took_ms = round((time.monotonic() - began) * 1000)
            await self._note(
                Attempt(method, url.host or "", url.path, number, status, error, took_ms, called_at)
            )


class _Passing(Exception):
    """A temporary failure as an answer."""


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    body = await response.content.read(ANSWER_BYTES + 1)
    while len(body) <= ANSWER_BYTES and not response.content.at_eof():
        body += await response.content.read(ANSWER_BYTES + 1 - len(body))
    if len(body) > ANSWER_BYTES:
        raise aiohttp.ClientPayloadError(f"an answer of over {ANSWER_BYTES} bytes")
    return body

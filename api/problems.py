"""What the API's problems (`core.problems`) look like, and what it answers without a store."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg
import structlog
from clickhouse_connect.driver.exceptions import Error as ClickHouseError
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ValidationError

from api.methods import methods_of
from core import problems
from core.clickhouse import MISSING_CODES
from core.errors import VitrinaError
from core.events import Bilingual
from core.postgres import MISSING_TABLES
from core.problems import POSTGRES_ERRORS, respond

log = structlog.get_logger()

# What a store that is away, or a query that fails, raises: an answer of 503, a stream's next try.
CLICKHOUSE_ERRORS = (ClickHouseError, aiohttp.ClientError)
STORE_ERRORS = (*POSTGRES_ERRORS, *CLICKHOUSE_ERRORS, OSError, TimeoutError)
# ClickHouse's TIMEOUT_EXCEEDED and TOO_SLOW; TOO_MANY_SIMULTANEOUS_QUERIES and
# MEMORY_LIMIT_EXCEEDED; TOO_MANY_ROWS and TOO_MANY_BYTES.
_TOO_LONG = frozenset({159, 160})
_TOO_MUCH_AT_ONCE = frozenset({202, 241})
_TOO_LARGE = _TOO_LONG | {158, 241, 307}


class PendingConfirmation(BaseModel):
    """What the owner was asked: send the same request with the header `Confirmation` of this id
    once he has confirmed it, before it expires."""

    id: UUID
    expires_at: datetime


class Problem(problems.Problem):
    """What went wrong (RFC 9457). `errors` names fields when the request itself is malformed;
    `explained` says it in both languages; `detail` is in the language asked for (`?lang=ru`,
    `Accept-Language`); `confirmation` belongs to `confirmation_needed`."""

    confirmation: PendingConfirmation | None = None


class SettingsInvalid(VitrinaError):
    """What was written of a module's settings does not fit its model; `errors` name the fields,
    like `settings.page_size`."""

    code = "settings_invalid"
    status = 422

    def __init__(self, error: ValidationError) -> None:
        found = error.errors(include_url=False, include_input=False)
        self.errors = problems.field_errors(found, "settings")
        super().__init__("; ".join(f"{item['field']}: {item['message']}" for item in self.errors))


class TooManyAttempts(VitrinaError):
    """Too many wrong links from one address, or from all; may be tried again after `retry_after`
    seconds."""

    code = "too_many_attempts"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many attempts with wrong links: wait {retry_after} seconds")
        self.retry_after = retry_after


class Busy(VitrinaError, TimeoutError):
    """More is asked at once than can be answered in time; may be tried again after `retry_after`
    seconds. For background work it is a store that is away."""

    code = "busy"
    status = 503
    retry_after = 1
    explained = Bilingual(
        "Сейчас слишком много запросов сразу: попробуйте ещё раз через секунду.",
        "too much is asked at once: try again in a second",
    )

    def __init__(self) -> None:
        super().__init__(self.explained.en)


@dataclass(frozen=True, slots=True)
class StoreProblem:
    """What an error of a store means for who asked; `retry_after` in seconds, if that may help."""

    status: int
    code: str
    explained: Bilingual
    retry_after: int | None = None


_BUSY = StoreProblem(503, Busy.code, Busy.explained, Busy.retry_after)
_TIMEOUT = StoreProblem(
    504,
    "query_timeout",
    Bilingual(
        "Ответ считался слишком долго и был остановлен: возьмите меньше магазинов или дней.",
        "the answer took too long and was stopped: ask for fewer shops or days",
    ),
)
_NOT_MIGRATED = StoreProblem(
    503,
    "store_not_migrated",
    Bilingual(
        "В хранилище нет таблицы этой версии: выполните `vitrina migrate`; если она раньше была, "
        "восстановите резервную копию.",
        "a store lacks a table of this version: run `vitrina migrate`; if it had one before, "
        "restore a backup",
    ),
)
_CLICKHOUSE_AWAY = StoreProblem(
    503,
    "clickhouse_unavailable",
    Bilingual(
        "Хранилище показателей недоступно. Магазины, боты, заказы и покупатели работают, "
        "показатели вернутся вместе с ним: ничего не потеряно.",
        "the figures' store is away: try again soon. Shops, bots, orders and customers work; "
        "nothing is lost",
    ),
    5,
)
_POSTGRES_AWAY = StoreProblem(
    503,
    "postgres_unavailable",
    Bilingual(
        "База данных недоступна: попробуйте ещё раз чуть позже.",
        "the database is away: try again soon",
    ),
    5,
)


def store_problem(error: BaseException) -> StoreProblem:
    """What one of STORE_ERRORS or MISSING_TABLES means."""
    code = error.code if isinstance(error, ClickHouseError) else None
    if isinstance(error, MISSING_TABLES) or code in MISSING_CODES:
        return _NOT_MIGRATED
    if isinstance(error, asyncpg.QueryCanceledError) or code in _TOO_LONG:
        return _TIMEOUT
    crowded = (Busy, asyncpg.TooManyConnectionsError, asyncpg.LockNotAvailableError)
    if isinstance(error, crowded) or code in _TOO_MUCH_AT_ONCE:
        return _BUSY
    return _CLICKHOUSE_AWAY if isinstance(error, CLICKHOUSE_ERRORS) else _POSTGRES_AWAY


def is_too_large(error: BaseException) -> bool:
    """Whether ClickHouse stopped a query for what it would cost: less of it may be read."""
    return isinstance(error, ClickHouseError) and error.code in _TOO_LARGE


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these statuses."""
    return {
        status: {"model": Problem, "description": HTTPStatus(status).phrase} for status in statuses
    }


async def _store_failed(_request: Request, error: Exception) -> JSONResponse:
    return store_failed(error)


def store_failed(error: BaseException) -> JSONResponse:
    """The answer to one of STORE_ERRORS or MISSING_TABLES."""
    problem = store_problem(error)
    log.error("a store failed", problem=problem.code, error=str(error))
    words = problem.explained
    response = respond(problem.status, problem.code, words.en, explained=words)
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


async def _method_not_allowed(request: Request, _error: Exception) -> JSONResponse:
    """A router knows the methods of one of the routes at an address; here all of them count."""
    methods = methods_of(request)
    if not methods:
        return respond(404, "unknown_address", "the API has no such address")
    allowed = ", ".join(methods)
    response = respond(405, "method_not_allowed", f"this address takes {allowed}")
    response.headers["Allow"] = allowed
    return response


def install(app: FastAPI) -> None:
    """Makes every error of the app a problem response."""
    problems.install(app)
    app.add_exception_handler(405, _method_not_allowed)
    for kind in (*STORE_ERRORS, *MISSING_TABLES):
        app.add_exception_handler(kind, _store_failed)

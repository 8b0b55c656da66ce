"""Errors as RFC 9457 problem details, with a stable `code` that the panel translates."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import aiohttp
import asyncpg
import structlog
from clickhouse_connect.driver.exceptions import Error as ClickHouseError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from core.errors import VitrinaError
from core.events import Bilingual

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"

# What a store that is away, or a query that fails, raises: an answer of 503, a stream's next try.
POSTGRES_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError)
CLICKHOUSE_ERRORS = (ClickHouseError, aiohttp.ClientError)
MISSING_TABLES = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError)
# Of ClickHouse: a table, database or column that is not there.
NO_SUCH_TABLE = re.compile(r"\b(UNKNOWN_TABLE|UNKNOWN_DATABASE|UNKNOWN_IDENTIFIER)\b")
NOT_MIGRATED = (
    "a store lacks a table of this version: run `vitrina migrate`; if it had one before, restore "
    "a backup"
)
STORE_ERRORS = (*POSTGRES_ERRORS, *CLICKHOUSE_ERRORS, OSError, TimeoutError)


class FieldProblem(BaseModel):
    """A part of the request that does not fit; `field` is its path, like `body.timezone`, `kind`
    what is wrong with it, for a translation (`string_too_long`), `values` what belongs in there."""

    field: str
    message: str
    kind: str | None = None
    values: dict[str, Any] | None = None


class Problem(BaseModel):
    """What went wrong (RFC 9457). `errors` names fields when the request itself is malformed;
    `explained` says it in both languages where the words depend on the case."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem] | None = None
    explained: dict[str, str] | None = None


class SettingsInvalid(VitrinaError):
    """What was written of a module's settings does not fit its model; `errors` name the fields,
    like `settings.page_size`."""

    code = "settings_invalid"
    status = 422

    def __init__(self, error: ValidationError) -> None:
        self.errors = [
            FieldProblem(
                field=".".join(("settings", *map(str, item["loc"]))),
                message=item["msg"],
                kind=item["type"],
                values={
                    name: value
                    for name, value in item.get("ctx", {}).items()
                    if isinstance(value, str | int | float | bool)
                }
                or None,
            )
            for item in error.errors(include_url=False, include_input=False)
        ]
        super().__init__("; ".join(f"{item.field}: {item.message}" for item in self.errors))


class TooManyAttempts(VitrinaError):
    """Too many wrong links from one address; may be tried again after `retry_after` seconds."""

    code = "too_many_attempts"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many attempts from your address: wait {retry_after} seconds")
        self.retry_after = retry_after


def respond(
    status: int,
    code: str,
    detail: str,
    errors: Sequence[FieldProblem] | None = None,
    explained: Bilingual | None = None,
) -> JSONResponse:
    """A problem as a response."""
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        errors=list(errors) if errors else None,
        explained={"ru": explained.ru, "en": explained.en} if explained else None,
    )
    return JSONResponse(
        problem.model_dump(exclude_none=True), status_code=status, media_type=MEDIA_TYPE
    )


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these statuses."""
    return {
        status: {"model": Problem, "description": HTTPStatus(status).phrase} for status in statuses
    }


async def _vitrina_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, VitrinaError)  # registered for this type alone
    errors = error.errors if isinstance(error, SettingsInvalid) else None
    explained = getattr(error, "explained", None)
    response = respond(error.status, error.code, error.detail, errors, explained)
    if (seconds := getattr(error, "retry_after", None)) is not None:
        response.headers["Retry-After"] = str(seconds)
    return response


async def _invalid_request(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # registered for this type alone
    # The rejected input is never repeated: it may hold a token.
    errors = [
        FieldProblem(field=".".join(map(str, item["loc"])), message=item["msg"])
        for item in error.errors()
    ]
    detail = "; ".join(f"{item.field}: {item.message}" for item in errors)
    return respond(422, "request_invalid", detail, errors)


async def _http_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # registered for this type alone
    status = HTTPStatus(error.status_code)
    response = respond(status, status.name.lower(), error.detail)
    response.headers.update(error.headers or {})
    return response


async def _store_away(_request: Request, error: Exception) -> JSONResponse:
    is_clickhouse = isinstance(error, CLICKHOUSE_ERRORS)
    if is_clickhouse and NO_SUCH_TABLE.search(str(error)):
        return await _not_migrated(_request, error)
    store = "clickhouse" if is_clickhouse else "postgres"
    log.error("a store failed", store=store, error=str(error))
    return respond(503, f"{store}_unavailable", "the figures' store is away: try again soon")


async def _not_migrated(_request: Request, error: Exception) -> JSONResponse:
    log.error("a store lacks a table: run vitrina migrate, or restore a backup", error=str(error))
    return respond(503, "store_not_migrated", NOT_MIGRATED)


async def _odd_value(_request: Request, _error: Exception) -> JSONResponse:
    return respond(422, "request_invalid", "a value holds what no text or number of ours may hold")


async def _unforeseen(_request: Request, _error: Exception) -> JSONResponse:
    return respond(500, "internal", "something broke on our side; it has been logged")


def install(app: FastAPI) -> None:
    """Makes every error of the app a problem response."""
    app.add_exception_handler(VitrinaError, _vitrina_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    for kind in STORE_ERRORS:
        app.add_exception_handler(kind, _store_away)
    for kind in MISSING_TABLES:
        app.add_exception_handler(kind, _not_migrated)
    app.add_exception_handler(asyncpg.DataError, _odd_value)
    app.add_exception_handler(Exception, _unforeseen)

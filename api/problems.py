"""What the API's problems (`core.problems`) look like, and what it answers without a store."""

from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

import aiohttp
import structlog
from clickhouse_connect.driver.exceptions import Error as ClickHouseError
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ValidationError

from core import problems
from core.clickhouse import MISSING_CODES
from core.errors import VitrinaError
from core.postgres import MISSING_TABLES
from core.problems import POSTGRES_ERRORS, respond

log = structlog.get_logger()

# What a store that is away, or a query that fails, raises: an answer of 503, a stream's next try.
CLICKHOUSE_ERRORS = (ClickHouseError, aiohttp.ClientError)
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


class PendingConfirmation(BaseModel):
    """What the owner was asked: send the same request with the header `Confirmation` of this id
    once he has confirmed it, before it expires."""

    id: UUID
    expires_at: datetime


class Problem(BaseModel):
    """What went wrong (RFC 9457). `errors` names fields when the request itself is malformed;
    `explained` says it in both languages where the words depend on the case; `confirmation` belongs
    to `confirmation_needed`."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem] | None = None
    explained: dict[str, str] | None = None
    confirmation: PendingConfirmation | None = None


class SettingsInvalid(VitrinaError):
    """What was written of a module's settings does not fit its model; `errors` name the fields,
    like `settings.page_size`."""

    code = "settings_invalid"
    status = 422

    def __init__(self, error: ValidationError) -> None:
        found = [
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
        self.errors = [item.model_dump(exclude_none=True) for item in found]
        super().__init__("; ".join(f"{item.field}: {item.message}" for item in found))


class TooManyAttempts(VitrinaError):
    """Too many wrong links from one address, or from all; may be tried again after `retry_after`
    seconds."""

    code = "too_many_attempts"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many attempts with wrong links: wait {retry_after} seconds")
        self.retry_after = retry_after


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these statuses."""
    return {
        status: {"model": Problem, "description": HTTPStatus(status).phrase} for status in statuses
    }


async def _store_away(_request: Request, error: Exception) -> JSONResponse:
    is_clickhouse = isinstance(error, CLICKHOUSE_ERRORS)
    if isinstance(error, ClickHouseError) and error.code in MISSING_CODES:
        return await _not_migrated(_request, error)
    store = "clickhouse" if is_clickhouse else "postgres"
    log.error("a store failed", store=store, error=str(error))
    return respond(503, f"{store}_unavailable", "the figures' store is away: try again soon")


async def _not_migrated(_request: Request, error: Exception) -> JSONResponse:
    log.error("a store lacks a table: run vitrina migrate, or restore a backup", error=str(error))
    return respond(503, "store_not_migrated", NOT_MIGRATED)


def install(app: FastAPI) -> None:
    """Makes every error of the app a problem response."""
    problems.install(app)
    for kind in STORE_ERRORS:
        app.add_exception_handler(kind, _store_away)
    for kind in MISSING_TABLES:
        app.add_exception_handler(kind, _not_migrated)

"""The intake's error answers: RFC 9457 problems, as in the panel's API."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from core import problems
from core.errors import VitrinaError
from core.postgres import MISSING_TABLES
from core.problems import POSTGRES_ERRORS, respond

log = structlog.get_logger()

STORE_ERRORS = (*POSTGRES_ERRORS, OSError, TimeoutError)


class CallInvalid(VitrinaError):
    """The call as a whole, or each of its events, does not conform to docs/intake.md."""

    code = "request_invalid"
    status = 422

    def __init__(self, detail: str, errors: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__(detail)
        self.errors = list(errors)


class SenderTooSlow(VitrinaError):
    code = "sender_too_slow"
    status = 408


async def _vitrina_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, VitrinaError)  # registered for this type alone
    response = problems.of_error(error)
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


async def _store_away(_request: Request, error: Exception) -> JSONResponse:
    log.error("the store failed", error=str(error) or type(error).__name__)
    response = respond(503, "store_unavailable", "nothing was taken: send the same call again soon")
    response.headers["Retry-After"] = "2"
    return response


async def _not_migrated(_request: Request, error: Exception) -> JSONResponse:
    log.error("PostgreSQL lacks a table: run vitrina migrate, or restore it", error=str(error))
    detail = (
        "nothing was taken: the store lacks a table of this version. Its operator runs "
        "`vitrina migrate`, or restores a backup; then send the same call again"
    )
    return respond(503, "store_not_migrated", detail)


async def _gone(_request: Request, _error: Exception) -> JSONResponse:
    return respond(400, "sender_gone", "the connection ended within the body: send it again")


def install(app: FastAPI) -> None:
    """Makes every error of the app a problem response."""
    problems.install(app)
    app.add_exception_handler(VitrinaError, _vitrina_error)
    for kind in STORE_ERRORS:
        app.add_exception_handler(kind, _store_away)
    for kind in MISSING_TABLES:
        app.add_exception_handler(kind, _not_migrated)
    app.add_exception_handler(ClientDisconnect, _gone)

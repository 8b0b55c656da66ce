"""What the intake answers when it cannot take something: RFC 9457 problems, as the panel's API."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import asyncpg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from core.errors import VitrinaError

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
STORE_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


class CallInvalid(VitrinaError):
    """The call as a whole, or each event of it, is not as docs/intake.md says."""

    code = "request_invalid"
    status = 422

    def __init__(self, detail: str, errors: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__(detail)
        self.errors = list(errors)


class SenderTooSlow(VitrinaError):
    code = "sender_too_slow"
    status = 408


def respond(
    status: int, code: str, detail: str, errors: Sequence[dict[str, Any]] = ()
) -> JSONResponse:
    """A problem as a response; `errors` names what is wrong, part by part."""
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if errors:
        problem["errors"] = list(errors)
    return JSONResponse(problem, status_code=status, media_type=MEDIA_TYPE)


async def _vitrina_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, VitrinaError)  # registered for this type alone
    errors = error.errors if isinstance(error, CallInvalid) else ()
    response = respond(error.status, error.code, error.detail, errors)
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


async def _invalid_request(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # registered for this type alone
    errors = [
        {"field": ".".join(map(str, item["loc"])), "message": item["msg"]}
        for item in error.errors()
    ]
    detail = "; ".join(f"{item['field']}: {item['message']}" for item in errors)
    return respond(422, "request_invalid", detail, errors)


async def _http_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # registered for this type alone
    status = HTTPStatus(error.status_code)
    response = respond(status, status.name.lower(), error.detail)
    response.headers.update(error.headers or {})
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


async def _odd_value(_request: Request, _error: Exception) -> JSONResponse:
    return respond(422, "request_invalid", "a value holds what no text or number of ours may hold")


async def _gone(_request: Request, _error: Exception) -> JSONResponse:
    return respond(400, "sender_gone", "the connection ended within the body: send it again")


async def _unforeseen(_request: Request, _error: Exception) -> JSONResponse:
    return respond(500, "internal", "something broke on our side; it has been logged")


def install(app: FastAPI) -> None:
    """Makes every error of the app a problem response."""
    app.add_exception_handler(VitrinaError, _vitrina_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    for kind in STORE_ERRORS:
        app.add_exception_handler(kind, _store_away)
    for kind in (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError):
        app.add_exception_handler(kind, _not_migrated)
    app.add_exception_handler(asyncpg.DataError, _odd_value)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _unforeseen)

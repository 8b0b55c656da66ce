"""Errors as RFC 9457 problem details, with a stable `code`: the same answers in API and intake."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from core.errors import VitrinaError
from core.events import Bilingual

MEDIA_TYPE = "application/problem+json"
POSTGRES_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError)


def respond(
    status: int,
    code: str,
    detail: str,
    errors: Sequence[Mapping[str, Any]] = (),
    explained: Bilingual | None = None,
    extra: Mapping[str, Any] | None = None,
) -> JSONResponse:
    """A problem as a response.

    `errors` has one entry for each invalid part; `explained` says it in both languages where the
    words depend on the case; `extra` is what else belongs to this code.
    """
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if errors:
        problem["errors"] = [dict(each) for each in errors]
    if explained is not None:
        problem["explained"] = {"ru": explained.ru, "en": explained.en}
    problem |= extra or {}
    return JSONResponse(problem, status_code=status, media_type=MEDIA_TYPE)


def of_error(error: VitrinaError) -> JSONResponse:
    """An error of ours; it may have `errors`, `explained`, `extra`, `retry_after` in seconds, and
    the `etag` of what it is about."""
    response = respond(
        error.status,
        error.code,
        error.detail,
        getattr(error, "errors", ()),
        getattr(error, "explained", None),
        getattr(error, "extra", None),
    )
    if (seconds := getattr(error, "retry_after", None)) is not None:
        response.headers["Retry-After"] = str(seconds)
    if (etag := getattr(error, "etag", None)) is not None:
        response.headers["ETag"] = f'"{etag}"'
    return response


async def _vitrina_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, VitrinaError)  # registered for this type alone
    return of_error(error)


async def _invalid_request(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # registered for this type alone
    # The rejected input is never repeated: it may hold a token.
    errors = [
        {"field": ".".join(map(str, item["loc"])), "message": item["msg"]}
        for item in error.errors()
    ]
    detail = "; ".join(f"{item['field']}: {item['message']}" for item in errors)
    return respond(422, "request_invalid", detail, errors)


async def _http_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # registered for this type alone
    status = HTTPStatus(error.status_code)
    code = getattr(error, "code", status.name.lower())
    response = respond(status, code, error.detail)
    response.headers.update(error.headers or {})
    return response


async def _odd_value(_request: Request, _error: Exception) -> JSONResponse:
    return respond(422, "request_invalid", "a value holds what no text or number of ours may hold")


async def _unforeseen(_request: Request, _error: Exception) -> JSONResponse:
    return respond(500, "internal", "something broke on our side; it has been logged")


def install(app: FastAPI) -> None:
    """Makes every error of the app a problem response; the answer when a store is away is the app's
    own."""
    app.add_exception_handler(VitrinaError, _vitrina_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(asyncpg.DataError, _odd_value)
    app.add_exception_handler(Exception, _unforeseen)

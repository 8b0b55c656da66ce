"""Errors as RFC 9457 problem details, with a stable `code`: the same answers in API and intake."""

import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from core.errors import VitrinaError
from core.events import Bilingual
from core.languages import Language, language_asked
from core.problem_texts import problem_texts, russian_message

MEDIA_TYPE = "application/problem+json"
POSTGRES_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError)


class FieldProblem(BaseModel):
    """A part of the request that does not fit; `field` is its path, like `body.timezone`, `kind`
    what is wrong with it, for a translation (`string_too_long`), `values` what belongs in there."""

    field: str
    message: str
    kind: str | None = None
    values: dict[str, Any] | None = None


class Problem(BaseModel):
    """What went wrong (RFC 9457). `errors` names fields when the request itself is malformed;
    `explained` says it in both languages; `detail` is in the language asked for (`?lang=ru`,
    `Accept-Language`)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem] | None = None
    explained: dict[str, str] | None = None


class _ProblemResponse(JSONResponse):
    media_type = MEDIA_TYPE

    def render(self, content: Any) -> bytes:
        # What a caller sent may be named in it, and hold what no UTF-8 does: half a character.
        return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")


def respond(
    status: int,
    code: str,
    detail: str,
    errors: Sequence[Mapping[str, Any]] = (),
    explained: Bilingual | None = None,
    extra: Mapping[str, Any] | None = None,
) -> JSONResponse:
    """A problem as a response, in the language that the request asks for.

    `errors` has one entry for each invalid part; `explained` says it in both languages where the
    words depend on the case, and is otherwise the text of the code; `extra` is what else belongs to
    this code. `detail` is the English one: a Russian answer has what is explained instead.
    """
    language = language_asked()
    texts = explained or problem_texts().codes.get(code)
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": texts.ru if texts and language == "ru" else detail,
        "code": code,
    }
    if errors:
        problem["errors"] = [_in_language(each, language) for each in errors]
    if texts is not None:
        problem["explained"] = {"ru": texts.ru, "en": texts.en}
    problem |= extra or {}
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    return _ProblemResponse(problem, status_code=status, headers=headers)


def _in_language(error: Mapping[str, Any], language: Language) -> dict[str, Any]:
    said = dict(error)
    if language == "ru":
        message = russian_message(said.get("kind"), said.get("values"))
        said["message"] = message or said["message"]
    return said


def field_errors(errors: Iterable[Mapping[str, Any]], *within: str) -> list[dict[str, Any]]:
    """What pydantic found, as `errors` of a problem; paths begin with `within`. What was sent is
    never repeated: it may hold a token."""
    return [
        {"field": ".".join(map(str, (*within, *each["loc"]))), "message": each["msg"]}
        | {"kind": each["type"]}
        | ({"values": values} if (values := _plain(each.get("ctx", {}))) else {})
        for each in errors
    ]


def _plain(context: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in context.items() if isinstance(value, str | int | float)}


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
    errors = field_errors(error.errors())
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

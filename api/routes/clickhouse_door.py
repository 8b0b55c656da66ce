"""ClickHouse's HTTP interface for analysts, behind the panel's address.

A key of `core.shop.analyst_keys` stands for the password; what is asked goes on to ClickHouse as
its read-only user, within that user's limits, and the answer comes back as it is. So keys are
given, rotated and ended in the panel, and ClickHouse itself needs no open port.
"""

import base64
import binascii
from collections.abc import AsyncIterator, Mapping

import aiohttp
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse, StreamingResponse

from api.analysts import AnalystsUnset
from api.places import place_of
from api.resources import Resources, UsesResources
from api.routes.analyst_keys import PATH, USER
from core.errors import VitrinaError
from core.shop import analyst_keys

router = APIRouter(include_in_schema=False)

_BODY_BYTES = 64 << 20
_CHUNK_BYTES = 1 << 16
# Who asks is said by the key; a session's tables would be all analysts' own.
_DROPPED = frozenset({"user", "password", "role", "quota_key", "session_id", "session_timeout"})
_PASSED = frozenset({"content-type", "content-encoding", "accept-encoding", "accept"})


class AnalystKeyInvalid(VitrinaError):
    """Unknown, expired and revoked keys are answered alike."""

    code = "analyst_key_invalid"
    status = 401

    def __init__(self) -> None:
        super().__init__(f"take the user {USER} and a key of the panel as password")


class BodyTooLarge(VitrinaError):
    code = "body_too_large"
    status = 413


def _said(request: Request) -> tuple[str, str]:
    """User and password in any of the three ways that clients of ClickHouse have."""
    headers = request.headers
    if "x-clickhouse-key" in headers:
        return headers.get("x-clickhouse-user", ""), headers["x-clickhouse-key"]
    kind, _, encoded = headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return user, password
    query = request.query_params
    return query.get("user", ""), query.get("password", "")


async def _let_in(request: Request, resources: Resources) -> None:
    """Raises AnalystKeyInvalid, TooManyAttempts."""
    user, password = _said(request)
    async with resources.pool.acquire() as connection:
        if user == USER and await analyst_keys.opens(connection, password):
            return
    address = str(place_of(request).address)
    resources.throttle.check(address)
    resources.throttle.record(address)
    raise AnalystKeyInvalid


async def _body(request: Request) -> AsyncIterator[bytes]:
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > _BODY_BYTES:
            raise BodyTooLarge(f"a query has at most {_BODY_BYTES} bytes")
        if piece:
            yield piece


@router.get(f"{PATH}/ping")
async def ping() -> Response:
    """What clients ask before they connect."""
    return PlainTextResponse("Ok.\n")


@router.api_route(PATH, methods=["GET", "POST"])
@router.api_route(f"{PATH}/", methods=["GET", "POST"])
async def ask(request: Request, resources: UsesResources) -> Response:
    """A query, and ClickHouse's answer to it."""
    await _let_in(request, resources)
    if resources.analysts is None:
        raise AnalystsUnset
    parameters = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if name.lower() not in _DROPPED
    ]
    headers = {name: value for name, value in request.headers.items() if name in _PASSED}
    answer = await resources.analysts.send(
        request.method,
        parameters,
        headers,
        _body(request) if request.method == "POST" else None,
    )
    return StreamingResponse(
        _relayed(answer), status_code=answer.status, headers=_returned(answer.headers)
    )


def _returned(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in headers.items()
        if name.lower() in ("content-type", "content-encoding") or name.lower().startswith("x-cl")
    }


async def _relayed(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """The answer in pieces; if ClickHouse breaks off, so does this, and whoever leaves stops the
    query."""
    try:
        async for piece in answer.content.iter_chunked(_CHUNK_BYTES):
            yield piece
    finally:
        answer.close()

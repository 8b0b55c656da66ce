"""What a request's body may be: each route's limit (`max_body_size`) and a limit of time, with
problems as answers."""

import asyncio

from fastapi import FastAPI, Request, Response
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import MAX_BODY_SIZE_SCOPE_KEY
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.bodies import BodyTooLarge, BodyTooSlow, too_large
from core.problems import MEDIA_TYPE, of_error

# Of routes that do not say otherwise: a form of the panel, with room.
MOST_BYTES = 512 * 1024
# Seconds for a whole body of JSON; files have limits of their own.
SECONDS = 30.0


class BoundsBodies:
    """Ends slow bodies, and says in our words what FastAPI says about too large ones."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_json(scope):
            await self._app(scope, receive, _worded(scope, receive, send))
            return
        deadline = asyncio.get_running_loop().time() + SECONDS
        is_whole = False

        async def receive_in_time() -> Message:
            nonlocal is_whole
            if is_whole:  # what comes now is the end of the connection
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError as error:
                raise _TooSlow from error
            is_whole = not message.get("more_body", False)
            return message

        await self._app(scope, receive_in_time, _worded(scope, receive, send))


class _TooSlow(HTTPException):
    """FastAPI passes this kind on while it reads a body."""

    code = BodyTooSlow.code

    def __init__(self) -> None:
        super().__init__(
            BodyTooSlow.status,
            f"the body did not arrive within {SECONDS:g} s",
            {"Connection": "close"},
        )


def _has_json(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return (
        "content-length" in headers or "transfer-encoding" in headers
    ) and "json" in headers.get("content-type", "json")


def _worded(scope: Scope, receive: Receive, send: Send) -> Send:
    """Replaces an answer of 413 that is no problem of ours."""
    is_replaced = False

    async def send_worded(message: Message) -> None:
        nonlocal is_replaced
        if message["type"] == "http.response.start" and message["status"] == BodyTooLarge.status:
            media_type = Headers(raw=message["headers"]).get("content-type", "")
            is_replaced = not media_type.startswith(MEDIA_TYPE)
            if is_replaced:
                await of_error(too_large(scope[MAX_BODY_SIZE_SCOPE_KEY]))(scope, receive, send)
        if not is_replaced:
            await send(message)

    return send_worded


async def _too_large(request: Request, _error: Exception) -> Response:
    return of_error(too_large(request.scope[MAX_BODY_SIZE_SCOPE_KEY]))


def install(app: FastAPI) -> None:
    """Bounds every body of the app; call it before other middleware is added."""
    app.add_exception_handler(BodyTooLarge.status, _too_large)
    app.add_middleware(BoundsBodies)

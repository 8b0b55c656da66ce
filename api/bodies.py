"""Request bodies other than JSON: read up to a limit of size and time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import IO

from starlette.requests import ClientDisconnect, Request
from starlette.types import Scope

from core.errors import VitrinaError


class BodyTooLarge(VitrinaError):
    code = "body_too_large"
    status = 413


class BodyTooSlow(VitrinaError):
    code = "body_too_slow"
    status = 408


class EncodingUnknown(VitrinaError):
    code = "encoding_unknown"
    status = 415


def skip_turn(scope: Scope) -> None:
    """The body of this request is here already: it waits for no turn."""
    scope.setdefault("state", {})["skips_turn"] = True


@contextlib.asynccontextmanager
async def turn(request: Request, turns: asyncio.Semaphore) -> AsyncIterator[None]:
    """For reading a large body: few are read at once."""
    if getattr(request.state, "skips_turn", False):
        yield
        return
    async with turns:
        yield


async def receive(request: Request, file: IO[bytes], limit: int, *, seconds: float) -> None:
    """Writes the body into `file` and rewinds it.

    Raises BodyTooLarge as soon as it exceeds `limit` bytes, BodyTooSlow after `seconds`,
    EncodingUnknown if it is compressed.
    """
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise EncodingUnknown("send the body as it is, not compressed")
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise too_large(limit)
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise too_large(limit)
                file.write(chunk)
    except TimeoutError as error:
        raise BodyTooSlow(f"the body did not arrive within {seconds:g} s") from error
    except ClientDisconnect as error:
        raise BodyTooSlow("the sender has gone") from error
    file.seek(0)


def too_large(limit: int) -> BodyTooLarge:
    """The error of a body of more bytes than that."""
    return BodyTooLarge(f"the body is over {limit // 1024} KiB")

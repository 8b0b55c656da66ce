"""The overview as a stream of server-sent events."""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from api.access import AnyVisitor, session_cookie
from api.figures import Overview
from api.live import LiveHub, View
from api.problems import documented
from api.resources import UsesResources
from api.routes.overview import ChosenView
from core.shop.access import Visitor

router = APIRouter(tags=["overview"])


class EventStream(StreamingResponse):
    media_type = "text/event-stream"


@router.get(
    "/live",
    response_class=EventStream,
    responses=documented(401, 404, 422)
    | {200: {"model": Overview, "description": "Events `overview`; `data` is an Overview"}},
)
async def live(
    view: ChosenView, visitor: AnyVisitor, request: Request, resources: UsesResources
) -> EventStream:
    """Pushes `overview` when events have arrived, at most every 0.55 s, and every 15 s in any case;
    comments keep the connection open. Ends when the session is revoked or expires."""
    cookie = session_cookie(request) or ""
    return EventStream(
        _messages(resources.hub, view, cookie, visitor),
        headers={"X-Accel-Buffering": "no"},  # nginx passes each event on at once
    )


@router.get(
    "/live/bots",
    response_class=EventStream,
    responses=documented(401) | {200: {"description": "Events `bots`, without data"}},
)
async def live_bots(visitor: AnyVisitor, request: Request, resources: UsesResources) -> EventStream:
    """Pushes `bots` at once and whenever a bot's state, or what its owner must know, has changed:
    then ask `/shops` and `/attention`. Ends when the session is revoked or expires."""
    cookie = session_cookie(request) or ""
    return EventStream(
        _changes(resources.hub, cookie, visitor), headers={"X-Accel-Buffering": "no"}
    )


async def _changes(hub: LiveHub, cookie: str, visitor: Visitor) -> AsyncIterator[bytes]:
    with hub.watch(cookie, visitor) as follower:
        async for message in follower.messages():
            yield message


async def _messages(
    hub: LiveHub, view: View, cookie: str, visitor: Visitor
) -> AsyncIterator[bytes]:
    with hub.follow(view, cookie, visitor) as follower:
        async for message in follower.messages():
            yield message

"""The overview as a stream of server-sent events, and the same by asking again and again."""

from contextlib import AbstractContextManager
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api import answer_cache
from api.access import AnyVisitor, session_cookie
from api.figures import Overview
from api.followers import Follower
from api.live_topics import View
from api.problems import documented
from api.resources import UsesResources
from api.routes.overview import ChosenView

router = APIRouter(tags=["overview"])

MOST_SHOPS_EACH = 100


class EventStream(StreamingResponse):
    """A stream that is counted from its first byte to its last."""

    media_type = "text/event-stream"

    def __init__(self, opening: AbstractContextManager[Follower]) -> None:
        # nginx passes each event on at once
        super().__init__(iter(()), headers={"X-Accel-Buffering": "no"})
        self._opening = opening

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._opening as follower:
            self.body_iterator = follower.messages()
            await super().__call__(scope, receive, send)


@router.get(
    "/live",
    status_code=200,
    response_class=EventStream,
    responses=documented(401, 404, 422, 429, 503)
    | {200: {"model": Overview, "description": "Events `overview`; `data` is an Overview"}},
)
async def live(
    view: ChosenView,
    visitor: AnyVisitor,
    request: Request,
    resources: UsesResources,
    each: Annotated[
        bool, Query(description="An overview of each shop, instead of one of all together.")
    ] = False,
    last_event_id: Annotated[
        str, Header(max_length=4096, description="The id of the last event that you have.")
    ] = "",
) -> EventStream:
    """Pushes `overview` when events have arrived, at most every 0.55 s, and every 15 s in any case;
    comments keep the connection open. `degraded`, with a problem as data, when the figures cannot
    be read; the next `overview` ends that. With `Last-Event-ID` nothing is sent that you have.
    Ends within a second when the session is revoked or expires, and with a `retry` when the server
    stops. 429 if the session has too many streams."""
    views = [view]
    if each:
        if len(view.shops) > MOST_SHOPS_EACH:
            words = f"choose at most {MOST_SHOPS_EACH} shops"
            raise RequestValidationError(
                [{"loc": ("query", "shops"), "msg": words, "type": "too_long"}]
            )
        views = [View((shop,), view.period) for shop in view.shops]
    cookie = session_cookie(request) or ""
    return EventStream(resources.hub.follow(views, cookie, visitor, last_event_id))


@router.get(
    "/live/overview",
    responses=documented(401, 404, 422, 503)
    | {
        200: {"model": Overview},
        304: {"description": "Nothing has changed since the answer with that ETag"},
    },
)
async def live_overview(
    view: ChosenView,
    resources: UsesResources,
    if_none_match: Annotated[str | None, Header(description="The ETag of an answer.")] = None,
) -> Response:
    """What the stream would send now, for where streams do not get through: ask every few seconds.
    All who ask share one reading with each other and with the streams."""
    snapshot = await resources.hub.snapshot(view)
    tag = f'"{snapshot.tag}"'
    headers = {"ETag": f"W/{tag}"} | answer_cache.kept_by(resources.settings)  # weak: `as_of`
    if answer_cache.matches(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return Response(snapshot.body, media_type="application/json", headers=headers)


@router.get(
    "/live/bots",
    status_code=200,
    response_class=EventStream,
    responses=documented(401, 429, 503) | {200: {"description": "Events `bots`, without data"}},
)
async def live_bots(visitor: AnyVisitor, request: Request, resources: UsesResources) -> EventStream:
    """Pushes `bots` at once and whenever a bot's state, or what its owner must know, has changed:
    then ask `/shops` and `/attention`. Ends as the stream of the overview does."""
    return EventStream(resources.hub.watch(session_cookie(request) or "", visitor))

"""A shop's links: where they lead, what they cost, what they brought."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Annotated, Literal

import segno
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field

from api.access import AnyVisitor, Owner, shop_transaction
from api.cursors import CursorInvalid, cursor_of, numbers_of
from api.leaving import unless_left
from api.problems import documented
from api.resources import UsesResources
from api.routes.metrics import Day
from api.routes.shops import ShopId
from api.source_figures import SourceFigures, read_figures
from api.versions import SeenTag
from core.errors import Refused
from core.postgres import Connection
from core.shop import bots, rates, source_costs, sources
from core.shop.source_costs import Cost, CostDraft
from core.shop.sources import (
    Filter,
    Place,
    Sort,
    Source,
    SourceChange,
    SourceDraft,
    Words,
)
from core.zones import day_of

router = APIRouter(prefix="/shops/{shop_id}/sources", tags=["sources"])

SourceId = Annotated[int, Path(gt=0, lt=2**31)]
MOST_DAYS = 400


class NoBot(Refused):
    """No bot of the shop has a name yet that a link could lead to."""

    code = "no_bot_to_link"


class DaysInvalid(Refused):
    code = "range_invalid"


class BotLink(BaseModel):
    """Where the link leads: into one of the shop's bots."""

    bot_id: int
    address: str = Field(examples=["https://t.me/tea_bot?start=insta_may"])


class SourceView(Source):
    links: list[BotLink]


class SourcesPage(BaseModel):
    """`next` is the cursor of the following page; none on the last."""

    sources: list[SourceView]
    next: str | None


async def _named_bots(connection: Connection, shop_id: int) -> dict[int, str]:
    found = await bots.of_shops(connection, [shop_id])
    return {bot.id: bot.username for bot in found if bot.username}


def _view(source: Source, names: dict[int, str]) -> SourceView:
    links = [
        BotLink(bot_id=bot_id, address=f"https://t.me/{name}?start={source.code}")
        for bot_id, name in names.items()
    ]
    return SourceView(**source.model_dump(), links=links)


async def _filter(
    words: Annotated[
        Words, Query(description="A part of the code, name, campaign or medium.")
    ] = "",
    campaign: Annotated[Words | None, Query()] = None,
    medium: Annotated[Words | None, Query()] = None,
    archived: Annotated[
        bool, Query(description="Those that were archived, and no others.")
    ] = False,
) -> Filter:
    return Filter(words, campaign, medium, archived)


@router.get("", responses=documented(401, 404, 422))
async def list_sources(
    shop_id: ShopId,
    visitor: AnyVisitor,
    resources: UsesResources,
    chosen: Annotated[Filter, Depends(_filter)],
    sort: Annotated[Sort, Query()] = "newest",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[
        str | None, Query(max_length=80, description="`next` of the page before.")
    ] = None,
) -> SourcesPage:
    """Links, also those that shoppers came by and nobody made here."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        place = await _place(connection, shop_id, after)
        found = await sources.page(
            connection, shop_id, chosen, sort=sort, size=limit + 1, after=place
        )
        names = await _named_bots(connection, shop_id)
    shown = found[:limit]
    more = cursor_of((shown[-1].id,)) if len(found) > limit else None
    return SourcesPage(sources=[_view(each, names) for each in shown], next=more)


async def _place(connection: Connection, shop_id: int, after: str | None) -> Place | None:
    """A link is never deleted, so its number is enough for either order."""
    if after is None:
        return None
    (number,) = numbers_of(after, (2**31 - 1,))
    try:
        source = await sources.get(connection, shop_id, number)
    except sources.SourceNotFound as error:
        raise CursorInvalid("after: send `next` of the page before, unchanged") from error
    return Place(source.id, source.code)


@router.post("", status_code=201, responses=documented(401, 403, 404, 409, 422))
async def create_source(
    shop_id: ShopId, draft: SourceDraft, visitor: Owner, resources: UsesResources
) -> SourceView:
    """Makes a link. 409 `source_taken`, 422 `too_many_sources`."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, shop):
        made = await sources.create(connection, shop, draft)
        return _view(made, await _named_bots(connection, shop_id))


class FiguresOfSources(BaseModel):
    """What each link brought in the range, by the dictionary's metrics: `touch` says which of a
    shopper's links counts. Costs are those that were entered here."""

    first: date
    last: date
    touch: str
    figures: list[SourceFigures]
    costs: list[Cost]


@router.get("/figures", responses=documented(401, 404, 422, 503))
async def read_source_figures(
    shop_id: ShopId,
    request: Request,
    visitor: AnyVisitor,
    resources: UsesResources,
    first: Annotated[Day, Query(alias="from")],
    last: Annotated[Day, Query(alias="to", description="The last day, included.")],
    touch: Annotated[Literal["first", "last", "last_significant"], Query()] = "first",
) -> FiguresOfSources:
    """Starts, buyers, revenue, CAC, CPA and ROAS of each link, the best sellers first; CAC and ROAS
    are unknown without a cost."""
    _check(first, last)
    async with shop_transaction(resources, visitor, shop_id) as (connection, shop):
        costs = await source_costs.of_shop(connection, shop_id, first, last)
        known = await rates.of_shop(connection, shop_id)
    # Without a connection to PostgreSQL, which others need while ClickHouse is slow.
    figures = await unless_left(request, read_figures(resources, shop, known, (first, last), touch))
    return FiguresOfSources(first=first, last=last, touch=touch, figures=figures, costs=costs)


def _check(first: date, last: date) -> None:
    if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
        raise DaysInvalid(f"from {first} to {last}: take 1 to {MOST_DAYS} days, the first first")


@router.get("/{source_id}", responses=documented(401, 404, 422))
async def read_source(
    shop_id: ShopId, source_id: SourceId, visitor: AnyVisitor, resources: UsesResources
) -> SourceView:
    """One link. 404 `source_not_found`."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        source = await sources.get(connection, shop_id, source_id)
        return _view(source, await _named_bots(connection, shop_id))


@router.put("/{source_id}", responses=documented(401, 403, 404, 412, 422, 428))
async def change_source(
    shop_id: ShopId,
    source_id: SourceId,
    draft: SourceChange,
    seen: SeenTag,
    visitor: Owner,
    resources: UsesResources,
) -> SourceView:
    """Changes how the link is called, or archives it; its code stays. 404 `source_not_found`, 412
    `changed_meanwhile` if it is not of the `version` in If-Match any more."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        changed = await sources.change(connection, shop_id, source_id, draft, seen=seen)
        return _view(changed, await _named_bots(connection, shop_id))


@router.get(
    "/{source_id}/qr.{picture}",
    response_class=Response,
    responses=documented(401, 404, 422)
    | {
        200: {
            "content": {
                "image/svg+xml": {"schema": {"type": "string"}},
                "image/png": {"schema": {"type": "string", "format": "binary"}},
            },
            "description": "To be printed",
        }
    },
)
async def draw_source(
    shop_id: ShopId,
    source_id: SourceId,
    picture: Literal["svg", "png"],
    visitor: AnyVisitor,
    resources: UsesResources,
    bot_id: Annotated[
        int | None, Query(gt=0, lt=2**63, description="Which bot. Default: the shop's oldest.")
    ] = None,
) -> Response:
    """The link as a QR picture. 404 `source_not_found`; 422 `no_bot_to_link` while no bot of the
    shop has a name."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        source = await sources.get(connection, shop_id, source_id)
        names = await _named_bots(connection, shop_id)
    links = [each for each in _view(source, names).links if bot_id in (None, each.bot_id)]
    if not links:
        raise NoBot("no such bot of the shop has a name yet: connect it, and let it start")
    drawn = BytesIO()
    segno.make(links[0].address, micro=False, error="m").save(drawn, kind=picture, scale=10)
    kinds = {"svg": "image/svg+xml", "png": "image/png"}
    name = f'inline; filename="{source.code}.{picture}"'
    return Response(
        drawn.getvalue(), media_type=kinds[picture], headers={"Content-Disposition": name}
    )


@router.get("/{source_id}/costs", responses=documented(401, 404, 422))
async def list_costs(
    shop_id: ShopId,
    source_id: SourceId,
    visitor: AnyVisitor,
    resources: UsesResources,
    first: Annotated[Day | None, Query(alias="from")] = None,
    last: Annotated[Day | None, Query(alias="to", description="The last day, included.")] = None,
) -> list[Cost]:
    """What the link cost, by day; by default in the last 60 days."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, shop):
        await sources.get(connection, shop_id, source_id)
        until = last or day_of(datetime.now(UTC), shop.timezone)
        since = first or until - timedelta(days=source_costs.DAYS)
        _check(since, until)
        return await source_costs.of_shop(connection, shop_id, since, until, source_id)


@router.put("/{source_id}/costs/{day}", responses=documented(401, 403, 404, 422))
async def set_cost(
    shop_id: ShopId,
    source_id: SourceId,
    day: Day,
    draft: CostDraft,
    visitor: Owner,
    resources: UsesResources,
) -> Cost:
    """Sets all that the link cost on one of the shop's days; its figures follow within the hour.
    422 `cost_out_of_time` beyond the last 60 days."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, shop):
        now = datetime.now(UTC)
        return await source_costs.set_cost(connection, shop, source_id, day, draft, now)


@router.delete(
    "/{source_id}/costs/{day}", status_code=204, responses=documented(401, 403, 404, 422)
)
async def drop_cost(
    shop_id: ShopId, source_id: SourceId, day: Day, visitor: Owner, resources: UsesResources
) -> None:
    """The link cost nothing on that day. 422 `cost_out_of_time` beyond the last 60 days."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, shop):
        await source_costs.drop_cost(connection, shop, source_id, day, datetime.now(UTC))

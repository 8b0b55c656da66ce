"""What becomes of a shop's people: cohorts, the funnel of any steps, and RFM segments."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from api import cohorts, funnels, segments
from api.access import AnyVisitor, shop_transaction, visible_shop
from api.asked import Variant
from api.cohorts import Cohort, CohortAge, CohortGrain
from api.cursors import cursor_of, numbers_of
from api.funnels import FunnelKey, FunnelPart, StepUsers
from api.key_access import open_to_keys
from api.leaving import unless_left
from api.metrics_query import labels_of
from api.problems import documented
from api.ranges import Days, checked, stretch
from api.resources import Resources, UsesResources
from api.routes.metrics import Day
from api.routes.shops import ShopId
from api.segments import Scores, Segment, SegmentSize
from core.funnel_steps import STEP_DAYS, STEPS
from core.shop import customer_list
from core.shop.access import Visitor
from core.shop.customer_list import ListedCustomer
from core.shop.shops import Shop
from core.zones import day_of

router = APIRouter(prefix="/shops/{shop_id}", tags=["analysis"])

ChosenVariant = Annotated[Variant, Query(description="`clean`: without flagged fraud.")]


async def _days(
    first: Annotated[Day, Query(alias="from")],
    last: Annotated[Day, Query(alias="to", description="The last day, included.")],
) -> Days:
    """Raises RangeInvalid."""
    return checked(Days(first, last), "week")


ChosenDays = Annotated[Days, Depends(_days)]


async def _shop(resources: Resources, visitor: Visitor, shop_id: int) -> Shop:
    """Without keeping a connection to PostgreSQL, which others need while ClickHouse is slow."""
    async with resources.pool.acquire() as connection:
        return await visible_shop(connection, visitor, shop_id)


class CohortsAnswer(BaseModel):
    """The cohorts that are over, the oldest first, and `together` all of them at each age. Counted
    once a day, from the days that are over: the last was `until`. Money is in `currency`."""

    as_of: datetime
    until: date
    timezone: str
    currency: str
    grain: CohortGrain
    variant: Variant
    cohorts: list[Cohort]
    together: list[CohortAge]


@router.get("/cohorts", responses=documented(401, 404, 422, 503))
@open_to_keys("figures")
async def read_cohorts(
    shop_id: ShopId,
    days: ChosenDays,
    visitor: AnyVisitor,
    resources: UsesResources,
    grain: Annotated[CohortGrain, Query(description="Weeks begin on Monday.")] = "week",
    variant: ChosenVariant = "raw",
) -> CohortsAnswer:
    """Retention, conversion and LTV of who first started in the days, whole weeks and months of
    them; a cell is only there once all of the cohort has come to that age."""
    shop = await _shop(resources, visitor, shop_id)
    now = datetime.now(UTC)
    until = day_of(now, shop.timezone) - timedelta(days=1)
    whole = cohorts.whole(days, grain)
    rows = await cohorts.read_rows(resources.reader, shop_id, whole, variant)
    found = cohorts.cohorts_of(rows, whole, grain, until)
    return CohortsAnswer(
        as_of=now,
        until=until,
        timezone=shop.timezone,
        currency=shop.currency,
        grain=grain,
        variant=variant,
        cohorts=found,
        together=cohorts.together(found),
    )


class FunnelAnswer(BaseModel):
    """How far people came who took the first step from `first` to `last`, each next step within
    `within_days` of the first. `is_over` is false while the time of some of them still runs.
    `parts` are by the key (`by`), the largest first. `steps` count everybody once, whichever
    products their steps were of; `parts` of products may add up to more."""

    as_of: datetime
    first: date
    last: date
    timezone: str
    within_days: int
    variant: Variant
    by: FunnelKey | None
    is_over: bool
    steps: list[StepUsers]
    parts: list[FunnelPart]
    parts_left_off: int


FunnelSteps = Annotated[
    str,
    Query(
        max_length=200,
        description=f"In their order, with commas, of {', '.join(STEPS)}.",
        examples=["start,product,paid"],
    ),
]
FunnelBy = Annotated[
    FunnelKey | None,
    Query(
        description="By the link that first brought the shopper, their language, or the "
        "product, of which the steps are product, cart and paid."
    ),
]


@router.get("/funnel", responses=documented(401, 404, 422, 503))
@open_to_keys("figures")
async def read_funnel(  # pylint: disable=too-many-locals  # the parts of one answer
    shop_id: ShopId,
    days: ChosenDays,
    request: Request,
    visitor: AnyVisitor,
    resources: UsesResources,
    steps: FunnelSteps = ",".join(STEPS),
    within_days: Annotated[int, Query(ge=1, le=90)] = STEP_DAYS,
    by: FunnelBy = None,
    variant: ChosenVariant = "raw",
) -> FunnelAnswer:
    """Distinct people by steps, counted from the events. 422 `funnel_invalid`, `too_expensive`."""
    chosen = funnels.chosen_steps(steps, by)
    shop = await _shop(resources, visitor, shop_id)
    now = datetime.now(UTC)
    time = stretch(days, "whole", shop.timezone)
    every, counts = await unless_left(
        request,
        funnels.read_counts(resources.reader, shop_id, chosen, time, within_days, by, variant),
    )
    largest = sorted(counts, key=lambda key: (-counts[key][0], key))
    shown = largest[: funnels.MOST_PARTS] if by else []
    labels = await labels_of(resources.pool, by or "", [shop_id], shown)
    return FunnelAnswer(
        as_of=now,
        first=days.first,
        last=days.last,
        timezone=shop.timezone,
        within_days=within_days,
        variant=variant,
        by=by,
        is_over=time.end + timedelta(days=within_days) <= now,
        steps=funnels.with_shares(chosen, every),
        parts=[
            FunnelPart(
                key=key, label=labels.get(key), steps=funnels.with_shares(chosen, counts[key])
            )
            for key in shown
        ],
        parts_left_off=len(largest) - len(shown) if by else 0,
    )


class SegmentsAnswer(BaseModel):
    """Buyers of the year that ends with `day`, by segment; `day` is null and nothing is there
    before the first was counted."""

    as_of: datetime
    day: date | None
    currency: str
    variant: Variant
    segments: list[SegmentSize]


@router.get("/segments", responses=documented(401, 404, 422, 503))
async def read_segments(
    shop_id: ShopId,
    visitor: AnyVisitor,
    resources: UsesResources,
    variant: ChosenVariant = "raw",
) -> SegmentsAnswer:
    """The sizes of the RFM segments, as they were counted last, once a day."""
    shop = await _shop(resources, visitor, shop_id)
    day = await segments.last_day(resources.reader, shop_id, variant)
    sizes = await segments.read_sizes(resources.reader, shop_id, variant, day) if day else []
    return SegmentsAnswer(
        as_of=datetime.now(UTC),
        day=day,
        currency=shop.currency,
        variant=variant,
        segments=sizes,
    )


class SegmentBuyer(Scores):
    """`customer` is null for who was erased since."""

    customer: ListedCustomer | None = Field(description="Names are for owners only.")


class SegmentBuyersPage(BaseModel):
    """`next` is the cursor of the following page; none on the last."""

    day: date | None
    currency: str
    buyers: list[SegmentBuyer]
    next: str | None


@router.get("/segments/{segment}/customers", responses=documented(401, 404, 422, 503))
async def list_segment_customers(  # pylint: disable=too-many-locals  # the parts of one answer
    shop_id: ShopId,
    segment: Segment,
    visitor: AnyVisitor,
    resources: UsesResources,
    variant: ChosenVariant = "raw",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[
        str | None, Query(max_length=40, description="`next` of the page before.")
    ] = None,
) -> SegmentBuyersPage:
    """Who is in a segment, those who paid most first. Only owners see names."""
    shop = await _shop(resources, visitor, shop_id)
    day, place = await _place(resources, shop_id, variant, after)
    found: list[Scores] = []
    if day is not None:
        wanted = {"day": day, "segment": segment, "size": limit + 1, "after": place}
        found = await segments.read_buyers(resources.reader, shop_id, variant, wanted)
    shown = found[:limit]
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        people = await customer_list.of_numbers(
            connection, shop_id, [each.buyer_no for each in shown]
        )
    if visitor.role != "owner":
        people = {number: each.without_names() for number, each in people.items()}
    buyers = [
        SegmentBuyer(**each.model_dump(), customer=people.get(each.buyer_no)) for each in shown
    ]
    is_more = day is not None and len(found) > limit
    following = cursor_of((day.toordinal(), place + limit)) if day and is_more else None
    return SegmentBuyersPage(day=day, currency=shop.currency, buyers=buyers, next=following)


async def _place(
    resources: Resources, shop_id: int, variant: Variant, after: str | None
) -> tuple[date | None, int]:
    """The day of the list, the same one on every page, and how many were shown."""
    if after is None:
        return await segments.last_day(resources.reader, shop_id, variant), 0
    day, place = numbers_of(after, (date.max.toordinal(), 2**32))
    return date.fromordinal(max(day, date(2000, 1, 1).toordinal())), place

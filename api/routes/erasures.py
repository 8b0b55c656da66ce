"""Erasing a customer: asked for by an owner, followed to its end, and proved."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from api import erasure_proof
from api.access import Owner, shop_transaction
from api.archived_shops import works_archived
from api.problems import documented
from api.resources import UsesResources
from api.routes.customers import BuyerNo
from api.routes.shops import ShopId
from api.step_up import UsesStepUp
from core.shop import customer_list, erasures
from core.shop.erasures import Request

router = APIRouter(prefix="/shops/{shop_id}/customers/{buyer_no}/erasure", tags=["customers"])


class ErasureDraft(BaseModel):
    """`with_events`: not only what says who they are and what they wrote, but also what they did:
    figures that are computed again do not include them."""

    model_config = ConfigDict(extra="forbid")

    with_events: bool = False


class ErasureView(BaseModel):
    """How far the customer's erasure is. `none`: nobody asked for it; `clearing`: PostgreSQL is
    done, ClickHouse follows within two hours, when all of their events have arrived; `done`: both
    are. `rows_left` is the proof: how many rows of each table lead to the person, by store; null
    where the store is away. Orders, payments and, unless `with_events`, events stay under a number
    that leads to nobody."""

    state: Literal["none", "clearing", "done"]
    with_events: bool
    requested_at: datetime | None
    done_at: datetime | None
    postgres_rows_left: dict[str, int]
    clickhouse_rows_left: dict[str, int] | None


@router.post("", status_code=202, responses=documented(401, 403, 404, 422, 429))
@works_archived
async def erase_customer(
    shop_id: ShopId,
    buyer_no: BuyerNo,
    draft: ErasureDraft,
    visitor: Owner,
    resources: UsesResources,
    step_up: UsesStepUp,
) -> ErasureView:
    """Erases the customer for good. PostgreSQL is done with this answer.

    403 `confirmation_needed`, 422 `erasure_waits` while something that they paid for, or a message
    to them, is under way.
    """
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await customer_list.get(connection, shop_id, buyer_no)
        await step_up.require(connection, "erasure", [shop_id], subject=f"№ {buyer_no}")
        await erasures.erase(
            connection,
            shop_id,
            buyer_no,
            with_events=draft.with_events,
            modules=resources.modules,
        )
    return await _view(resources, shop_id, buyer_no)


@router.get("", responses=documented(401, 403, 404, 422))
async def read_erasure(
    shop_id: ShopId, buyer_no: BuyerNo, visitor: Owner, resources: UsesResources
) -> ErasureView:
    """How far it is, and what is left of them."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await customer_list.get(connection, shop_id, buyer_no)
    return await _view(resources, shop_id, buyer_no)


async def _view(resources: UsesResources, shop_id: int, buyer_no: int) -> ErasureView:
    async with resources.pool.acquire() as connection:
        asked = await erasures.requests(connection, shop_id, buyer_no)
        rows = await erasures.count(connection, shop_id, buyer_no, modules=resources.modules)
    newest: Request | None = asked[0] if asked else None
    open_ones = [each for each in asked if each.done_at is None]
    # Without a connection to PostgreSQL, which others need while ClickHouse is slow.
    left = await erasure_proof.rows_left(
        resources.reader,
        shop_id,
        buyer_no,
        with_events=any(each.with_events for each in asked),
    )
    return ErasureView(
        state="none" if newest is None else "clearing" if open_ones else "done",
        with_events=any(each.with_events for each in asked),
        requested_at=newest.requested_at if newest else None,
        done_at=newest.done_at if newest and not open_ones else None,
        postgres_rows_left=rows,
        clickhouse_rows_left=left,
    )

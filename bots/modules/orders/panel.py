"""Orders in the panel: the list, one with all that happened to it, and what can be done."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from bots.modules.orders import actions, finding, timeline
from bots.modules.orders.actions import ParcelDraft
from bots.modules.orders.finding import OrderRow, Place, Sort, Wanted
from bots.modules.orders.settings import OrdersSettings
from bots.modules.orders.table import csv_of
from bots.modules.orders.timeline import OrderView
from bots.sdk.panel import PanelScope, SeenTag, panel_scope
from core.errors import Refused
from core.shop import held_payments, order_refunds, orders, staff
from core.shop.order_refunds import OrderRefund, RefundDraft
from core.shop.orders import Order, OrderStatus, Stage
from core.versions import ensure_unchanged

router = APIRouter()
Panel = Annotated[PanelScope[OrdersSettings], Depends(panel_scope)]
Number = Annotated[int, Path(gt=0, lt=2**63)]
MOST_EXPORTED = 20_000


async def _wanted(
    panel: Panel,
    *,
    all_bots: Annotated[bool, Query(description="Of all of the shop's bots")] = False,
    status: Annotated[OrderStatus | None, Query()] = None,
    stage: Annotated[Stage | None, Query(description="Of paid orders")] = None,
    needs_attention: Annotated[bool, Query()] = False,
    buyer_no: Annotated[int | None, Query(gt=0, lt=2**63)] = None,
    text: Annotated[
        str,
        Query(
            max_length=100,
            pattern=r"^[^\x00]*$",
            description="A number, or part of a title or, for owners, of a name",
        ),
    ] = "",
    since: Annotated[date | None, Query(description="From this day on, the shop's own")] = None,
    until: Annotated[date | None, Query(description="To this day, which is included")] = None,
) -> Wanted:
    return Wanted(
        bot_id=None if all_bots else panel.bot_id,
        status=status,
        stage=stage,
        needs_attention=needs_attention,
        buyer_no=buyer_no,
        text=text,
        by_name=panel.visitor.role == "owner",
        since=since,
        until=until,
    )


Wants = Annotated[Wanted, Depends(_wanted)]


class OrdersPage(BaseModel):
    """`next_before` and, sorted by total, `next_total`: give them as `before` and `before_total`
    for what follows; null on the last page."""

    orders: list[OrderRow]
    next_before: int | None
    next_total: int | None = None


class StageChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    stage: Stage


class NoteChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    note: str = Field(max_length=2000, pattern=r"^[^\x00]*$")


class SentBack(BaseModel):
    """How the money went back, where no module sends it."""

    model_config = ConfigDict(extra="forbid")

    way: Literal["transfer", "provider", "crypto", "cash", "other"]


@router.get("/orders")
async def list_orders(
    panel: Panel,
    wanted: Wants,
    sort: Annotated[
        Sort, Query(description="By when they were made or, of paid ones, paid; the dearest first.")
    ] = "newest",
    before: Annotated[int | None, Query(gt=0, lt=2**63)] = None,
    before_total: Annotated[int, Query(ge=0, lt=2**63, description="`next_total`.")] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> OrdersPage:
    """A page of them."""
    wanted = replace(wanted, sort=sort)
    after = None if before is None else Place(before, before_total)
    found = await finding.listed(panel.connection, panel.shop, wanted, after=after, limit=limit + 1)
    is_more = len(found) > limit
    page = found[:limit]
    if panel.visitor.role != "owner":
        page = [row.model_copy(update={"buyer_name": ""}) for row in page]
    if not is_more:
        return OrdersPage(orders=page, next_before=None)
    last = page[-1]
    total = last.total_minor if sort == "total" else None
    return OrdersPage(orders=page, next_before=last.id, next_total=total)


@router.get("/orders.csv", response_class=Response)
async def export_orders(panel: Panel, wanted: Wants) -> Response:
    """The orders with their lines and adjustments, a row each, oldest first; at most 20,000
    orders. Names, telephones and addresses are in it, so only an owner's link gets it."""
    panel.require_owner()
    found = await finding.ids(panel.connection, panel.shop, wanted, limit=MOST_EXPORTED + 1)
    if len(found) > MOST_EXPORTED:
        raise Refused(f"over {MOST_EXPORTED} orders: take fewer days at once")
    text = await csv_of(panel.connection, panel.shop, found)
    await staff.record(
        panel.connection, panel.origin, panel.doer, "orders.export", f"orders:{len(found)}"
    )
    return Response(
        text.encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="orders.csv"'},
    )


@router.get("/orders/{order_id}")
async def get_order(order_id: Number, panel: Panel) -> OrderView:
    """One order with its payments, refunds, parcels and what happened when. What its shopper wrote
    and the staff's note are an owner's to see."""
    order = await orders.own(panel.connection, panel.origin, order_id)
    return await timeline.view(panel.connection, order, with_people=panel.visitor.role == "owner")


async def _shown(panel: PanelScope[OrdersSettings], order: Order) -> OrderView:
    return await timeline.view(panel.connection, order, with_people=True)


@router.post("/orders/{order_id}/stage")
async def move_order(order_id: Number, change: StageChange, panel: Panel) -> OrderView:
    """Moves a paid order to a later stage and tells its shopper, once."""
    order = await actions.move(panel, panel.doer, order_id, change.stage)
    return await _shown(panel, order)


@router.post("/orders/{order_id}/cancel")
async def cancel_order(order_id: Number, panel: Panel) -> OrderView:
    """Cancels an unpaid order and tells its shopper."""
    return await _shown(panel, await actions.cancel(panel, panel.doer, order_id))


@router.put("/orders/{order_id}/note")
async def change_note(
    order_id: Number, change: NoteChange, panel: Panel, seen: SeenTag
) -> OrderView:
    """The staff's own words; the shopper never sees them. 412 `changed_meanwhile` if somebody else
    has written others since."""
    order = await orders.own(panel.connection, panel.origin, order_id)
    ensure_unchanged(await _shown(panel, order), seen)
    return await _shown(panel, await actions.note(panel, panel.doer, order_id, change.note))


@router.post("/orders/{order_id}/parcels", status_code=201)
async def add_parcel(order_id: Number, draft: ParcelDraft, panel: Panel) -> OrderView:
    """Adds a parcel with its tracking number and tells the shopper; with `ships` the order becomes
    shipped."""
    return await _shown(panel, await actions.add_parcel(panel, panel.doer, order_id, draft))


@router.delete("/orders/{order_id}/parcels/{parcel_id}")
async def remove_parcel(order_id: Number, parcel_id: Number, panel: Panel) -> OrderView:
    """It was noted by mistake."""
    return await _shown(panel, await actions.remove_parcel(panel, panel.doer, order_id, parcel_id))


@router.post("/orders/{order_id}/refunds", status_code=201)
async def refund_order(order_id: Number, draft: RefundDraft, panel: Panel) -> OrderRefund:
    """Decides that money goes back, all that is left or a part. Of Stars Telegram sends it, whole;
    of everything else send it yourself and then confirm that: `…/refunds/{refund_id}/sent`."""
    refund = await order_refunds.ask(
        panel.connection, panel.origin, panel.doer.name, order_id=order_id, draft=draft
    )
    await actions.record(panel, panel.doer, "orders.refund", order_id)
    return refund


@router.post("/orders/{order_id}/refunds/{refund_id}/sent")
async def refund_sent(
    order_id: Number, refund_id: Number, sent: SentBack, panel: Panel
) -> OrderView:
    """The money has been sent back: deducts it from the order and tells the shopper, once."""
    return await _shown(
        panel, await actions.refund_sent(panel, panel.doer, order_id, refund_id, sent.way)
    )


@router.post("/orders/{order_id}/refunds/{refund_id}/give-up")
async def give_refund_up(order_id: Number, refund_id: Number, panel: Panel) -> OrderView:
    """It was decided on by mistake, and nothing was sent."""
    return await _shown(panel, await actions.give_refund_up(panel, panel.doer, order_id, refund_id))


@router.post("/payments/{payment_id}/accept")
async def accept_payment(payment_id: Number, panel: Panel) -> OrderView:
    """Takes a held payment for its order as it is: what is over its total is a tip, what is short
    a discount. The receipt goes out. To send it back instead, refund it by its `payment_id`."""
    order = await held_payments.accept(panel.connection, panel.origin, payment_id=payment_id)
    await actions.record(panel, panel.doer, "orders.accept_payment", order.id)
    return await _shown(panel, order)

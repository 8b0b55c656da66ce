"""One order for the panel, with all that happened to it, in its order."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.postgres import Connection
from core.shop import customers, fulfilment, order_refunds
from core.shop.fulfilment import Parcel
from core.shop.order_refunds import OrderPayment, OrderRefund
from core.shop.orders import Order, Stage
from core.versions import Versioned

What = Literal["created", "paid", "held", "refund_asked", "refunded", "parcel", "staff"]


class Happening(BaseModel):
    """`what` happened when; `text` is a code: a provider, a staff action, a tracking number."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    what: What
    text: str = ""
    by: str = ""
    amount_minor: int | None = None


class OrderView(Versioned):
    """An order with its people's words, if the visitor may read those. `version` is that of the
    note."""

    EDITED = frozenset({"note"})

    model_config = ConfigDict(frozen=True)

    order: Order
    buyer_name: str
    note: str
    next_stages: list[Stage]
    payments: list[OrderPayment]
    refunds: list[OrderRefund]
    parcels: list[Parcel]
    timeline: list[Happening]


async def view(connection: Connection, order: Order, *, with_people: bool) -> OrderView:
    """The order as the panel shows it; without people, what its shopper and the staff wrote is
    left out."""
    paid = await order_refunds.payments_of(connection, order.id)
    refunds = await order_refunds.of_order(connection, order.id)
    parcels = await fulfilment.parcels_of(connection, order.id)
    buyer = await customers.numbered(connection, order.shop_id, order.buyer_no)
    happened = [
        Happening(at=order.created_at, what="created", amount_minor=order.total_minor),
        *_of_money(paid, refunds),
        *(
            Happening(at=each.created_at, what="parcel", text=each.tracking_number)
            for each in parcels
        ),
        *await _of_staff(connection, order),
    ]
    shown = order if with_people else order.model_copy(update={"details": []})
    return OrderView(
        order=shown,
        buyer_name=buyer.first_name if with_people and buyer is not None else "",
        note=await fulfilment.note_of(connection, order.id) if with_people else "",
        next_stages=list(fulfilment.next_stages(order)),
        payments=list(paid),
        refunds=refunds,
        parcels=parcels,
        timeline=sorted(happened, key=lambda each: each.at),
    )


def _of_money(paid: Sequence[OrderPayment], refunds: list[OrderRefund]) -> list[Happening]:
    happened = [
        Happening(
            at=each.created_at,
            what="held" if each.status == "held" else "paid",
            text=each.reason or each.provider,
            amount_minor=each.amount_minor,
        )
        for each in paid
    ]
    for refund in refunds:
        amount = refund.amount_minor
        happened.append(
            Happening(
                at=refund.created_at,
                what="refund_asked",
                text=refund.reason,
                by=refund.asked_by,
                amount_minor=amount,
            )
        )
        if refund.done_at is not None:
            happened.append(
                Happening(at=refund.done_at, what="refunded", text=refund.way, amount_minor=amount)
            )
    return happened


async def _of_staff(connection: Connection, order: Order) -> list[Happening]:
    rows = await connection.fetch(
        "SELECT done_at, action, actor FROM staff_actions "
        "WHERE shop_id = $1 AND subject = $2 ORDER BY id",
        order.shop_id,
        f"order:{order.id}",
    )
    return [
        Happening(at=row["done_at"], what="staff", text=row["action"], by=row["actor"])
        for row in rows
    ]

"""Fulfilment: the stages of a paid order's goods, parcels and notes."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from core.errors import NotFound, Refused
from core.events import Event, Origin, emit
from core.postgres import Connection
from core.shop import customers, orders
from core.shop.orders import Order, Stage
from core.taxonomy import TAXONOMY

ORDER_STATUS_CHANGED = TAXONOMY["order_status_changed"]
SHIPMENT_UPDATED = TAXONOMY["shipment_updated"]

# In their order: an order only moves forward, and may skip stages.
STAGES: tuple[Stage, ...] = ("new", "processing", "shipped", "delivered")
NOTE_CHARACTERS = 2000
PARCELS_AN_ORDER = 20


class WrongStage(Refused):
    """The order is not paid, or is already at a later stage."""

    code = "wrong_stage"


class TooManyParcels(Refused):
    code = "too_many_parcels"


class Parcel(BaseModel):
    """A parcel handed to a carrier, with its tracking number."""

    model_config = ConfigDict(frozen=True)

    id: int
    carrier: str
    tracking_number: str
    created_at: datetime


def next_stages(order: Order) -> Sequence[Stage]:
    """The stages that a paid order can move to; digital goods are not shipped."""
    if order.status != "paid" or order.purpose != "goods":
        return ()
    further = STAGES[STAGES.index(order.stage) + 1 :]
    return [stage for stage in further if stage != "shipped" or not order.is_digital]


async def move(
    connection: Connection, origin: Origin, *, order_id: int, stage: Stage
) -> tuple[Order, bool]:
    """Moves a paid order to a later stage; returns whether it was not there yet.

    Emits `order_status_changed` and, when parcels are shipped and delivered, `shipment_updated`.
    Raises NotFound, and WrongStage for an order that is not paid or already further.
    """
    order = await orders.own(connection, origin, order_id)
    if order.status == "paid" and order.stage == stage:
        return order, False
    if stage not in next_stages(order):
        state = order.stage if order.status == "paid" else order.status
        raise WrongStage(f"an order that is {state} cannot become {stage}")
    await connection.execute("UPDATE orders SET stage = $2 WHERE id = $1", order.id, stage)
    events = [Event(ORDER_STATUS_CHANGED, order_id=order.id, outcome=stage)]
    if stage == "delivered" and await parcels_of(connection, order.id):
        events.append(Event(SHIPMENT_UPDATED, order_id=order.id, outcome="delivered"))
    await _emit(connection, origin, order, events)
    return await orders.get(connection, order.id), True


async def add_parcel(
    connection: Connection,
    origin: Origin,
    *,
    order_id: int,
    carrier: str,
    tracking_number: str,
) -> tuple[Parcel, bool]:
    """Records a parcel of a paid order; returns whether it is a new one. The order's stage does not
    change. Raises NotFound, WrongStage, TooManyParcels."""
    order = await orders.own(connection, origin, order_id)
    if order.status != "paid":
        raise WrongStage(f"an order that is {order.status} is not sent")
    parcels = await parcels_of(connection, order.id)
    for parcel in parcels:
        if (parcel.carrier, parcel.tracking_number) == (carrier, tracking_number):
            return parcel, False
    if len(parcels) >= PARCELS_AN_ORDER:
        raise TooManyParcels(f"an order has at most {PARCELS_AN_ORDER} parcels")
    row = await connection.fetchrow(
        "INSERT INTO order_parcels (order_id, carrier, tracking_number) VALUES ($1, $2, $3) "
        "RETURNING id, carrier, tracking_number, created_at",
        order.id,
        carrier,
        tracking_number,
    )
    assert row is not None  # RETURNING of an INSERT always gives a row
    events = [Event(SHIPMENT_UPDATED, order_id=order.id, outcome="shipped")]
    await _emit(connection, origin, order, events)
    return Parcel(**row), True


async def remove_parcel(
    connection: Connection, origin: Origin, *, order_id: int, parcel_id: int
) -> None:
    """Removes a parcel that was recorded by mistake. Raises NotFound."""
    order = await orders.own(connection, origin, order_id)
    gone = await connection.fetchval(
        "DELETE FROM order_parcels WHERE id = $1 AND order_id = $2 RETURNING id",
        parcel_id,
        order.id,
    )
    if gone is None:
        raise NotFound(f"the order has no parcel {parcel_id}")


async def parcels_of(connection: Connection, order_id: int) -> list[Parcel]:
    """The order's parcels, oldest first."""
    rows = await connection.fetch(
        "SELECT id, carrier, tracking_number, created_at FROM order_parcels "
        "WHERE order_id = $1 ORDER BY id",
        order_id,
    )
    return [Parcel(**row) for row in rows]


async def note_of(connection: Connection, order_id: int) -> str:
    """The staff's notes on an order; its buyer never sees them."""
    note: str | None = await connection.fetchval("SELECT note FROM orders WHERE id = $1", order_id)
    return note or ""


async def set_note(connection: Connection, origin: Origin, *, order_id: int, note: str) -> None:
    """Raises NotFound, and Refused if it is over `NOTE_CHARACTERS`."""
    order = await orders.own(connection, origin, order_id)
    if len(note) > NOTE_CHARACTERS:
        raise Refused(f"a note has at most {NOTE_CHARACTERS} characters")
    await connection.execute("UPDATE orders SET note = $2 WHERE id = $1", order.id, note)


async def cancel(connection: Connection, origin: Origin, *, order_id: int) -> Order:
    """Cancels an order that nobody has paid. Raises NotFound, OrderClosed."""
    order = await orders.own(connection, origin, order_id)
    buyer = await customers.numbered(connection, order.shop_id, order.buyer_no)
    if buyer is None:
        raise NotFound(f"there is no customer {order.buyer_no}")
    return await orders.cancel(connection, origin, buyer, order_id=order.id)


async def _emit(
    connection: Connection, origin: Origin, order: Order, events: Sequence[Event]
) -> None:
    actor = await customers.actor_of(connection, order.shop_id, order.buyer_no)
    await emit(connection, origin, actor, events)

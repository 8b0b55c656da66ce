"""A paid order's goods: stages go forward only and are reported once; parcels, notes, cancelled
orders."""

import itertools
from typing import Any

import pytest

from core.errors import NotFound, Refused
from core.events import Origin
from core.postgres import Connection
from core.shop import fulfilment, orders, payments
from core.shop.fulfilment import STAGES, TooManyParcels, WrongStage
from core.shop.orders import Order, OrderClosed
from tests.factories import (
    charge_of,
    create_customer,
    create_order,
    create_origin,
    create_product,
)


async def ordered(connection: Connection, *, is_paid: bool = True) -> tuple[Origin, Order]:
    origin = await create_origin(connection)
    buyer = await create_customer(connection, origin.shop_id)
    product = await create_product(connection, origin.shop_id, stock=5)
    order = await create_order(connection, origin, buyer, product)
    if is_paid:
        charge = charge_of(order, buyer)
        await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)
    return origin, await orders.get(connection, order.id)


async def told(connection: Connection) -> list[tuple[str, str]]:
    rows = await connection.fetch(
        "SELECT event, outcome FROM outbox "
        "WHERE event IN ('order_status_changed', 'shipment_updated') ORDER BY xid, pos"
    )
    return [(row["event"], row["outcome"]) for row in rows]


@pytest.mark.parametrize(("start", "end"), list(itertools.product(STAGES, STAGES)))
async def test_goods_go_forward_only(connection: Connection, start: Any, end: Any) -> None:
    origin, order = await ordered(connection)
    await fulfilment.move(connection, origin, order_id=order.id, stage=start)
    before = await told(connection)
    if STAGES.index(end) < STAGES.index(start):
        with pytest.raises(WrongStage):
            await fulfilment.move(connection, origin, order_id=order.id, stage=end)
    else:
        moved, is_new = await fulfilment.move(connection, origin, order_id=order.id, stage=end)
        assert (moved.stage, is_new) == (end, start != end)
    is_told = STAGES.index(end) > STAGES.index(start)
    assert len(await told(connection)) == len(before) + is_told


async def test_what_is_not_paid_goes_nowhere_and_another_shop_moves_nothing(
    connection: Connection,
) -> None:
    origin, order = await ordered(connection, is_paid=False)
    with pytest.raises(WrongStage, match="created"):
        await fulfilment.move(connection, origin, order_id=order.id, stage="shipped")
    assert fulfilment.next_stages(order) == ()
    other = await create_origin(connection)
    for act in (
        fulfilment.move(connection, other, order_id=order.id, stage="new"),
        fulfilment.cancel(connection, other, order_id=order.id),
        fulfilment.set_note(connection, other, order_id=order.id, note="mine"),
    ):
        with pytest.raises(NotFound):
            await act
    cancelled = await fulfilment.cancel(connection, origin, order_id=order.id)
    assert cancelled.status == "cancelled"
    with pytest.raises(OrderClosed):
        await fulfilment.cancel(connection, origin, order_id=order.id)
    actor = await connection.fetchval("SELECT buyer_no FROM outbox WHERE event = 'order_cancelled'")
    assert actor == order.buyer_no


async def test_a_parcel_is_noted_once_and_told_of(connection: Connection) -> None:
    origin, order = await ordered(connection)
    sent: dict[str, Any] = {"order_id": order.id, "carrier": "Почта", "tracking_number": "RA1"}
    parcel, is_new = await fulfilment.add_parcel(connection, origin, **sent)
    assert is_new and await fulfilment.add_parcel(connection, origin, **sent) == (parcel, False)
    await fulfilment.move(connection, origin, order_id=order.id, stage="delivered")
    assert await told(connection) == [
        ("shipment_updated", "shipped"),
        ("order_status_changed", "delivered"),
        ("shipment_updated", "delivered"),
    ]
    await fulfilment.remove_parcel(connection, origin, order_id=order.id, parcel_id=parcel.id)
    with pytest.raises(NotFound):
        await fulfilment.remove_parcel(connection, origin, order_id=order.id, parcel_id=parcel.id)
    for number in range(fulfilment.PARCELS_AN_ORDER):
        await fulfilment.add_parcel(connection, origin, **sent | {"carrier": str(number)})
    with pytest.raises(TooManyParcels):
        await fulfilment.add_parcel(connection, origin, **sent)


async def test_a_note_is_the_staffs_own_and_bounded(connection: Connection) -> None:
    origin, order = await ordered(connection)
    await fulfilment.set_note(connection, origin, order_id=order.id, note="вход со двора")
    assert await fulfilment.note_of(connection, order.id) == "вход со двора"
    with pytest.raises(Refused, match="2000"):
        await fulfilment.set_note(connection, origin, order_id=order.id, note="x" * 2001)

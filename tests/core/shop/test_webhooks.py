"""Web hooks: queued with the order's own change, made, signed, changed, given up, dropped."""

import base64
import hashlib
import hmac
import json
from datetime import datetime

import pytest

from core import people
from core.errors import ChangedMeanwhile, NotFound
from core.postgres import Connection, Pool
from core.shop import (
    fulfilment,
    order_refunds,
    orders,
    webhook_deliveries,
    webhook_sending,
    webhooks,
)
from core.shop.orders import Detail
from core.shop.people import PEOPLE
from core.shop.pricing import quote
from core.shop.webhook_sending import Outcome
from core.shop.webhooks import TooManyEndpoints
from core.webhook_outbox import EVENTS
from tests.core.shop.webhook_steps import claimed_one, draft, made, pay, placed, queued
from tests.factories import (
    KEYS,
    create_customer,
    create_order,
    create_origin,
    create_product,
    create_shop,
)


def test_every_event_has_a_title() -> None:
    assert tuple(webhooks.TITLES) == EVENTS


async def test_the_steps_of_an_order_are_queued_for_those_who_want_them(
    connection: Connection,
) -> None:
    origin = await create_origin(connection)
    everything = await made(connection, origin)
    refunds_only = await made(connection, origin, events=["order.refunded"])
    off = await made(connection, origin, is_on=False)
    foreign = await made(connection, await create_origin(connection))
    buyer = await create_customer(connection, origin.shop_id)
    product = await create_product(connection, origin.shop_id)
    order = await create_order(connection, origin, buyer, product)
    await pay(connection, origin, buyer, order)
    for stage in ("processing", "shipped", "delivered"):
        await fulfilment.move(connection, origin, order_id=order.id, stage=stage)
    refund = await order_refunds.ask(
        connection, origin, "owner", order_id=order.id, draft=order_refunds.RefundDraft()
    )
    await order_refunds.complete(connection, origin, refund_id=refund.id, way="stars")
    cancelled = await create_order(connection, origin, buyer, product)
    await orders.cancel(connection, origin, buyer, order_id=cancelled.id)

    steps = [(each.event, each.order_id) for each in await queued(connection, everything)]
    of_paid = (
        *("created", "paid", "processing", "shipped", "delivered", "refund_requested", "refunded"),
    )
    assert steps == [
        *((f"order.{step}", order.id) for step in of_paid),
        *((f"order.{step}", cancelled.id) for step in ("created", "cancelled")),
    ]
    assert [each.event for each in await queued(connection, refunds_only)] == ["order.refunded"]
    assert not await queued(connection, off)
    assert not await queued(connection, foreign)


async def test_what_is_rolled_back_is_told_to_nobody(pool: Pool) -> None:
    async with pool.acquire() as connection:
        origin = await create_origin(connection)
        endpoint = await made(connection, origin)
        with pytest.raises(ZeroDivisionError):
            async with connection.transaction():
                await placed(connection, origin)
                assert await queued(connection, endpoint)
                raise ZeroDivisionError
        assert not await queued(connection, endpoint)


async def test_a_message_says_what_is_declared_and_the_same_each_time(
    connection: Connection,
) -> None:
    origin = await create_origin(connection)
    await made(connection, origin)
    order = await placed(connection, origin)
    message = await claimed_one(connection)
    said = json.loads(message.body)
    assert (said["type"], said["data"]["amount_minor"]) == ("order.created", order.total_minor)
    assert said["data"].keys() == {"shop_id", "amount_minor", "currency", "order"}
    assert said["data"]["order"]["order_no"] == order.order_no
    assert "cost_minor" not in said["data"]["order"]["lines"][0]
    assert datetime.fromisoformat(said["timestamp"]).tzinfo is not None
    await connection.execute("UPDATE orders SET total_minor = 1 WHERE id = $1", order.id)
    again = await webhook_sending.take(connection, KEYS, message.id)
    assert again == message


async def test_personal_data_go_only_where_they_were_asked_for_and_are_erased(
    connection: Connection,
) -> None:
    origin = await create_origin(connection)
    await made(connection, origin)
    await made(connection, origin, with_personal=True)
    buyer = await create_customer(connection, origin.shop_id, first_name="Марфа")
    order = await orders.place(
        connection,
        origin,
        buyer,
        quote("XTR", [(await create_product(connection, origin.shop_id)).item(1)]),
        details=[Detail(field="phone", label="Телефон", value="+7 900")],
    )
    bodies = []
    for delivery_id in await webhook_sending.claim(connection, 10):
        message = await webhook_sending.take(connection, KEYS, delivery_id)
        assert message is not None
        bodies.append(json.loads(message.body)["data"])
        last = message.endpoint_id, message.id
        await webhook_sending.settle(connection, delivery_id, Outcome(200, None, 1, "Hi Марфа"))
    assert len(bodies) == 2
    plain, personal = bodies[0], bodies[1]
    assert "customer" not in plain
    assert "details" not in plain
    assert personal["customer"]["first_name"] == "Марфа"
    assert personal["details"] == [{"field": "phone", "label": "Телефон", "value": "+7 900"}]

    who = origin.shop_id, buyer.buyer_no
    exported = await people.export(connection, PEOPLE, *who)
    assert len(exported["webhook_deliveries"]) == 2
    await people.erase(connection, PEOPLE, *who)
    for table in ("webhook_deliveries", "webhook_attempts"):
        rows = str([tuple(row) for row in await connection.fetch(f"SELECT * FROM {table}")])
        assert "Марфа" not in rows
        assert "+7 900" not in rows
    await webhook_deliveries.replay(connection, origin.shop_id, *last)
    said = json.loads((await claimed_one(connection)).body)["data"]
    assert (said["customer"], said["details"]) == (None, [])
    assert said["order"]["id"] == order.id


async def test_a_signature_is_that_of_standard_webhooks_also_in_the_overlap(
    connection: Connection,
) -> None:
    origin = await create_origin(connection)
    endpoint, first = await webhooks.create(connection, KEYS, origin.shop_id, draft())
    _, second = await webhooks.rotate(connection, KEYS, origin.shop_id, endpoint.id)
    await placed(connection, origin)
    message = await claimed_one(connection)
    signed = webhooks.signature(message.keys, "msg_1", 1700000000, message.body).split(" ")
    for secret, found in zip((second, first), signed, strict=True):
        key = base64.b64decode(secret.removeprefix("whsec_"))
        text = b"msg_1.1700000000." + message.body
        right = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
        assert found == f"v1,{right}"
    stored = str(await connection.fetch("SELECT * FROM webhook_endpoints"))
    assert first not in stored
    await connection.execute("UPDATE webhook_endpoints SET former_ends_at = now()")
    again = await webhook_sending.take(connection, KEYS, message.id)
    assert again is not None
    assert len(again.keys) == 1


async def test_parked_messages_can_be_dropped(connection: Connection) -> None:
    origin = await create_origin(connection)
    endpoint = await made(connection, origin)
    await placed(connection, origin)
    await connection.execute("UPDATE webhook_deliveries SET state = 'parked', settled_at = now()")
    assert await webhook_deliveries.drop_parked(connection, origin.shop_id, endpoint.id) == 1
    assert not await webhooks.in_trouble(connection, [origin.shop_id])


async def test_what_another_has_changed_is_not_overwritten(connection: Connection) -> None:
    origin = await create_origin(connection)
    endpoint = await made(connection, origin)
    await webhooks.change(connection, origin.shop_id, endpoint.id, draft(), endpoint.version)
    with pytest.raises(ChangedMeanwhile) as refused:
        await webhooks.change(connection, origin.shop_id, endpoint.id, draft(), endpoint.version)
    assert refused.value.etag == str(endpoint.version + 1)


async def test_endpoints_are_of_one_shop_and_few(connection: Connection) -> None:
    origin = await create_origin(connection)
    for _ in range(webhooks.ENDPOINTS_A_SHOP):
        endpoint = await made(connection, origin)
    with pytest.raises(TooManyEndpoints):
        await made(connection, origin)
    other = (await create_shop(connection)).id
    for call in (
        webhooks.get(connection, other, endpoint.id),
        webhooks.delete(connection, other, endpoint.id),
        webhooks.rotate(connection, KEYS, other, endpoint.id),
        webhook_deliveries.page(connection, other, endpoint.id),
        webhook_deliveries.queue_test(connection, other, endpoint.id),
    ):
        with pytest.raises(NotFound):
            await call
    await webhooks.delete(connection, origin.shop_id, endpoint.id)
    assert len(await webhooks.of_shop(connection, origin.shop_id)) == 9

"""What tests of web hooks begin with: endpoints, orders that are told, messages."""

from typing import Any

from core.events import Origin
from core.postgres import Connection
from core.shop import (
    orders,
    payments,
    webhook_deliveries,
    webhook_sending,
    webhooks,
)
from core.shop.customers import Customer
from core.shop.webhook_deliveries import Delivery
from core.shop.webhook_sending import Claimed, Outcome
from core.shop.webhooks import Endpoint, EndpointDraft
from core.webhook_outbox import EVENTS
from tests.factories import (
    KEYS,
    charge_of,
    create_customer,
    create_order,
    create_product,
)

OK, DOWN = Outcome(200, None, 5, "thanks"), Outcome(None, "no answer", 5)


def draft(**values: Any) -> EndpointDraft:
    given: dict[str, Any] = {"label": "1C", "url": "https://shop.example/hook", "events": EVENTS}
    return EndpointDraft(**(given | values))


async def made(connection: Connection, origin: Origin, **values: Any) -> Endpoint:
    return (await webhooks.create(connection, KEYS, origin.shop_id, draft(**values)))[0]


async def queued(connection: Connection, endpoint: Endpoint) -> list[Delivery]:
    """Oldest first."""
    found = await webhook_deliveries.page(connection, endpoint.shop_id, endpoint.id)
    return found[::-1]


async def claimed_one(connection: Connection) -> Claimed:
    (delivery_id,) = await webhook_sending.claim(connection, 10)
    message = await webhook_sending.take(connection, KEYS, delivery_id)
    assert message is not None
    return message


async def at_once(connection: Connection) -> None:
    """As if all pauses were over."""
    await connection.execute(
        "UPDATE webhook_deliveries SET next_at = now() WHERE state = 'waiting'"
    )
    await connection.execute("UPDATE webhook_endpoints SET resumes_at = NULL")


async def placed(connection: Connection, origin: Origin) -> orders.Order:
    buyer = await create_customer(connection, origin.shop_id)
    return await create_order(
        connection, origin, buyer, await create_product(connection, origin.shop_id)
    )


async def pay(connection: Connection, origin: Origin, buyer: Customer, order: orders.Order) -> None:
    charge = charge_of(order, buyer)
    await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge)

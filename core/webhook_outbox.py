"""Steps of orders that shops' own systems hear of by web hooks, queued in the transaction that
makes them true. What becomes of them afterwards: `core.shop.webhooks`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.postgres import WEBHOOKS_CHANNEL, Connection

# The web hook's event by that of the figures; where it depends on the outcome, by both.
STEPS: dict[tuple[str, str], str] = {
    ("order_created", ""): "order.created",
    ("order_paid", ""): "order.paid",
    ("order_cancelled", ""): "order.cancelled",
    ("order_expired", ""): "order.expired",
    ("order_status_changed", "processing"): "order.processing",
    ("order_status_changed", "shipped"): "order.shipped",
    ("order_status_changed", "delivered"): "order.delivered",
    ("delivery_sent", ""): "order.goods_sent",
    ("delivery_failed", ""): "order.goods_failed",
    ("refund_requested", ""): "order.refund_requested",
    ("refund_completed", ""): "order.refunded",
}
EVENTS: tuple[str, ...] = tuple(STEPS.values())


@dataclass(frozen=True, slots=True)
class OrderStep:
    """A step of an order; the amount is that of the event, in minor units: what was paid, what was
    refunded."""

    event: str
    order_id: int
    buyer_no: int
    occurred_at: datetime
    amount_minor: int
    currency: str


def step_name(event: str, outcome: str) -> str | None:
    """What the step is called for web hooks; None if the event is no such step."""
    return STEPS.get((event, "")) or STEPS.get((event, outcome))


# Of an endpoint that was switched off for its failures the messages are kept, for a replay.
_QUEUE = """
WITH queued AS (
    INSERT INTO webhook_deliveries
        (endpoint_id, shop_id, event, order_id, buyer_no, occurred_at, amount_minor, currency,
        state, settled_at)
    SELECT e.id, e.shop_id, s.event, s.order_id, s.buyer_no, s.occurred_at, s.amount_minor,
        s.currency, CASE e.state WHEN 'on' THEN 'waiting' ELSE 'parked' END,
        CASE e.state WHEN 'on' THEN NULL ELSE now() END
    FROM webhook_endpoints AS e,
        unnest($2::text[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::bigint[], $7::text[])
        WITH ORDINALITY AS s (event, order_id, buyer_no, occurred_at, amount_minor, currency, n)
    WHERE e.shop_id = $1 AND e.state <> 'off' AND s.event = ANY(e.events)
    ORDER BY s.n, e.id
    RETURNING id
)
SELECT pg_notify($8, '') FROM queued LIMIT 1
"""


async def queue(connection: Connection, shop_id: int, steps: Sequence[OrderStep]) -> None:
    """Queues a message to each of the shop's endpoints that wants to hear of a step."""
    if not steps:
        return
    await connection.execute(
        _QUEUE,
        shop_id,
        [step.event for step in steps],
        [step.order_id for step in steps],
        [step.buyer_no for step in steps],
        [step.occurred_at for step in steps],
        [step.amount_minor for step in steps],
        [step.currency for step in steps],
        WEBHOOKS_CHANNEL,
    )

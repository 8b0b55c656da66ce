"""Messages to shops' own systems and the log of their attempts: looked up, tested, replayed, given
up. Sending them is `core.shop.webhook_sending`."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from core.errors import NotFound
from core.postgres import Connection
from core.shop import webhooks

PAGE = 100
REPLAYED_AT_MOST = 10_000

DeliveryState = Literal["waiting", "delivered", "parked", "dropped"]


class Attempt(BaseModel):
    """One attempt. `status` null: no answer, and `error` says why; `answer` is its beginning."""

    model_config = ConfigDict(frozen=True)

    attempt: int
    at: datetime
    status: int | None
    error: str | None
    took_ms: int
    answer: str


class Delivery(BaseModel):
    """A message to one endpoint. `message_id` is its `webhook-id`; `next_at` when it is tried
    again, while it is `waiting`. `parked`: given up until it is replayed, `dropped`: for good."""

    model_config = ConfigDict(frozen=True)

    id: int
    message_id: UUID
    event: str
    order_id: int
    occurred_at: datetime
    state: DeliveryState
    attempts: int
    next_at: datetime | None
    created_at: datetime
    settled_at: datetime | None
    last_status: int | None
    last_error: str | None


class DeliveryDetails(Delivery):
    """With what is sent (null: it is not made yet, or its shopper was erased) and all attempts."""

    body: str | None
    log: list[Attempt]


async def queue_test(connection: Connection, shop_id: int, endpoint_id: int) -> Delivery:
    """A message of the type `test`, sent at once and once, whatever the endpoint's state. Raises
    NotFound."""
    await webhooks.get(connection, shop_id, endpoint_id)
    delivery_id: int = await connection.fetchval(
        "INSERT INTO webhook_deliveries (endpoint_id, shop_id, event, order_id, buyer_no, "
        "occurred_at, amount_minor, currency, state) "
        "VALUES ($1, $2, 'test', 0, 0, now(), 0, '', 'waiting') RETURNING id",
        endpoint_id,
        shop_id,
    )
    await webhooks.announce(connection, shop_id)
    return await get(connection, shop_id, endpoint_id, delivery_id)


_LISTED = """
SELECT d.id, d.message_id, d.event, d.order_id, d.occurred_at, d.state, d.attempts,
    CASE WHEN d.state = 'waiting' THEN d.next_at END AS next_at, d.created_at, d.settled_at,
    last.status AS last_status, last.error AS last_error, d.body
FROM webhook_deliveries AS d LEFT JOIN webhook_attempts AS last
    ON last.delivery_id = d.id AND last.attempt = d.attempts
WHERE d.shop_id = $1 AND d.endpoint_id = $2
"""


async def page(
    connection: Connection,
    shop_id: int,
    endpoint_id: int,
    *,
    state: DeliveryState | None = None,
    before_id: int | None = None,
) -> list[Delivery]:
    """A hundred messages, the newest first, from before an id. Raises NotFound."""
    await webhooks.get(connection, shop_id, endpoint_id)
    rows = await connection.fetch(
        f"{_LISTED} AND ($3::text IS NULL OR d.state = $3) AND ($4::bigint IS NULL OR d.id < $4) "
        f"ORDER BY d.id DESC LIMIT {PAGE}",
        shop_id,
        endpoint_id,
        state,
        before_id,
    )
    return [Delivery(**row) for row in rows]


async def get(
    connection: Connection, shop_id: int, endpoint_id: int, delivery_id: int
) -> DeliveryDetails:
    """Raises NotFound."""
    row = await connection.fetchrow(f"{_LISTED} AND d.id = $3", shop_id, endpoint_id, delivery_id)
    if row is None:
        raise NotFound(f"web hook {endpoint_id} has no message {delivery_id}")
    log = await connection.fetch(
        "SELECT attempt, at, status, error, took_ms, answer FROM webhook_attempts "
        "WHERE delivery_id = $1 ORDER BY attempt",
        delivery_id,
    )
    return DeliveryDetails(**row, log=[Attempt(**each) for each in log])


_REPLAY = """
UPDATE webhook_deliveries AS d SET state = 'waiting', tries = 0, next_at = now(),
    settled_at = NULL
WHERE d.id IN (
    SELECT r.id FROM webhook_deliveries AS r
    WHERE r.shop_id = $1 AND r.endpoint_id = $2 AND r.state <> 'waiting' AND {which}
    ORDER BY r.id LIMIT {most}
)
"""


async def replay(connection: Connection, shop_id: int, endpoint_id: int, delivery_id: int) -> None:
    """Sends one message again, with the same id and words. Raises NotFound, also for one that is
    waiting anyway."""
    status = await connection.execute(
        _REPLAY.format(which="r.id = $3", most=1), shop_id, endpoint_id, delivery_id
    )
    if status == "UPDATE 0":
        raise NotFound(f"web hook {endpoint_id} has no message {delivery_id} that is settled")
    await webhooks.announce(connection, shop_id)


async def replay_range(
    connection: Connection,
    shop_id: int,
    endpoint_id: int,
    *,
    start: datetime,
    end: datetime,
    with_delivered: bool,
) -> int:
    """Sends again what happened in the range and was given up, or all of it; how many, at most ten
    thousand at once, the oldest. Raises NotFound."""
    await webhooks.get(connection, shop_id, endpoint_id)
    status = await connection.execute(
        _REPLAY.format(
            which="r.occurred_at >= $3 AND r.occurred_at < $4 AND r.event <> 'test' "
            "AND (r.state = 'parked' OR ($5 AND r.state IN ('delivered', 'dropped')))",
            most=REPLAYED_AT_MOST,
        ),
        shop_id,
        endpoint_id,
        start,
        end,
        with_delivered,
    )
    await webhooks.announce(connection, shop_id)
    return int(status.split()[-1])


async def drop_parked(connection: Connection, shop_id: int, endpoint_id: int) -> int:
    """Gives the parked messages up for good; how many. Raises NotFound."""
    await webhooks.get(connection, shop_id, endpoint_id)
    status = await connection.execute(
        "UPDATE webhook_deliveries SET state = 'dropped' "
        "WHERE endpoint_id = $1 AND state = 'parked'",
        endpoint_id,
    )
    await webhooks.announce(connection, shop_id)
    return int(status.split()[-1])

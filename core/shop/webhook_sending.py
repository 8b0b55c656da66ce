"""Sending messages to shops' own systems: claimed, sent, tried again, given up.

At least once: whoever sends claims a message for a minute, and says afterwards what came of it. A
message of an order waits until an earlier one of the same order is delivered or given up.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from asyncpg import Record

from core.postgres import Connection
from core.secrets import KeyRing
from core.shop import customers, orders, webhooks
from core.shop.orders import Order
from core.shop.webhook_deliveries import DeliveryState

_TEST = "test"
CLAIM = timedelta(minutes=1)  # longer than an attempt may take
AT_ONCE = 4  # attempts to one endpoint at the same time
SHOP_AT_ONCE = 8  # and to all endpoints of a shop
ANSWER_CHARACTERS = 1000
SWITCHED_OFF_AFTER = timedelta(days=5)  # of failures without a success
_LONGEST_REST = timedelta(minutes=5)  # between attempts to an endpoint that fails
# Between the attempts for one message: about three days, then it is parked.
PAUSES: tuple[timedelta, ...] = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process sends now."""

    id: int
    message_id: UUID
    endpoint_id: int
    url: str
    body: bytes
    keys: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt; no status: no answer."""

    status: int | None
    error: str | None
    took_ms: int
    answer: str = ""

    @property
    def is_ok(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


_DUE = (
    "d.endpoint_id = e.id AND d.state = 'waiting' AND d.next_at <= now() "
    "AND (d.claimed_until IS NULL OR d.claimed_until < now()) AND (d.event = 'test' "
    "OR (e.state = 'on' AND (e.resumes_at IS NULL OR e.resumes_at <= now())))"
)
_FIRST_OF_ORDER = (
    "NOT EXISTS (SELECT FROM webhook_deliveries AS b "
    "WHERE b.endpoint_id = d.endpoint_id AND b.order_id = d.order_id "
    "AND b.state = 'waiting' AND b.id < d.id AND b.event <> 'test')"
)
_LOCK = f"""
SELECT e.id FROM webhook_endpoints AS e
WHERE EXISTS (SELECT FROM webhook_deliveries AS d WHERE {_DUE})
FOR NO KEY UPDATE OF e SKIP LOCKED
"""
# An endpoint that fails is tried with one message at a time. Shops take places in turn, so that one
# with many slow endpoints does not get them all.
_CLAIM = f"""
WITH busy AS (
    SELECT f.endpoint_id, f.shop_id, count(*) AS places FROM webhook_deliveries AS f
    WHERE f.state = 'waiting' AND f.claimed_until > now() GROUP BY f.endpoint_id, f.shop_id
),
due AS (
    SELECT d.id, d.next_at, row_number() OVER (PARTITION BY e.shop_id ORDER BY d.next_at, d.id)
        + coalesce((SELECT sum(places) FROM busy WHERE busy.shop_id = e.shop_id), 0) AS place
    FROM webhook_endpoints AS e CROSS JOIN LATERAL (
        SELECT d.id, d.next_at FROM webhook_deliveries AS d WHERE {_DUE} AND {_FIRST_OF_ORDER}
        ORDER BY d.next_at, d.id
        LIMIT greatest(CASE WHEN e.failures > 0 THEN 1 ELSE $2 END - coalesce(
            (SELECT places FROM busy WHERE busy.endpoint_id = e.id), 0), 0)
    ) AS d WHERE e.id = ANY($5::int[])
),
chosen AS (SELECT id FROM due WHERE place <= $4 ORDER BY place, next_at, id LIMIT $1)
UPDATE webhook_deliveries AS d SET claimed_until = now() + $3::interval FROM chosen
WHERE d.id = chosen.id AND d.state = 'waiting'
    AND (d.claimed_until IS NULL OR d.claimed_until < now())
RETURNING d.id
"""


async def claim(connection: Connection, most: int) -> list[int]:
    """Messages that are due, for this process alone during the next minute.

    Within a transaction: endpoints are locked first, so that the second statement sees what others
    have claimed until then, and no two count an endpoint's free places at once.
    """
    if most <= 0:
        return []
    endpoint_ids = [row["id"] for row in await connection.fetch(_LOCK)]
    if not endpoint_ids:
        return []
    rows = await connection.fetch(_CLAIM, most, AT_ONCE, CLAIM, SHOP_AT_ONCE, endpoint_ids)
    return sorted(row["id"] for row in rows)


async def seconds_until_due(connection: Connection) -> float | None:
    """Until the next message may be sent that waits for its time; None: none waits."""
    seconds = await connection.fetchval(
        "SELECT extract(epoch FROM min(greatest(d.next_at, e.resumes_at, d.claimed_until)) - now())"
        " FROM webhook_endpoints AS e JOIN webhook_deliveries AS d ON d.endpoint_id = e.id "
        f"WHERE d.state = 'waiting' AND (e.state = 'on' OR d.event = 'test') AND {_FIRST_OF_ORDER}"
    )
    return None if seconds is None else float(seconds)


async def take(connection: Connection, keys: KeyRing, delivery_id: int) -> Claimed | None:
    """What is sent for a claimed message: made at its first attempt and stored. None: it is gone
    with its endpoint, or waits no more. Raises ConfigurationError if the endpoint's secret does not
    open."""
    # A statement of its own: what is read next is the endpoint as it is once the row is ours.
    await connection.execute(
        "SELECT FROM webhook_deliveries WHERE id = $1 FOR NO KEY UPDATE", delivery_id
    )
    row = await connection.fetchrow(
        "SELECT d.id, d.message_id, d.endpoint_id, d.event, d.order_id, d.buyer_no, d.shop_id, "
        "d.occurred_at, d.amount_minor, d.currency, d.body, e.url, e.with_personal, e.sealed, "
        "CASE WHEN e.former_ends_at > now() THEN e.former_sealed END AS former_sealed "
        "FROM webhook_deliveries AS d JOIN webhook_endpoints AS e ON e.id = d.endpoint_id "
        "WHERE d.id = $1 AND d.state = 'waiting'",
        delivery_id,
    )
    if row is None:
        return None
    body: str | None = row["body"]
    if body is None:
        body = json.dumps(await _message(connection, row), ensure_ascii=False)
        await connection.execute(
            "UPDATE webhook_deliveries SET body = $2 WHERE id = $1", delivery_id, body
        )
    return Claimed(
        id=row["id"],
        message_id=row["message_id"],
        endpoint_id=row["endpoint_id"],
        url=row["url"],
        body=body.encode(),
        keys=webhooks.signing_keys(keys, row),
    )


async def _message(connection: Connection, row: Record) -> dict[str, Any]:
    data: dict[str, Any] = {"shop_id": row["shop_id"]}
    if row["event"] != _TEST:
        order = await orders.get(connection, row["order_id"])
        data |= {
            "amount_minor": row["amount_minor"],
            "currency": row["currency"] or order.currency,
            "order": _order(order),
        }
        if row["with_personal"]:
            data |= {
                "customer": await _customer(connection, row["shop_id"], row["buyer_no"]),
                "details": [each.model_dump() for each in order.details],
            }
    return {"type": row["event"], "timestamp": _iso(row["occurred_at"]), "data": data}


_SAID = {"id", "order_no", "bot_id", "buyer_no", "status", "stage", "currency", "method"} | {
    f"{part}_minor" for part in ("total", "discount", "shipping", "tax", "tip", "refunded")
}


def _order(order: Order) -> dict[str, Any]:
    """As it is when the message is made; what things cost the shop is nobody else's."""
    return order.model_dump(include=_SAID) | {
        "created_at": _iso(order.created_at),
        "paid_at": _iso(order.paid_at) if order.paid_at else None,
        "lines": [line.model_dump(exclude={"cost_minor"}) for line in order.lines],
    }


async def _customer(connection: Connection, shop_id: int, buyer_no: int) -> dict[str, Any] | None:
    found = await customers.numbered(connection, shop_id, buyer_no) if buyer_no else None
    if found is None or found.telegram_id <= 0:  # erased
        return None
    return {
        "telegram_id": found.telegram_id,
        "first_name": found.first_name,
        "username": found.username,
    }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


async def settle(connection: Connection, delivery_id: int, outcome: Outcome) -> None:
    """Logs an attempt and decides what follows: delivered, tried again later, or parked; and
    whether the endpoint is given a rest, or switched off."""
    row = await connection.fetchrow(
        "SELECT d.endpoint_id, d.shop_id, d.event, d.tries, d.state, e.failures, e.failing_since "
        "FROM webhook_endpoints AS e JOIN webhook_deliveries AS d ON d.endpoint_id = e.id "
        "WHERE d.id = $1 FOR NO KEY UPDATE",
        delivery_id,
    )
    if row is None:
        return
    is_test = row["event"] == _TEST
    tries = row["tries"] + 1
    pause = None if is_test else pause_after(tries)
    state: DeliveryState = "delivered" if outcome.is_ok else "waiting" if pause else "parked"
    if row["state"] != "waiting":  # dropped, or given up with its endpoint, while it was sent
        state = "delivered" if outcome.is_ok else row["state"]
    await connection.execute(
        "WITH noted AS (INSERT INTO webhook_attempts "
        "    (delivery_id, attempt, status, error, took_ms, answer) "
        "    SELECT id, attempts + 1, $4, $5, $6, $7 FROM webhook_deliveries WHERE id = $1) "
        "UPDATE webhook_deliveries SET state = $2, tries = $8, attempts = attempts + 1, "
        "claimed_until = NULL, next_at = now() + coalesce($3, interval '0'), "
        "settled_at = CASE WHEN $2 <> 'waiting' THEN now() END WHERE id = $1",
        delivery_id,
        state,
        pause,
        outcome.status,
        outcome.error,
        outcome.took_ms,
        outcome.answer.replace("\x00", "")[:ANSWER_CHARACTERS],
        tries,
    )
    if outcome.is_ok:
        await _answered(connection, row)
    elif not is_test:
        await _failed(connection, row, outcome)
    if state == "parked" and not is_test:
        await webhooks.announce(connection, row["shop_id"])


def pause_after(tries: int) -> timedelta | None:
    """Until the next attempt, ±10 % so that messages do not come back at once; None: no more."""
    if tries > len(PAUSES):
        return None
    return PAUSES[tries - 1] * random.uniform(0.9, 1.1)


async def _answered(connection: Connection, row: Record) -> None:
    await connection.execute(
        "UPDATE webhook_endpoints SET failures = 0, failing_since = NULL, resumes_at = NULL, "
        "last_error = NULL, succeeded_at = now() WHERE id = $1",
        row["endpoint_id"],
    )


async def _failed(connection: Connection, row: Record, outcome: Outcome) -> None:
    rest = min(timedelta(seconds=2 ** min(row["failures"], 10)), _LONGEST_REST)
    state: str = await connection.fetchval(
        "UPDATE webhook_endpoints SET failures = failures + 1, "
        "failing_since = coalesce(failing_since, now()), resumes_at = now() + $2::interval, "
        "last_error = $3, state = CASE WHEN state = 'on' "
        "    AND ($4 OR failing_since < now() - $5::interval) THEN 'failed' ELSE state END "
        "WHERE id = $1 RETURNING state",
        row["endpoint_id"],
        rest,
        outcome.error or f"answered {outcome.status}",
        outcome.status == 410,
        SWITCHED_OFF_AFTER,
    )
    if state == "failed":
        await connection.execute(
            "UPDATE webhook_deliveries SET state = 'parked', settled_at = now() "
            "WHERE endpoint_id = $1 AND state = 'waiting' AND event <> 'test'",
            row["endpoint_id"],
        )
        await webhooks.announce(connection, row["shop_id"])

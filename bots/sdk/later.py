"""Scheduling work: rows of `module_jobs`, which the worker that runs the bot runs when they are
due."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.events import Actor, Emitted, Event, EventType

if TYPE_CHECKING:  # a scope is what puts work off
    from bots.sdk.context import Scope

FIRST_PAUSE_SECONDS = 10  # after the first failure; twice as long after each other
REACTION = "reaction"  # the task of a reaction that has failed and is tried again


async def put_off(
    scope: "Scope[Any]",
    task: str,
    *,
    at: datetime,
    key: str,
    data: Mapping[str, Any],
    replace: bool,
) -> None:
    """As `Scope.later`."""
    if task not in scope.item.module.jobs.tasks:
        raise ValueError(f"{scope.item.key} has no task {task}")
    update = (
        "DO UPDATE SET due_at = EXCLUDED.due_at, not_before = EXCLUDED.due_at, "
        "data = EXCLUDED.data, buyer_no = EXCLUDED.buyer_no, attempts = 0, error = NULL, "
        "failed_at = NULL"
        if replace
        else "DO NOTHING"
    )
    await scope.connection.execute(
        "INSERT INTO module_jobs (bot_id, module, task, natural_key, due_at, not_before, "
        "buyer_no, data) VALUES ($1, $2, $3, $4, $5, $5, $6, $7) "
        f"ON CONFLICT (bot_id, module, task, natural_key) {update}",
        scope.bot_id,
        scope.item.key,
        task,
        key,
        at,
        scope.customer.buyer_no if scope.customer is not None else None,
        dict(data),
    )
    scope.transaction.jobs += 1


async def forget(scope: "Scope[Any]", task: str, key: str) -> bool:
    """As `Scope.forget`."""
    gone = await scope.connection.fetchval(
        "DELETE FROM module_jobs WHERE bot_id = $1 AND module = $2 AND task = $3 "
        "AND natural_key = $4 AND every_seconds IS NULL RETURNING id",
        scope.bot_id,
        scope.item.key,
        task,
        key,
    )
    return gone is not None


async def retry_reaction(
    scope: "Scope[Any]", reaction: str, emitted: Emitted, error: Exception
) -> None:
    """Stores a failed reaction: it is tried again as a job, and shown on the panel."""
    await scope.connection.execute(
        "INSERT INTO module_jobs (bot_id, module, task, natural_key, due_at, not_before, "
        "buyer_no, data, attempts, error, failed_at) "
        "VALUES ($1, $2, $3, $4, $5::timestamptz, $5::timestamptz + make_interval(secs => $6), "
        "$7, $8, 1, $9, $5::timestamptz)",
        scope.bot_id,
        scope.item.key,
        REACTION,
        secrets.token_hex(12),
        scope.now,
        FIRST_PAUSE_SECONDS,
        emitted.actor.buyer_no or None,
        {"reaction": reaction, **packed(emitted)},
        repr(error)[:500],
    )
    scope.transaction.jobs += 1


def packed(emitted: Emitted) -> dict[str, Any]:
    """An event as JSON; `unpacked` reverses it."""
    event, actor = emitted.event, emitted.actor
    return {
        "type": event.type.name,
        "occurred_at": event.occurred_at.isoformat(),
        "event": {name: getattr(event, name) for name in _EVENT_FIELDS},
        "actor": {name: getattr(actor, name) for name in _ACTOR_FIELDS},
    }


def unpacked(event_type: EventType, data: Mapping[str, Any]) -> tuple[Actor, Event]:
    """The event of this type from what `packed` returned."""
    occurred_at = datetime.fromisoformat(data["occurred_at"])
    return Actor(**data["actor"]), Event(event_type, occurred_at, **data["event"])


_EVENT_FIELDS = (
    *("order_id", "product_id", "variant_id", "amount_minor", "currency", "quantity"),
    *("latency_us", "outcome", "props"),
)
_ACTOR_FIELDS = (
    *("buyer_no", "session_no", "first_source_id", "last_source_id", "lang", "is_premium"),
    *("is_staff", "is_test"),
)

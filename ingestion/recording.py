"""Writes events of a shop's own code to the outbox, each once, in the caller's transaction."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from core.errors import Refused
from core.events import NOBODY, Actor, Emitted, Event, EventType, Origin, emit_all
from core.postgres import Connection
from core.shop.customers import source_of
from core.shop.write_keys import Writer
from ingestion import buyers, numbers, order_steps
from ingestion.buyers import Buyer, Identity
from ingestion.incoming import IncomingEvent
from ingestion.numbers import Named

# Actions of shoppers, which begin or continue a visit.
_GROUPS_OF_ACTS = frozenset({"audience", "gates", "discovery", "cart"})
_ACTS = frozenset({"order_created", "payment_initiated"})

_REMEMBER = """
INSERT INTO intake_events (shop_id, digest)
SELECT $1, digest FROM unnest($2::uuid[]) AS digest ORDER BY digest
ON CONFLICT DO NOTHING
RETURNING digest
"""


class BotUnknown(Refused):
    code = "bot_unknown"


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many events were new, and how many had been stored before."""

    accepted: int
    duplicates: int


async def record(
    connection: Connection,
    writer: Writer,
    bot_id: int,
    events: Sequence[IncomingEvent],
    known: Mapping[str, EventType],
) -> Recorded:
    """Appends those events to the outbox that the shop has not sent before; raises BotUnknown.

    Events of an order that say nothing new are left out under any id (`order_steps`). Everything is
    locked in one order: events, names, orders, shoppers by number, the shop's row.
    """
    origin = await origin_of(connection, writer, bot_id)
    new = await _unseen(connection, writer.shop_id, events)
    if new:
        given = await numbers.give(connection, writer.shop_id, _names(new))
        new = await order_steps.sift(connection, writer.shop_id, new, given)
        actors = await _follow(connection, writer.shop_id, new, known)
        emitted = [
            Emitted(actor, _event(event, known[event.event], given, props))
            for event, (actor, props) in zip(new, actors, strict=True)
        ]
        await emit_all(connection, origin, emitted)
    return Recorded(len(new), len(events) - len(new))


async def origin_of(connection: Connection, writer: Writer, bot_id: int = 0) -> Origin:
    """The origin of external events: no hosted bot, or a bot of the shop that is connected here."""
    if bot_id:
        is_own = await connection.fetchval(
            "SELECT EXISTS (SELECT FROM bots WHERE id = $1 AND shop_id = $2)",
            bot_id,
            writer.shop_id,
        )
        if not is_own:
            raise BotUnknown(
                f"the shop has no connected bot {bot_id}: connect it on the panel, or leave bot_id "
                "out"
            )
    return Origin(writer.shop_id, bot_id, "external", writer.retention_days)


def digest(event_id: str) -> uuid.UUID:
    """128 bits of a caller's id, or of an event's content: unique in practice."""
    return uuid.UUID(bytes=hashlib.blake2b(event_id.encode(), digest_size=16).digest())


async def _unseen(
    connection: Connection, shop_id: int, events: Sequence[IncomingEvent]
) -> list[IncomingEvent]:
    by_id: dict[str, IncomingEvent] = {}
    for event in events:
        by_id.setdefault(event.id, event)
    distinct = list(by_id.values())
    keys = [
        {digest(event.id)} | ({digest(said)} if said else set())
        for event, said in zip(distinct, order_steps.alike(distinct), strict=True)
    ]
    rows = await connection.fetch(_REMEMBER, shop_id, list(set().union(*keys)))
    fresh = {row["digest"] for row in rows}
    new = []
    for event, own in zip(distinct, keys, strict=True):
        if own <= fresh:
            new.append(event)
            fresh -= own  # from here on, events of the same content with another id are known
    return new


def _names(events: Iterable[IncomingEvent]) -> set[Named]:
    found: set[Named] = set()
    for event in events:
        if event.order_id is not None:
            found.add(("order", event.order_id))
        if event.product_id is not None:
            found.add(("product", event.product_id))
        if event.variant_id is not None:
            found.add(("variant", event.variant_id))
    return found


async def _follow(
    connection: Connection,
    shop_id: int,
    events: Sequence[IncomingEvent],
    known: Mapping[str, EventType],
) -> list[tuple[Actor, dict[str, Any]]]:
    """The actor of each event, and its properties with what is known about it, in the given order.

    Shoppers' events are processed in the order of time, whatever their order in the call.
    """
    met = await buyers.meet(connection, shop_id, _first_seen(events))
    sources = {
        code: await source_of(connection, shop_id, code)
        for code in sorted({event.source for event in events if event.source})
    }
    actors: list[tuple[Actor, dict[str, Any]]] = [(NOBODY, {})] * len(events)
    for place in sorted(range(len(events)), key=lambda place: events[place].occurred_at):
        event = events[place]
        if event.customer is None:
            nobody = replace(NOBODY, is_staff=event.is_staff, is_test=event.is_test)
            actors[place] = (nobody, event.all_props(is_first=False, is_direct=True))
            continue
        before = met[event.customer]
        buyer = _after(before, event, known[event.event], sources)
        met[event.customer] = buyer
        actor = replace(
            buyer.actor,
            is_staff=buyer.is_staff or event.is_staff,
            is_test=buyer.is_test or event.is_test,
        )
        # The envelope has the last source of any earlier start.
        is_direct = event.source is None or sources[event.source] is None
        props = event.all_props(is_first=before.started_at is None, is_direct=is_direct)
        actors[place] = (actor, props)
    await buyers.save(connection, shop_id, met.values())
    return actors


def _first_seen(events: Sequence[IncomingEvent]) -> dict[Identity, datetime]:
    seen: dict[Identity, datetime] = {}
    for event in events:
        if event.customer is not None:
            earlier = seen.get(event.customer, event.occurred_at)
            seen[event.customer] = min(earlier, event.occurred_at)
    return seen


def _after(
    buyer: Buyer,
    event: IncomingEvent,
    event_type: EventType,
    sources: Mapping[str, int | None],
) -> Buyer:
    """The shopper's state after the event."""
    buyer = replace(
        buyer,
        language=event.language or buyer.language,
        is_premium=buyer.is_premium if event.is_premium is None else event.is_premium,
    )
    name = event.event
    if name == "bot_blocked":
        return replace(buyer, blocked_at=event.occurred_at)
    if name == "bot_unblocked":
        return replace(buyer, blocked_at=None)
    if name in _ACTS or event_type.group in _GROUPS_OF_ACTS:
        buyer = buyer.acts(event.occurred_at)
    if name == "bot_started":
        source_id = sources[event.source] if event.source else None
        buyer = buyer.starts(event.occurred_at, source_id)
    return buyer


def _event(
    event: IncomingEvent,
    event_type: EventType,
    given: Mapping[Named, int],
    props: dict[str, Any],
) -> Event:
    return Event(
        event_type,
        event.occurred_at,
        order_id=given[("order", event.order_id)] if event.order_id is not None else 0,
        product_id=given[("product", event.product_id)] if event.product_id is not None else 0,
        variant_id=given[("variant", event.variant_id)] if event.variant_id is not None else 0,
        amount_minor=event.amount_minor or 0,
        currency=event.currency or "",
        quantity=event.quantity or 0,
        latency_us=event.latency_us,
        outcome=event.outcome,
        props=props,
    )

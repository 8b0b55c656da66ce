"""Corrections of imported orders: when a new import changes an order, its former events leave
ClickHouse.

The import has recorded the orders (`order_corrections`), in the transaction that brought the right
ones. The rows concerned are recorded before the first of them is deleted, so that the ledger of
arrived events is reduced by the same number, whatever fails in between; every step may be repeated.
The days that lost an event are marked, so that their figures are computed again (`late`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel

from core import people_day
from core.postgres import Connection
from core.zones import day_of

AT_ONCE = 500
# Imports from before positions were recorded: an imported refund was recorded with its order.
_TOGETHER = timedelta(seconds=5)
# No fold has so many events, so a day with this mark is always found to have changed.
_NEVER = 2**64 - 1

# The orders' new events have been shipped when none of them waits any more.
_READY = """
SELECT c.id, c.shop_id, c.order_id, c.first_pos, c.last_pos, c.going
FROM order_corrections AS c
WHERE c.done_at IS NULL AND NOT EXISTS (
    SELECT FROM outbox AS o JOIN shipments AS s ON s.shard = o.shard
    WHERE (o.shop_id, o.order_id) = (c.shop_id, c.order_id)
        AND o.pos BETWEEN c.first_pos AND c.last_pos AND (o.xid, o.pos) > (s.xid, s.pos)
)
ORDER BY c.id LIMIT $1
"""
_NOTE = "UPDATE order_corrections SET going = $2 WHERE id = $1 AND going IS NULL"
_DONE = "UPDATE order_corrections SET done_at = now() WHERE id = $1 AND done_at IS NULL RETURNING 1"
_LESS = """
INSERT INTO event_ledger AS l (shop_id, day, events) VALUES ($1, $2, -$3::bigint)
ON CONFLICT (shop_id, day) DO UPDATE SET events = l.events + EXCLUDED.events
"""
_LETTERS = """
DELETE FROM dead_letters
WHERE shop_id = $1 AND (envelope ->> 'order_id')::bigint = $2 AND pos BETWEEN $3 AND $4
    AND envelope ->> 'mode' = 'external'
    AND event IN ('order_created', 'order_paid', 'order_line', 'refund_completed')
"""
_ZONES = "SELECT id, timezone FROM shops WHERE id = ANY($1::int[])"
_EVENTS = """
SELECT shop_id, order_id, event, shard, pos, occurred_at, recorded_at
FROM events
WHERE (shop_id, order_id) IN {orders:Array(Tuple(UInt32, UInt64))} AND mode = 'external'
    AND event IN ('order_created', 'order_paid', 'order_line', 'refund_completed')
"""
_GO = """
DELETE FROM events
WHERE shop_id IN {shops:Array(UInt32)} AND (shard, pos) IN {places:Array(Tuple(UInt8, UInt64))}
"""
_MARK = """
ALTER TABLE health_day UPDATE folded_from = {never:UInt64}
WHERE (shop_id, day) IN {days:Array(Tuple(UInt32, Date))}
"""
# Until the day is folded again, the panel counts it from the events.
_UNFOLD = f"""
DELETE FROM {people_day.TABLE} WHERE (shop_id, day) IN {{days:Array(Tuple(UInt32, Date))}}
"""
_SYNC = {"mutations_sync": 2, "lightweight_deletes_sync": 2}


class _Going(BaseModel):
    """One event to be removed: its place in the outbox's numbering, and when it happened."""

    shard: int
    pos: int
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction that is recorded and not done; `going` is None as long as the rows are not
    determined."""

    id: int
    shop_id: int
    order_id: int
    first_pos: int
    last_pos: int
    going: tuple[_Going, ...] | None


@dataclass(frozen=True, slots=True)
class _StoredEvent:
    event: str
    place: _Going
    recorded_at: datetime


async def ready(connection: Connection, limit: int = AT_ONCE) -> list[Correction]:
    """The oldest that are not done and whose events have all been shipped."""
    rows = await connection.fetch(_READY, limit)
    return [
        Correction(
            row["id"],
            row["shop_id"],
            row["order_id"],
            row["first_pos"],
            row["last_pos"],
            None
            if row["going"] is None
            else tuple(_Going.model_validate(each) for each in row["going"]),
        )
        for row in rows
    ]


async def finish(
    connection: Connection, client: Client, corrections: Sequence[Correction]
) -> dict[date, set[int]]:
    """Carries them out; safe to repeat. Returns the days that lost events, with the shops."""
    if not corrections:
        return {}
    going = await _note(connection, client, corrections)
    places = [each for found in going.values() for each in found]
    shops = sorted({each.shop_id for each in corrections})
    days: defaultdict[date, set[int]] = defaultdict(set)
    zones = {row["id"]: row["timezone"] for row in await connection.fetch(_ZONES, shops)}
    for each in corrections:
        for event in going[each.id]:
            days[day_of(event.occurred_at, zones[each.shop_id])].add(each.shop_id)
    if places:
        client.command(
            _GO,
            parameters={"shops": shops, "places": [(each.shard, each.pos) for each in places]},
            settings=_SYNC,
        )
        marked = [(shop_id, day) for day, here in days.items() for shop_id in sorted(here)]
        async with people_day.in_turn(connection):
            client.command(_UNFOLD, parameters={"days": marked}, settings=_SYNC)
        client.command(_MARK, parameters={"never": _NEVER, "days": marked}, settings=_SYNC)
    for each in corrections:
        async with connection.transaction():
            await _close(connection, each, going[each.id])
    return dict(days)


async def _note(
    connection: Connection, client: Client, corrections: Sequence[Correction]
) -> dict[int, tuple[_Going, ...]]:
    """Determines and records the events to remove for each correction; returns them by its id."""
    noted = {each.id: each.going for each in corrections if each.going is not None}
    anew = [each for each in corrections if each.going is None]
    stored = _stored_events(client, anew) if anew else {}
    for each in anew:
        found = tuple(_of(each, stored.get((each.shop_id, each.order_id), [])))
        await connection.execute(_NOTE, each.id, [one.model_dump(mode="json") for one in found])
        noted[each.id] = found
    return noted


def _stored_events(
    client: Client, corrections: Sequence[Correction]
) -> Mapping[tuple[int, int], list[_StoredEvent]]:
    orders = sorted({(each.shop_id, each.order_id) for each in corrections})
    found: defaultdict[tuple[int, int], list[_StoredEvent]] = defaultdict(list)
    for shop_id, order_id, event, shard, pos, occurred_at, recorded_at in client.query(
        _EVENTS, parameters={"orders": orders}
    ).result_rows:
        place = _Going(shard=shard, pos=pos, occurred_at=occurred_at.replace(tzinfo=UTC))
        found[shop_id, order_id].append(_StoredEvent(event, place, recorded_at))
    return found


def _of(correction: Correction, stored: Sequence[_StoredEvent]) -> Iterator[_Going]:
    within = [e for e in stored if correction.first_pos <= e.place.pos <= correction.last_pos]
    created = [each.recorded_at for each in within if each.event == "order_created"]
    for each in within:
        is_imported = (
            correction.first_pos > 0
            or each.event != "refund_completed"
            or any(abs(each.recorded_at - moment) < _TOGETHER for moment in created)
        )
        if is_imported:
            yield each.place


async def _close(connection: Connection, correction: Correction, going: Sequence[_Going]) -> None:
    if await connection.fetchval(_DONE, correction.id) is None:
        return
    await connection.execute(
        _LETTERS,
        correction.shop_id,
        correction.order_id,
        correction.first_pos,
        correction.last_pos,
    )
    # The ledger's days are in UTC.
    lost = Counter(day_of(each.occurred_at, "UTC") for each in going)
    for day, events in sorted(lost.items()):
        await connection.execute(_LESS, correction.shop_id, day, events)

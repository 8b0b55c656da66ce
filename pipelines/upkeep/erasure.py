"""Erasing shoppers from ClickHouse, whom `core.shop.erasures` has erased from PostgreSQL: the free
texts of their events, or the events as well.

It follows when all events of the person have been shipped, for all recorded erasures at once,
repeated until it has succeeded (`finish`). What was computed before and is stored after it does not
bring them back (`pipelines.departed`).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from clickhouse_connect.driver.client import Client

from core import people_day
from core.people_in_events import FREE_TEXT, IN_BITMAPS, TABLES, THEIRS
from core.postgres import Connection
from core.shop import export_jobs
from pipelines import departed

# The person's last event was committed before the erasure: it has been shipped when none of their
# events waits any more.
_READY = """
SELECT e.shop_id, e.buyer_no, e.with_events, e.counted FROM erasures AS e
WHERE e.done_at IS NULL AND NOT EXISTS (
    SELECT FROM outbox AS o JOIN shipments AS s ON s.shard = o.shard
    WHERE (o.shop_id, o.buyer_no) = (e.shop_id, e.buyer_no) AND (o.xid, o.pos) > (s.xid, s.pos)
)
ORDER BY e.requested_at LIMIT $1
"""
_DONE = """
UPDATE erasures SET done_at = now()
WHERE (shop_id, buyer_no, with_events) = ($1, $2, $3) AND done_at IS NULL RETURNING counted
"""
_LESS = """
INSERT INTO event_ledger AS l (shop_id, day, events) VALUES ($1, $2, -$3::bigint)
ON CONFLICT (shop_id, day) DO UPDATE SET events = l.events + EXCLUDED.events
"""
_DAYS = f"""
SELECT shop_id, buyer_no, toDate(occurred_at) AS day, count() AS events
FROM events WHERE {THEIRS} GROUP BY shop_id, buyer_no, day
"""
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure that is recorded and not done in ClickHouse yet."""

    shop_id: int
    buyer_no: int
    with_events: bool
    is_counted: bool

    @property
    def person(self) -> tuple[int, int]:
        return self.shop_id, self.buyer_no


async def ready(connection: Connection) -> list[Erasure]:
    """The erasures that are not done in ClickHouse, and whose events have all been shipped."""
    rows = await connection.fetch(_READY, _AT_ONCE)
    return [
        Erasure(row["shop_id"], row["buyer_no"], row["with_events"], row["counted"] is not None)
        for row in rows
    ]


async def finish(connection: Connection, client: Client, erasures: Sequence[Erasure]) -> None:
    """Erases them in ClickHouse, all by one mutation per table; safe to repeat.

    The rows to remove are counted and recorded before the first one is removed, so that the ledger
    of arrived events (data health) is reduced by the same number, whatever fails in between.
    """
    everything = [each for each in erasures if each.with_events]
    uncounted = [each.person for each in everything if not each.is_counted]
    days: defaultdict[tuple[int, int], dict[str, int]] = defaultdict(dict)
    if uncounted:
        for shop_id, buyer_no, day, events in client.query(
            _DAYS, parameters={"who": uncounted}
        ).result_rows:
            days[shop_id, buyer_no][str(day)] = events
        for person in uncounted:
            await connection.execute(
                "UPDATE erasures SET counted = $3 "
                "WHERE (shop_id, buyer_no) = ($1, $2) AND with_events AND counted IS NULL",
                *person,
                days[person],
            )
    if everything:
        async with departed.removing(connection):
            for (table,) in client.query(TABLES).result_rows:
                _mutate(client, f"DELETE FROM {table} WHERE {THEIRS}", everything)
            async with people_day.in_turn(connection):
                _unfold(client, everything)
    if texts := [each for each in erasures if not each.with_events]:
        _mutate(client, f"ALTER TABLE events UPDATE props = '' WHERE {FREE_TEXT}", texts)
    for each in erasures:
        async with connection.transaction():
            await _close(connection, each)


async def _close(connection: Connection, erasure: Erasure) -> None:
    counted = await connection.fetchval(_DONE, *erasure.person, erasure.with_events)
    # Files that were written since it was asked for may hold what has gone only now.
    await export_jobs.withdraw(connection, erasure.shop_id, with_events=erasure.with_events)
    for day, events in (counted or {}).items():
        await connection.execute(_LESS, erasure.shop_id, date.fromisoformat(day), events)


def _unfold(client: Client, erasures: Sequence[Erasure]) -> None:
    """Removes the days whose bitmaps hold one of them: until these are folded again, the panel
    counts them from the events."""
    who = {"who": [each.person for each in erasures]}
    days = client.query(f"SELECT DISTINCT shop_id, day {IN_BITMAPS}", parameters=who).result_rows
    if days:
        client.command(
            f"DELETE FROM {people_day.TABLE} "
            "WHERE (shop_id, day) IN {days:Array(Tuple(UInt32, Date))}",
            parameters={"days": days},
            settings={"lightweight_deletes_sync": 2},
        )


def _mutate(client: Client, statement: str, erasures: Sequence[Erasure]) -> None:
    client.command(
        statement,
        parameters={"who": [each.person for each in erasures]},
        settings={"mutations_sync": 2, "lightweight_deletes_sync": 2},
    )


def remaining(client: Client, shop_id: int, buyer_no: int) -> dict[str, int]:
    """ClickHouse's data about the person: rows by table, and events with a free text."""
    values = {"who": [(shop_id, buyer_no)]}
    found: dict[str, int] = {}
    for (table,) in client.query(TABLES).result_rows:
        rows = client.query(f"SELECT count() FROM {table} WHERE {THEIRS}", parameters=values)
        found[table] = rows.result_rows[0][0]
    bitmaps = client.query(f"SELECT count() {IN_BITMAPS}", parameters=values)
    found[people_day.TABLE] = bitmaps.result_rows[0][0]
    texts = client.query(f"SELECT count() FROM events WHERE {FREE_TEXT}", parameters=values)
    return found | {"free text": texts.result_rows[0][0]}

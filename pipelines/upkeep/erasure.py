"""Erasing a shopper: personal data are deleted from PostgreSQL, free texts from ClickHouse.

The rest remains without a person: orders and payments, and events under a `buyer_no` that no longer
leads to anyone, so that the shop's past figures stay true. With `with_events` the events are
deleted, too, and figures that are computed again will not include them. The rows that belong to a
person are declared beside the tables (`core.people`), a module's by the module.

PostgreSQL is done in one transaction, which also records the erasure; ClickHouse follows when all
events of the person have been shipped, for all recorded erasures at once, repeated until it has
succeeded (`finish`).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from clickhouse_connect.driver.client import Client

from core import people, people_day
from core.errors import NotFound, Refused
from core.migrations import leftovers
from core.modules import Modules
from core.people import Declaration
from core.postgres import Connection
from core.shop import export_jobs
from core.shop.people import PEOPLE

_FIND = """
SELECT buyer_no FROM customers
WHERE shop_id = $1 AND (telegram_id = $2 OR buyer_no = $3 OR external_id = $4)
"""
_LETTERS = """
DELETE FROM dead_letters WHERE shop_id = $1 AND (envelope ->> 'buyer_no')::bigint = $2
"""
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
_ONES = "(shop_id, buyer_no) IN {who:Array(Tuple(UInt32, UInt64))}"
# Only the intake stores texts outside of modules' tables.
_FREE_TEXT = f"{_ONES} AND mode = 'external' AND props != ''"
_DAYS = f"""
SELECT shop_id, buyer_no, toDate(occurred_at) AS day, count() AS events
FROM events WHERE {_ONES} GROUP BY shop_id, buyer_no, day
"""
_WITH_BUYERS = """
SELECT c.table FROM system.columns AS c
INNER JOIN system.tables AS t ON t.database = c.database AND t.name = c.table
WHERE c.database = currentDatabase() AND c.name = 'buyer_no' AND t.engine LIKE '%MergeTree'
    AND t.name NOT LIKE 'staging%'
"""
# Rows of the roll-up that have one of them.
_IN_BITMAPS = f"""
FROM {people_day.TABLE} WHERE bitmapHasAny(people, bitmapBuild(arrayMap(one -> one.2,
    arrayFilter(one -> one.1 = shop_id, {{who:Array(Tuple(UInt32, UInt64))}}))))
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


async def find(
    connection: Connection,
    shop_id: int,
    *,
    telegram_id: int | None = None,
    buyer_no: int | None = None,
    external_id: str | None = None,
) -> int:
    """The customer's `buyer_no`; raises NotFound."""
    found: int | None = await connection.fetchval(
        _FIND, shop_id, telegram_id, buyer_no, external_id
    )
    if found is None:
        raise NotFound(f"shop {shop_id} has no such customer")
    return found


async def declared(
    connection: Connection, modules: Modules | None = None
) -> tuple[Declaration, ...]:
    """What core and the modules (None: all that are installed) declare about people, and what is
    found in the tables of removed modules."""
    known = modules or Modules.discover()
    declarations = PEOPLE + known.people()
    left = await leftovers(connection, known.manifests)
    tables = [table for each in left for table in each.tables.get("postgres", [])]
    return (*declarations, *await people.found_in(connection, tables))


async def count(
    connection: Connection, shop_id: int, buyer_no: int, *, modules: Modules | None = None
) -> dict[str, int]:
    """How many rows of PostgreSQL lead to the person, by table."""
    return await people.count(connection, await declared(connection, modules), shop_id, buyer_no)


async def hand_out(
    connection: Connection, shop_id: int, buyer_no: int, *, modules: Modules | None = None
) -> dict[str, list[dict[str, Any]]]:
    """PostgreSQL's data about the person that are handed out to them: rows by table."""
    return await people.export(connection, await declared(connection, modules), shop_id, buyer_no)


async def erase(
    connection: Connection,
    shop_id: int,
    buyer_no: int,
    *,
    with_events: bool,
    modules: Modules | None = None,
) -> None:
    """Erases the person from PostgreSQL, and records it for ClickHouse.

    Raises Refused while something that they paid for is in progress.
    """
    declarations = await declared(connection, modules)
    await connection.fetchval(
        "SELECT buyer_no FROM customers WHERE shop_id = $1 AND buyer_no = $2 FOR UPDATE",
        shop_id,
        buyer_no,
    )
    if waits := await people.under_way(connection, declarations, shop_id, buyer_no):
        raise Refused(
            f"still under way: {'; '.join(each.en for each in waits)}: erase them when that is done"
        )
    if with_events:  # if they were sent again, the data would come back
        await connection.execute(_LETTERS, shop_id, buyer_no)
    await people.erase(connection, declarations, shop_id, buyer_no)
    await export_jobs.withdraw(connection, shop_id, with_events=with_events)
    await connection.execute(
        "INSERT INTO erasures (shop_id, buyer_no, with_events) VALUES ($1, $2, $3) "
        "ON CONFLICT (shop_id, buyer_no, with_events) DO UPDATE SET done_at = NULL, counted = NULL",
        shop_id,
        buyer_no,
        with_events,
    )


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
        for (table,) in client.query(_WITH_BUYERS).result_rows:
            _mutate(client, f"DELETE FROM {table} WHERE {_ONES}", everything)
        async with people_day.in_turn(connection):
            _unfold(client, everything)
    if texts := [each for each in erasures if not each.with_events]:
        _mutate(client, f"ALTER TABLE events UPDATE props = '' WHERE {_FREE_TEXT}", texts)
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
    days = client.query(f"SELECT DISTINCT shop_id, day {_IN_BITMAPS}", parameters=who).result_rows
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
    for (table,) in client.query(_WITH_BUYERS).result_rows:
        rows = client.query(f"SELECT count() FROM {table} WHERE {_ONES}", parameters=values)
        found[table] = rows.result_rows[0][0]
    bitmaps = client.query(f"SELECT count() {_IN_BITMAPS}", parameters=values)
    found[people_day.TABLE] = bitmaps.result_rows[0][0]
    texts = client.query(f"SELECT count() FROM events WHERE {_FREE_TEXT}", parameters=values)
    return found | {"free text": texts.result_rows[0][0]}

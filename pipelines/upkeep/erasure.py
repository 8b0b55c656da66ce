"""Erasing a shopper: who they are goes from PostgreSQL, what they wrote from ClickHouse.

What stays is nobody's: orders and payments without a person, and events under a `buyer_no` that
leads to no one, so that the shop's past figures stay true. With `with_events` the events go, too,
and figures that are computed again will not have them.

PostgreSQL is done in one transaction, which also records the erasure; ClickHouse follows when all
events of the person have been shipped, for all recorded erasures in one go, again and again until
it has worked (`finish`).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from clickhouse_connect.driver.client import Client

from core.errors import NotFound, Refused
from core.postgres import Connection

_FIND = """
SELECT buyer_no FROM customers
WHERE shop_id = $1 AND (telegram_id = $2 OR buyer_no = $3 OR external_id = $4)
"""
_WHO = """
WITH who AS (
    SELECT c.shop_id, c.buyer_no, c.telegram_id,
        ARRAY(SELECT id FROM bots WHERE shop_id = c.shop_id) AS bot_ids
    FROM customers AS c WHERE c.shop_id = $1 AND c.buyer_no = $2
)
"""
# What PostgreSQL knows of a person: a table, and which of its rows `t` are theirs.
_PLACES: dict[str, str] = {
    "dead_letters": (
        "t.shop_id = who.shop_id AND (t.envelope ->> 'buyer_no')::bigint = who.buyer_no"
        " AND t.envelope ->> 'mode' = 'external' AND t.envelope ->> 'props' != ''"
    ),
    # What the owner wrote of them.
    "fraud_allow": "(t.shop_id, t.buyer_no) = (who.shop_id, who.buyer_no) AND t.note != ''",
    "fraud_labels": "(t.shop_id, t.buyer_no) = (who.shop_id, who.buyer_no) AND t.note != ''",
    "bot_peers": "t.peer_id = who.telegram_id AND t.bot_id = ANY(who.bot_ids)",
    "outgoing": "t.chat_id = who.telegram_id AND t.bot_id = ANY(who.bot_ids)",
    "unbooked_payments": "t.payer_telegram_id = who.telegram_id AND t.shop_id = who.shop_id",
    "payments": (
        "t.payer_telegram_id = who.telegram_id"
        " AND t.order_id IN (SELECT id FROM orders WHERE shop_id = who.shop_id)"
    ),
    # Their number, which stays; last, for who they are is read from here.
    "customers": (
        "(t.shop_id, t.buyer_no) = (who.shop_id, who.buyer_no)"
        " AND (t.telegram_id > 0 OR t.external_id IS NOT NULL)"
    ),
}
_ERASE: dict[str, str] = {
    # A refused event may be sent again, but without what they wrote.
    "dead_letters": (
        'UPDATE dead_letters AS t SET envelope = t.envelope || \'{"props": ""}\' FROM who'
    ),
    "fraud_allow": "UPDATE fraud_allow AS t SET note = '' FROM who",
    "fraud_labels": "UPDATE fraud_labels AS t SET note = '' FROM who",
    "bot_peers": "DELETE FROM bot_peers AS t USING who",
    "outgoing": "DELETE FROM outgoing AS t USING who",
    "unbooked_payments": "UPDATE unbooked_payments AS t SET payer_telegram_id = 0 FROM who",
    "payments": "UPDATE payments AS t SET payer_telegram_id = 0 FROM who",
    # A number that cannot be Telegram's.
    "customers": (
        "UPDATE customers AS t SET telegram_id = -t.buyer_no, external_id = NULL,"
        " first_name = '', username = NULL, language = '' FROM who"
    ),
}
_UNDER_WAY = f"""
{_WHO}
SELECT (SELECT count(*) FROM outgoing AS t, who WHERE {_PLACES["outgoing"]}
        AND t.state = 'pending') AS messages,
    (SELECT count(*) FROM unbooked_payments AS t, who WHERE {_PLACES["unbooked_payments"]}
        AND t.booked_at IS NULL) AS payments
"""
_LETTERS = """
DELETE FROM dead_letters WHERE shop_id = $1 AND (envelope ->> 'buyer_no')::bigint = $2
"""
# Their last event was committed when the erasure was: it has been shipped when nothing of theirs
# waits any more.
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
# Only the intake brings texts that are not a module's own.
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
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Erasure:
    """One that is recorded and not done in ClickHouse yet."""

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


async def count(connection: Connection, shop_id: int, buyer_no: int) -> dict[str, int]:
    """Rows of PostgreSQL that lead to the person, by table."""
    return {
        table: await connection.fetchval(
            f"{_WHO} SELECT count(*) FROM {table} AS t, who WHERE {where}", shop_id, buyer_no
        )
        for table, where in _PLACES.items()
    }


async def erase(connection: Connection, shop_id: int, buyer_no: int, *, with_events: bool) -> None:
    """Erases the person from PostgreSQL, and records it for ClickHouse.

    Raises Refused while something that they paid for is on its way.
    """
    await connection.fetchval(
        "SELECT buyer_no FROM customers WHERE shop_id = $1 AND buyer_no = $2 FOR UPDATE",
        shop_id,
        buyer_no,
    )
    under_way = await connection.fetchrow(_UNDER_WAY, shop_id, buyer_no)
    assert under_way is not None  # it has no FROM
    if under_way["messages"] or under_way["payments"]:
        raise Refused(
            f"{under_way['messages']} messages to them and {under_way['payments']} payments of "
            "theirs are under way: erase them when those have arrived"
        )
    if with_events:  # sent again, they would come back
        await connection.execute(_LETTERS, shop_id, buyer_no)
    for table, statement in _ERASE.items():
        await connection.execute(f"{_WHO} {statement} WHERE {_PLACES[table]}", shop_id, buyer_no)
    await connection.execute(
        "INSERT INTO erasures (shop_id, buyer_no, with_events) VALUES ($1, $2, $3) "
        "ON CONFLICT (shop_id, buyer_no, with_events) DO UPDATE SET done_at = NULL, counted = NULL",
        shop_id,
        buyer_no,
        with_events,
    )


async def ready(connection: Connection) -> list[Erasure]:
    """The erasures that ClickHouse still waits for, and whose events have all been shipped."""
    rows = await connection.fetch(_READY, _AT_ONCE)
    return [
        Erasure(row["shop_id"], row["buyer_no"], row["with_events"], row["counted"] is not None)
        for row in rows
    ]


async def finish(connection: Connection, client: Client, erasures: Sequence[Erasure]) -> None:
    """Does them in ClickHouse, all by one mutation a table; may be repeated at will.

    What goes is counted and put on record before the first of it goes, so that the ledger of
    arrived events (data health) is lessened by the same number, whatever fails in between.
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
    if texts := [each for each in erasures if not each.with_events]:
        _mutate(client, f"ALTER TABLE events UPDATE props = '' WHERE {_FREE_TEXT}", texts)
    for each in erasures:
        async with connection.transaction():
            await _close(connection, each)


async def _close(connection: Connection, erasure: Erasure) -> None:
    counted = await connection.fetchval(_DONE, *erasure.person, erasure.with_events)
    for day, events in (counted or {}).items():
        await connection.execute(_LESS, erasure.shop_id, date.fromisoformat(day), events)


def _mutate(client: Client, statement: str, erasures: Sequence[Erasure]) -> None:
    client.command(
        statement,
        parameters={"who": [each.person for each in erasures]},
        settings={"mutations_sync": 2, "lightweight_deletes_sync": 2},
    )


def remaining(client: Client, shop_id: int, buyer_no: int) -> dict[str, int]:
    """What ClickHouse has of the person: rows by table, and events with a free text."""
    values = {"who": [(shop_id, buyer_no)]}
    found: dict[str, int] = {}
    for (table,) in client.query(_WITH_BUYERS).result_rows:
        rows = client.query(f"SELECT count() FROM {table} WHERE {_ONES}", parameters=values)
        found[table] = rows.result_rows[0][0]
    texts = client.query(f"SELECT count() FROM events WHERE {_FREE_TEXT}", parameters=values)
    return found | {"free text": texts.result_rows[0][0]}

"""Makes the stores agree after one of them, or both, were restored: each event once.

PostgreSQL decides. An event is known by its shard and number. ClickHouse should have those that the
outbox says were shipped, and those of emptied slots, whose numbers are not beyond
`outbox_slot.emptied_pos`:

- what ClickHouse has beyond that and PostgreSQL does not know is of a later time than PostgreSQL
  was restored to: it is moved to a table of its own, `set_aside_…`;
- what waits in the outbox is taken out of ClickHouse, and shipped again under a new token, for a
  restored ClickHouse does not recognise the former one;
- what was shipped, is still in the outbox and is missing in ClickHouse is shipped again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import structlog
from clickhouse_connect.driver.client import Client

from core.errors import Refused
from core.migrations import replicas
from core.postgres import Connection
from core.shipments import LOCK_CLASS

log = structlog.get_logger()

SET_ASIDE = "set_aside_"
_SHIPPED = "staging_reconciled_shipped"
_WAITING = "staging_reconciled_waiting"

_LEADERS = f"""
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND classid = {LOCK_CLASS}
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
# Missing on purpose: events of erased people and of deleted shops, and those that a correction of
# their order has taken out.
_OUTBOX = """
WITH corrected AS (
    SELECT (event ->> 'shard')::int AS shard, (event ->> 'pos')::bigint AS pos
    FROM order_corrections AS c CROSS JOIN jsonb_array_elements(c.going) AS event
)
SELECT o.shard, o.pos, (o.xid, o.pos) <= (s.xid, s.pos) AS is_shipped,
    EXISTS (
        SELECT FROM erasures AS e
        WHERE (e.shop_id, e.buyer_no) = (o.shop_id, o.buyer_no) AND e.with_events
    )
    OR o.shop_id IN (SELECT shop_id FROM deleted_shops)
    OR (o.shard, o.pos) IN (SELECT shard, pos FROM corrected) AS is_gone
FROM outbox AS o JOIN shipments AS s USING (shard)
"""
_REFUSED = "SELECT shard, pos FROM dead_letters"
_NO_BATCH = """
UPDATE shipments
SET pending_xid = NULL, pending_pos = NULL, pending_rows = NULL, pending_shops = NULL,
    pending_token = NULL, pending_since = NULL
"""
# Behind the shard's position, as a new row would be.
_AGAIN = """
UPDATE outbox AS o SET xid = pg_current_xact_id(), cluster = outbox_cluster()
FROM unnest($1::int[], $2::bigint[]) AS missing (shard, pos)
WHERE (o.shard, o.pos) = (missing.shard, missing.pos)
"""
# No number is ever given twice.
_ADVANCE = """
SELECT setval('outbox_pos', $1::bigint) FROM outbox_pos
WHERE last_value < $1::bigint
"""

# The events that should not be there, as runs between those of their shard that stay. A mutation
# names them by numbers: one with a subquery is refused for replicated tables, as each replica would
# answer it by itself, and only one of them has the staged rows.
_RUNS = f"""
SELECT (kind = 'unknown')::Bool, shard, min(pos), max(pos), sum(copies),
    (SELECT count() FROM {_SHIPPED}) + (SELECT count() FROM {_WAITING})
FROM (
    SELECT shard, pos, copies, kind,
        row_number() OVER (PARTITION BY shard ORDER BY pos)
            - row_number() OVER (PARTITION BY shard, kind ORDER BY pos) AS run
    FROM (
        SELECT shard, pos, count() AS copies, multiIf(
            (shard, pos) IN (SELECT shard, pos FROM {_WAITING}), 'waiting',
            (shard, pos) IN (SELECT shard, pos FROM {_SHIPPED}), 'shipped', 'unknown') AS kind
        FROM events
        WHERE pos > {{emptied:UInt64}} OR (shard, pos) IN (SELECT shard, pos FROM {_WAITING})
        GROUP BY shard, pos
    )
)
WHERE kind != 'shipped'
GROUP BY kind, shard,
    if(pos > {{emptied:UInt64}}, run, 0), if(pos > {{emptied:UInt64}}, 0, pos)  -- these alone
ORDER BY shard, min(pos)
"""
_RUNS_AT_ONCE = 500  # about 25 kB of a statement
_DAYS = "SELECT min(toDate(occurred_at)), max(toDate(occurred_at)) FROM {table}"
_MISSING = f"""
SELECT shard, pos FROM {_SHIPPED} WHERE NOT is_gone AND (shard, pos) NOT IN
    (SELECT shard, pos FROM events WHERE pos >= (SELECT min(pos) FROM {_SHIPPED}))
"""
_LIVE = """
INSERT INTO live_minute (shop_id, minute, event, currency, events, amount_minor, quantity)
SELECT shop_id, toStartOfMinute(occurred_at) AS minute, event, currency, count(),
    sum(amount_minor), sum(quantity)
FROM events
WHERE NOT is_staff AND NOT is_test AND occurred_at >= now() - INTERVAL 48 HOUR
GROUP BY shop_id, minute, event, currency
"""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was done: events set aside (in which table, of which days, UTC), events that are shipped
    again although ClickHouse had them (`repeated`) or because it lacks them (`sent_again`)."""

    set_aside: int
    table: str | None
    days: tuple[date, date] | None
    repeated: int
    sent_again: int

    @property
    def is_nothing(self) -> bool:
        return not (self.set_aside or self.repeated or self.sent_again)


async def reconcile(connection: Connection, client: Client) -> Reconciled:
    """Makes the stores agree; safe to repeat. `client` is of the user who may change tables.

    Nobody may ship meanwhile: raises Refused if somebody does. With replicas, `client` stays with
    one of them, and all must be there.
    """
    async with connection.transaction():
        await connection.execute("LOCK TABLE shipments IN EXCLUSIVE MODE")
        if await connection.fetchval(_LEADERS):
            raise Refused("a shipper is running: stop the services, all but the two stores, first")
        emptied: int = await connection.fetchval("SELECT emptied_pos FROM outbox_slot")
        rows = await connection.fetch(_OUTBOX)
        shipped = [(row["shard"], row["pos"], row["is_gone"]) for row in rows if row[2]]
        waiting = [(row["shard"], row["pos"], False) for row in rows if not row[2]]
        waiting += [(row["shard"], row["pos"], False) for row in await connection.fetch(_REFUSED)]
        if replicas.is_replicated(client.query(replicas.ENGINE)):
            client.command("SYSTEM SYNC REPLICA events")
        try:
            _stage(client, _SHIPPED, shipped)
            _stage(client, _WAITING, waiting)
            found = _clear(client, emptied, len(shipped) + len(waiting))
            missing = client.query(_MISSING).result_rows if shipped else []
        finally:
            for table in (_SHIPPED, _WAITING):
                client.command(f"DROP TABLE IF EXISTS {table} SYNC")
        await connection.execute(_NO_BATCH)
        await connection.execute(_AGAIN, *_columns(missing))
        last = client.command("SELECT max(pos) FROM events")
        aside = client.command(f"SELECT max(pos) FROM {found.table}") if found.table else 0
        await connection.execute(_ADVANCE, max(int(str(last)), int(str(aside))))
    done = Reconciled(found.set_aside, found.table, found.days, found.repeated, len(missing))
    log.info("reconciled", set_aside=done.set_aside, again=done.repeated + done.sent_again)
    return done


def _columns(rows: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
    return [row[0] for row in rows], [row[1] for row in rows]


def _stage(client: Client, table: str, rows: Sequence[tuple[int, int, bool]]) -> None:
    client.command(f"DROP TABLE IF EXISTS {table} SYNC")
    client.command(
        f"CREATE TABLE {table} (shard UInt8, pos UInt64, is_gone Bool) "
        "ENGINE = MergeTree ORDER BY (shard, pos)"
    )
    # RowBinary is the values one after another, as a packed record is.
    packed = np.array(rows, dtype=[("shard", "u1"), ("pos", "<u8"), ("is_gone", "u1")])
    columns = ["shard", "pos", "is_gone"]
    client.raw_insert(table, columns, packed.tobytes(), fmt="RowBinary")


@dataclass(frozen=True, slots=True)
class _Run:
    """Events of one shard from the number `first` to `last`, all of which go; those that PostgreSQL
    does not know are set aside."""

    is_unknown: bool
    shard: int
    first: int
    last: int
    events: int


def _clear(client: Client, emptied: int, staged: int) -> Reconciled:
    """Takes out of ClickHouse what it should not have, or not have yet; minutes are counted anew in
    any case, for theirs may be of another moment than the events."""
    found = _take_out(client, _surplus(client, emptied, staged))
    client.command("TRUNCATE TABLE live_minute")
    client.command(_LIVE, settings={"insert_deduplicate": 0})
    return found


def _surplus(client: Client, emptied: int, staged: int) -> list[_Run]:
    """Raises Refused if the answer is of a server that has not the `staged` rows."""
    rows = client.query(_RUNS, {"emptied": emptied}).result_rows
    if any(row[-1] != staged for row in rows):
        raise Refused(
            "ClickHouse's address led to another replica meanwhile: let it lead to one, and run "
            "`vitrina restore --reconcile`"
        )
    return [_Run(*row[:-1]) for row in rows]


def _conditions(runs: Sequence[_Run]) -> Iterator[str]:
    """What is true of these events and of no others; some at a time."""
    for start in range(0, len(runs), _RUNS_AT_ONCE):
        yield " OR ".join(
            f"(shard = {run.shard} AND pos BETWEEN {run.first} AND {run.last})"
            for run in runs[start : start + _RUNS_AT_ONCE]
        )


def _take_out(client: Client, runs: Sequence[_Run]) -> Reconciled:
    unknown = [run for run in runs if run.is_unknown]
    table = days = None
    if unknown:
        table = f"{SET_ASIDE}{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
        client.command(f"CREATE TABLE {table} AS events")
        for condition in _conditions(unknown):
            client.command(
                f"INSERT INTO {table} SELECT * FROM events WHERE {condition}",
                settings={"max_partitions_per_insert_block": 0},
            )
        first, last = client.query(_DAYS.format(table=table)).result_rows[0]
        days = (first, last)
    for condition in _conditions(runs):
        client.command(
            f"ALTER TABLE events DELETE WHERE {condition}", settings={"mutations_sync": 2}
        )
    aside = sum(run.events for run in unknown)
    return Reconciled(aside, table, days, sum(run.events for run in runs) - aside, 0)

"""Migrated databases as they were before a test, so that the next test may have them.

Making one anew costs a quarter of a processor second (some hundred files are copied, some thirty
tables of ClickHouse made), more than most tests; restoring what a test wrote to costs a tenth of
that.
"""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from asyncpg import Connection, Record
from clickhouse_connect.driver.client import Client

_ENDING_MS = 10_000  # how long the sessions that a test left may take to end

_OTHERS = """
FROM pg_stat_get_activity(NULL)
WHERE datid = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND pid <> pg_backend_pid()
"""
# What they did is counted by the time they are gone.
_END_OTHERS = f"SELECT pg_terminate_backend(pid, $1) {_OTHERS}"
# To end one fails if it does not end in time, and also if it has just ended by itself.
_OTHERS_ARE_LEFT = f"SELECT count(*) > 0 {_OTHERS}"
_OURS = "relnamespace = 'public'::regnamespace"
_FILLED = f"""
SELECT oid::regclass::text FROM pg_class
WHERE relkind = 'r' AND {_OURS} AND pg_relation_size(oid) > 0
"""
# Few rows are soonest gone by DELETE; many, and what ANALYZE wrote of them, by new files, which
# tables that others refer to cannot have without all of those.
_WRITTEN = """
SELECT oid::bigint, oid::regclass::text AS name,
    pg_relation_size(oid) > 500000 OR reltuples >= 0 AS is_large
FROM pg_class WHERE oid = ANY($1::oid[]) ORDER BY oid
"""
_REFERRED_TO = """
SELECT DISTINCT confrelid::bigint FROM pg_constraint
WHERE contype = 'f' AND conrelid <> confrelid
"""
_SEQUENCES = f"""
SELECT oid::regclass::text AS name, pg_sequence_last_value(oid), seqstart
FROM pg_class JOIN pg_sequence ON seqrelid = oid
WHERE {_OURS}
"""
# A change leaves a row of a catalogue with a later transaction, or one row more or less. In
# pg_class alone emptying a table does so as well.
_CATALOGUES = (
    "pg_attrdef",
    "pg_attribute",
    "pg_constraint",
    "pg_db_role_setting",
    "pg_event_trigger",
    "pg_extension",
    "pg_index",
    "pg_namespace",
    "pg_policy",
    "pg_proc",
    "pg_rewrite",
    "pg_sequence",
    "pg_statistic_ext",
    "pg_trigger",
    "pg_ts_config",
    "pg_ts_dict",
    "pg_type",
)
_SHAPE = " || ".join(
    [
        "(SELECT md5(string_agg(concat_ws(' ', oid, relname, relnamespace, relkind, relnatts,"
        " relpersistence, reltablespace, relchecks, relacl, reloptions), ',' ORDER BY oid))"
        " FROM pg_class WHERE oid >= 16384)"
    ]
    + [
        f"(SELECT concat(count(*), '/', max(xmin::text::bigint), ' ') FROM {name})"
        for name in _CATALOGUES
    ]
)
# PostgreSQL counts what is done, also what is rolled back: to ask that takes a tenth of looking.
_CHANGES = " + ".join(
    f"pg_stat_get_tuples_{done}('pg_catalog.{name}'::regclass)"
    for name in ("pg_class", *_CATALOGUES)
    for done in ("inserted", "updated", "deleted")
)
# Since when it counts. A crash, of whatever session, resets all that the server counts; the one of
# the background writer's says when. A new database has no moment of its own.
_COUNTED_SINCE = """
SELECT pg_stat_get_bgwriter_stat_reset_time(), pg_stat_get_db_stat_reset_time(oid)
FROM pg_database WHERE datname = current_database()
"""
_TABLES_DONE = f"""
SELECT oid::bigint, pg_stat_get_tuples_inserted(oid), reltuples >= 0
FROM pg_class WHERE relkind = 'r' AND {_OURS}
"""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done in a database since it was made: changes of its catalogues, and by table how
    many rows were inserted and whether it was analysed. It is told by counters, which say nothing
    if they begin anew meanwhile: those of the server and the database have done so at
    `counted_since`."""

    counted_since: tuple[datetime, datetime | None]
    changes: int
    tables: dict[int, tuple[int, bool]]

    @classmethod
    async def to(cls, connection: "Connection[Record]") -> "Done":
        """The database that the connection is to, by sessions that have ended."""
        ((server, database),) = await connection.fetch(_COUNTED_SINCE)
        changes = await connection.fetchval(f"SELECT {_CHANGES}")
        tables = await connection.fetch(_TABLES_DONE)
        return cls(
            (server, database),
            changes,
            {oid: (inserted, analysed) for oid, inserted, analysed in tables},
        )

    def counted_anew(self) -> "Done":
        """Of a copy that was made of this database: it begins with nothing."""
        tables = {oid: (0, analysed) for oid, (_, analysed) in self.tables.items()}
        return Done((self.counted_since[0], None), 0, tables)

    def tables_since(self, before: "Done") -> list[int]:
        """Those that something was done to."""
        return [oid for oid, done in self.tables.items() if before.tables.get(oid) != done]


@dataclass(frozen=True, slots=True)
class Original:
    """What migrating left: the shape of the tables, the rows in them, how far sequences are, which
    tables others refer to; and what a copy of it begins with."""

    shape: str
    rows: dict[str, bytes]
    sequences: dict[str, int | None]
    referred_to: frozenset[int]
    fresh: Done

    @classmethod
    async def of(cls, connection: "Connection[Record]") -> "Original":
        """The database that the connection is to."""
        return cls(
            await connection.fetchval(f"SELECT {_SHAPE}"),
            {name: await _rows(connection, name) for (name,) in await connection.fetch(_FILLED)},
            {name: last for name, last, _ in await connection.fetch(_SEQUENCES)},
            frozenset(oid for (oid,) in await connection.fetch(_REFERRED_TO)),
            (await Done.to(connection)).counted_anew(),
        )

    async def restore(self, connection: "Connection[Record]", before: Done) -> Done | None:
        """Brings a copy back to this, given what was done to it before the test; returns what is
        done by now, None if the test changed more than rows, or what it did is not known.

        Sessions that are still in the copy are ended.
        """
        ended = await connection.fetch(_END_OTHERS, _ENDING_MS)
        if not all(each for (each,) in ended) and await connection.fetchval(_OTHERS_ARE_LEFT):
            return None
        now = await Done.to(connection)
        if now.counted_since != before.counted_since:
            return None
        if now.changes != before.changes:
            if await connection.fetchval(f"SELECT {_SHAPE}") != self.shape:
                return None
        written = await connection.fetch(_WRITTEN, now.tables_since(before))
        large = [table for table in written if table["is_large"]]
        if any(table["oid"] in self.referred_to or table["name"] in self.rows for table in large):
            return None
        if large:
            await connection.execute(f"TRUNCATE {', '.join(table['name'] for table in large)}")
        await self._restore_rows(connection, [table["name"] for table in written])
        await self._restore_sequences(connection)
        return now

    async def _restore_rows(self, connection: "Connection[Record]", written: list[str]) -> None:
        others = [name for name, rows in self.rows.items() if await _rows(connection, name) != rows]
        emptied = [name for name in written if name not in self.rows] + others
        if emptied:
            # One statement: only at its end must nothing refer to what is gone.
            parts = (f"_{number} AS (DELETE FROM {name})" for number, name in enumerate(emptied))
            await connection.execute(f"WITH {', '.join(parts)} SELECT")
        for name in others:
            rows = BytesIO(self.rows[name])
            await connection.copy_to_table(name, source=rows, format="binary")

    async def _restore_sequences(self, connection: "Connection[Record]") -> None:
        for name, last, start in await connection.fetch(_SEQUENCES):
            original = self.sequences[name]
            if last != original:
                await connection.fetchval(
                    "SELECT setval($1::text::regclass, $2, $3)",
                    name,
                    start if original is None else original,
                    original is not None,
                )


# Tables before the views that read and write them.
_TABLES = """
SELECT name, create_table_query FROM system.tables
WHERE database = {database:String} AND NOT startsWith(name, '.inner')
ORDER BY engine LIKE '%View%', metadata_modification_time
"""
_TOUCHED = """
SELECT table FROM system.parts WHERE database = {database:String}
UNION DISTINCT
SELECT table FROM system.mutations WHERE database = {database:String}
UNION DISTINCT
SELECT name FROM system.tables WHERE database = {database:String} AND total_rows > 0
"""


@dataclass(frozen=True, slots=True)
class ClickHouseOriginal:
    """What migrating left in ClickHouse, where it writes no rows: how each table is made."""

    database: str
    statements: dict[str, str]

    @classmethod
    def of(cls, client: Client, database: str) -> "ClickHouseOriginal":
        return cls(database, _statements(client, database))

    def copy(self, client: Client, database: str) -> None:
        """Makes the tables in an empty database."""
        for statement in self.statements.values():
            client.command(statement.replace(f"{self.database}.", f"{database}."))

    def restore(self, client: Client, database: str) -> bool:
        """Makes the tables anew that a test wrote to; False if it changed more than rows.

        An emptied table would not do: it remembers inserts, to tell those that come twice.
        """
        now = _statements(client, database)
        if {
            name: statement.replace(f"{database}.", f"{self.database}.")
            for name, statement in now.items()
        } != self.statements:
            return False
        touched = client.query(_TOUCHED, parameters={"database": database}).result_rows
        for (name,) in touched:
            client.command(f"DROP TABLE {database}.{name} SYNC")
            client.command(now[name])
        return True


def _statements(client: Client, database: str) -> dict[str, str]:
    rows = client.query(_TABLES, parameters={"database": database}).result_rows
    return {str(row[0]): str(row[1]) for row in rows}


async def _rows(connection: "Connection[Record]", table: str) -> bytes:
    rows = BytesIO()
    await connection.copy_from_query(f"SELECT * FROM {table}", output=rows, format="binary")
    return rows.getvalue()

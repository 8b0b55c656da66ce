"""PostgreSQL: the pool, its codecs, and the names of the notification channels."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import asyncpg
import asyncpg.pool
import stamina

# Functions below the edge take either: a connection of the pool, or a dedicated one.
Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

# A table or column of this version is missing: never migrated, or restored in part.
MISSING_TABLES = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
    asyncpg.InvalidSchemaNameError,
)
WHEN_MISSING = "run `vitrina migrate`; if it was there before, restore a backup"

BOTS_CHANNEL = "vitrina_bots"  # payload: the bot's id, when it or its modules changed
STATES_CHANNEL = "vitrina_states"  # payload: the shop's id, when a bot's state or notices changed
EVENTS_CHANNEL = "vitrina_events"  # payload: the shop's id, when new events reached ClickHouse
SESSIONS_CHANNEL = "vitrina_sessions"  # no payload: some session of the panel has ended
FRAUD_CHANNEL = "vitrina_fraud"  # payload: the shop's id, when verdicts of its shoppers changed
LOOKUPS_CHANNEL = "vitrina_lookups"  # payload: a question about a bot that is not connected yet
WEBHOOKS_CHANNEL = "vitrina_webhooks"  # no payload: messages to shops' own systems wait


# Of one connection, before it is replaced: what it holds in memory does not grow for ever.
_MOST_QUERIES = 50_000
# That a connection keeps prepared, the ones used last: a worker with every module on asks 224
# different ones, and preparing and planning one anew costs more than running it. PostgreSQL keeps
# their plans in the memory of each connection.
_STATEMENTS = 250


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that may be a part of a larger one: its SQL by the number of its first value."""

    sql: Callable[[int], str]
    values: Sequence[Any]


async def _set_codecs(connection: Connection) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name,
            schema="pg_catalog",
            encoder=lambda value: json.dumps(value, ensure_ascii=False),
            decoder=json.loads,
        )


async def _set(connection: Connection, settings: Mapping[str, str]) -> None:
    """Sets PostgreSQL's `settings` for this connection.

    Not with the connection's start: PgBouncer refuses what it does not know there.
    """
    if settings:
        await connection.execute(
            "; ".join(f"SET {name} = '{value}'" for name, value in settings.items())
        )


async def connect(url: str, *, settings: Mapping[str, str] | None = None) -> Connection:
    """One connection outside a pool, for listening or a short command; `settings` are
    PostgreSQL's own."""
    connection: Connection = await asyncpg.connect(url, timeout=10)
    await _set_codecs(connection)
    await _set(connection, settings or {})
    return connection


async def _leave(_connection: Connection) -> None:
    """Resets nothing: settings are SET LOCAL, locks belong to transactions, and listeners have
    their own connections.

    asyncpg would send four statements to make sure.
    """


async def open_pool(
    url: str,
    *,
    size: int = 10,
    idle: int = 1,
    application: str = "vitrina",
    settings: Mapping[str, str] | None = None,
    kind: "type[Pool]" = asyncpg.Pool,
) -> Pool:
    """A pool of up to `size` connections, closed by the caller; `idle` of them are opened at the
    start and stay open. `settings` are PostgreSQL's own, for each connection."""

    async def begin(connection: Connection) -> None:
        await _set_codecs(connection)
        await _set(connection, settings or {})

    # Typed as what it is called with: the stubs want the class of connections as a variable's.
    make: Callable[..., Awaitable[Pool]] = kind
    return await make(
        url,
        min_size=idle,
        max_size=size,
        max_queries=_MOST_QUERIES,
        statement_cache_size=_STATEMENTS,
        max_cached_statement_lifetime=0,  # for as long as the connection
        # Opening a connection takes long on a busy machine, so those that must be ready are kept.
        max_inactive_connection_lifetime=300 if idle == 1 else 0,
        init=begin,
        reset=_leave,
        loop=None,
        connection_class=asyncpg.Connection,
        record_class=asyncpg.Record,
        timeout=10,
        command_timeout=60,
        server_settings={"application_name": application},
    )


async def wait_until_up(url: str, *, seconds: float = 30) -> None:
    """Returns once the server answers; raises the last error after `seconds`."""
    async for attempt in stamina.retry_context(
        on=(OSError, asyncpg.PostgresError, TimeoutError),
        attempts=None,
        timeout=seconds,
        wait_max=0.1,
    ):
        with attempt:
            connection = await asyncpg.connect(url, timeout=5)
            await connection.close()

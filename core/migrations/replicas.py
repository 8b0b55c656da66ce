"""Several ClickHouse servers: a database of the engine `Replicated`, whose tables all of them have.

Such a database sends each change of its tables to every replica by itself, and a replica that joins
later makes them all, so that scripts, staging tables and restores need no `ON CLUSTER`. Only the
tables' own engines have to be of the replicated kind.
"""

import re

from clickhouse_connect.driver.query import QueryResult

from core import clickhouse
from core.errors import ConfigurationError

_CREATES_TABLE = re.compile(r"\s*CREATE\s+TABLE\b", re.IGNORECASE)
_ENGINE = re.compile(r"\bENGINE\s*=\s*(?!Replicated)(\w*MergeTree)\b")
_WINDOW = re.compile(r"\bnon_replicated_deduplication_window\b")
_OURS = "Replicated"
ENGINE = "SELECT engine FROM system.databases WHERE name = currentDatabase()"
# A batch whose fate is not known is sent again with its token, however long ClickHouse was away;
# without this a token would be forgotten after an hour.
TOKEN_SECONDS = 30 * 86400
_TOKENS = (
    f"replicated_deduplication_window_seconds = {TOKEN_SECONDS}, replicated_deduplication_window"
)


def replicated(statement: str) -> str:
    """The statement of a script as a database of replicas takes it: what creates a table of the
    MergeTree family creates a replicated one; all others stay as they are."""
    if _CREATES_TABLE.match(statement) is None:
        return statement
    return _WINDOW.sub(_TOKENS, _ENGINE.sub(r"ENGINE = Replicated\1", statement))


def is_replicated(engine: QueryResult) -> bool:
    """Whether a client's database has replicas, by its answer to ENGINE."""
    return engine.result_rows == [(_OURS,)]


def database_statement(name: str, cluster: str) -> str:
    """Makes the database on every server of the cluster that lacks it: a new one, or one that has
    lost its disk.

    Raises ConfigurationError for names of other characters than letters, digits and `_`.
    """
    if not re.fullmatch(r"\w+", name) or not re.fullmatch(r"\w+", cluster):
        raise ConfigurationError(
            "with VITRINA_CLICKHOUSE_CLUSTER the names of the cluster and of the database have "
            "letters, digits and _ only"
        )
    return (
        f"CREATE DATABASE IF NOT EXISTS {name} ON CLUSTER {cluster} "
        f"ENGINE = Replicated('/clickhouse/databases/{name}', '{{shard}}', '{{replica}}')"
    )


async def create_database(url: str, cluster: str) -> None:
    """Makes the URL's database on every server of the cluster that lacks it.

    The cluster is one of the servers' `remote_servers`; each server's macros are `shard` and
    `replica`. Raises ConfigurationError if the database is one server's own.
    """
    name = clickhouse.Address.parse(url).database
    client = await clickhouse.open_async_client(url, database="default")
    try:
        found = await client.query(
            "SELECT engine FROM system.databases WHERE name = {name:String}", {"name": name}
        )
        if found.result_rows not in ([], [(_OURS,)]):
            raise ConfigurationError(
                f"ClickHouse's database {name} is of the engine {found.result_rows[0][0]}, one "
                "server's own: VITRINA_CLICKHOUSE_CLUSTER is for a new one (docs/scaling.md)"
            )
        await client.command(database_statement(name, cluster))
    finally:
        await client.close()

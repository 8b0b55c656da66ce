"""Indexes of large tables, built while the tables are written to.

`CREATE INDEX` keeps all writers of its table waiting until it is done; with `CONCURRENTLY` nobody
waits. PostgreSQL does not take that in a transaction, so a script with such statements has nothing
else, and each of them stands for itself.
"""

import re
from collections.abc import Sequence

from core.errors import ConfigurationError
from core.postgres import Connection

_CONCURRENT = re.compile(r"\bINDEX\s+CONCURRENTLY\b", re.IGNORECASE)
_BUILDS = re.compile(
    r"CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<name>\w+)\s+ON\s",
    re.IGNORECASE,
)
_IS_VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)"


def are_concurrent(statements: Sequence[str]) -> bool:
    """Whether a script's statements, without comments, are to be run outside a transaction."""
    return any(_CONCURRENT.search(statement) for statement in statements)


async def build(connection: Connection, statements: Sequence[str], script: str) -> None:
    """Builds each index that is not there; one that a run before this left unfinished is made
    anew. Waits for every transaction that is older than it.

    `script` is named in what goes wrong. Raises ConfigurationError, before anything is done, if a
    statement is no `CREATE INDEX CONCURRENTLY` with a name.
    """
    names = []
    for statement in statements:
        match = _BUILDS.match(statement)
        if match is None:
            raise ConfigurationError(
                f"{script}: a script that builds an index CONCURRENTLY has no other statements, "
                "and names each index; move what else it does to a script of its own"
            )
        names.append(match["name"].lower())
    for name, statement in zip(names, statements, strict=True):
        is_valid = await connection.fetchval(_IS_VALID, name)
        if is_valid is False:
            await connection.execute(f"DROP INDEX CONCURRENTLY {name}")
        if not is_valid:
            await connection.execute(statement)

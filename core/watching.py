"""Whether somebody looks at live figures, for those that could be quicker at a cost.

Who shows figures holds a shared advisory lock of PostgreSQL while somebody looks at them; it ends
with its connection, so nobody has to tidy up after a process that died.
"""

from core.postgres import Connection

_LOCK = 0x77617463  # any number of ours
# Of SQL, true while anybody holds the lock. The exclusive one that is tried ends with the
# statement's transaction; two processes that ask at once may each see the other's: once too quick.
IS_WATCHED = f"NOT pg_try_advisory_xact_lock({_LOCK})"


async def begin(connection: Connection) -> None:
    """Announces that somebody looks, until `end` or the connection's end."""
    await connection.execute("SELECT pg_advisory_lock_shared($1)", _LOCK)


async def end(connection: Connection) -> None:
    await connection.execute("SELECT pg_advisory_unlock_shared($1)", _LOCK)

"""Answers to changes, kept for their repetition by the same `Idempotency-Key` of a session.

The answer is stored by the very transaction that makes the change: either both stand or neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from core.errors import Refused
from core.postgres import Connection
from core.secrets import KeyRing

KEPT = timedelta(hours=24)
KEY_CHARACTERS = 200


class KeyReused(Refused):
    """The key belongs to another request of this session."""

    code = "idempotency_key_reused"


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer: its headers by lower-case name. `path` is the route's, for the access log."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    path: str


def _row(session_id: int, key: str) -> str:
    return f"idempotency_keys|{session_id}|{key}"


async def begin(
    connection: Connection, keys: KeyRing, session_id: int, key: str
) -> tuple[bytes, KeptAnswer] | None:
    """Takes the key for the caller's transaction; if it was used within a day, the digest of that
    request and its answer. Waits for another request that is under way with it."""
    while True:
        is_taken = await connection.fetchval(
            "INSERT INTO idempotency_keys (session_id, key) VALUES ($1, $2) "
            "ON CONFLICT (session_id, key) DO UPDATE SET request_digest = NULL, status = NULL, "
            "headers = NULL, sealed = NULL, created_at = now() "
            "WHERE idempotency_keys.created_at < now() - $3::interval RETURNING true",
            session_id,
            key,
            KEPT,
        )
        if is_taken:
            return None
        row = await connection.fetchrow(
            "SELECT request_digest, status, headers, sealed FROM idempotency_keys "
            "WHERE session_id = $1 AND key = $2 AND status IS NOT NULL",
            session_id,
            key,
        )
        if row is not None:  # otherwise it was given up meanwhile
            headers = dict(row["headers"])
            path = headers.pop(":path", "")
            body = keys.open(row["sealed"], _row(session_id, key))
            return row["request_digest"], KeptAnswer(row["status"], headers, body, path)


async def keep(
    connection: Connection,
    keys: KeyRing,
    session_id: int,
    key: str,
    *,
    digest: bytes,
    answer: KeptAnswer,
) -> None:
    """Stores the answer to the request with this digest; its body may hold a secret, and is
    sealed."""
    await connection.execute(
        "UPDATE idempotency_keys SET request_digest = $3, status = $4, headers = $5, sealed = $6 "
        "WHERE session_id = $1 AND key = $2",
        session_id,
        key,
        digest,
        answer.status,
        {**answer.headers, ":path": answer.path},
        keys.seal(answer.body, _row(session_id, key)),
    )


async def give_up(connection: Connection, session_id: int, key: str) -> None:
    """The request changed nothing: the key may be used again."""
    await connection.execute(
        "DELETE FROM idempotency_keys WHERE session_id = $1 AND key = $2", session_id, key
    )

"""Authorization keys, and which sessions of theirs are subscribed to updates."""

import secrets
import sqlite3
import time
from dataclasses import dataclass
from hashlib import sha1

from simulator.journal import Journal

# A client that loses its session opens a new one; only the latest few of a key are remembered.
SUBSCRIPTIONS_KEPT = 4


@dataclass(slots=True)
class AuthKey:
    id: bytes
    secret: bytes
    salt: int
    account_id: int | None


class KeyStore:
    """All keys in use, read from the journal once each."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._keys: dict[bytes, AuthKey] = {}

    def add(self, secret: bytes) -> AuthKey:
        """A key that a key exchange has just agreed on."""
        salt = secrets.randbits(63)
        key = AuthKey(sha1(secret).digest()[-8:], secret, salt, account_id=None)
        with self._journal.transaction() as db:
            db.execute(
                "INSERT INTO auth_keys (id, secret, salt) VALUES (?, ?, ?)",
                (key.id, key.secret, key.salt),
            )
        self._keys[key.id] = key
        return key

    def find(self, key_id: bytes) -> AuthKey | None:
        known = self._keys.get(key_id)
        if known is None:
            row = self._journal.db.execute(
                "SELECT id, secret, salt, account FROM auth_keys WHERE id = ?", (key_id,)
            ).fetchone()
            if row is None:
                return None
            known = AuthKey(row["id"], row["secret"], row["salt"], row["account"])
            self._keys[key_id] = known
        return known

    def bind(self, db: sqlite3.Connection, key: AuthKey, account_id: int | None) -> None:
        """Sign a key in, or out with None."""
        db.execute("UPDATE auth_keys SET account = ? WHERE id = ?", (account_id, key.id))
        key.account_id = account_id

    def of_account(self, account_id: int) -> list[AuthKey]:
        rows = self._journal.db.execute("SELECT id FROM auth_keys WHERE account = ?", (account_id,))
        return [key for (key_id,) in rows.fetchall() if (key := self.find(key_id))]

    def sign_out(self, account_id: int) -> None:
        """Every later call with a key of this account is answered with 401."""
        with self._journal.transaction() as db:
            for key in self.of_account(account_id):
                self.bind(db, key, None)

    def forget(self, account_id: int) -> None:
        """Destroy an account's keys: their owners get transport error 404."""
        with self._journal.transaction() as db:
            for key in self.of_account(account_id):
                db.execute("DELETE FROM auth_keys WHERE id = ?", (key.id,))
                db.execute("DELETE FROM subscriptions WHERE auth_key = ?", (key.id,))
                del self._keys[key.id]

    def is_subscribed(self, key: AuthKey, session_id: bytes) -> bool:
        query = "SELECT 1 FROM subscriptions WHERE auth_key = ? AND session = ?"
        return self._journal.db.execute(query, (key.id, session_id)).fetchone() is not None

    def latest_subscriptions(self) -> list[tuple[AuthKey, bytes]]:
        """The session that each signed-in key subscribed last."""
        rows = self._journal.db.execute(
            "SELECT auth_key, session, max(since) FROM subscriptions"
            " JOIN auth_keys ON auth_keys.id = auth_key WHERE account IS NOT NULL"
            " GROUP BY auth_key"
        ).fetchall()
        return [(key, row["session"]) for row in rows if (key := self.find(row["auth_key"]))]

    def subscribe(self, key: AuthKey, session_id: bytes) -> None:
        with self._journal.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO subscriptions (auth_key, session, since) VALUES (?, ?, ?)",
                (key.id, session_id, time.time_ns()),
            )
            db.execute(
                "DELETE FROM subscriptions WHERE auth_key = ?1 AND session NOT IN"
                " (SELECT session FROM subscriptions WHERE auth_key = ?1"
                "  ORDER BY since DESC LIMIT ?2)",
                (key.id, SUBSCRIPTIONS_KEPT),
            )

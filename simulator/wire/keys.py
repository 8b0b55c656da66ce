"""Authorization keys, and which of their sessions are subscribed to updates."""

import secrets
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha1

from simulator.journal import Journal
from simulator.wire.salts import Salts

# A client that loses its session opens a new one; only the latest few of a key are remembered.
SUBSCRIPTIONS_KEPT = 4


AUTH_KEY_BYTES = 256


@dataclass(slots=True)
class AuthKey:
    id: bytes
    secret: bytes
    salts: Salts
    account_id: int | None
    duplicated: bool = False
    """Once used from two places at once, a key is void for good (AUTH_KEY_DUPLICATED)."""


class KeyStore:
    """All keys in use, each read from the journal once."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._keys: dict[bytes, AuthKey] = {}

    def add(self, secret: bytes) -> AuthKey:
        """Add a key that a key exchange has just agreed on."""
        with self._journal.transaction() as db:
            return self._insert(db, secret)

    def seed(self, account_ids: Iterable[int]) -> list[AuthKey]:
        """New keys, one for each account and signed in to it, without key exchange or login."""
        made = []
        with self._journal.transaction() as db:
            for account_id in account_ids:
                key = self._insert(db, secrets.token_bytes(AUTH_KEY_BYTES))
                self.bind(db, key, account_id)
                made.append(key)
        return made

    def _insert(self, db: sqlite3.Connection, secret: bytes) -> AuthKey:
        seed = secrets.randbits(63)
        key = AuthKey(sha1(secret).digest()[-8:], secret, Salts(seed), account_id=None)
        db.execute(
            "INSERT INTO auth_keys (id, secret, salt) VALUES (?, ?, ?)", (key.id, key.secret, seed)
        )
        self._keys[key.id] = key
        return key

    def find(self, key_id: bytes) -> AuthKey | None:
        known = self._keys.get(key_id)
        if known is None:
            row = self._journal.db.execute(
                "SELECT id, secret, salt, account, auth_key IS NOT NULL AS duplicated"
                " FROM auth_keys LEFT JOIN duplicated_keys ON auth_key = id WHERE id = ?",
                (key_id,),
            ).fetchone()
            if row is None:
                return None
            salts, duplicated = Salts(row["salt"]), bool(row["duplicated"])
            known = AuthKey(row["id"], row["secret"], salts, row["account"], duplicated)
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

    def mark_duplicated(self, key: AuthKey) -> None:
        """Every later call with this key is answered with 406 AUTH_KEY_DUPLICATED."""
        with self._journal.transaction() as db:
            db.execute("INSERT OR IGNORE INTO duplicated_keys (auth_key) VALUES (?)", (key.id,))
        key.duplicated = True

    def change_salts(self, account_id: int) -> None:
        """Invalidate an account's salts: every session's next message gets bad_server_salt."""
        with self._journal.transaction() as db:
            for key in self.of_account(account_id):
                seed = secrets.randbits(63)
                db.execute("UPDATE auth_keys SET salt = ? WHERE id = ?", (seed, key.id))
                key.salts = Salts(seed)

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

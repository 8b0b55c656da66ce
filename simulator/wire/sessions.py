"""All sessions that are connected, or were until a moment ago."""

import time
from collections.abc import Iterable
from typing import Protocol

from simulator.wire.faults import Faults
from simulator.wire.keys import AuthKey, KeyStore
from simulator.wire.session import Session

# A session without a connection is forgotten after this time.
DETACHED_SECONDS = 300.0


class Audience(Protocol):
    """Where sessions subscribe to their accounts' updates."""

    def listen(self, account_id: int, listener: Session) -> None: ...

    def unlisten(self, account_id: int, listener: Session) -> None: ...


class Sessions:
    def __init__(self, audience: Audience, faults: Faults, keys: KeyStore) -> None:
        self._audience = audience
        self._faults = faults
        self._keys = keys
        self._sessions: dict[bytes, dict[bytes, Session]] = {}
        """By key id, then by session id."""
        self._restore()

    def _restore(self) -> None:
        """Keep updates for the clients that are about to come back after a restart.

        Queries, unlike messages, are not part of a difference: without this a press would be lost.
        """
        for key, session_id in self._keys.latest_subscriptions():
            session, _ = self.find_or_create(key, session_id)
            session.detached_at = time.monotonic()

    def find_or_create(self, key: AuthKey, session_id: bytes) -> tuple[Session, bool]:
        """The session, and whether it is new to this process.

        One that was subscribed to updates before the process died is subscribed again.
        """
        of_key = self._sessions.setdefault(key.id, {})
        session = of_key.get(session_id)
        if session is not None:
            return session, False
        session = of_key[session_id] = Session(key, session_id, self._faults)
        if key.account_id is not None and self._keys.is_subscribed(key, session_id):
            self._listen(session, key.account_id)
        return session, True

    def subscribe(self, session: Session) -> None:
        """From now on the session receives its account's updates, across reconnects and
        restarts."""
        account_id = session.key.account_id
        if account_id is not None and session.subscribed_as != account_id:
            self._listen(session, account_id)
            self._keys.subscribe(session.key, session.id)

    def _listen(self, session: Session, account_id: int) -> None:
        self.unsubscribe(session)
        session.subscribed_as = account_id
        self._audience.listen(account_id, session)

    def unsubscribe(self, session: Session) -> None:
        if session.subscribed_as is not None:
            self._audience.unlisten(session.subscribed_as, session)
            session.subscribed_as = None

    def is_in_two_places(self, key: AuthKey) -> bool:
        """Whether two connections receive this key's updates. Those for files receive none."""
        of_key = self._sessions.get(key.id, {})
        return len(of_key) > 1 and 1 < sum(
            each.is_attached and each.subscribed_as is not None for each in of_key.values()
        )

    def mark_duplicated(self, key: AuthKey) -> None:
        """Invalidate a key as Telegram does: no updates any more, 406 for every call."""
        self._keys.mark_duplicated(key)
        for session in self.of_keys([key.id]):
            self.unsubscribe(session)

    def sign_out(self, account_id: int) -> None:
        """Sessions stay connected and silent, as on Telegram; the next call gets 401."""
        key_ids = [key.id for key in self._keys.of_account(account_id)]
        self._keys.sign_out(account_id)
        for session in self.of_keys(key_ids):
            self.unsubscribe(session)

    def of_keys(self, key_ids: Iterable[bytes]) -> list[Session]:
        return [each for key_id in key_ids for each in self._sessions.get(key_id, {}).values()]

    def of_account(self, account_id: int) -> list[Session]:
        """The sessions of an account that receive updates."""
        found = self.of_keys(key.id for key in self._keys.of_account(account_id))
        return [each for each in found if each.subscribed_as == account_id]

    def drop(self, session: Session) -> None:
        self.unsubscribe(session)
        of_key = self._sessions.get(session.key.id, {})
        of_key.pop(session.id, None)
        if not of_key:
            self._sessions.pop(session.key.id, None)

    def sweep(self) -> None:
        """Forget sessions whose client has not come back in time."""
        horizon = time.monotonic() - DETACHED_SECONDS
        for session in self.of_keys(list(self._sessions)):
            if session.detached_at is not None and session.detached_at < horizon:
                self.drop(session)

    @property
    def attached(self) -> int:
        return sum(each.is_attached for each in self.of_keys(self._sessions))

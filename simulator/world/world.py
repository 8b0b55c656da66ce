"""The world on which every connection and every scripted person acts."""

import asyncio
import secrets
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from pyrogram.raw import types
from pyrogram.raw.core import Int

from simulator.journal import Journal
from simulator.wire.faults import Faults
from simulator.wire.rpc import RpcError
from simulator.wire.tl import Encoded, Object, vector
from simulator.world import accounts, channels, groups
from simulator.world.accounts import Account
from simulator.world.uploads import Uploads

# Accounts kept decoded, and as others see them; all are dropped when there are more.
ACCOUNTS_KEPT = 100_000


class Listener(Protocol):
    """A receiver of an account's updates: a session on a socket, a scripted person."""

    def deliver(self, updates: types.Updates) -> None: ...


class Delivery(types.Updates):  # pylint: disable=abstract-method  # `__call__`, as in `Encoded`
    """Updates that are encoded once, however many receivers they have."""

    encoded: bytes

    def write(self, *args: Any) -> bytes:
        return self.encoded


@dataclass(frozen=True, slots=True)
class Notice:
    account_id: int
    update: Object
    peers: tuple[int, ...]
    """The peers that the update names: ids of people and bots, and of channels and groups with a
    minus."""
    body: bytes
    """The update, encoded."""


@dataclass(slots=True)
class Change:
    """One change of the world while it happens: its transaction, and its updates by receiver."""

    db: sqlite3.Connection
    notices: list[Notice] = field(default_factory=list)
    renewed: set[int] = field(default_factory=set)
    """Accounts with a new name, photo or the like."""
    signed_out: list[int] = field(default_factory=list)
    """Bots whose token has become invalid."""

    def tell(self, account_id: int, update: Object, *peers: int, body: bytes | None = None) -> None:
        self.notices.append(Notice(account_id, update, peers, body or update.write()))


@dataclass(slots=True)
class Homes:
    """The data centre of each account."""

    first: int = 2
    moved: dict[int, int] = field(default_factory=dict)

    def of(self, account_id: int) -> int:
        return self.moved.get(account_id, self.first)


class World:
    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.faults = Faults()
        self.homes = Homes()
        self.calls: Counter[str] = Counter()
        self._listeners: dict[int, set[Listener]] = {}
        self.uploads = Uploads()
        self._questions: dict[tuple[int, int], asyncio.Future[Any]] = {}
        self._accounts: dict[int, Account] = {}
        self._seen: dict[tuple[int, bool], Encoded] = {}
        self.sign_out: Callable[[int], None] = lambda bot_id: None
        """End every session of an account: set by the server, which knows the sessions."""

    @property
    def db(self) -> sqlite3.Connection:
        """For reading; writes go through `change`."""
        return self.journal.db

    @contextmanager
    def change(self, origin: Listener | None = None) -> Iterator[Change]:
        """One transaction; its updates are sent after the commit, except to `origin`.

        The caller of a method is its origin: it reads its own updates in the result.
        """
        with self.journal.transaction() as db:
            change = Change(db)
            yield change
        for account_id in change.renewed:
            self._forget(account_id)
        for account_id in change.signed_out:
            self.sign_out(account_id)
        for notice in change.notices:
            self.publish(notice, origin)

    def publish(self, notice: Notice, origin: Listener | None = None) -> None:
        listeners = self._listeners.get(notice.account_id)
        if not listeners or (len(listeners) == 1 and origin in listeners):
            return
        delivery = self._delivery(notice.account_id, [notice])
        for listener in list(listeners):
            if listener is not origin:
                listener.deliver(delivery)

    def result(self, change: Change, viewer_id: int, *before: Any) -> types.Updates:
        """A change's updates for its caller: the result of the call."""
        notices = [each for each in change.notices if each.account_id == viewer_id]
        return self._delivery(viewer_id, notices, before)

    def updates(
        self, viewer_id: int, updates: Sequence[Object], peers: tuple[int, ...] = ()
    ) -> types.Updates:
        """Updates outside of a change, such as a repeated result."""
        notices = [Notice(viewer_id, each, peers, each.write()) for each in updates]
        return self._delivery(viewer_id, notices)

    def _delivery(
        self, viewer_id: int, notices: Sequence[Notice], before: Sequence[Any] = ()
    ) -> Delivery:
        peers = {peer for notice in notices for peer in notice.peers}
        users, chats = self.users(viewer_id, peers), self.chats(viewer_id, peers)
        date = int(time.time())
        all_updates: list[Any] = [*before, *(each.update for each in notices)]
        delivery = Delivery(
            updates=all_updates,
            users=users,
            chats=chats,
            date=date,
            seq=0,
        )
        bodies = [*before, *(Encoded(each.body) for each in notices)]
        delivery.encoded = b"".join(
            (
                Int(types.Updates.ID, False),
                vector(bodies).data,
                vector(users).data,
                vector(chats).data,
                Int(date),
                Int(0),
            )
        )
        return delivery

    def users(self, viewer_id: int, peers: Collection[int]) -> list[Any]:
        return [self.seen_by(each, viewer_id) for each in sorted(set(peers)) if each > 0]

    def chats(self, viewer_id: int, peers: Collection[int]) -> list[Any]:
        return [
            (groups if groups.is_group(-each) else channels)
            .by_id(self.db, -each)
            .seen_by(self.db, viewer_id)
            for each in sorted(set(peers))
            if each < 0
        ]

    def seen_by(self, account_id: int, viewer_id: int) -> Encoded:
        """An account as another one or itself sees it: encoded once."""
        key = (account_id, account_id == viewer_id)
        seen = self._seen.get(key)
        if seen is None:
            seen = Encoded(self.account(account_id).seen_by(viewer_id).write())
            if not self.db.in_transaction:
                self._seen[key] = seen
        return seen

    def account(self, account_id: int) -> Account:
        """Raises RpcError."""
        account = self._accounts.get(account_id)
        if account is not None:
            return account
        account = accounts.by_id(self.db, account_id)
        if account is None:
            raise RpcError(400, "PEER_ID_INVALID")
        # What a transaction has written may still be rolled back.
        if not self.db.in_transaction:
            if len(self._accounts) >= ACCOUNTS_KEPT:
                self._accounts.clear()
                self._seen.clear()
            self._accounts[account_id] = account
        return account

    def _forget(self, account_id: int) -> None:
        self._accounts.pop(account_id, None)
        for himself in (True, False):
            self._seen.pop((account_id, himself), None)

    def listen(self, account_id: int, listener: Listener) -> None:
        self._listeners.setdefault(account_id, set()).add(listener)

    def unlisten(self, account_id: int, listener: Listener) -> None:
        listeners = self._listeners.get(account_id, set())
        listeners.discard(listener)
        if not listeners:
            self._listeners.pop(account_id, None)

    def is_listening(self, account_id: int) -> bool:
        return account_id in self._listeners

    async def ask(
        self,
        bot_id: int,
        user_id: int,
        question: Callable[[int], Object],
        seconds: float,
        *chats: int,
    ) -> Any:
        """Send a query to a bot and wait for its answer.

        Queries carry no pts: a bot that is away never learns of them. Raises TimeoutError.
        """
        query_id = secrets.randbits(62)
        answer = asyncio.get_running_loop().create_future()
        self._questions[bot_id, query_id] = answer
        try:
            asked = question(query_id)
            self.publish(Notice(bot_id, asked, (bot_id, user_id, *chats), asked.write()))
            async with asyncio.timeout(seconds):
                return await answer
        finally:
            del self._questions[bot_id, query_id]

    def answer(self, bot_id: int, query_id: int, answer: Object) -> None:
        """Raises RpcError if nobody waits for this answer of the bot (any more)."""
        waiting = self._questions.get((bot_id, query_id))
        if waiting is None or waiting.done():
            raise RpcError(400, "QUERY_ID_INVALID")
        waiting.set_result(answer)

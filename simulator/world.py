"""The world that every connection and every scripted person acts on."""

import asyncio
import secrets
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from pyrogram.raw import types

from simulator import accounts
from simulator.accounts import Account
from simulator.faults import Faults
from simulator.journal import Journal
from simulator.rpc import RpcError
from simulator.tl import Object
from simulator.uploads import Uploads


class Listener(Protocol):
    """Whoever is told of an account's updates: a session on a socket, a scripted person."""

    def deliver(self, updates: types.Updates) -> None: ...


@dataclass(frozen=True, slots=True)
class Notice:
    account_id: int
    update: Object
    people: tuple[int, ...]


@dataclass(slots=True)
class Change:
    """One change of the world while it happens: its transaction, and what it will say to whom."""

    db: sqlite3.Connection
    notices: list[Notice] = field(default_factory=list)

    def tell(self, account_id: int, update: Object, *people: int) -> None:
        self.notices.append(Notice(account_id, update, people))

    def updates_of(self, account_id: int) -> list[Any]:
        """What this change says to one account: the result of its own call."""
        return [each.update for each in self.notices if each.account_id == account_id]


class World:
    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.faults = Faults()
        self.calls: Counter[str] = Counter()
        self._listeners: dict[int, set[Listener]] = {}
        self.uploads = Uploads()
        self._questions: dict[tuple[int, int], asyncio.Future[Any]] = {}

    @property
    def db(self) -> sqlite3.Connection:
        """For reading; what writes goes through `change`."""
        return self.journal.db

    @contextmanager
    def change(self, origin: Listener | None = None) -> Iterator[Change]:
        """One transaction; its notices go out after the commit, except to `origin`.

        The caller of a method is its origin: it reads its own updates in the result.
        """
        with self.journal.transaction() as db:
            change = Change(db)
            yield change
        for notice in change.notices:
            self.publish(notice, origin)

    def publish(self, notice: Notice, origin: Listener | None = None) -> None:
        listeners = [each for each in self._listeners.get(notice.account_id, ()) if each != origin]
        if listeners:
            updates = self.updates(notice.account_id, [notice.update], notice.people)
            for listener in listeners:
                listener.deliver(updates)

    def updates(
        self, viewer_id: int, updates: list[Any], people: tuple[int, ...] = ()
    ) -> types.Updates:
        return types.Updates(
            updates=updates,
            users=self.users(viewer_id, people),
            chats=[],
            date=int(time.time()),
            seq=0,
        )

    def users(self, viewer_id: int, people: tuple[int, ...]) -> list[Any]:
        return [self.account(each).seen_by(viewer_id) for each in sorted(set(people))]

    def account(self, account_id: int) -> Account:
        """Raises RpcError."""
        account = accounts.by_id(self.db, account_id)
        if account is None:
            raise RpcError(400, "PEER_ID_INVALID")
        return account

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
    ) -> Any:
        """Put a query to a bot and wait for its answer.

        Queries carry no pts: a bot that is away never learns of them. Raises TimeoutError.
        """
        query_id = secrets.randbits(62)
        answer = asyncio.get_running_loop().create_future()
        self._questions[bot_id, query_id] = answer
        try:
            self.publish(Notice(bot_id, question(query_id), (bot_id, user_id)))
            async with asyncio.timeout(seconds):
                return await answer
        finally:
            del self._questions[bot_id, query_id]

    def answer(self, bot_id: int, query_id: int, answer: Object) -> None:
        """Raises RpcError if nobody waits for this answer of the bot's (any more)."""
        waiting = self._questions.get((bot_id, query_id))
        if waiting is None or waiting.done():
            raise RpcError(400, "QUERY_ID_INVALID")
        waiting.set_result(answer)

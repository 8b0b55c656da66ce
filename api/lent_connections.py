"""One transaction for a whole request: while it is lent, whatever the request does in PostgreSQL is
a part of it (its own transactions are savepoints)."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from core.postgres import Connection


@dataclass
class _Loan:
    """Of one task alone: others, that it starts, have connections of their own."""

    connection: Any
    task: "asyncio.Task[Any] | None"
    is_over: bool = False
    afterwards: list[Callable[[], None]] = field(default_factory=list)


_loan: ContextVar[_Loan | None] = ContextVar("loan", default=None)


@contextlib.contextmanager
def lent(connection: Connection) -> Iterator[list[Callable[[], None]]]:
    """Within the block, the pool's `acquire` gives this task this connection. What is to be done
    once the transaction is committed is in the list."""
    loan = _Loan(connection, asyncio.current_task())
    token = _loan.set(loan)
    try:
        yield loan.afterwards
    finally:
        loan.is_over = True
        _loan.reset(token)


def borrowed() -> Any:
    """The connection that is lent to this task; None: it has to acquire one."""
    loan = _current()
    return None if loan is None else loan.connection


def once_committed(act: Callable[[], None]) -> None:
    """Does it when what this task has changed is committed: now, if no transaction is lent to it.
    For a task that has left its own transactions."""
    loan = _current()
    if loan is None:
        act()
    else:
        loan.afterwards.append(act)


def _current() -> _Loan | None:
    loan = _loan.get()
    if loan is None or loan.is_over or loan.task is not asyncio.current_task():
        return None
    return loan

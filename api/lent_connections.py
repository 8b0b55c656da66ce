"""One transaction for a whole request: while it is lent, whatever the request does in PostgreSQL is
a part of it (its own transactions are savepoints)."""

import asyncio
import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from core.postgres import Connection


@dataclass
class _Loan:
    """Of one task alone: others, that it starts, have connections of their own."""

    connection: Any
    task: "asyncio.Task[Any] | None"
    is_over: bool = False


_loan: ContextVar[_Loan | None] = ContextVar("loan", default=None)


@contextlib.contextmanager
def lent(connection: Connection) -> Iterator[None]:
    """Within the block, the pool's `acquire` gives this task this connection."""
    loan = _Loan(connection, asyncio.current_task())
    token = _loan.set(loan)
    try:
        yield
    finally:
        loan.is_over = True
        _loan.reset(token)


def borrowed() -> Any:
    """The connection that is lent to this task; None: it has to acquire one."""
    loan = _loan.get()
    if loan is None or loan.is_over or loan.task is not asyncio.current_task():
        return None
    return loan.connection

"""Errors raised while PostgreSQL is away: wait a little and repeat."""

import asyncio
import random
from collections.abc import AsyncIterable, Awaitable, Callable
from typing import TypeVar

import asyncpg
import stamina

T = TypeVar("T")

# The statement or the transaction did not take place and may be tried again as it was.
TRANSIENT = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shut down, crashed, starting
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby, or a primary that is being changed over
    asyncpg.IdleInTransactionSessionTimeoutError,  # this process was frozen in the middle
    asyncpg.TransactionTimeoutError,  # likewise
    asyncpg.InternalClientError,  # the driver, cut off in the middle of something
)

# Outside a module's code, where it means nothing but a closed connection.
AWAY = (*TRANSIENT, asyncpg.InterfaceError, OSError)


def while_away(first: float, longest: float) -> AsyncIterable[stamina.Attempt]:
    """Attempts until one raises none of `AWAY`, with pauses that grow from `first` to `longest`
    seconds."""
    return stamina.retry_context(
        on=AWAY,
        attempts=None,
        timeout=None,
        wait_initial=first,
        wait_max=longest,
        wait_jitter=first,
    )


async def until_back(step: Callable[[], Awaitable[T]], first: float, longest: float) -> T:
    """What `step` gives, once it raises none of `AWAY`; pauses as of `while_away`. What goes well
    at once, as nearly all does, costs no attempt of stamina's."""
    try:
        return await step()
    except AWAY:
        await asyncio.sleep(first * random.uniform(1, 2))
    async for attempt in while_away(first, longest):
        with attempt:
            return await step()
    raise AssertionError("the attempts have no end")


async def about(seconds: float) -> None:
    """Waits so long, more or less, so that not all try again at one moment."""
    await asyncio.sleep(seconds * random.uniform(0.5, 1.5))

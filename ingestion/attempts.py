"""Retries without end: how long to wait before the next attempt, and what to log about it."""

import random
from collections.abc import AsyncIterable, Iterator

import asyncpg
import stamina
import structlog

from core.postgres import MISSING_TABLES, WHEN_MISSING

log = structlog.get_logger()

POSTGRES_ERRORS = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


def backoff(first: float = 0.1, most: float = 5.0) -> Iterator[float]:
    """Seconds to wait before each next attempt: doubling, with jitter, without end."""
    seconds = first
    while True:
        yield seconds * random.uniform(0.5, 1.0)
        seconds = min(most, seconds * 2)


def retrying(*errors: type[Exception]) -> AsyncIterable[stamina.Attempt]:
    """Attempts without end, waiting as `backoff` does, until one raises none of `errors`."""
    return stamina.retry_context(
        on=errors, attempts=None, timeout=None, wait_initial=0.1, wait_max=5.0, wait_jitter=0.1
    )


class Trouble:
    """Logs once that something went wrong, and once that it is over, however many attempts there
    are."""

    def __init__(self, shard: int, what: str = "events") -> None:
        self._log = log.bind(shard=shard)
        self._what = what
        self._reason = ""

    def report(self, store: str, error: BaseException) -> str:
        """Returns the reason as it is logged."""
        reason = f"{store}: {str(error).strip() or type(error).__name__}"
        if isinstance(error, MISSING_TABLES):
            reason = f"{reason}: {WHEN_MISSING}"
        if reason != self._reason:
            self._log.warning(f"{self._what} cannot be shipped, trying again", reason=reason)
        self._reason = reason
        return reason

    def over(self) -> None:
        if self._reason:
            self._log.info("shipping continues")
        self._reason = ""

"""A call's body as events: a small body is parsed at once, a large one in a separate process,
because a few megabytes of JSON can be made so that parsing takes seconds."""

import asyncio
import gc
import multiprocessing
import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from pydantic_core import from_json

from core.events import EventType
from ingestion.answers import CallInvalid
from ingestion.incoming import EventProblem, Incoming, IncomingEvent, read_events, within_sight

_PROCESSES = 2
_NICENESS = 5  # small calls go first


@dataclass(frozen=True, slots=True)
class Call:
    """The valid events of a call, and what is wrong with the others; `count` is of both."""

    bot_id: int
    count: int
    good: list[IncomingEvent]
    problems: list[EventProblem]


def read_call(data: bytes, known: Mapping[str, EventType], now: datetime) -> Call:
    """Raises CallInvalid."""
    envelope = _envelope(data)
    good, problems = read_events(envelope.events, known, now)
    return Call(envelope.bot_id, len(envelope.events), good, problems)


def _envelope(data: bytes) -> Incoming:
    try:
        return Incoming.model_validate(within_sight(from_json(data, allow_inf_nan=False), Incoming))
    except ValidationError as error:
        errors = [
            {"field": ".".join(map(str, item["loc"])) or "body", "message": item["msg"]}
            for item in error.errors(include_url=False)
        ]
        raise CallInvalid(
            "the body must be a JSON object with 1 to 1000 events in `events`: see errors", errors
        ) from error
    except ValueError as error:
        raise CallInvalid(f"the body is not JSON: {error}") from error


class CallReaders:
    """Processes that parse large calls; the first starts when there is one to parse."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    async def read(self, data: bytes, known: Mapping[str, EventType], now: datetime) -> Call:
        """Raises CallInvalid."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                _PROCESSES, multiprocessing.get_context("spawn"), _prepare
            )
        pool, loop = self._pool, asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(pool, _read_apart, data, known, now)
        except BrokenProcessPool as error:
            if self._pool is pool:
                self.close()
            raise CallInvalid("the body could not be read: send fewer events at once") from error
        if isinstance(found, CallInvalid):
            raise found
        return found

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


def _prepare() -> None:
    os.nice(_NICENESS)
    gc.disable()  # searching it would take too long for millions of lists; see _read_apart


def _read_apart(data: bytes, known: Mapping[str, EventType], now: datetime) -> Call | CallInvalid:
    try:
        return read_call(data, known, now)
    except CallInvalid as error:
        # If it were raised, its cause would be pickled with it: the whole body.
        return CallInvalid(error.detail, error.errors)
    finally:
        gc.collect()

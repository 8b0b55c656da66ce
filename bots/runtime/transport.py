"""Kurigram's transport without a thread of its own for each bot's encryption, and without a task
for each wait.

A packet of a shop's bot is small: encrypting it takes less time than handing it to a thread and
back. (A part of a file, 512 KiB, takes a few milliseconds.) And what a bot waits for has mostly
come already: a marker that is set, a packet whose length has just been read.
"""

import asyncio
from bisect import bisect_left
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, cast

from pyrogram.connection.transport import TCPAbridged
from pyrogram.raw.core import TLObject


# pylint: disable-next=abstract-method  # Kurigram's queries are not called either
class _Written(TLObject):  # type: ignore[type-arg]  # generic in its answer, which nobody asks
    """A query as bytes."""

    __slots__ = ["_bytes"]

    def __init__(self, query: TLObject[Any]) -> None:
        self._bytes: bytes = query.write()

    def write(self, *_args: Any) -> bytes:
        return self._bytes


@cache
def _written_as(qualified_name: str) -> type[_Written]:
    """By this name the errors of such a query say what they are about."""
    return type("Written", (_Written,), {"__slots__": [], "QUALNAME": qualified_name})


def written_once(query: TLObject[Any]) -> TLObject[Any]:
    """The query, for `Session.send`, which writes what it is given twice: once for its length."""
    return _written_as(query.QUALNAME)(query)


class InOrder(list[int]):
    """Numbers in ascending order, which is how Kurigram keeps the ids of a session's last messages:
    a list of up to 2,000 that it looks through for each message that comes."""

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int):
            return False
        place = bisect_left(self, number)
        return place < len(self) and self[place] == number


class InPlace:
    """Runs what it is given at once, where it is called."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> asyncio.Future[Any]:
        """A future of the running loop, done already: whoever awaits it goes on at once. One of
        `concurrent.futures` would wake the loop as from another thread."""
        future = asyncio.get_running_loop().create_future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # pylint: disable=broad-exception-caught  # the waiter gets it
            future.set_exception(error)
        return future


class Abridged(TCPAbridged):
    """Kurigram's usual framing, https://core.telegram.org/mtproto/mtproto-transports#abridged."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Nothing but `submit` is ever called.
        self.crypto_executor = cast(ThreadPoolExecutor, InPlace())

    async def send(self, data: bytes, *args: Any) -> None:
        words = len(data) // 4
        head = bytes([words]) if words <= 126 else b"\x7f" + words.to_bytes(3, "little")
        # Past TCPAbridged's own, which always waits for its marker, in a task with a timer.
        await super(TCPAbridged, self).send(
            head + data, wait_for_marker=not self.marker_event.is_set()
        )

    async def _recv_from_socket(self, length: int) -> bytes | None:
        """None if the connection is closed, or silent for too long."""
        if self.reader is None:
            return None
        data = b""
        while len(data) < length:
            try:
                async with asyncio.timeout(self.TIMEOUT):
                    chunk = await self.reader.read(length - len(data))
            except OSError:  # TimeoutError among them
                return None
            if not chunk:
                return None
            data += chunk
        return data

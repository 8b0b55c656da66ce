"""Kurigram's transport without a thread of its own for each bot's encryption.

A packet of a shop's bot is small: encrypting it takes less time than handing it to a thread and
back. (A part of a file, 512 KiB, takes a few milliseconds.)
"""

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, cast

from pyrogram.connection.transport import TCPAbridged


class InPlace(Executor):
    """Runs what it is given at once, where it is called."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
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

"""Workers that kill themselves at a point of their work, as the kernel would.

    python -m tests.bots.runtime.doomed

Reads a line of JSON for each worker: its environment, its name, and where it dies. Prints its
process id, and once it is dead how it ended. They are forked, so that everything is imported once.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

from bots.runtime.dispatch import Dispatcher
from bots.runtime.handling import Handling
from bots.runtime.sending import Outgoing, OutgoingSender
from bots.runtime.worker import run
from core.settings import Settings


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _before(owner: type, name: str, is_due: Callable[..., bool]) -> None:
    """Dies where the method would begin."""
    method = getattr(owner, name)

    @wraps(method)
    def trapped(*arguments: Any, **named: Any) -> Any:
        if is_due(*arguments):
            _die()
        return method(*arguments, **named)

    setattr(owner, name, trapped)


def _after(owner: type, name: str, is_due: Callable[..., bool]) -> None:
    """Dies where the coroutine has ended."""
    method = getattr(owner, name)

    @wraps(method)
    async def trapped(*arguments: Any, **named: Any) -> Any:
        result = await method(*arguments, **named)
        if is_due(*arguments):
            _die()
        return result

    setattr(owner, name, trapped)


def _is(kind: str, action: str = "") -> Callable[..., bool]:
    """An update of this kind, of a button with this action."""

    def is_due(*arguments: Any) -> bool:
        handling: Handling = next(each for each in arguments if isinstance(each, Handling))
        return handling.kind == kind and getattr(handling.update, "action", "") == action

    return is_due


def _is_purpose(purpose: str) -> Callable[..., bool]:
    return lambda _sender, outgoing, *_: bool(outgoing.purpose == purpose)


def _is_broadcast(_: OutgoingSender, outgoing: Outgoing, *_more: Any) -> bool:
    return outgoing.purpose.startswith("broadcast:")


# Each step of an order: while it is handled, and once it is committed and nothing has gone out;
# each durable message: before it goes, and before it is noted that it has gone.
POINTS: dict[str, Callable[[], None]] = {
    "ordering": lambda: _after(Handling, "_apply", _is("button", "buy")),
    "ordered": lambda: _before(Dispatcher, "_finish", _is("button", "buy")),
    "checking": lambda: _after(Handling, "_apply", _is("precheckout")),
    "checked": lambda: _before(Dispatcher, "_finish", _is("precheckout")),
    "booking": lambda: _after(Handling, "_apply", _is("paymentreceived")),
    "booked": lambda: _before(Dispatcher, "_finish", _is("paymentreceived")),
    "sending the receipt": lambda: _before(OutgoingSender, "_send", _is_purpose("receipt")),
    "noting the receipt": lambda: _before(OutgoingSender, "_settle", _is_purpose("receipt")),
    "sending the goods": lambda: _before(OutgoingSender, "_send", _is_purpose("goods")),
    "noting the goods": lambda: _before(OutgoingSender, "_settle", _is_purpose("goods")),
}
# Of a broadcast: one message has arrived, and it is not noted yet.
BROADCASTING = {"noting a broadcast": lambda: _before(OutgoingSender, "_settle", _is_broadcast)}


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for its log
            os.environ.update(asked["environment"])
            (POINTS | BROADCASTING)[asked["point"]]()
            asyncio.run(run(Settings(_env_file=None), name=asked["name"]))
            os._exit(0)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()

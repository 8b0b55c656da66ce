"""Ctrl-C wherever it finds a command: exit code 130 and one line that says so."""

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

STOPPED = 130  # the exit code: 128 and the number of SIGINT
_AGAIN_SECONDS = 0.02


@contextmanager
def ending_well() -> Iterator[None]:
    """For the whole process: the block ends with `STOPPED` when it is interrupted."""
    sys.unraisablehook = _repeat
    logging.getLogger("asyncio").addFilter(is_fault)
    signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        yield
    except KeyboardInterrupt:
        _say()
        raise SystemExit(STOPPED) from None
    except SystemExit as end:  # by a command, or by Typer while it reads the command line
        if end.code == STOPPED:
            _say()
        raise
    except BaseException as error:
        if not _came_of_it(error):
            raise
        _say()
        raise SystemExit(STOPPED) from None


def is_fault(record: logging.LogRecord) -> bool:
    """False of what asyncio logs when an interrupt finds it at a socket: Dagster raises one of its
    own there, which asyncio takes for the connection's fault."""
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or kind.__name__ != "DagsterExecutionInterruptedError"


def _came_of_it(error: BaseException) -> bool:
    # How Rust's packages end where they do not expect an error of the Python that they call.
    return type(error).__name__ == "PanicException" and KeyboardInterrupt.__name__ in str(error)


def _say() -> None:
    # Python would end as killed by the signal if it had interrupted a text that is executed, as
    # some packages do when they are loaded; it forgets that with the next one.
    eval("0")  # pylint: disable=eval-used  # it is our own text
    sys.stderr.write("vitrina: stopped\n")


def _repeat(unraisable: "sys.UnraisableHookArgs") -> None:
    """Sends the signal again when Python drops what it raised, as it does inside a finalizer."""
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)
    else:
        sys.__unraisablehook__(unraisable)

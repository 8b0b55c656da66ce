"""What a command shows on stderr while it takes longer than two seconds.

A bar on a terminal; plain lines at growing intervals where the output is read later. Commands
report where they are with `report`, also from threads; for a command that does not, the elapsed
time is shown.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

SHOWN_AFTER = 2.0  # seconds
_LINE_EVERY, _LINE_EVERY_AT_MOST = 3.0, 60.0  # seconds between plain lines, growing


class Watch:
    """One command's progress, shown by its own thread once it is `begun`."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._began = time.monotonic()
        self._text, self._done, self._total = "working", 0, 0

    def tell(self, text: str, done: int, total: int) -> None:
        with self._lock:
            self._text, self._done, self._total = text, done, total

    def begin(self) -> None:
        if self._thread is None:
            self._began = time.monotonic()
            self._thread = threading.Thread(target=self._show, name="progress", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Removes the bar; harmless if there is none."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _show(self) -> None:
        if self._stopped.wait(SHOWN_AFTER):
            return
        if sys.stderr.isatty():
            self._show_bar()
        else:
            self._show_lines()

    def _state(self) -> tuple[str, int, int]:
        with self._lock:
            return self._text, self._done, self._total

    def _show_bar(self) -> None:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        # What the command prints goes above the bar, unless it goes to a file.
        shown = Progress(
            *columns,
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=sys.stdout.isatty(),
        )
        with shown:
            task = shown.add_task("", total=None)
            while not self._stopped.wait(0.2):
                text, done, total = self._state()
                shown.update(task, description=text, completed=done, total=total or None)

    def _show_lines(self) -> None:
        pause = _LINE_EVERY
        while True:
            text, done, total = self._state()
            part = f" {done} of {total}" if total else ""
            seconds = time.monotonic() - self._began
            print(f"{text}{part}, {seconds:.0f} s", file=sys.stderr, flush=True)
            if self._stopped.wait(pause):
                return
            pause = min(2 * pause, _LINE_EVERY_AT_MOST)


_watch: ContextVar[Watch | None] = ContextVar("_watch", default=None)


@contextmanager
def watched() -> Iterator[None]:
    """While the block runs, the progress that the command reports is shown."""
    watch = Watch()
    token = _watch.set(watch)
    try:
        yield
    finally:
        watch.stop()
        _watch.reset(token)


def begin(text: str = "working", total: int = 0) -> None:
    """The command begins its work, and shows progress after two seconds; `total` 0 means
    unknown."""
    watch = _watch.get()
    if watch is not None:
        watch.tell(text, 0, total)
        watch.begin()


def report(text: str, done: int = 0, total: int = 0) -> None:
    """Reports where the work is: `done` of `total`."""
    watch = _watch.get()
    if watch is not None:
        watch.tell(text, done, total)


def stop() -> None:
    """Call it before a command asks the person something, or ends."""
    watch = _watch.get()
    if watch is not None:
        watch.stop()

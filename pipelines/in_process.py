"""Assets without Dagster's services, in this process: for the command line and tests."""

import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import dagster as dg

from core.settings import Settings
from pipelines.resources import resources


def materialised(
    settings: Settings,
    assets: Sequence[dg.AssetsDefinition | dg.AssetChecksDefinition],
    partition: str | None = None,
) -> dg.ExecuteInProcessResult:
    """The result of a run of these assets, failed or not.

    Must not be called from inside an event loop. Raises KeyboardInterrupt after Ctrl-C.
    """
    # Nothing is sent anywhere: Dagster's usage statistics are on by default.
    quiet: dict[str, Any] = {"telemetry": {"enabled": False}}
    with _interruptible(), dg.DagsterInstance.ephemeral(settings=quiet) as instance:
        return dg.materialize(
            list(assets),
            partition_key=partition,
            resources=resources(lambda: settings),
            run_config={"loggers": {"console": {"config": {"log_level": "WARNING"}}}},
            instance=instance,
            raise_on_error=False,
        )


@contextmanager
def _interruptible() -> Iterator[None]:
    """Raises KeyboardInterrupt at the end if Ctrl-C was pressed. Dagster replaces the handler of
    SIGINT, and may take the signal for a failed step or a cancelled run, or forget it; the
    interpreter's wake-up socket gets each one."""
    if threading.current_thread() is not threading.main_thread():  # signals go to that one
        yield
        return
    reader, writer = socket.socketpair()
    with reader, writer:
        reader.setblocking(False)
        writer.setblocking(False)
        before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            with suppress(BlockingIOError):
                if signal.SIGINT in reader.recv(4096):
                    raise KeyboardInterrupt


def error_of(result: dg.ExecuteInProcessResult) -> tuple[str, str]:
    """The error that all others of a failed run were raised from, in one line; and all of it."""
    failed = next((event for event in result.all_events if event.is_step_failure), None)
    if failed is None:
        return "the run ended before any of its steps", ""
    data = failed.step_failure_data
    error = data.error
    while error is not None and error.cause is not None:
        error = error.cause
    cause = " ".join(error.message.split()) if error is not None else "no error was kept"
    return cause, data.error_display_string


def rows_of(result: dg.ExecuteInProcessResult) -> dict[str, int]:
    """How many rows each asset of the run has stored."""
    written = [
        event.step_materialization_data.materialization
        for event in result.all_events
        if event.is_step_materialization
    ]
    return {
        item.asset_key.path[-1]: int(str(item.metadata["dagster/row_count"].value))
        for item in written
    }

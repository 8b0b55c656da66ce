"""Dagster's daemon, quiet and soon ended: `python -m pipelines.daemon run …`.

It looks for sensors that are due every 20 s and not every 5: none is due more often than once a
minute. Whether the code server is another one it asks every 10 s and not each second, and reads all
definitions again when it is, and not each minute. Its own way out waits up to half a minute for
each of its threads. What they hold stands in PostgreSQL, and a tick that was cut short is taken up
again at the next start.
"""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial

import asyncpg
from dagster._daemon import controller, sensor
from dagster._daemon.cli import create_dagster_daemon_cli
from dagster._grpc import server_watcher

from core.migrations import NotMigrated, core_scripts, require_applied
from core.modules import Modules
from core.settings import Settings

_GRACE_SECONDS = 1.5
_LOOK_SECONDS = 20
_WATCH_SECONDS = 10
_RELOAD_SECONDS = 6 * 3600


def _waits() -> None:
    """Returns when a SIGTERM comes that every thread has blocked."""
    signal.sigwait({signal.SIGTERM})


def _reads(caught: int) -> None:
    """Returns when some thread has caught a SIGTERM: multiprocessing unblocks it in passing."""
    while signal.SIGTERM not in os.read(caught, 64):
        pass


def _end_when(wait: Callable[[], None]) -> None:
    wait()
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(_GRACE_SECONDS)
    os._exit(0)


def _end_soon() -> None:
    """SIGTERM ends the process soon, whatever the daemon does with it."""
    caught, catching = os.pipe()
    os.set_blocking(catching, False)
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    signal.set_wakeup_fd(catching)
    # Blocked in every thread, so that the one which waits for it gets it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    for wait in (_waits, partial(_reads, caught)):
        threading.Thread(target=_end_when, args=(wait,), daemon=True).start()


def _require_migrated() -> None:
    """Ends the process with one line if the stores are empty or older; one that is away is waited
    for by each run."""
    url = Settings().database_url.get_secret_value()
    scripts = core_scripts() + Modules.discover().migrations()
    try:
        asyncio.run(require_applied(url, scripts))
    except NotMigrated as error:
        sys.exit(f"dagster-daemon: {error.detail}")
    except (OSError, TimeoutError, asyncpg.PostgresError):
        pass  # it is away


def main() -> None:
    """Runs the daemon; SIGTERM ends it within two seconds."""
    _require_migrated()
    _end_soon()
    sensor.MIN_INTERVAL_LOOP_TIME = _LOOK_SECONDS
    server_watcher.WATCH_INTERVAL = _WATCH_SECONDS
    controller.RELOAD_WORKSPACE_INTERVAL = _RELOAD_SECONDS
    create_dagster_daemon_cli()()


if __name__ == "__main__":
    main()

"""The daemon's end, with a stand-in for Dagster's daemon that does not end by itself."""

import signal
import subprocess
import sys
import time

import pytest

from tests import patience

_STUBBORN = """
import signal, threading, time
from pipelines import daemon

def hang():
    {before}
    print("up", flush=True)
    while True:
        time.sleep(100)

daemon.create_dagster_daemon_cli = lambda: hang
daemon.main()
"""
_IGNORES = """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
"""
# As multiprocessing's resource tracker does in whatever thread comes by, and Dagster's handlers.
_CATCHES = """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    def unblocked():
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        ready.set()
        time.sleep(100)
    ready = threading.Event()
    threading.Thread(target=unblocked, daemon=True).start()
    ready.wait()
"""


@pytest.mark.parametrize("before", [_IGNORES, _CATCHES], ids=["ignores", "catches"])
def test_it_ends_soon_after_it_is_told_to_whatever_its_threads_do(before: str) -> None:
    script = _STUBBORN.replace("    {before}\n", before)
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "up\n"
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=patience.SECONDS) == 0
        assert time.monotonic() - began >= 1

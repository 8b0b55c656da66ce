"""The daemon's end, with a stand-in for Dagster's that does not want to end."""

import signal
import subprocess
import sys
import time

_STUBBORN = """
import signal, time
from pipelines import daemon

def hang():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("up", flush=True)
    while True:
        time.sleep(100)

daemon.create_dagster_daemon_cli = lambda: hang
daemon.main()
"""


def test_it_ends_soon_after_it_is_told_to_whatever_its_threads_do() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _STUBBORN], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "up\n"
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        assert time.monotonic() - began >= 1

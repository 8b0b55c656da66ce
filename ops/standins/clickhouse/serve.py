"""The stand-in's entry point: what the official image does with its variables and folders."""

import os
import signal
import sys
import threading
from types import FrameType

from local.clickhouse import load_engine

# As the official entry point: without CLICKHOUSE_USER, `default` may log in from here only.
_DEFAULT_USER = """<clickhouse><users><default>
  <networks replace="replace"><ip>::1</ip><ip>127.0.0.1</ip></networks>
</default></users></clickhouse>
"""


def main() -> int:
    with open("users.d/default-user.xml", "w", encoding="utf-8") as file:
        file.write(_DEFAULT_USER)
    database = os.environ.get("CLICKHOUSE_DB", "")
    engine = load_engine()
    engine.set_signal_handlers_enabled(0)
    reading, writing = os.pipe()
    statements = [
        *([f"CREATE DATABASE IF NOT EXISTS {database}"] if database else []),
        "SYSTEM START LISTEN HTTP",
        f"SELECT * FROM file('/proc/self/fd/{reading}', 'LineAsString', 's String') FORMAT Null",
    ]
    ended = threading.Event()
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if not stopping.is_set():
            stopping.set()
            os.close(writing)

    def query() -> None:
        try:
            engine.query("; ".join(statements), "TSV", path="/var/lib/clickhouse")
        finally:
            ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    threading.Thread(target=query).start()
    while not ended.wait(0.5):
        pass
    return 0 if stopping.is_set() else 1


if __name__ == "__main__":
    sys.exit(main())

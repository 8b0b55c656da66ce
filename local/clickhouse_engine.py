"""The genuine ClickHouse HTTP server inside the chdb wheel.

chDB has no function that starts a server, but its `_chdb.query` runs clickhouse-local's main
function, in which `SYSTEM START LISTEN HTTP` starts the genuine server. The last statement reads
from a pipe, so the server runs until the pipe is closed.
"""

import importlib.machinery
import importlib.util
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType, ModuleType

from core.errors import ConfigurationError

STATEMENTS = (
    "CREATE DATABASE IF NOT EXISTS {database}",
    "SYSTEM START LISTEN HTTP",
    # The wait for the server need not poll ten times a second.
    "SELECT * FROM file('{pipe}', 'LineAsString', 'line String') "
    "SETTINGS interactive_delay = 10000000 FORMAT Null",
)


def load_engine() -> ModuleType:
    """The wheel's native module, without the chdb package around it (which loads pyarrow).

    Raises ConfigurationError when the wheel is missing or lacks the entry points used here.
    """
    advice = (
        "install the versions of poetry.lock (make up does) or revise local/clickhouse_engine.py"
    )
    package = importlib.util.find_spec("chdb")
    if package is None or package.origin is None:
        raise ConfigurationError(f"the package chdb is missing: {advice}")
    library = Path(package.origin).parent / "_chdb.abi3.so"
    if not library.exists():
        raise ConfigurationError(f"the chdb wheel has changed: no {library.name} in it; {advice}")
    # Its allocator must take precedence over the C++ library's: the chdb package does the same.
    flags = sys.getdlopenflags()
    sys.setdlopenflags(flags | os.RTLD_DEEPBIND)
    try:
        loader = importlib.machinery.ExtensionFileLoader("_chdb", str(library))
        spec = importlib.util.spec_from_loader("_chdb", loader)
        if spec is None:
            raise ConfigurationError(f"{library} cannot be loaded")
        engine = importlib.util.module_from_spec(spec)
        loader.exec_module(engine)
    except ImportError as error:
        raise ConfigurationError(f"{library} cannot be loaded ({error}): {advice}") from error
    finally:
        sys.setdlopenflags(flags)
    for name in ("query", "set_signal_handlers_enabled"):
        if not hasattr(engine, name):
            raise ConfigurationError(f"the chdb wheel has changed: _chdb.{name} is gone; {advice}")
    return engine


def run(engine: ModuleType, database: str, store: Path) -> bool:
    """Serves `database` from the folder `store`, with the configuration in the working folder,
    until SIGTERM or SIGINT.

    Returns False if the server ended by itself; the reason is on stderr.
    """
    engine.set_signal_handlers_enabled(0)
    reading, writing = os.pipe()
    script = "; ".join(STATEMENTS).format(database=database, pipe=f"/proc/self/fd/{reading}")
    ended = threading.Event()
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if not stopping.is_set():
            stopping.set()
            os.close(writing)

    def query() -> None:
        try:
            # The engine itself writes its errors to stderr.
            engine.query(script, "TSV", path=str(store))
        finally:
            ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    thread = threading.Thread(target=query, name="clickhouse")
    thread.start()
    while not ended.wait(0.5):  # a bounded wait lets Python run the signal handlers
        pass
    thread.join()
    return stopping.is_set()

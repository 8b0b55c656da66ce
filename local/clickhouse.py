"""ClickHouse's own HTTP server from the chdb wheel, as a process of its own.

chDB has no function that starts a server, but its `_chdb.query` runs clickhouse-local's main, in
which `SYSTEM START LISTEN HTTP` starts the genuine one. The last statement reads from a pipe, so
the server stays until the pipe is closed. One process serves one data folder.

    VITRINA_CLICKHOUSE_PASSWORD=… python -m local.clickhouse --data-dir D --port P
"""

import argparse
import fcntl
import hashlib
import importlib.machinery
import importlib.util
import os
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, ModuleType
from typing import TextIO
from urllib.parse import quote
from xml.sax.saxutils import escape

from core.errors import ConfigurationError
from local import enclosure, ports

PASSWORD_VARIABLE = "VITRINA_CLICKHOUSE_PASSWORD"
SCHEMA_PASSWORD_VARIABLE = "VITRINA_CLICKHOUSE_SCHEMA_PASSWORD"
PANEL_PASSWORD_VARIABLE = "VITRINA_CLICKHOUSE_PANEL_PASSWORD"
ANALYST_PASSWORD_VARIABLE = "VITRINA_CLICKHOUSE_ANALYST_PASSWORD"
DATABASE = "vitrina"
# Those that keep their data in the server: none that reads files, addresses or other servers.
_TABLE_ENGINES = (
    "MergeTree",
    "ReplacingMergeTree",
    "SummingMergeTree",
    "AggregatingMergeTree",
    "CollapsingMergeTree",
    "Memory",
    "Null",
)
# Of the machine, what it measures itself and its limits by. Nothing of /proc/self: its environment
# had the passwords.
_NEEDED_FILES = (
    *("/dev/urandom", "/dev/random", "/sys/fs/cgroup", "/sys/devices/system", "/sys/block"),
    *("/proc/meminfo", "/proc/stat", "/proc/cpuinfo", "/proc/loadavg", "/proc/uptime"),
    *("/proc/self/statm", "/proc/self/stat", "/proc/self/maps", "/proc/self/cgroup"),
    *("/usr/share/zoneinfo", "/etc/localtime"),
)
_SCRIPT = (
    "CREATE DATABASE IF NOT EXISTS {database}",
    "SYSTEM START LISTEN HTTP",
    # Whoever waits for it need not look ten times a second.
    "SELECT * FROM file('{pipe}', 'LineAsString', 'line String') "
    "SETTINGS interactive_delay = 10000000 FORMAT Null",
)

_CONFIG = """<clickhouse>
  <logger>
    <level>error</level>
    <async>0</async>
    <console>1</console>
    <console_log_level>error</console_log_level>
  </logger>
  <listen_host>127.0.0.1</listen_host>
  <http_port>{port}</http_port>
  <timezone>UTC</timezone>
  <users_config>users.xml</users_config>
  <max_connections>512</max_connections>
  <max_concurrent_queries>100</max_concurrent_queries>
  <max_server_memory_usage_to_ram_ratio>0.6</max_server_memory_usage_to_ram_ratio>
  <mark_cache_size>268435456</mark_cache_size>
  <asynchronous_metrics_update_period_s>60</asynchronous_metrics_update_period_s>
  <memory_worker_period_ms>1000</memory_worker_period_ms>
  <access_control_improvements>
    <select_from_system_db_requires_grant>true</select_from_system_db_requires_grant>
    <settings_constraints_replace_previous>true</settings_constraints_replace_previous>
  </access_control_improvements>
  <query_log>
    <database>system</database>
    <table>query_log</table>
    <partition_by>toYYYYMM(event_date)</partition_by>
    <ttl>event_date + INTERVAL 7 DAY DELETE</ttl>
    <flush_interval_milliseconds>30000</flush_interval_milliseconds>
  </query_log>
</clickhouse>
"""

# What services write with: rows, partitions and their own staging tables. Only `schema`, whom
# `vitrina migrate` alone logs in as, may drop or change a table.
_WRITING = "SELECT, INSERT, ALTER UPDATE, ALTER DELETE, OPTIMIZE, CREATE TABLE"

# chDB's own table function looks for a Python variable; in a server's thread it ends the process.
_SAFETY = "<allow_python_table_function>0</allow_python_table_function>"

# The shape of the official server's users.xml. The engine logs itself in as `default` without a
# password, from 127.0.0.1, and reads this file only once. So that nobody else does anything as
# `default`, it may do what the engine's own script does, and its quota allows that only once.
_USERS = """<clickhouse>
  <profiles>
    <default>{safety}</default>
    <vitrina>{safety}
      <async_insert>0</async_insert>
      <max_memory_usage>1500000000</max_memory_usage>
      <max_bytes_before_external_group_by>750000000</max_bytes_before_external_group_by>
      <max_bytes_before_external_sort>750000000</max_bytes_before_external_sort>
    </vitrina>
    <panel>{safety}
      <readonly>2</readonly>
      <max_execution_time>30</max_execution_time>
      <max_memory_usage>1000000000</max_memory_usage>
      <max_result_rows>100000</max_result_rows>
      <max_bytes_before_external_group_by>500000000</max_bytes_before_external_group_by>
      <max_bytes_before_external_sort>500000000</max_bytes_before_external_sort>
      <constraints>
        <max_execution_time><min>1</min><max>3600</max></max_execution_time>
        <max_memory_usage><min>1</min><max>2000000000</max></max_memory_usage>
        <readonly><const/></readonly>
      </constraints>
    </panel>
    <analyst>{safety}
      <readonly>2</readonly>
      <max_execution_time>600</max_execution_time>
      <max_memory_usage>1500000000</max_memory_usage>
      <max_threads>2</max_threads>
      <priority>10</priority>
      <max_bytes_before_external_group_by>750000000</max_bytes_before_external_group_by>
      <max_bytes_before_external_sort>750000000</max_bytes_before_external_sort>
      <constraints>
        <max_execution_time><min>1</min><max>3600</max></max_execution_time>
        <max_memory_usage><min>1</min><max>1500000000</max></max_memory_usage>
        <readonly><const/></readonly>
      </constraints>
    </analyst>
  </profiles>
  <quotas>
    <default/>
    <engine>
      <interval>
        <duration>1000000000</duration>
        <queries>{engine_queries}</queries>
      </interval>
    </engine>
  </quotas>
  <users>
    <default>
      <no_password/>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>engine</quota>
      <grants>
        <query>GRANT CREATE DATABASE ON {database}.*</query>
        <query>GRANT SYSTEM LISTEN ON *.*</query>
        <query>GRANT CREATE TEMPORARY TABLE ON *.*</query>
        <query>GRANT READ ON FILE</query>
      </grants>
    </default>
    <vitrina>
      <password_sha256_hex>{password}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>vitrina</profile>
      <quota>default</quota>
      <default_database>{database}</default_database>
      <grants>
        <query>GRANT {writing} ON {database}.*</query>
        <query>GRANT DROP TABLE ON {database}.staging_*</query>
        <query>GRANT SELECT ON system.*</query>
        <query>GRANT CREATE TEMPORARY TABLE ON *.*</query>
        <query>GRANT SYSTEM FLUSH LOGS ON *.*</query>{engine_grants}{writing_there}
      </grants>
    </vitrina>
    <schema>
      <password_sha256_hex>{schema_password}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>vitrina</profile>
      <quota>default</quota>
      <default_database>{database}</default_database>
      <grants>
        <query>GRANT ALL ON {database}.*</query>
        <query>GRANT SELECT ON system.*</query>{engine_grants}{changing_there}
      </grants>
    </schema>
    <panel>
      <password_sha256_hex>{panel_password}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>panel</profile>
      <quota>default</quota>
      <default_database>{database}</default_database>
      <grants>
        <query>GRANT SELECT ON {database}.*</query>
        <query>GRANT SELECT ON system.parts</query>{reading_there}
      </grants>
    </panel>
    <analyst>
      <password_sha256_hex>{analyst_password}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>analyst</profile>
      <quota>default</quota>
      <default_database>{database}</default_database>
      <grants>
        <query>GRANT SELECT ON {database}.*</query>
        <query>GRANT CREATE TEMPORARY TABLE ON *.*</query>{reading_there}
      </grants>
    </analyst>
  </users>
</clickhouse>
"""


@dataclass(frozen=True, slots=True)
class ClickHouseOptions:
    """With `also_in`, a pattern of databases' names, the users may do there what they may do in
    `vitrina`; the one who writes may also empty and drop any table there: for tests."""

    data_dir: Path
    port: int
    password: str
    schema_password: str
    panel_password: str
    analyst_password: str
    also_in: str = ""

    @property
    def url(self) -> str:
        return self._url("vitrina", self.password)

    @property
    def schema_url(self) -> str:
        return self._url("schema", self.schema_password)

    @property
    def panel_url(self) -> str:
        return self._url("panel", self.panel_password)

    @property
    def analyst_url(self) -> str:
        return self._url("analyst", self.analyst_password)

    def _url(self, user: str, password: str) -> str:
        return f"http://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{DATABASE}"


def command(options: ClickHouseOptions) -> tuple[list[str], dict[str, str]]:
    """What starts the server: the arguments, and the variables to add to the environment."""
    argv = [sys.executable, "-m", "local.clickhouse", "--data-dir", str(options.data_dir)]
    argv += ["--port", str(options.port)]
    if options.also_in:
        argv += ["--also-in", options.also_in]
    return argv, {
        PASSWORD_VARIABLE: options.password,
        SCHEMA_PASSWORD_VARIABLE: options.schema_password,
        PANEL_PASSWORD_VARIABLE: options.panel_password,
        ANALYST_PASSWORD_VARIABLE: options.analyst_password,
    }


def load_engine() -> ModuleType:
    """The wheel's native module, without the chdb package around it (which loads pyarrow).

    Raises ConfigurationError when the wheel is missing or lacks the entry points used here.
    """
    advice = "install the versions of poetry.lock (make up does) or revise local/clickhouse.py"
    package = importlib.util.find_spec("chdb")
    if package is None or package.origin is None:
        raise ConfigurationError(f"the package chdb is missing: {advice}")
    library = Path(package.origin).parent / "_chdb.abi3.so"
    if not library.exists():
        raise ConfigurationError(f"the chdb wheel has changed: no {library.name} in it; {advice}")
    # Its allocator must win over the C++ library's: the chdb package does the same.
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


def _grants(grants: tuple[str, ...]) -> str:
    return "".join(f"\n        <query>{escape(grant)}</query>" for grant in grants)


def write_configuration(options: ClickHouseOptions, folder: Path) -> None:
    """config.xml and users.xml, readable by their owner alone."""

    def there(rights: str) -> str:
        return _grants((f"GRANT {rights} ON {options.also_in}.*",) if options.also_in else ())

    files = {
        "config.xml": _CONFIG.format(port=options.port),
        "users.xml": _USERS.format(
            password=hashlib.sha256(options.password.encode()).hexdigest(),
            schema_password=hashlib.sha256(options.schema_password.encode()).hexdigest(),
            panel_password=hashlib.sha256(options.panel_password.encode()).hexdigest(),
            analyst_password=hashlib.sha256(options.analyst_password.encode()).hexdigest(),
            database=DATABASE,
            safety=_SAFETY,
            writing=_WRITING,
            engine_queries=len(_SCRIPT),
            engine_grants=_grants(
                tuple(f"GRANT TABLE ENGINE ON {name}" for name in _TABLE_ENGINES)
            ),
            writing_there=there(
                f"{_WRITING}, DROP TABLE, TRUNCATE, ALTER CONSTRAINT, ALTER TTL, SYSTEM MERGES"
            ),
            changing_there=there("ALL"),
            reading_there=there("SELECT"),
        ),
    }
    for name, text in files.items():
        file = folder / name
        file.touch(mode=0o600)
        file.write_text(text)


def _lock(folder: Path) -> TextIO:
    """Holds the folder for this process; ConfigurationError names the process that has it."""
    file = (folder / "lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise ConfigurationError(
            f"the folder {folder.parent} is in use by another ClickHouse (process {holder}): "
            "stop it or choose another folder"
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def serve(options: ClickHouseOptions) -> int:
    """Runs the server in the foreground until SIGTERM or SIGINT; returns the exit code.

    The reason of a failed start is one line on stderr. Changes the working folder.
    """
    data = options.data_dir.resolve()
    working = data / "run"
    working.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        engine = load_engine()
        with _lock(working):
            ports.ensure_free(options.port, needed_by="ClickHouse")
            write_configuration(options, working)
            os.chdir(working)
            os.environ["TZ"] = "UTC"
            _shut_in(data)
            return _run(engine, data / "store")
    except ConfigurationError as error:
        print(f"clickhouse: {error}", file=sys.stderr)
        return 1


def _shut_in(data: Path) -> None:
    """The function `file()` asks for no grant: it must find nothing but the server's own files."""
    if not enclosure.is_possible():
        print(
            "clickhouse: this kernel has no Landlock (Linux 5.19): SELECT file(…) of any of our "
            "ClickHouse users reads what this system user may read",
            file=sys.stderr,
        )
        return
    (data / "store").mkdir(exist_ok=True, mode=0o700)
    enclosure.shut_in(
        [data / "store", data / "run", Path("/dev/null")],
        [Path(path) for path in _NEEDED_FILES],
    )


def _run(engine: ModuleType, store: Path) -> int:
    engine.set_signal_handlers_enabled(0)
    reading, writing = os.pipe()
    script = "; ".join(_SCRIPT).format(database=DATABASE, pipe=f"/proc/self/fd/{reading}")
    ended = threading.Event()
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if not stopping.is_set():
            stopping.set()
            os.close(writing)

    def query() -> None:
        try:
            # What goes wrong inside is written to stderr by the engine itself.
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
    if stopping.is_set():
        return 0
    print("clickhouse: it ended by itself; the reason stands above", file=sys.stderr)
    return 1


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local.clickhouse")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--also-in", default="")
    arguments = parser.parse_args(argv)
    variables = (
        PASSWORD_VARIABLE,
        SCHEMA_PASSWORD_VARIABLE,
        PANEL_PASSWORD_VARIABLE,
        ANALYST_PASSWORD_VARIABLE,
    )
    passwords = [os.environ.pop(name, "") for name in variables]
    if not all(passwords):
        print(f"clickhouse: set {', '.join(variables)}", file=sys.stderr)
        return 1
    return serve(
        ClickHouseOptions(
            arguments.data_dir,
            arguments.port,
            password=passwords[0],
            schema_password=passwords[1],
            panel_password=passwords[2],
            analyst_password=passwords[3],
            also_in=arguments.also_in,
        )
    )


if __name__ == "__main__":
    sys.exit(main())

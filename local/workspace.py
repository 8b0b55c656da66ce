"""The data folder of one installation: its lock, its ports, its secrets."""

import base64
import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import stamina

from core.errors import ConfigurationError
from core.secrets import FILE, KeyRing
from local import ports, processes

_FORMER_RUN_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Secrets:
    """Passwords of the embedded engines and the keys of `core.secrets.KeyRing`."""

    postgres_password: str
    clickhouse_password: str
    clickhouse_schema_password: str
    clickhouse_panel_password: str
    clickhouse_analyst_password: str
    secret_keys: str


_SECRETS: dict[str, Callable[[], str]] = {
    "VITRINA_POSTGRES_PASSWORD": lambda: secrets.token_hex(24),
    "VITRINA_CLICKHOUSE_PASSWORD": lambda: secrets.token_hex(24),
    "VITRINA_CLICKHOUSE_SCHEMA_PASSWORD": lambda: secrets.token_hex(24),
    "VITRINA_CLICKHOUSE_PANEL_PASSWORD": lambda: secrets.token_hex(24),
    "VITRINA_CLICKHOUSE_ANALYST_PASSWORD": lambda: secrets.token_hex(24),
    "VITRINA_SECRET_KEYS": lambda: f"1:{base64.b64encode(os.urandom(32)).decode()}",
}


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder, locked by this process; `lock` keeps it locked for processes that inherit the
    file, too."""

    folder: Path
    lock: TextIO

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"

    @property
    def clickhouse(self) -> Path:
        return self.folder / "clickhouse"

    @property
    def key_file(self) -> Path:
        """The keys of `core.secrets.KeyRing`, which services read again when they change."""
        return self.folder / "secret-keys"

    def ports(self, names: list[str]) -> dict[str, int]:
        """A port for each name, the same at every start unless somebody has taken one."""
        file = self.folder / "state.json"
        try:
            known = json.loads(file.read_text("utf-8"))["ports"]
        except (OSError, ValueError, KeyError, TypeError):
            known = {}
        chosen: dict[str, int] = {}
        for name in names:
            port = known.get(name)
            if not isinstance(port, int) or port in chosen.values() or not ports.is_free(port):
                port = ports.free_port(frozenset([*known.values(), *chosen.values()]))
            chosen[name] = port
        write_private(file, json.dumps({"ports": known | chosen}, indent=2) + "\n")
        return chosen

    def secrets(self) -> Secrets:
        """The secrets of this installation, generated at its first start.

        ConfigurationError if their file is gone or damaged while the data that needs it is still
        there.
        """
        file = self.folder / "secrets.env"
        known: dict[str, str] = {}
        if file.exists():
            lines = file.read_text("utf-8").splitlines()
            known = dict(line.split("=", 1) for line in lines if "=" in line)
        elif (self.postgres / "PG_VERSION").exists():
            raise ConfigurationError(
                f"{file} is missing, and the data beside it cannot be opened without: "
                f"restore it from a backup, or remove {self.folder} to start anew"
            )
        has_data = (self.postgres / "PG_VERSION").exists()
        if has_data and not known.get("VITRINA_POSTGRES_PASSWORD"):
            raise ConfigurationError(
                f"{file} is empty or damaged, and the data beside it cannot be opened without: "
                f"restore it from a backup, or remove {self.folder} to start anew"
            )
        if self.key_file.exists():  # `vitrina keys rotate` has added to it
            KeyRing.parse(f"{FILE}{self.key_file}")
            known["VITRINA_SECRET_KEYS"] = self.key_file.read_text("utf-8").strip()
        if has_data and not known.get("VITRINA_SECRET_KEYS"):
            raise ConfigurationError(
                f"{file} has no VITRINA_SECRET_KEYS, which stored tokens are sealed with: put them "
                f"back, or remove {self.folder} to start anew"
            )
        values = [known.get(name) or generate() for name, generate in _SECRETS.items()]
        write_private(
            file, "".join(f"{name}={value}\n" for name, value in zip(_SECRETS, values, strict=True))
        )
        if not self.key_file.exists():
            write_private(self.key_file, f"{values[-1]}\n")
        return Secrets(*values)


def write_private(file: Path, text: str) -> None:
    """Replaces a file as a whole, readable by its owner alone; on the disk once it returns."""
    draft = file.with_name(f"{file.name}.new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    with draft.open("w", encoding="utf-8") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    draft.replace(file)
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextlib.contextmanager
def hold(folder: Path, say: Callable[[str], None]) -> Iterator[Workspace]:
    """Locks the data folder for one run; raises ConfigurationError with the process that has it.

    If the former run was killed, waits a moment until the last of its processes has ended.
    """
    folder = folder.resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "logs").mkdir(exist_ok=True)
        (folder / "logs").chmod(0o700)
        lock = (folder / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"cannot write to the folder {folder}: {error.strerror}"
        ) from error
    with lock:
        _acquire(lock, folder, say)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield Workspace(folder, lock)


class _FolderInUse(ConfigurationError):
    """In use by a process that still runs, or by the last ones of a run that was killed."""

    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__(
            f"{folder} is in use by another `vitrina up` (process {holder or 'unknown'}): "
            "stop it, or choose another folder with --data-dir"
        )
        self.is_ending = holder.isdigit() and not processes.is_alive(int(holder))


def _acquire(lock: TextIO, folder: Path, say: Callable[[str], None]) -> None:
    for attempt in stamina.retry_context(
        on=lambda error: isinstance(error, _FolderInUse) and error.is_ending,
        attempts=None,
        timeout=_FORMER_RUN_SECONDS,
        wait_max=0.1,
    ):
        if attempt.num == 2:
            say("waiting for the last processes of the former run to end…")
        with attempt:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                lock.seek(0)
                raise _FolderInUse(folder, lock.read().strip()) from error

"""The data folder: one process at a time, the same ports and secrets at every start."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from core.secrets import KeyRing
from local import ports, workspace
from local.workspace import Workspace
from tests.local.waiting import until_now

HOLDER = """
import pathlib, sys, time
from local import workspace
with workspace.hold(pathlib.Path(sys.argv[1]), print):
    print("held", flush=True)
    time.sleep(1000)
"""


def silent(_text: str) -> None:
    """Says nothing."""


def test_a_second_holder_is_refused_with_the_first_ones_process(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"held\n"
        with pytest.raises(ConfigurationError, match=rf"\(process {first.pid}\).*--data-dir"):
            with workspace.hold(tmp_path, silent):
                pass
        first.kill()
    with workspace.hold(tmp_path, silent) as held:
        assert held.folder == tmp_path


def test_waits_for_what_a_killed_run_left(tmp_path: Path) -> None:
    """Its guard holds the lock until the last process has ended."""
    said: list[str] = []
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    (tmp_path / "lock").write_text(str(gone.pid))
    holder = "import fcntl, sys, time; f = open(sys.argv[1]); fcntl.flock(f, 2); time.sleep(1000)"
    argv = [sys.executable, "-S", "-c", holder, str(tmp_path / "lock")]
    guard = subprocess.Popen(argv)  # pylint: disable=consider-using-with # ended below
    until_now(lambda: not _lockable(tmp_path / "lock"), "the guard holds the lock")

    def hear(text: str) -> None:
        said.append(text)
        guard.kill()
        guard.wait()

    with workspace.hold(tmp_path, hear):
        assert said == ["waiting for the last processes of the former run to end…"]


def test_ports_are_kept_and_changed_only_when_taken(tmp_path: Path) -> None:
    with workspace.hold(tmp_path, silent) as held:
        first = held.ports(["postgres", "clickhouse"])
        assert len(set(first.values())) == 2
        assert held.ports(["postgres", "clickhouse"]) == first
        with socket.create_server(("127.0.0.1", first["postgres"])):
            second = held.ports(["postgres", "clickhouse", "worker"])
        assert second["clickhouse"] == first["clickhouse"]
        assert second["postgres"] != first["postgres"]
        assert held.ports(["postgres"])["postgres"] == second["postgres"]


def test_a_damaged_state_file_only_costs_the_ports(tmp_path: Path) -> None:
    with workspace.hold(tmp_path, silent) as held:
        (tmp_path / "state.json").write_text("{")
        assert ports.is_free(held.ports(["postgres"])["postgres"])


def test_secrets_are_made_once_and_kept_private(tmp_path: Path) -> None:
    with workspace.hold(tmp_path, silent) as held:
        secrets = held.secrets()
        assert held.secrets() == secrets
        assert secrets.postgres_password != secrets.clickhouse_password
        assert len(KeyRing.parse(secrets.secret_keys).keys[1]) == 32
    assert stat.S_IMODE((tmp_path / "secrets.env").stat().st_mode) == 0o600


def test_lost_secrets_of_existing_data_are_not_replaced(tmp_path: Path) -> None:
    with workspace.hold(tmp_path, silent) as held:
        _make_data(held)
        with pytest.raises(ConfigurationError, match="secrets.env is missing.*restore it"):
            held.secrets()


@pytest.mark.parametrize("name", ["secrets.env", "secret-keys"])
@pytest.mark.parametrize("text", ["", "1:"])
def test_damaged_secrets_of_existing_data_are_not_replaced(
    tmp_path: Path, name: str, text: str
) -> None:
    with workspace.hold(tmp_path, silent) as held:
        kept = held.secrets()
        _make_data(held)
        assert held.secrets() == kept
        (tmp_path / name).write_text(text)
        with pytest.raises(ConfigurationError, match=f"{name} is empty or damaged"):
            held.secrets()
        assert (tmp_path / name).read_text() == text


def test_a_private_file_is_on_the_disk_when_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, bool]] = []

    def sync(descriptor: int) -> None:
        place = Path(f"/proc/self/fd/{descriptor}").resolve()
        synced.append((place.name, (tmp_path / "keys").exists()))

    monkeypatch.setattr(os, "fsync", sync)
    workspace.write_private(tmp_path / "keys", "text")
    assert synced == [("keys.new", False), (tmp_path.name, True)]
    assert (tmp_path / "keys").read_text() == "text"


def _make_data(held: Workspace) -> None:
    held.postgres.mkdir()
    (held.postgres / "PG_VERSION").write_text("18\n")


def _lockable(file: Path) -> bool:
    probe = "import fcntl, sys; fcntl.flock(open(sys.argv[1]), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    argv = [sys.executable, "-S", "-c", probe, str(file)]
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0

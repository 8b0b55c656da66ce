"""The containers' configuration agrees with that of a system without containers."""

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

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


def secrets(checkout: Path) -> dict[str, str]:
    return {file.name: file.read_text("utf-8") for file in (checkout / "secrets").glob("vitrina_*")}


USERS = "postgres clickhouse clickhouse_schema clickhouse_panel clickhouse_analyst".split()
PASSWORDS = [f"vitrina_{user}_password" for user in USERS]
NAMED: dict[str, Any] = {
    "database_url": "postgresql://vitrina@postgres:5432/vitrina",
    "clickhouse_url": "http://vitrina@clickhouse:8123/vitrina",
    "clickhouse_schema_url": "http://schema@clickhouse:8123/vitrina",
    "clickhouse_panel_url": "http://panel@clickhouse:8123/vitrina",
    "clickhouse_analyst_url": "http://analyst@clickhouse:8123/vitrina",
}


@pytest.mark.parametrize("demo", [False, True])
def test_make_env_writes_secrets_that_work_and_only_its_owner_reads(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, demo: bool
) -> None:
    assert make_env(checkout, *(["--demo"] if demo else [])).returncode == 0
    assert (checkout / ".env").stat().st_mode & 0o777 == 0o600
    assert (checkout / "secrets").stat().st_mode & 0o777 == 0o700
    # The containers' users are others than the owner, and have each file by itself.
    assert {file.stat().st_mode & 0o777 for file in (checkout / "secrets").iterdir()} == {0o644}
    monkeypatch.setattr("core.settings.SECRETS", checkout / "secrets")
    settings = Settings(_env_file=checkout / ".env", **NAMED)
    assert settings.secret_keys is not None
    KeyRing.parse(settings.secret_keys.get_secret_value())
    assert settings.telegram_api_hash is None  # an empty file
    assert settings.telegram_server == ("simulator:4430" if demo else "")
    written = secrets(checkout)
    assert len({written[name] for name in PASSWORDS}) == 5
    assert all(len(written[name]) == 32 for name in PASSWORDS)
    for field, name in zip(NAMED, PASSWORDS, strict=True):
        assert f":{written[name]}@" in getattr(settings, field).get_secret_value()
    kept = values(checkout / ".env")
    assert kept.get("COMPOSE_PROFILES") == ("demo" if demo else None)
    assert kept["VITRINA_SECRETS"] == "./secrets" and not {name.upper() for name in written} & {
        *kept
    }


def test_clickhouse_s_users_have_the_passwords_of_the_files(checkout: Path) -> None:
    make_env(checkout)
    file = checkout / "secrets/clickhouse_users.xml"
    written = secrets(checkout)
    users = ElementTree.parse(file).find("users")
    named = ElementTree.parse(ROOT / "ops/clickhouse/users.d/vitrina.xml").find("users")
    assert users is not None and named is not None
    assert {user.tag for user in users} == {user.tag for user in named} - {"default"}
    for user in users:
        whose = "" if user.tag == "vitrina" else f"{user.tag}_"
        plain = written[f"vitrina_clickhouse_{whose}password"]
        assert user.findtext("password_sha256_hex") == hashlib.sha256(plain.encode()).hexdigest()
        assert plain not in file.read_text("utf-8")


MADE_BEFORE = "VITRINA_SECRET_KEYS=1:abc=\nVITRINA_POSTGRES_PASSWORD=pw\n"


def test_secrets_of_an_env_file_from_before_become_files(checkout: Path) -> None:
    """Those that it has stay what they were; what it lacks is made, and told apart from lost."""
    before = "MINE=1\nVITRINA_SECRET_KEYS=1:abc=\nVITRINA_POSTGRES_PASSWORD='p$w'\n"
    (checkout / ".env").write_text(f'{before}VITRINA_OPERATOR_BOT_TOKEN="1:two"\nLAST=1')
    assert make_env(checkout).returncode == 0
    found = secrets(checkout)
    assert found["vitrina_secret_keys"] == "1:abc="
    assert found["vitrina_postgres_password"] == "p$w"
    assert found["vitrina_operator_bot_token"] == "1:two"
    assert len(found["vitrina_clickhouse_password"]) == 32
    assert values(checkout / ".env") == {
        "MINE": "1",
        "LAST": "1",
        "VITRINA_SECRETS": "./secrets",
    }
    with (checkout / ".env").open("a") as file:
        file.write("VITRINA_TELEGRAM_API_HASH=added later\n")
    assert make_env(checkout).returncode == 0
    assert secrets(checkout) == found | {"vitrina_telegram_api_hash": "added later"}
    assert "MINE" in values(checkout / ".env")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("plain # of 2026", "plain"),
        ("with#no space before", "with#no space before"),
        ("  led # and said  ", "led"),
        ("'single # in it' # said", "single # in it"),
        ("\"double # in it\" # said 'of it'", "double # in it"),
        (" # nothing", ""),
        ("''", ""),
    ],
)
def test_what_is_said_behind_a_value_is_no_part_of_it(
    checkout: Path, written: str, read: str
) -> None:
    (checkout / ".env").write_text(f"{MADE_BEFORE}VITRINA_TELEGRAM_API_HASH={written}\n")
    assert make_env(checkout).returncode == 0
    assert secrets(checkout)["vitrina_telegram_api_hash"] == read


def test_an_env_file_from_before_gets_no_keys_that_open_nothing(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout / ".env").write_text("MINE=1\nVITRINA_SECRET_KEYS=\n")
    for name in ("SECRET_KEYS", "POSTGRES_PASSWORD"):
        answer = make_env(checkout)
        assert answer.returncode == 1 and f"VITRINA_{name} is neither" in answer.stderr
        monkeypatch.setenv(f"VITRINA_{name}", "1:of the shell")
    assert "VITRINA_SECRETS" not in (checkout / ".env").read_text()
    assert make_env(checkout).returncode == 0
    monkeypatch.setenv("VITRINA_SECRET_KEYS", "2:another")  # what is a file already stays
    assert make_env(checkout).returncode == 0
    found = secrets(checkout)
    assert found["vitrina_secret_keys"] == found["vitrina_postgres_password"] == "1:of the shell"


def test_the_env_file_of_before_is_kept_and_a_link_stays_one(checkout: Path) -> None:
    (there := checkout / "there").mkdir()
    (there / "env").write_text(MADE_BEFORE)
    (checkout / ".env").symlink_to(there / "env")
    for _ in range(2):
        assert make_env(checkout).returncode == 0
        kept = checkout / ".env.before-secrets"
        assert kept.read_text() == MADE_BEFORE and kept.stat().st_mode & 0o777 == 0o600
    assert (checkout / ".env").is_symlink()
    assert values(there / "env") == {"VITRINA_SECRETS": "./secrets"}
    assert ".env.before-secrets" in (ROOT / ".gitignore").read_text("utf-8").split()


def test_make_env_makes_no_new_secret_in_place_of_a_lost_one(checkout: Path) -> None:
    make_env(checkout)
    lost = checkout / "secrets/vitrina_secret_keys"
    lost.write_text("")
    for arguments, word in (([], str(lost.name)), (["--demo"], "already")):
        answer = make_env(checkout, *arguments)
        assert answer.returncode == 1 and word in answer.stderr
    assert lost.read_text() == ""
    lost.write_text("1:mine")
    (checkout / ".env").unlink()
    assert make_env(checkout).returncode == 1
    assert lost.read_text() == "1:mine" and not list(checkout.glob(".env.new"))


def test_two_different_values_of_one_secret_are_for_a_person(checkout: Path) -> None:
    make_env(checkout)
    found = secrets(checkout)
    with (checkout / ".env").open("a") as file:
        file.write("VITRINA_POSTGRES_PASSWORD=another\n")
    answer = make_env(checkout)
    assert answer.returncode == 1 and "remove one of them" in answer.stderr
    assert secrets(checkout) == found


def test_compose_asks_for_the_files_that_make_env_writes(checkout: Path) -> None:
    make_env(checkout)
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    asked = {Path(secret["file"]).name for secret in compose["secrets"].values()}
    assert asked == {file.name for file in (checkout / "secrets").iterdir()}

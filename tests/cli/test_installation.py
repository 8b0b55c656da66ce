"""Which installation a command uses: --data-dir, the environment, .vitrina, .env."""

from pathlib import Path

import pytest

from cli.installation import DEFAULT_FOLDER
from tests.cli.running import vitrina


def ran_in(folder: Path, port: int) -> str:
    folder.mkdir()
    (folder / "services.env").write_text(
        f"VITRINA_DATABASE_URL=postgresql://u:p@127.0.0.1:{port}/vitrina\n"
        f"VITRINA_CLICKHOUSE_URL=http://u:p@127.0.0.1:{port}/vitrina\n"
        "VITRINA_TELEGRAM_SERVER_KEY=/a folder/with ' # and ${HOME}/key\n",
        "utf-8",
    )
    return str(folder)


def talks_to(environment: dict[str, str], *options: str) -> str:
    ran = vitrina(environment, "link", "list", *options)
    assert ran.returncode == 1 and "does not answer" in ran.stderr
    return ran.stderr.splitlines()[0]


def test_what_is_named_goes_before_what_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert talks_to({}).endswith("127.0.0.1:8123/vitrina, by default")
    (tmp_path / ".env").write_text("VITRINA_DATABASE_URL=postgresql://u:p@127.0.0.1:1/v\n", "utf-8")
    assert "PostgreSQL 127.0.0.1:1/v," in talks_to({}) and talks_to({}).endswith("of .env")
    ran_in(DEFAULT_FOLDER, 2)
    assert talks_to({}).endswith("ClickHouse 127.0.0.1:2/vitrina, of .vitrina")
    # Services of another run are told theirs, wherever they are started.
    told = {"VITRINA_DATABASE_URL": "postgresql://u:p@127.0.0.1:3/v"}
    assert "127.0.0.1:3/v" in talks_to(told) and talks_to(told).endswith("of the environment")
    other = ran_in(tmp_path / "other", 4)
    said = talks_to(told, "--data-dir", other)
    assert "127.0.0.1:4/vitrina" in said and said.endswith(f"of {other}")


def test_the_advice_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = ran_in(tmp_path / "run", 1)
    for command in (["health"], ["export", "--out", "x"], ["kpi"], ["workers"], ["migrate"]):
        said = vitrina({}, *command, "--data-dir", folder).stderr
        assert f"is `vitrina up` running on {folder}?" in said


def test_a_service_that_logs_for_machines_says_it_in_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = {"VITRINA_LOG_FORMAT": "json", "VITRINA_DATABASE_URL": "postgresql://u:p@127.0.0.1:1/v"}
    said = vitrina(told, "api").stderr.splitlines()[0]
    assert said.startswith("{") and "127.0.0.1:1/v" in said

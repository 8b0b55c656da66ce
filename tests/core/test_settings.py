from pathlib import Path

import pytest
from pydantic import ValidationError

from core.settings import TELEGRAM_LAUNCH_KEY, Settings, with_password

ROOT = Path(__file__).parents[2]


def test_the_example_explains_every_setting_and_no_other() -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    written = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    assert written == {
        f"VITRINA_{name.upper()}" for name in Settings.model_json_schema()["properties"]
    }


def test_the_example_is_valid_and_empty_values_mean_unset() -> None:
    settings = Settings(_env_file=ROOT / ".env.example")
    assert settings.telegram_api_id is None
    assert settings.telegram_server == ""
    assert settings.telegram_launch_key == TELEGRAM_LAUNCH_KEY


def test_a_server_without_a_port_is_refused_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITRINA_TELEGRAM_SERVER", "127.0.0.1")
    with pytest.raises(ValidationError, match="host:port"):
        Settings(_env_file=None)


def test_a_key_of_another_form_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITRINA_TELEGRAM_LAUNCH_KEY", "e7bf")
    with pytest.raises(ValidationError, match="64 hexadecimal"):
        Settings(_env_file=None)


def test_secrets_do_not_show_in_a_settings_repr() -> None:
    settings = Settings(_env_file=None, database_url="postgresql://u:hidden@h/d")
    assert "hidden" not in repr(settings)


def test_a_file_of_a_secret_counts_less_than_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.settings.SECRETS", tmp_path)
    for name, text in {
        "postgres_password": "a/b\n",
        "secret_keys": "1:file\n",
        "telegram_api_hash": "file",
        "operator_bot_token": "",
    }.items():
        (tmp_path / f"vitrina_{name}").write_text(text)
    monkeypatch.setenv("VITRINA_DATABASE_URL", "postgresql://u@h:5432/d")
    monkeypatch.setenv("VITRINA_CLICKHOUSE_URL", "http://u:own@h:8123/d")
    monkeypatch.setenv("VITRINA_CLICKHOUSE_PASSWORD", "another")
    monkeypatch.setenv("VITRINA_TELEGRAM_API_HASH", "environment")
    settings = Settings(_env_file=None)
    assert settings.database_url.get_secret_value() == "postgresql://u:a%2Fb@h:5432/d"
    assert settings.clickhouse_url.get_secret_value() == "http://u:own@h:8123/d"
    assert settings.secret_keys is not None and settings.telegram_api_hash is not None
    assert settings.secret_keys.get_secret_value() == "1:file"
    assert settings.telegram_api_hash.get_secret_value() == "environment"
    assert settings.operator_bot_token is None


@pytest.mark.parametrize(
    ("url", "password", "whole"),
    [
        ("postgresql+psycopg2://u@h:1/d?a=b", "p", "postgresql+psycopg2://u:p@h:1/d?a=b"),
        ("http://u:@h/d", "p", "http://u:@h/d"),
        ("http://h/d", "p", "http://h/d"),
        ("http://u@h/d", None, "http://u@h/d"),
        ("http://u%40x@[::1]:1/d", "@:", "http://u%40x:%40%3A@[::1]:1/d"),
    ],
)
def test_an_address_gets_a_password_where_it_has_a_user_and_none(
    url: str, password: str | None, whole: str
) -> None:
    assert with_password(url, password) == whole

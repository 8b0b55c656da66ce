from pathlib import Path

import pytest
from pydantic import ValidationError

from core.settings import TELEGRAM_LAUNCH_KEY, Settings

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

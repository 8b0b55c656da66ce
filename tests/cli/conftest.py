"""What the commands' tests share: the variables of an installation on this test's stores."""

from pathlib import Path

import pytest

from core.settings import Settings


@pytest.fixture(name="environment")
def made_environment(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The variables; the working folder has no `.env` and no `.vitrina` in it."""
    monkeypatch.chdir(tmp_path)
    assert settings.secret_keys is not None
    return {
        "VITRINA_DATABASE_URL": settings.database_url.get_secret_value(),
        "VITRINA_CLICKHOUSE_URL": settings.clickhouse_url.get_secret_value(),
        "VITRINA_SECRET_KEYS": settings.secret_keys.get_secret_value(),
    }

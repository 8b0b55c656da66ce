"""The embedded ClickHouse as a process: start, end, errors."""

import signal
import socket
import time
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from core.clickhouse import open_client
from core.errors import ConfigurationError
from local import clickhouse, clickhouse_engine
from tests import patience
from tests.local.servers import Server, clickhouse_options, clickhouse_ready, serving

GRACEFUL_SECONDS = patience.SECONDS  # 0.3 s on an idle machine


async def test_data_survives_kill_9_and_a_graceful_stop(tmp_path: Path) -> None:
    options = clickhouse_options(tmp_path / "data")
    command, ready = clickhouse.command(options), clickhouse_ready(options)
    async with serving(command, tmp_path / "console", ready) as server:
        client = open_client(options.url)
        client.command("CREATE TABLE kept (n UInt64) ENGINE = MergeTree ORDER BY n")
        client.command("INSERT INTO kept SELECT number FROM numbers(100000)")
        client.close()
        server.process.kill()
        server.process.wait()
    async with serving(command, tmp_path / "console", ready) as server:
        client = open_client(options.url)
        assert client.query("SELECT count(), sum(n) FROM kept").first_row == (100_000, 4999950000)
        client.command("INSERT INTO kept SELECT 1")
        client.close()
        asked_at = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait() == 0
        assert time.monotonic() - asked_at < GRACEFUL_SECONDS
    async with serving(command, tmp_path / "console", ready):
        client = open_client(options.url)
        assert client.command("SELECT count() FROM kept") == 100_001
        client.close()


async def test_who_writes_changes_no_table(tmp_path: Path) -> None:
    options = clickhouse_options(tmp_path / "data")
    command, ready = clickhouse.command(options), clickhouse_ready(options)
    async with serving(command, tmp_path / "console", ready):
        changing, writing = open_client(options.schema_url), open_client(options.url)
        changing.command(
            "CREATE TABLE kept (n UInt64) ENGINE = MergeTree PARTITION BY n ORDER BY n"
        )
        writing.command("CREATE TABLE staging_kept AS kept")
        writing.command("INSERT INTO staging_kept SELECT 1")
        writing.command("ALTER TABLE kept REPLACE PARTITION 1 FROM staging_kept")
        writing.command("DROP TABLE staging_kept")
        writing.command("ALTER TABLE kept DELETE WHERE n = 2")
        for refused in (
            "DROP TABLE kept",
            "DROP TABLE kept SYNC",
            "DETACH TABLE kept PERMANENTLY",
            "TRUNCATE TABLE kept",
            "RENAME TABLE kept TO staging_mine",
            "EXCHANGE TABLES kept AND kept",
            "ALTER TABLE kept ADD COLUMN m UInt8",
            "ALTER TABLE kept MODIFY TTL toDate(0) + toIntervalDay(1)",
            "ALTER TABLE kept MODIFY SETTING old_parts_lifetime = 1",
            "DROP DATABASE vitrina",
            "CREATE DATABASE mine",
            "CREATE OR REPLACE TABLE kept (n UInt64) ENGINE = Memory",
            "SYSTEM SHUTDOWN",
            "GRANT ALL ON *.* TO vitrina",
        ):
            with pytest.raises(DatabaseError, match="ACCESS_DENIED"):
                writing.command(refused)
        assert writing.command("SELECT count() FROM kept") == 1
        for user in (changing, writing):
            user.close()


async def test_a_second_server_on_the_folder_is_refused(tmp_path: Path) -> None:
    options = clickhouse_options(tmp_path / "data")
    ready = clickhouse_ready(options)
    async with serving(clickhouse.command(options), tmp_path / "console", ready) as first:
        second = clickhouse_options(tmp_path / "data")
        reason = Server(clickhouse.command(second), tmp_path / "second").refused()
        assert "is in use by another ClickHouse" in reason
        assert f"(process {first.process.pid})" in reason


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    options = clickhouse_options(tmp_path / "data")
    with socket.create_server(("127.0.0.1", options.port)):
        reason = Server(clickhouse.command(options), tmp_path / "console").refused()
    assert f"port {options.port}, needed by ClickHouse, is taken by another program" in reason


def test_passwords_stay_off_the_command_line(tmp_path: Path) -> None:
    options = clickhouse_options(tmp_path / "data")
    argv, variables = clickhouse.command(options)
    assert not {"writing", "reading"} & set(argv)
    assert {"writing", "reading"} <= set(variables.values())


def test_the_wheel_still_has_what_the_server_rests_on() -> None:
    """If this fails, an upgrade of chdb has taken the server away: pin the former version."""
    engine = clickhouse_engine.load_engine()
    assert callable(engine.query)
    assert callable(engine.set_signal_handlers_enabled)


def test_a_missing_wheel_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ConfigurationError, match="the package chdb is missing: install"):
        clickhouse_engine.load_engine()


def test_a_wheel_without_the_library_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = ModuleSpec("chdb", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: found)
    with pytest.raises(ConfigurationError, match="the chdb wheel has changed"):
        clickhouse_engine.load_engine()

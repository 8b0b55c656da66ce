import io
import json
import logging
import sys
from collections.abc import Iterator

import asyncpg
import pytest
import structlog

from core import log
from core.settings import Settings
from tests.logging_state import logging_kept

TOKEN = "123456789:AAEabcdefghijklmnopqrstuvwxyz012345"
SECRETS = [
    TOKEN,
    "vtr_Zm9vYmFyYmF6cXV4cXV1eA",
    "vts_Zm9vYmFyYmF6cXV4cXV1eA",
    "vtw_Zm9vYmFyYmF6cXV4cXV1eA",
    "postgresql://vitrina:hunter2hunter2@127.0.0.1/vitrina",
    "ab" * 128,
]


@pytest.fixture(name="output")
def captured(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with logging_kept():
        log.configure(Settings(_env_file=None, log_format="json"))
        yield stream


def test_a_missing_table_is_a_line_that_says_what_to_do(output: io.StringIO) -> None:
    missing = asyncpg.UndefinedTableError('relation "carts" does not exist')
    for error, logger in ((missing, structlog.get_logger()), (missing, logging.getLogger("x"))):
        try:
            raise error
        except asyncpg.UndefinedTableError:
            logger.exception("it failed")
    structlog.get_logger().error("it failed", exc_info=missing)
    for line in map(json.loads, output.getvalue().splitlines()):
        assert "exception" not in line and "exc_info" not in line, line
        assert 'relation "carts"' in line["error"] and "run `vitrina migrate`" in line["error"]
    try:
        raise KeyError("a fault of ours")
    except KeyError:
        structlog.get_logger().exception("it failed")
    assert "Traceback" in output.getvalue()


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_in_any_place_of_a_record_is_not_written(secret: str, output: io.StringIO) -> None:
    logger = structlog.get_logger()
    logger.warning("seen", value=secret, nested={"list": [f"a {secret} b"]})
    logging.getLogger("some.library").warning("GET /?t=%s", secret)
    try:
        raise ValueError(f"bad {secret}")
    except ValueError:
        logger.exception("failed")
    written = output.getvalue()
    assert written.count("\n") == 3
    assert secret not in written and "hunter2" not in written
    assert "***" in written


def test_records_are_json_with_time_and_level(output: io.StringIO) -> None:
    structlog.get_logger("vitrina").info("ready", port=8080)
    record = json.loads(output.getvalue())
    assert record["event"] == "ready" and record["port"] == 8080
    assert record["level"] == "info" and record["timestamp"].endswith("Z")


def test_the_bot_id_of_a_token_stays_for_the_operator() -> None:
    assert log.redact(TOKEN) == "123456789:***"


def test_what_is_logged_is_captured_after_a_service_was_set_up() -> None:
    """A logger that was used meanwhile must not keep that service's way of writing."""
    logger = structlog.get_logger()
    with logging_kept():
        log.configure(Settings(_env_file=None, log_level="error"))
        logger.info("written by the service")
    with structlog.testing.capture_logs() as logs:
        logger.info("seen by a test")
    assert [entry["event"] for entry in logs] == ["seen by a test"]

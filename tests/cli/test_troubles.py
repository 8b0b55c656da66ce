"""Known errors in words, and errors that are not known."""

import asyncpg
import clickhouse_connect.driver.exceptions as clickhouse
import pytest

from cli.troubles import in_words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (asyncpg.UndefinedTableError('relation "shops" does not exist'), "run `vitrina migrate`"),
        (asyncpg.InvalidCatalogNameError("x"), "or restore a backup"),
        (asyncpg.InvalidPasswordError("for user x"), "refuses it: for user x; check VITRINA_DATA"),
        (asyncpg.CannotConnectNowError("starting up"), "does not answer (starting up)"),
        (asyncpg.DataError("out of int32 range"), "a value does not fit"),
        (asyncpg.DiskFullError("could not extend"), "PostgreSQL: could not extend"),
        (
            clickhouse.DatabaseError("code 404\n Code: 60. DB::Exception: Table x does not exist"),
            "ClickHouse: Table x does not exist: it has not been migrated",
        ),
        (clickhouse.DatabaseError("Code: 516. DB::Exception: a: wrong"), "refuses it: a: wrong"),
        (clickhouse.OperationalError("(… [Errno 111] Connection refused')"), "not answer ([Errno"),
        (ModuleNotFoundError("no", name="polars"), "the package polars is missing here"),
        (PermissionError(13, "Permission denied", "/etc/x"), "/etc/x: Permission denied"),
        (ExceptionGroup("", [asyncpg.DataError("a"), asyncpg.DataError("a")]), "does not fit: a"),
        (asyncpg.InterfaceError("postgresql://u:secret@host"), "postgresql://u:***@host"),
    ],
)
def test_a_known_trouble_is_one_line(error: Exception, words: str) -> None:
    said = in_words(error, None)
    assert said is not None and words in said and "\n" not in said


@pytest.mark.parametrize(
    "error", [KeyError("x"), ExceptionGroup("", [KeyError("x"), asyncpg.DataError("a")])]
)
def test_a_fault_of_ours_keeps_its_traceback(error: Exception) -> None:
    assert in_words(error, None) is None

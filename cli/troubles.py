"""Known errors as one line each: what went wrong and what to do."""

import re
import traceback
from pathlib import Path

import asyncpg
import clickhouse_connect.driver.exceptions as clickhouse
from pydantic import ValidationError

from cli.installation import Installation
from core.clickhouse import MISSING_CODES
from core.errors import VitrinaError
from core.log import redact
from core.postgres import MISSING_TABLES
from core.settings import Settings

_LONGEST = 600  # characters of a store's own words
_NOT_MIGRATED = (*MISSING_TABLES, asyncpg.UndefinedObjectError)
_REFUSED_LOGIN = (
    asyncpg.InvalidAuthorizationSpecificationError,  # the wrong password is one of them
    asyncpg.InsufficientPrivilegeError,
)
_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)
_ERRNO = re.compile(r"\[Errno -?\d+\] [\w ]+")
_CODE = re.compile(r"Code: (\d+)")
_CLICKHOUSE_REFUSED = {"192", "193", "194", "497", "516"}
_MIGRATE = (
    "it has not been migrated, or is of another version: run `vitrina migrate`, or restore a backup"
)


def in_words(error: BaseException, where: Installation | None) -> str | None:
    """The error in one line, without secrets; None for an unknown one, which is a fault of the
    code.

    `where` is what the command was working on.
    """
    found = _in_words(error, where)
    return None if found is None else redact(" ".join(found.split()))


# pylint: disable-next=too-many-return-statements  # one for each kind
def _in_words(error: BaseException, where: Installation | None) -> str | None:
    match error:
        case BaseExceptionGroup():
            lines = [in_words(each, where) for each in error.exceptions]
            return None if None in lines else "; ".join(filter(None, dict.fromkeys(lines)))
        case ValidationError():
            return _of_validation(error)
        case VitrinaError():
            return error.detail
        case ModuleNotFoundError():
            return (
                f"the package {error.name} is missing here: run `make install`, or the container "
                "of the service that has it"
            )
        case UnicodeDecodeError():
            return f"a file is no UTF-8 text: {error}"
        case asyncpg.PostgresError() | asyncpg.InterfaceError():
            return _of_postgres(error, where)
        case clickhouse.ClickHouseError():
            return _of_clickhouse(error, where)
        case OSError():
            return _of_system(error, where)
    if type(error).__module__.partition(".")[0] == "polars":
        return f"the data cannot be read or written: {_short(error)}"
    if type(error).__module__.partition(".")[0] == "aiohttp":
        return f"no answer over HTTP: {_short(error)}"
    return None


def _of_validation(error: ValidationError) -> str:
    """Each invalid value under the name by which a person gave it."""
    of_settings = error.title == Settings.__name__
    parts = []
    for problem in error.errors():
        name = "_".join(map(str, problem["loc"]))
        parts.append(f"{f'VITRINA_{name.upper()}' if of_settings else name}: {problem['msg']}")
    return "; ".join(parts)


# pylint: disable-next=too-many-return-statements  # one for each kind
def _of_postgres(
    error: asyncpg.PostgresError | asyncpg.InterfaceError, where: Installation | None
) -> str:
    store = f"PostgreSQL at {where.postgres}" if where else "PostgreSQL"
    match error:
        case asyncpg.InvalidCatalogNameError():
            return f"{store} has no such database: {_MIGRATE}"
        case error if isinstance(error, _NOT_MIGRATED):
            return f"{store}: {_short(error)}: {_MIGRATE}"
        case error if isinstance(error, _REFUSED_LOGIN):
            return f"{store} refuses it: {_short(error)}; {_check('VITRINA_DATABASE_URL', where)}"
        case error if isinstance(error, _AWAY):
            return _away(store, error, "VITRINA_DATABASE_URL", where)
        case asyncpg.ClientConfigurationError():
            return f"VITRINA_DATABASE_URL is no address of PostgreSQL: {_short(error)}"
        case asyncpg.DataError():
            return f"a value does not fit: {_short(error)}"
        case asyncpg.IntegrityConstraintViolationError():
            return f"the database does not allow it: {error.detail or _short(error)}"
        case asyncpg.InterfaceError():
            return _away(store, error, "VITRINA_DATABASE_URL", where)
    return f"{store}: {_short(error)}"


def _of_clickhouse(error: clickhouse.ClickHouseError, where: Installation | None) -> str:
    store = f"ClickHouse at {where.clickhouse}" if where else "ClickHouse"
    text = str(error)
    code = _CODE.search(text)
    if code is None and isinstance(error, clickhouse.OperationalError):
        return _away(store, error, "VITRINA_CLICKHOUSE_URL", where)
    said = _short(text[text.find("DB::Exception: ") + 15 :] if "DB::Exception: " in text else error)
    if code and int(code[1]) in MISSING_CODES:
        return f"{store}: {said}: {_MIGRATE}"
    if code and code[1] in _CLICKHOUSE_REFUSED:
        return f"{store} refuses it: {said}; {_check('VITRINA_CLICKHOUSE_URL', where)}"
    return f"{store}: {said}"


def _of_system(error: OSError, where: Installation | None) -> str | None:
    """A file's error with its name, a connection's with its store; None for other errors."""
    if error.filename is not None:
        return f"{_path(error.filename)}: {error.strerror or _short(error)}"
    files = {Path(frame.filename).as_posix() for frame in traceback.extract_tb(error.__traceback__)}
    if any("/asyncpg/" in file for file in files):
        store = f"PostgreSQL at {where.postgres}" if where else "PostgreSQL"
        return _away(store, error, "VITRINA_DATABASE_URL", where)
    if any("/clickhouse_connect/" in file for file in files):
        store = f"ClickHouse at {where.clickhouse}" if where else "ClickHouse"
        return _away(store, error, "VITRINA_CLICKHOUSE_URL", where)
    if isinstance(error, BrokenPipeError):
        return None
    return error.strerror or _short(error) or type(error).__name__


def _away(store: str, error: BaseException, variable: str, where: Installation | None) -> str:
    network = _ERRNO.search(str(error))
    said = network[0] if network else _short(error) or "no answer in time"
    return f"{store} does not answer ({said}): {_check(variable, where)}"


def _check(variable: str, where: Installation | None) -> str:
    if where is not None and where.folder is not None:
        return f"is `vitrina up` running on {where.folder}?"
    return f"check {variable}, or name the folder of a `vitrina up` by --data-dir"


def _short(error: BaseException | str) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _path(name: object) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else str(name)

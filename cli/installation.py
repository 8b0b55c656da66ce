"""Which installation a command works on, and the line that says so.

The folder named by --data-dir; without that option the environment's VITRINA_DATABASE_URL, by which
services are started; else the folder .vitrina of a `vitrina up`; else `.env`.
"""

import json
import logging
import os
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import structlog
import typer

from cli import progress
from core import log
from core.errors import ConfigurationError
from core.settings import Settings
from local.stack import ENVIRONMENT_FILE, environment

DEFAULT_FOLDER = Path(".vitrina")
_DECISIVE = "VITRINA_DATABASE_URL"
_PREFIX = "VITRINA_"


@dataclass(frozen=True, slots=True)
class Installation:
    """The settings, and where they came from."""

    settings: Settings
    source: str
    folder: Path | None

    @property
    def postgres(self) -> str:
        """Host, port and database, without the password."""
        return _place(self.settings.database_url.get_secret_value())

    @property
    def clickhouse(self) -> str:
        return _place(self.settings.clickhouse_url.get_secret_value())


@dataclass(slots=True)
class _Choice:
    """One command's choice: what --data-dir said, and the installation it led to."""

    folder: Path | None = None
    found: Installation | None = None


_choice: ContextVar[_Choice] = ContextVar("_choice")


def choose(data_dir: Path | None) -> None:
    """Records a command's --data-dir when it begins."""
    _choice.set(_Choice(data_dir))


def current() -> Installation | None:
    """The installation that the running command works on, if it has asked for one."""
    return _choice.get(_Choice()).found


def settings(work: str = "working") -> Settings:
    """The settings of the installation, after a line on stderr that names it. From here on the
    command shows progress of its `work`.

    Raises ConfigurationError if nothing ever ran in the folder of --data-dir.
    """
    found = of_service()
    _quieten()
    progress.begin(work)
    return found


def of_service() -> Settings:
    """As `settings`, for commands that run until they are stopped, or that ask the person
    something."""
    choice = _choice.get(_Choice())
    if choice.found is None:
        choice.found = _find(choice.folder)
        log.configure(choice.found.settings)
        _say(choice.found)
    return choice.found.settings


def use(found: Installation) -> Settings:
    """As `settings`, for a command that knows its installation itself."""
    _choice.get(_Choice()).found = found
    log.configure(found.settings)
    _say(found)
    _quieten()
    progress.begin()
    return found.settings


def folder() -> Path:
    """The folder of the `vitrina up` in question, for what only such a folder has."""
    return _choice.get(_Choice()).folder or DEFAULT_FOLDER


def of_folder(data_dir: Path) -> Installation:
    """The settings of `vitrina up` on the folder; raises ConfigurationError if it never ran
    there."""
    values = {
        name.removeprefix(_PREFIX).lower(): value for name, value in environment(data_dir).items()
    }
    # The folder was named, so it counts more than the environment.
    made = Settings(_env_file=None, **values)  # type: ignore[arg-type]  # parsed by pydantic
    return Installation(made, f"of {data_dir}", data_dir)


def _quieten() -> None:
    """Libraries' own messages about retries would hide what the command says at the end."""
    for name in ("clickhouse_connect", "urllib3"):
        logging.getLogger(name).setLevel(logging.ERROR)


def simulator_control(data_dir: Path) -> int:
    """The control port of a folder's simulator; raises ConfigurationError if there is none."""
    try:
        state = json.loads((data_dir / "state.json").read_text("utf-8"))
        return int(state["ports"]["simulator-control"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ConfigurationError(
            f"{data_dir} runs no simulator: name its --control as host:port"
        ) from error


def _find(named: Path | None) -> Installation:
    if named is not None:
        return of_folder(named)
    if os.environ.get(_DECISIVE):
        return Installation(Settings(), "of the environment", None)
    if (DEFAULT_FOLDER / ENVIRONMENT_FILE).is_file():
        return of_folder(DEFAULT_FOLDER)
    source = "of .env" if Path(".env").is_file() else "by default"
    return Installation(Settings(), source, None)


def _say(found: Installation) -> None:
    said = f"PostgreSQL {found.postgres}, ClickHouse {found.clickhouse}, {found.source}"
    if found.settings.log_format == "json":  # the logs of a service are for machines
        structlog.get_logger().info("installation", stores=said)
    else:
        typer.echo(f"vitrina: {said}", err=True)


def _place(url: str) -> str:
    address = url.rpartition("@")[2] if "@" in url else url.partition("://")[2]
    return urlsplit(f"//{address}")._replace(query="", fragment="").geturl().removeprefix("//")

"""Every command, found from the app itself: no known error ends in a traceback."""

import inspect
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
import typer
from typer.models import ArgumentInfo, OptionInfo

from cli.main import app
from core.postgres import Connection
from local.stack import ENVIRONMENT_FILE
from tests import factories
from tests.cli.running import Ran, vitrina
from tests.engines import Engines

# What cannot be guessed from the types: the least that a command takes to get to its work.
LEAST = {
    "backup create": ["."],
    "keys forget": ["1"],
    "restore": ["--reconcile"],
    "deadletter replay": ["--all"],
    "link code": ["1", "2", "--panel", "https://x.example"],
    "link unbind": ["1", "2"],
    "erase": ["--shop", "1", "--customer", "5", "--yes"],
    "fraud evaluate": ["--labels"],
    "fraud score": [
        "--input",
        "none.csv",
        "--map",
        "entity=a,time=b,amount=c",
        "--output",
        "o.csv",
    ],
    "fraud hours": ["--from", f"{datetime.now(UTC):%Y-%m-%d}"],
    "fraud limits": ["--shop", "1"],
    "fraud snooze": ["--shop", "1", "--buyer", "1", "--rule", "links"],
    "product add": ["--shop", "1", "--title", "Tea", "--price", "1"],
    "product export": ["--shop", "1"],
    "product import": ["none.csv", "--shop", "1"],
    "person": ["--shop", "1", "--customer", "#5", "--file", "person.json"],
    "retention": ["--shop", "1", "--days", "30"],
    "shards set": ["2"],
    "shop rate": ["1", "USD", "90.5", "--from", "2026-11-01"],
    "staff code": ["--bot", "1"],
    "staff list": ["--bot", "1"],
    "template apply": ["--bot", "1", "digital"],
}
# They never end by themselves, or speak with no store; the shipper waits until its stores are back.
LASTING = {"up", "shipper", "simulate serve", "simulate load", "simulate chat"}
STORELESS = LASTING | {
    "backup key",  # of files alone, as are the next two
    "backup list",
    "backup verify",
    "fraud score",
    "simulate audit",
    "simulate compare",  # needs a simulator's folder first
    "simulate transcript",
    "simulate truth",
    "doctor",  # says on stdout what is away: test_doctor.py
    "check",  # buys in the simulator first
    "template list",  # of files alone
}
SERVICES = LASTING | {"worker", "api", "intake"}  # they run until they are stopped
TELEGRAM = {"VITRINA_TELEGRAM_API_ID": "1", "VITRINA_TELEGRAM_API_HASH": "0" * 32}
KEYS = {"VITRINA_SECRET_KEYS": "1:a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="}


@dataclass(frozen=True, slots=True)
class Command:
    words: tuple[str, ...]
    options: dict[str, inspect.Parameter]  # by the option's name, or "" and a number

    @property
    def name(self) -> str:
        return " ".join(self.words)

    def least(self) -> list[str]:
        """What must be said, with values of the right types."""
        if self.name in LEAST:
            return [*self.words, *LEAST[self.name]]
        said = list(self.words)
        for option, parameter in self.options.items():
            if parameter.default is inspect.Parameter.empty:
                said += [option] if option.startswith("--") else []
                said.append(_value(get_args(parameter.annotation)[0]))
        return said


def _value(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return str(get_args(kind)[0])
    return {int: "1", float: "1", Path: "file"}.get(kind, "text")


def _commands(of: typer.Typer, before: tuple[str, ...] = ()) -> Iterator[Command]:
    for info in of.registered_commands:
        assert info.callback is not None
        name = info.name or info.callback.__name__.replace("_", "-")
        options = {}
        for parameter in inspect.signature(info.callback).parameters.values():
            (told,) = [
                each
                for each in get_args(parameter.annotation)
                if isinstance(each, OptionInfo | ArgumentInfo)
            ]
            # The first name that is declared stands where typer has a default.
            words = (told.default, *(told.param_decls or ()))
            declared = [each for each in words if isinstance(each, str) and each.startswith("--")]
            by_name = declared[0] if declared else f"--{parameter.name.replace('_', '-')}"
            options[by_name if isinstance(told, OptionInfo) else parameter.name] = parameter
        yield Command((*before, name), options)
    for group in of.registered_groups:
        assert group.typer_instance is not None
        # One without a name: its commands are the group's own.
        named = (group.name,) if isinstance(group.name, str) else ()
        yield from _commands(group.typer_instance, (*before, *named))


COMMANDS = list(_commands(app))
WITH_STORES = [each for each in COMMANDS if each.name not in STORELESS]


def names(command: Command) -> str:
    return command.name


def refused(ran: Ran) -> str:
    """The last line on stderr of a command that met a known trouble."""
    assert ran.fault is None, ran.fault
    assert ran.returncode in (1, 2), (ran.returncode, ran.stdout, ran.stderr)
    assert "Traceback" not in ran.stderr
    last = ran.stderr.strip().splitlines()[-1]
    assert last.startswith("vitrina: ") or ran.returncode == 2, ran.stderr
    return last


@pytest.fixture(name="elsewhere", autouse=True)
def no_folder_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(name="empty")
async def without_tables(engines: Engines) -> AsyncIterator[dict[str, str]]:
    """Both stores as nobody has migrated them yet."""
    async with engines.database() as database, engines.clickhouse_database() as clickhouse:
        yield {"VITRINA_DATABASE_URL": database, "VITRINA_CLICKHOUSE_URL": clickhouse}


def test_the_commands_were_found() -> None:
    found = {each.name for each in COMMANDS}
    assert {"up", "health", "link create", "fraud score", "simulate chat"} <= found
    assert set(LEAST) | LASTING | STORELESS <= found


@pytest.mark.parametrize("command", COMMANDS, ids=names)
def test_it_has_the_folder_and_says_so_when_nothing_ran_there(
    command: Command, tmp_path: Path
) -> None:
    assert "--data-dir" in command.options
    if command.name in LASTING - {"shipper"} or command.name in (
        "backup key",
        "backup list",
        "backup verify",
        "fraud score",
        "simulate truth",
        "template list",
    ):
        return  # another meaning of --data-dir, or no need of one
    last = refused(vitrina(KEYS, *command.least(), "--data-dir", str(tmp_path / "none")))
    assert "has `vitrina up` run there?" in last or "runs no simulator" in last


@pytest.mark.parametrize("command", WITH_STORES, ids=names)
def test_a_store_that_is_away(command: Command) -> None:
    away = {
        "VITRINA_DATABASE_URL": "postgresql://vitrina:secret@127.0.0.1:1/vitrina",
        "VITRINA_CLICKHOUSE_URL": "http://vitrina:secret@127.0.0.1:2/vitrina",
    }
    ran = vitrina(KEYS | TELEGRAM | away, *command.least())
    last = refused(ran)
    assert "127.0.0.1:1/vitrina does not answer" in last or "127.0.0.1:2/vitrina does no" in last
    assert "check VITRINA_" in last and "secret" not in ran.stderr
    assert ran.stderr.startswith("vitrina: PostgreSQL 127.0.0.1:1/vitrina, ClickHouse 127.0.0.1:2")


async def test_a_store_that_was_never_migrated(empty: dict[str, str]) -> None:
    for command in [*WITH_STORES, *(each for each in COMMANDS if each.name == "shipper")]:
        if command.name != "migrate":  # makes the tables
            last = refused(vitrina(KEYS | TELEGRAM | empty, *command.least()))
            assert "run `vitrina migrate`" in last, command.name


@pytest.mark.parametrize("command", WITH_STORES, ids=names)
def test_an_address_that_is_none(command: Command) -> None:
    wrong = {"VITRINA_DATABASE_URL": "nonsense", "VITRINA_CLICKHOUSE_URL": "http://127.0.0.1:x/"}
    refused(vitrina(KEYS | TELEGRAM | wrong, *command.least()))


def with_option(command: Command, option: str, value: str) -> list[str]:
    """The least that the command takes, with this value of the option."""
    least = command.least()
    if option not in least:
        return [*least, option, value]
    least[least.index(option) + 1] = value
    return least


async def test_an_unknown_shop(environment: dict[str, str]) -> None:
    asked = 0
    for command in WITH_STORES:
        for option in {"--shop", "--shops"} & set(command.options):
            for number in ("999", "99999999999999999999"):
                ran = vitrina(environment, *with_option(command, option, number))
                assert number in refused(ran), command.name
                asked += 1
    assert asked > 10


DATED = [
    (each, option)
    for each in COMMANDS
    for option, parameter in each.options.items()
    if option in ("--from", "--to", "--day", "--expires", "--until")
]


@pytest.mark.parametrize(("command", "option"), DATED)
@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "26.11.2026"])
def test_a_day_that_is_none(command: Command, option: str, day: str) -> None:
    assert repr(day) in refused(vitrina(KEYS, *command.least(), option, day))


WRITING = [
    (each, option)
    for each in COMMANDS
    for option in each.options
    if option in ("--out", "--output", "--file", "--report")
]


async def test_a_folder_that_cannot_be_written_to(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "taken").touch()
    (tmp_path / "none.csv").write_text("a,b,c\nx,2026-01-01,1\n", "utf-8")
    for command, option in WRITING:
        ran = vitrina(
            environment, *with_option(command, option, str(tmp_path / "taken" / "out.csv"))
        )
        assert "taken" in refused(ran), command.name
    assert len(WRITING) >= 4


async def test_typed_beside_a_running_up(environment: dict[str, str], tmp_path: Path) -> None:
    """Each finds the folder's stores, and does its work or says in a line what is not there."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ENVIRONMENT_FILE).write_text(
        "".join(f"{name}={value}\n" for name, value in environment.items()), "utf-8"
    )
    # These compute or load for a second or more: each is typed by a test of its own.
    dear = {"export", "fraud evaluate", "kpi", "seed"}
    asked = [each for each in WITH_STORES if each.name not in SERVICES | dear]
    for command in asked:
        ran = vitrina(TELEGRAM, *command.least(), "--data-dir", "run")
        assert ran.fault is None and "Traceback" not in ran.stderr, (command.name, ran)
        if ran.returncode:
            refused(ran)
        else:
            assert ran.stderr.splitlines()[0].endswith(", of run"), (command.name, ran.stderr)
    assert len(asked) > 40


WRITTEN = {("fraud evaluate", "--plots"), ("backup key", "file")}  # with tests of their own
# Those of `simulate` ask a running simulator before they read anything.
READING = [
    (each, name)
    for each in COMMANDS
    for name, parameter in each.options.items()
    if "pathlib.Path" in str(parameter.annotation)
    and name != "--data-dir"
    and each.words[0] != "simulate"
    and (each, name) not in WRITING
    and (each.name, name) not in WRITTEN
]
# The least with which they get to the file.
TO_THE_FILE = {
    "restore": ["."],
    "fraud evaluate": [],
    "backup list": ["."],
    "backup verify": ["."],
}
FILES = ("absent.csv", "folder.csv", "noise.csv", "noise.parquet")


def with_file(command: Command, name: str, file: str, shop: int) -> list[str]:
    least = list(TO_THE_FILE.get(command.name, command.least()[len(command.words) :]))
    least = [str(shop) if word == "1" else word for word in least]
    if not name.startswith("--"):
        return [*command.words, file, *least[1:]]
    if name in least:
        least[least.index(name) + 1] = file
        return [*command.words, *least]
    return [*command.words, *least, name, file]


async def test_a_file_that_cannot_be_read(
    environment: dict[str, str], connection: Connection, tmp_path: Path
) -> None:
    """One that is not there, a folder in its place, and bytes that mean nothing."""
    shop = await factories.create_shop(connection)
    (tmp_path / "folder.csv").mkdir()
    for name in ("noise.csv", "noise.parquet"):
        (tmp_path / name).write_bytes(bytes(range(256)) * 9)
    for command, name in READING:
        for file in FILES:
            last = refused(vitrina(environment, *with_file(command, name, file, shop.id)))
            # What cannot be decoded says which encodings there are, in place of the only file.
            assert file in last or "encoding" in last, (command.name, last)
    assert len(READING) >= 10

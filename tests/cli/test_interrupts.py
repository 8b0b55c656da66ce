"""Long commands show their progress, and Ctrl-C ends them cleanly: with real processes."""

import asyncio
import fcntl
import logging
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import textwrap
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import polars as pl
import pytest

from cli import outputs
from cli.interrupts import is_fault
from core.migrations import LOCK
from core.postgres import Connection, connect
from pipelines.exports import manifest
from simulator.wire.server_key import PUBLIC_FILE, ServerKey
from tests.cli.running import vitrina
from tests.engines import Engines

pytestmark = pytest.mark.long

_SECONDS = 120.0  # on a busy machine
# Takes the terminal that it is given as its own, so that Ctrl-C typed there reaches it.
_ON_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "cli", *sys.argv[1:]])
"""


@pytest.fixture(autouse=True)
def signals_of_a_terminal() -> Iterator[None]:
    """A shell that runs the tests in the background has them ignore SIGINT, and so would what they
    start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def variables(environment: dict[str, str]) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("VITRINA_")}
    return own | environment | {"PYTHONPATH": str(Path(__file__).parents[2])}


async def interrupted(environment: dict[str, str], progress: str, *arguments: str) -> str:
    """Runs Python, sends SIGINT at the first line on stderr that matches; what it said in all."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        env=variables(environment),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    said = ""
    try:
        async with asyncio.timeout(_SECONDS):
            while not re.search(progress, said):
                line = (await process.stderr.readline()).decode()
                assert line, f"it ended by itself: {said}"
                said += line
            process.send_signal(signal.SIGINT)
            _, rest = await process.communicate()
            said += rest.decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 130, (process.returncode, said)
    # A package that panics quotes one.
    assert not re.search("^Traceback", said, re.MULTILINE), said
    assert said.endswith("vitrina: stopped\n"), said
    return said


async def stopped(environment: dict[str, str], progress: str, *command: str) -> str:
    """As `interrupted`, a command of ours."""
    return await interrupted(environment, progress, "-m", "cli", *command)


async def test_seed_keeps_whole_shops(environment: dict[str, str], connection: Connection) -> None:
    said = await stopped(
        environment, r"making .+ [1-9]\d* of 500, \d+ s\n", "seed", "--bots", "500"
    )
    assert said.startswith("vitrina: PostgreSQL ")
    made = await connection.fetchval("SELECT count(*) FROM shops")
    whole = await connection.fetchval(
        "SELECT count(*) FROM bots AS b JOIN shops AS s ON s.id = b.shop_id "
        "WHERE EXISTS (SELECT FROM products AS p WHERE p.shop_id = s.id)"
    )
    assert 0 < made == whole < 500
    again = vitrina(environment, "seed", "--bots", str(made + 1))
    assert again.returncode == 0 and again.stdout.count("already there") == made


async def test_an_export_is_continued(environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "out"
    command = ("export", "--out", str(folder), "--from", "1990-01-01", "--format", "csv")
    progress = r"exporting events, \d{4}-\d\d-\d\d(, [\d.]+ MB)? \d+ of \d+, \d+ s\n"
    await stopped(environment, progress, *command)
    half = manifest.read(folder)
    assert half is not None and half.parts and not half.complete
    assert [file.name for file in folder.rglob("*") if file.is_file()] == [manifest.NAME]
    last = half.parts[-1].day.isoformat()
    done = vitrina(environment, *command, "--to", last)
    whole = manifest.read(folder)
    assert done.returncode == 0 and whole is not None and whole.complete
    assert [part.written_at for part in whole.parts] == [part.written_at for part in half.parts]


async def test_figures_of_many_days(environment: dict[str, str]) -> None:
    progress = r"days computed \d+ of \d+, \d+ s\n"
    await stopped(environment, progress, "kpi", "--from", "2025-01-01", "--to", "2026-01-01")
    one = vitrina(environment, "kpi", "--day", "2025-01-01")
    assert one.returncode == 0, one.stderr
    for day in ("2020-01-01", "2999-01-01"):
        other = vitrina(environment, "kpi", "--day", day)
        assert (other.returncode, other.fault) == (1, None)
        assert f"no figures are computed for {day}: days run from 2025-01-01" in other.stderr


async def test_a_load_has_no_report_before_its_end(
    environment: dict[str, str], tmp_path: Path
) -> None:
    options = ("--data-dir", str(tmp_path / "simulator"), "--report", str(tmp_path / "report"))
    load = ("simulate", "load", "--port", "0", "--control-port", "0", "--bots", "1", *options)
    await stopped(environment, r"waiting for bots 0 of 1, \d+ s\n", *load)
    assert not (tmp_path / "report").exists()


@pytest.fixture(scope="module", name="transactions")
def many_transactions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many that scoring them takes longer than a command does without showing its progress."""
    file, many = tmp_path_factory.mktemp("transactions") / "given.csv", 3_000_000
    numbers = pl.int_range(many, eager=True)
    rows = {
        "who": "c" + (numbers % 7919).cast(pl.String),
        "when": 1_700_000_000 + numbers * 5,
        "much": numbers % 1009 / 10,
        "whom": "t" + (numbers % 997).cast(pl.String),
    }
    pl.DataFrame(rows).write_csv(file)
    return file


async def test_scores_are_whole_or_not_there(transactions: Path, tmp_path: Path) -> None:
    made = tmp_path / "made.csv"
    made.write_text("of an earlier run\n")
    score = ("fraud", "score", "--input", str(transactions), "--output", str(made))
    mapped = ("--map", "entity=who,time=when,amount=much,counterparty=whom")
    await stopped({}, r"(reading|scoring|writing) .+, \d+ s\n", *score, *mapped)
    assert [each.name for each in tmp_path.iterdir()] == ["made.csv"]
    assert made.read_text() == "of an earlier run\n"


def test_a_file_that_is_being_written_is_left_as_it_was(tmp_path: Path) -> None:
    made = tmp_path / "made.csv"
    made.write_text("of an earlier run\n")
    with pytest.raises(KeyboardInterrupt), outputs.draft_of(made) as draft:
        draft.write_text("half of")
        signal.raise_signal(signal.SIGINT)
    assert [each.name for each in tmp_path.iterdir()] == ["made.csv"]
    assert made.read_text() == "of an earlier run\n"


# Where Ctrl-C finds the command, which stands in for all of ours.
_PLACES = {
    "in a finalizer, where Python drops it": """
        thing = Thing()
        kept = weakref.ref(thing, interrupt)
        del thing
        time.sleep(100)
    """,
    "in a text that a package executes": """
        try:
            exec("interrupt()", globals())
        except KeyboardInterrupt:
            raise SystemExit(130)
    """,
    "while the command line is read": "raise SystemExit(130)",
    "anywhere else": "interrupt()",
}
_COMMAND = """
import signal, sys, time, types, weakref

class Thing:
    pass

def interrupt(*_):
    signal.raise_signal(signal.SIGINT)

def command():
    {place}

sys.modules["cli.main"] = types.SimpleNamespace(app=command)
from cli.__main__ import main
main()
"""


_IN_PYTHON_THAT_POLARS_CALLS = """
    class Finder:
        def find_spec(self, name, *_):
            sys.meta_path.remove(self)
            interrupt()

    import polars
    sys.meta_path.insert(0, Finder())
    polars.Series([0.5]).to_numpy()
"""
_WHILE_A_DRAFT_IS_REMOVED = """
    import pathlib
    from core import drafts
    unlink = pathlib.Path.unlink
    def interrupted(*_, **__):
        pathlib.Path.unlink = unlink
        interrupt()
    with drafts.beside(pathlib.Path("made")) as draft:
        draft.touch()
        pathlib.Path.unlink = interrupted
"""


def said_when_found(place: str, folder: Path | None = None) -> str:
    body = textwrap.indent(textwrap.dedent(place), "    ").strip()
    ran = subprocess.run(
        [sys.executable, "-c", _COMMAND.format(place=body)],
        env=variables({}),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert ran.returncode == 130, ran.stderr
    return ran.stderr


@pytest.mark.parametrize("place", _PLACES)
def test_it_finds_the_command(place: str) -> None:
    assert said_when_found(_PLACES[place]) == "vitrina: stopped\n"


def test_it_finds_a_package_that_panics() -> None:
    assert said_when_found(_IN_PYTHON_THAT_POLARS_CALLS).endswith("\nvitrina: stopped\n")


def test_it_finds_a_command_that_removes_its_draft(tmp_path: Path) -> None:
    assert said_when_found(_WHILE_A_DRAFT_IS_REMOVED, tmp_path) == "vitrina: stopped\n"
    assert not list(tmp_path.iterdir())


@asynccontextmanager
async def silent_server() -> AsyncIterator[int]:
    """A port that takes connections and says nothing."""
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_the_check(environment: dict[str, str], tmp_path: Path) -> None:
    ServerKey.load_or_create(tmp_path)
    async with silent_server() as port:
        environment |= {
            "VITRINA_TELEGRAM_SERVER": f"127.0.0.1:{port}",
            "VITRINA_TELEGRAM_SERVER_KEY": str(tmp_path / PUBLIC_FILE),
        }
        panel = ("--link", "http://127.0.0.1:1/enter#vtr_x", "--control", "127.0.0.1:1")
        await stopped(environment, r"waiting for the bot 0 of 7, \d+ s\n", "check", *panel)


async def test_migrate_leaves_what_the_next_one_goes_on_with(engines: Engines) -> None:
    async with engines.database() as database:
        stores = {"VITRINA_DATABASE_URL": database, "VITRINA_CLICKHOUSE_URL": "http://127.0.0.1:1/"}
        other = await connect(database)
        try:
            await other.execute("SELECT pg_advisory_lock($1)", LOCK)
            await stopped(stores, r"another migration.*, \d+ s\n", "migrate")
            assert await other.fetchval("SELECT pg_advisory_unlock($1)", LOCK)
            assert await other.fetchval("SELECT to_regclass('schema_migrations')") is None
        finally:
            await other.close()
        next_one = vitrina(stores, "migrate")  # as far as it comes without ClickHouse
        assert "name=0001_foundation.sql" in next_one.stderr
        assert "127.0.0.1:1/ does not answer" in next_one.stderr


async def test_while_it_is_loading() -> None:
    await interrupted({}, r"\| +typer\n", "-X", "importtime", "-m", "cli", "health")


@contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    """Its two ends, of 100 columns: the one that is read from, and the command's."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    try:
        yield ours, theirs
    finally:
        os.close(ours)


def test_on_a_terminal_it_is_a_bar_until_ctrl_c(environment: dict[str, str]) -> None:
    environment |= {"TERM": "xterm-256color"}
    seed = [sys.executable, "-c", _ON_TERMINAL, "seed", "--bots", "500"]
    with terminal() as (ours, theirs):
        with subprocess.Popen(
            seed,
            env=variables(environment),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        ) as process:
            os.close(theirs)
            seen, deadline = b"", time.monotonic() + _SECONDS
            while not re.search(rb"making .+/500.*\d:\d\d:\d\d", seen):
                assert time.monotonic() < deadline, seen
                seen += os.read(ours, 65536)
            os.write(ours, b"\x03")
            try:
                while piece := os.read(ours, 65536):
                    seen += piece
            except OSError:  # the other end was closed: how a terminal says that it is over
                pass
            assert process.wait(_SECONDS) == 130
    assert b"vitrina: stopped" in seen and b"Traceback" not in seen, seen
    assert seen.endswith(b"vitrina: stopped\r\n") and b"\x1b[?25h" in seen  # the cursor is back


@pytest.mark.parametrize("command", [["template", "list"], ["link", "--help"]])
def test_what_is_quick_shows_nothing(command: list[str]) -> None:
    assert vitrina({}, *command).stderr == ""


def test_what_asyncio_makes_of_an_interrupt_is_no_fault() -> None:
    of_dagster = type("DagsterExecutionInterruptedError", (BaseException,), {})

    def record(error: BaseException | None) -> logging.LogRecord:
        told = (type(error), error, None) if error else None
        return logging.LogRecord("asyncio", logging.ERROR, "", 1, "Fatal write error", (), told)

    faults = [OSError("the peer has gone"), None]
    assert not is_fault(record(of_dagster())) and all(is_fault(record(each)) for each in faults)

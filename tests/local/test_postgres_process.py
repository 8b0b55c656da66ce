"""The embedded PostgreSQL as a process: start, end, errors."""

import asyncio
import contextlib
import signal
import socket
from pathlib import Path

import asyncpg
import pytest

from local import postgres, processes
from tests import patience
from tests.local.servers import Server, postgres_options, postgres_ready, serving
from tests.local.waiting import until


def cpu_ticks(pid: int) -> int:
    """Hundredths of a second that the process has worked, see proc_pid_stat(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


async def test_recovers_after_kill_9_of_the_postmaster(tmp_path: Path) -> None:
    options = postgres_options(tmp_path / "data")
    command, ready = postgres.command(options), postgres_ready(options)
    async with serving(command, tmp_path / "console", ready) as server:
        connection = await asyncpg.connect(options.url())
        await connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
        # A child that is busy does not notice at once that its postmaster is gone.
        busy = await asyncpg.connect(options.url())
        child = busy.get_server_pid()
        loop = "DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$"
        query = asyncio.create_task(busy.execute(loop))
        await until(lambda: cpu_ticks(child) > 5, "the loop runs")
        server.process.kill()
        server.process.wait()
        assert processes.is_alive(child)
        async with serving(command, tmp_path / "console", ready):
            assert not processes.is_alive(child)
            connection = await asyncpg.connect(options.url())
            assert await connection.fetchval("SELECT count(*) FROM kept") == 1000
            await connection.close()
        with contextlib.suppress(asyncpg.PostgresError, OSError):
            await query


async def test_sigint_stops_it_at_once_with_clients_connected(tmp_path: Path) -> None:
    options = postgres_options(tmp_path / "data")
    command, ready = postgres.command(options), postgres_ready(options)
    async with serving(command, tmp_path / "console", ready) as server:
        connection = await asyncpg.connect(options.url(postgres.DAGSTER_DATABASE))
        assert await connection.fetchval("SHOW synchronous_commit") == "on"
        assert await connection.fetchval("SHOW fsync") == "on"
        assert await connection.fetchval("SHOW listen_addresses") == "127.0.0.1"
        assert await connection.fetchval("SELECT lower('ПРИВЕТ')") == "привет"
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(patience.SECONDS) == 0
        connection.terminate()
    assert not processes.in_folder(tmp_path / "data", "postgres")


async def test_a_second_server_on_the_folder_is_refused(tmp_path: Path) -> None:
    options = postgres_options(tmp_path / "data")
    ready = postgres_ready(options)
    async with serving(postgres.command(options), tmp_path / "console", ready) as first:
        second = postgres_options(tmp_path / "data")
        reason = Server(postgres.command(second), tmp_path / "second").refused()
        assert f"is in use by another PostgreSQL (process {first.process.pid})" in reason
        assert await ready()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    options = postgres_options(tmp_path / "data")
    with socket.create_server(("127.0.0.1", options.port)):
        reason = Server(postgres.command(options), tmp_path / "console").refused()
    assert f"port {options.port}, needed by PostgreSQL, is taken by another program" in reason


async def test_a_wrong_password_is_refused(tmp_path: Path) -> None:
    options = postgres_options(tmp_path / "data")
    ready = postgres_ready(options)
    async with serving(postgres.command(options), tmp_path / "console", ready):
        for name in ("vitrina", "postgres"):
            with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
                await asyncpg.connect(f"postgresql://{name}:wrong@127.0.0.1:{options.port}/vitrina")

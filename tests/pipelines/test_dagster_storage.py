"""Dagster's storage over kept connections: few logins, and none of them in the way."""

from collections.abc import AsyncIterator
from pathlib import Path

import dagster as dg
import pytest
import pytest_asyncio
from dagster._daemon.types import DaemonHeartbeat

from core import postgres
from core.postgres import Connection
from local.dagster import DagsterOptions, services
from pipelines.dagster_storage import KeptStorage
from tests.engines import Engines


@pytest_asyncio.fixture(name="connection")
async def empty_database(
    engines: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Connection]:
    """A database of Dagster's, and its configuration in `tmp_path`, as `vitrina up` writes it."""
    async with engines.database() as url:
        for service in services(DagsterOptions(tmp_path, url, 1, None, {}), ()):
            for name, value in service.env.items():
                monkeypatch.setenv(name, value)
        connection = await postgres.connect(url)
        yield connection
        await connection.close()


async def backends(connection: Connection) -> set[int]:
    rows = await connection.fetch(
        "SELECT pid FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    return {row["pid"] for row in rows}


def use(folder: Path, times: int) -> None:
    """As a daemon's loop and a sensor's tick do; the heartbeat must be there."""
    for number in range(times):
        with dg.DagsterInstance.from_config(str(folder)) as instance:
            assert instance.get_runs(limit=1) == []
            instance.add_daemon_heartbeat(DaemonHeartbeat(float(number), "SENSOR", "x", []))
            assert instance.get_daemon_heartbeats()["SENSOR"].timestamp == number
            assert not instance.all_instigator_state()
            assert not instance.get_asset_keys()


async def test_all_instances_of_a_process_share_a_few_connections(
    connection: Connection, tmp_path: Path
) -> None:
    use(tmp_path, 1)
    kept = await backends(connection)
    assert 1 <= len(kept) <= 2
    use(tmp_path, 10)
    assert await backends(connection) == kept


async def test_a_server_that_was_started_again_is_met_by_a_new_connection(
    connection: Connection, tmp_path: Path
) -> None:
    use(tmp_path, 1)
    before = await backends(connection)
    await connection.fetch(
        "SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid", list(before)
    )
    use(tmp_path, 3)
    assert not before & await backends(connection)


async def test_a_run_reads_the_same_storage_by_the_reference_that_it_is_given(
    connection: Connection, tmp_path: Path
) -> None:
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        reference = instance.get_ref()
    assert isinstance(reference.storage, KeptStorage)
    with dg.DagsterInstance.from_ref(reference) as instance:
        assert instance.get_runs(limit=1) == []
    assert len(await backends(connection)) <= 2

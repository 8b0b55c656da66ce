"""Services on stores that are empty, older or restored in part: one line, and no start."""

import subprocess
import sys

import pytest

from core.clickhouse import open_client
from core.postgres import Connection
from tests.cli.running import vitrina
from tests.cli.test_interrupts import variables
from tests.engines import Engines

TELEGRAM = {"VITRINA_TELEGRAM_API_ID": "1", "VITRINA_TELEGRAM_API_HASH": "0" * 32}
SERVICES = ("worker", "shipper", "intake", "api")


def last_line(environment: dict[str, str], service: str) -> str:
    ran = vitrina(environment | TELEGRAM, service)
    assert ran.fault is None and ran.returncode == 1, (ran.fault, ran.stderr)
    assert "Traceback" not in ran.stderr
    return ran.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("service", SERVICES)
async def test_an_older_schema(
    environment: dict[str, str], connection: Connection, service: str
) -> None:
    await connection.execute(
        "DELETE FROM schema_migrations WHERE number = (SELECT max(number) FROM schema_migrations "
        "WHERE (store, owner) = ('postgres', 'core')) AND (store, owner) = ('postgres', 'core')"
    )
    said = last_line(environment, service)
    assert "of an older version: run `vitrina migrate`" in said and "core/postgres/" in said


@pytest.mark.parametrize("service", SERVICES)
async def test_a_table_that_a_restore_left_out(
    environment: dict[str, str], connection: Connection, service: str
) -> None:
    await connection.execute("ALTER TABLE shops RENAME TO shops_of_old")
    assert "run `vitrina migrate`, or restore a backup" in last_line(environment, service)


def test_the_shipper_without_its_table_in_clickhouse(environment: dict[str, str]) -> None:
    with open_client(environment["VITRINA_CLICKHOUSE_URL"]) as client:
        client.command("RENAME TABLE events TO events_of_old")
    said = last_line(environment, "shipper")
    assert "events" in said and "run `vitrina migrate`, or restore a backup" in said


async def test_dagsters_daemon(engines: Engines) -> None:
    async with engines.database() as empty:
        ran = subprocess.run(
            [sys.executable, "-m", "pipelines.daemon", "run"],
            env=variables({"VITRINA_DATABASE_URL": empty}),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert ran.returncode == 1
    assert ran.stderr == (
        "dagster-daemon: the stores are empty: run `vitrina migrate`, or restore a backup of both\n"
    )

"""`vitrina workers`."""

import asyncio
from datetime import UTC, datetime, timedelta

from typer.testing import CliRunner

from bots.runtime import leases, roster
from bots.runtime.roster import Entry, Report
from cli.main import app
from cli.workers import line
from core.postgres import Connection
from tests.factories import create_bot, create_shop

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_a_worker_in_one_line() -> None:
    entry = Entry(
        name="w1",
        started_at=NOW,
        seen_at=NOW - timedelta(seconds=2),
        is_leaving=True,
        bots=12,
        load=0.3,
        updates_rate=4.25,
        cpu=0.31,
        rss_bytes=200 * 1024**2,
    )
    assert line(entry, NOW).split() == ("w1 12 4.2 31% 200 MiB 2 s ago, leaving".split())


async def test_the_workers_alive_are_listed(connection: Connection, database_url: str) -> None:
    runner = CliRunner(env={"VITRINA_DATABASE_URL": database_url})
    assert "no worker" in (await asyncio.to_thread(runner.invoke, app, ["workers"])).output
    await roster.report(connection, Report("w1", NOW, updates_rate=3.0, cpu=0.5))
    await create_bot(connection, await create_shop(connection))
    await leases.take(connection, "w1", limit=1)
    result = await asyncio.to_thread(runner.invoke, app, ["workers"])
    assert result.exit_code == 0, result.output
    (listed,) = [each.split() for each in result.output.splitlines() if each.startswith("w1")]
    assert listed[:4] == ["w1", "1", "3.0", "50%"]

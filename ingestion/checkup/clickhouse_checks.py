"""Checks that ask ClickHouse."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from clickhouse_connect.driver.asyncclient import AsyncClient

from core import clickhouse
from ingestion.checkup.findings import FAIL, OK, WARN, Judgement, Means
from ingestion.checkup.postgres_checks import judge_clock

_OLDEST = (24, 10)  # the first with CREATE … CLONE AS, which backups need
_PARTS_WARN, _PARTS_FAIL = 300, 1000  # of a partition; the server slows inserts down at 1000
_PARTS = """
SELECT table, max(parts) FROM (
    SELECT table, partition_id, count() AS parts FROM system.parts
    WHERE database = currentDatabase() AND active GROUP BY table, partition_id
) GROUP BY table ORDER BY max(parts) DESC LIMIT 1
"""
_DISKS = "SELECT name, free_space, total_space FROM system.disks WHERE total_space > 0"
# What a day of events takes, by the size of those that are there, without what a day frees: a
# partition `(retention_days, 'Monday')` is dropped once its last event has expired.
_GROWTH = """
SELECT greatest(0, bytes / greatest(1, stored)
    * (SELECT count() / 7 FROM events WHERE occurred_at BETWEEN now() - INTERVAL 7 DAY AND now())
    - ending / 7)
FROM (
    SELECT sum(bytes_on_disk) AS bytes, sum(rows) AS stored, sumIf(bytes_on_disk,
        toDateOrZero(extract(partition, '[0-9]{4}-[0-9]{2}-[0-9]{2}'))
        + toUInt32OrZero(extract(partition, '[0-9]+')) <= today()) AS ending
    FROM system.parts
    WHERE database = currentDatabase() AND active AND table = 'events'
)
"""
_FEW_DAYS = 3.0
_SOME_DAYS = 30.0


@asynccontextmanager
async def _client(means: Means) -> AsyncIterator[AsyncClient]:
    opened = await clickhouse.open_async_client(means.settings.clickhouse_url.get_secret_value())
    try:
        yield opened
    finally:
        await opened.close()


def judge_version(version: str) -> Judgement:
    """Of ClickHouse's version, like 25.8.1.1."""
    if tuple(map(int, version.split(".")[:2])) < _OLDEST:
        return (
            FAIL,
            f"version {version}",
            f"install ClickHouse {'.'.join(map(str, _OLDEST))} or later",
        )
    return OK, f"version {version}", ""


async def answers(means: Means) -> Judgement:
    async with _client(means) as client:
        version = str(await client.command("SELECT version()"))
    return judge_version(version)


async def clock(means: Means) -> Judgement:
    async with _client(means) as client:
        before = datetime.now(UTC).timestamp()
        theirs = float(str(await client.command("SELECT toUnixTimestamp64Milli(now64(3))"))) / 1000
        after = datetime.now(UTC).timestamp()
    # A query's now() is of its beginning.
    return judge_clock(max(before - theirs - 0.001, theirs - after, 0), "ClickHouse")


async def parts(means: Means) -> Judgement:
    async with _client(means) as client:
        rows = (await client.query(_PARTS)).result_rows
    if not rows:
        return OK, "no tables yet", ""
    table, most = rows[0]
    text = f"at most {most} in a partition ({table})"
    if most < _PARTS_WARN:
        return OK, text, ""
    mend = "merges do not keep up: see system.merges and system.mutations, and the disk"
    return (FAIL if most >= _PARTS_FAIL else WARN), text, mend


def judge_disk(free: int, total: int, growth: float) -> Judgement:
    """Of free and all bytes, and what a day adds, less what it frees."""
    days = free / growth if growth > 0 else None
    text = f"{free / 1e9:.1f} of {total / 1e9:.0f} GB free"
    if days is not None and days < 10 * 365:
        text += f", enough for {days:.0f} days at {growth / 1e6:.0f} MB a day"
    share = free / total if total else 1.0
    mend = "make room, take a larger disk, or keep events for less time (vitrina retention)"
    if share < 0.05 or (days is not None and days < _FEW_DAYS):
        return FAIL, text, mend
    if share < 0.15 or (days is not None and days < _SOME_DAYS):
        return WARN, text, mend
    return OK, text, ""


async def growth_of_events(client: AsyncClient) -> float:
    """Bytes that a day adds, less those that expire: none if the two are in balance."""
    return float(str(await client.command(_GROWTH)) or 0)


async def disk(means: Means) -> Judgement:
    async with _client(means) as client:
        disks = (await client.query(_DISKS)).result_rows
        growth = await growth_of_events(client)
    _, free, total = min(disks, key=lambda each: each[1] / each[2])
    return judge_disk(free, total, growth)

"""What each check says of healthy and of sick installations."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from core import clickhouse
from core.postgres import Connection
from core.settings import Settings
from ingestion.checkup import (
    clickhouse_checks,
    findings,
    host_checks,
    pipeline_checks,
    postgres_checks,
)
from ingestion.checkup.findings import FAIL, OK, WARN, Check, Finding, Judgement, Means, State
from ingestion.checkup.pipeline_checks import Pipelines
from ingestion.checkup.rules import ALERTING, CHECKS
from tests.factories import create_bot, create_shop

GB = 10**9
SIZE = """
SELECT sum(bytes_on_disk) FROM system.parts
WHERE database = currentDatabase() AND active AND table = 'events'
"""
NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("apart", "state"),
    [(0.0, OK), (0.99, OK), (-1.0, WARN), (9.9, WARN), (10.0, FAIL), (-30, FAIL)],
)
def test_clocks(apart: float, state: State) -> None:
    assert postgres_checks.judge_clock(apart, "PostgreSQL")[0] is state


@pytest.mark.parametrize(
    ("free", "growth", "state"),
    [
        (50, 0.0, OK),
        (50, GB, OK),  # fifty days
        (29, GB, WARN),
        (14, 0.0, WARN),
        (50, 20 * GB, FAIL),  # two and a half days
        (4, 0.0, FAIL),
    ],
)
def test_disks(free: int, growth: float, state: State) -> None:
    found, text, mend = clickhouse_checks.judge_disk(free * GB, 100 * GB, growth)
    assert found is state and (mend == "") is (state is OK), text


@pytest.mark.parametrize(
    ("version", "state"),
    [("24.8.14.39", FAIL), ("24.9.1", FAIL), ("24.10.1", OK), ("26.9.1.1", OK)],
)
def test_versions_without_what_backups_need_are_refused(version: str, state: State) -> None:
    assert clickhouse_checks.judge_version(version)[0] is state


@pytest.mark.parametrize(
    ("hours", "verified", "selling", "state"),
    [
        (None, None, None, OK),
        (None, None, 25.9, WARN),
        (None, None, 26.1, FAIL),
        (25.9, 1.0, 50.0, OK),
        (26.1, 1.0, 50.0, FAIL),
        (1.0, None, 50.0, WARN),
        (1.0, 40.0, 50.0, WARN),
    ],
)
def test_backups(
    hours: float | None, verified: float | None, selling: float | None, state: State
) -> None:
    assert postgres_checks.judge_backup(hours, verified, selling, 26)[0] is state


@pytest.mark.parametrize(
    ("hours", "is_sound", "state"),
    [
        (None, None, OK),
        (1.0, True, OK),
        (200.0, True, WARN),
        (1.0, False, FAIL),
        (200.0, False, FAIL),
    ],
)
def test_comparisons(hours: float | None, is_sound: bool | None, state: State) -> None:
    found, text, mend = postgres_checks.judge_comparison(hours, is_sound, "events twice: 2", 9)
    assert ("--days 9" in mend) is (state is FAIL)
    assert found is state and (mend == "") is (state is OK)
    assert hours is None or text.startswith("events twice: 2, ")


@pytest.mark.parametrize(("hours", "state"), [(None, WARN), (1.0, OK), (26.1, FAIL)])
def test_where_no_backup_can_be_proven_it_is_only_said_where_it_can(
    hours: float | None, state: State
) -> None:
    found, text, _ = postgres_checks.judge_backup(hours, None, 1.0, 26, can_prove=False)
    assert found is state and ("`make install`" in text) is (state is OK)


@pytest.mark.parametrize(
    ("days", "state"), [(60, OK), (21.5, OK), (20, WARN), (6.9, FAIL), (-1, FAIL)]
)
def test_certificates(days: float, state: State) -> None:
    assert host_checks.judge_certificate(NOW + timedelta(days=days), NOW)[0] is state


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ("149.154.167.51", 443)),
        ({"telegram_ipv6": True}, ("2001:67c:4e8:f002::a", 443)),
        ({"telegram_server": "2=10.0.0.1:4430,4=10.0.0.1:4431"}, ("10.0.0.1", 4430)),
        ({"telegram_proxy": "socks5://user:p%40ss@10.0.0.2:1081"}, ("10.0.0.2", 1081)),
        (
            {"telegram_proxy": "tg://proxy?server=a.example&port=8443&secret=dd"},
            ("a.example", 8443),
        ),
        ({"telegram_proxy": "https://t.me/proxy?server=b.example&secret=ee"}, ("b.example", 443)),
    ],
    ids=["telegram", "ipv6", "server", "socks", "mtproxy", "link"],
)
def test_what_a_worker_reaches_first(values: dict[str, object], expected: tuple[str, int]) -> None:
    made = Settings(_env_file=None, **values)  # type: ignore[arg-type]  # parsed by pydantic
    assert host_checks.telegram_addresses(made)[0] == expected


def test_dagster_s_last_run_counts_only_when_something_was_due() -> None:
    def state(shops: int = 1, **values: Any) -> State:
        return pipeline_checks.judge_pipelines(Pipelines(**values), shops)[0]

    day = 1440.0
    assert state() is WARN
    assert state(silent=0.5) is OK  # nothing was ever due
    assert state(silent=0.5, unasked=3, last_good=300, runs=4) is OK  # all is quiet
    assert state(silent=5 * day, unasked=5 * day, last_good=5 * day) is FAIL  # for as long as it is
    assert state(0, silent=5 * day, unasked=5 * day) is WARN
    assert state(silent=0.5, unasked=100, last_good=300) is FAIL
    assert state(silent=0.5, unasked=3, last_good=20, runs=9, failed=1, failed_since=1) is WARN
    assert state(silent=0.5, unasked=3, last_good=100, runs=9, failed=1, failed_since=1) is FAIL
    assert state(silent=0.5, unasked=3, last_good=100, runs=9, failed=1) is WARN
    assert state(silent=0.5, unasked=3, runs=1, failed=1, failed_since=1) is FAIL


async def test_dagster_s_tables_are_read(connection: Connection) -> None:
    await connection.execute(
        "CREATE TEMP TABLE runs (status text, update_timestamp timestamp);"
        "CREATE TEMP TABLE daemon_heartbeats (daemon_type text, timestamp timestamp);"
        "CREATE TEMP TABLE job_ticks (status text, timestamp timestamp)"
    )
    assert await pipeline_checks.read(connection) == Pipelines()
    await connection.execute(
        "INSERT INTO daemon_heartbeats SELECT t, now() - ago * interval '1 minute' FROM "
        "(VALUES ('SCHEDULER', 2), ('QUEUED_RUN_COORDINATOR', 1), ('ASSET', 9999)) AS v (t, ago);"
        "INSERT INTO job_ticks SELECT t, now() - ago * interval '1 minute' FROM "
        "(VALUES ('SKIPPED', 5), ('SUCCESS', 50), ('FAILURE', 1)) AS v (t, ago);"
        "INSERT INTO runs SELECT t, now() AT TIME ZONE 'UTC' - ago * interval '1 hour' FROM "
        "(VALUES ('SUCCESS', 30), ('FAILURE', 40), ('FAILURE', 29), ('FAILURE', 2), ('STARTED', 0))"
        " AS v (t, ago)"
    )
    found = await pipeline_checks.read(connection)
    assert found.silent is not None and found.unasked is not None and found.last_good is not None
    assert (found.silent // 1, found.unasked // 1, found.last_good // 60) == (2, 5, 30)
    assert (found.runs, found.failed, found.failed_since) == (2, 1, 2)


async def test_a_disk_in_balance_does_not_grow(clickhouse_url: str) -> None:
    client = await clickhouse.open_async_client(clickhouse_url)
    insert = (
        "INSERT INTO events (shop_id, event, occurred_at, retention_days) SELECT 1, 'x', {}, 30 "
        "FROM numbers(20000)"
    )
    await client.command(insert.format("now() - INTERVAL 1 DAY"))
    growth = await clickhouse_checks.growth_of_events(client)
    size = float(str(await client.command(SIZE)))
    assert growth == pytest.approx(size / 7, rel=0.01)
    # The last second of a week that is gone within a week from now.
    await client.command(
        insert.format("toDateTime(toMonday(today() - 30) + 7, 'UTC') - INTERVAL 1 SECOND")
    )
    assert await clickhouse_checks.growth_of_events(client) < growth / 4
    await client.close()


async def test_secrets_that_others_may_read_are_named(tmp_path: Path) -> None:
    file = tmp_path / "secrets.env"
    file.write_text("A=b")
    file.chmod(0o640)
    means = Means(Settings(_env_file=None), tmp_path)
    state, text, mend = await host_checks.permissions(means)
    assert state is FAIL and str(file) in text and mend == f"chmod 600 {file}"
    file.chmod(0o600)
    assert (await host_checks.permissions(means))[0] is OK
    (folder := tmp_path / "secrets").mkdir()
    folder.chmod(0o750)
    state, text, mend = await host_checks.permissions(means)
    assert state is FAIL and str(folder) in text and mend == f"chmod 700 {folder}"
    folder.chmod(0o700)
    assert (await host_checks.permissions(means))[0] is OK


async def test_a_healthy_installation(settings: Settings, connection: Connection) -> None:
    shop = await create_shop(connection)
    await create_bot(connection, shop)
    found = {each.check: each for each in await findings.examine(Means(settings), CHECKS)}
    assert [each.name for each in CHECKS] == list(found)
    for name in ("postgres", "clickhouse", "migrations", "postgres-clock", "clickhouse-clock"):
        assert found[name].state is OK, found[name]
    for name in ("time-zones", "shipping", "dead-letters", "clickhouse-parts", "permissions"):
        assert found[name].state is OK, found[name]
    assert found["figures"].state is OK and "not compared yet" in found["figures"].text
    assert found["workers"].state is FAIL and "nobody answers shoppers" in found["workers"].text
    assert found["backups"] == Finding(
        "backups",
        WARN,
        "never made",
        "make one: vitrina backup create PLACE --key FILE (docs/backups.md), every day",
    )


async def test_a_worker_that_is_lost_is_told_until_another_takes_its_place(
    settings: Settings, connection: Connection
) -> None:
    add = (
        "INSERT INTO workers (name, started_at, seen_at, is_leaving) "
        "VALUES ($1, now() - $2 * interval '1 minute', now() - $3 * interval '1 minute', $4)"
    )
    await connection.execute(add, "alive", 60, 0, False)
    await connection.execute(add, "told to leave", 60, 5, True)
    await connection.execute(add, "of yesterday", 3000, 1500, False)
    means = Means(settings)
    assert (await postgres_checks.workers(means))[:2] == (OK, "1 alive, 0 bots")
    await connection.execute(add, "killed", 60, 5, False)
    state, text, mend = await postgres_checks.workers(means)
    assert (state, text) == (WARN, "1 alive, 0 bots, 1 lost within two hours") and mend
    await connection.execute(add, "in its place", 3, 0, False)
    assert (await postgres_checks.workers(means))[0] is OK


async def test_a_bot_that_fails_is_told_for_a_day_and_then_waits_for_its_owner(
    settings: Settings, connection: Connection
) -> None:
    bot = await create_bot(connection, await create_shop(connection))
    means = Means(settings)
    change = "UPDATE bots SET state = 'failed', state_changed_at = now() - $2::int * interval '1 h'"
    for hours, state, text in (
        (1, WARN, "1 of 1 have failed within a day"),
        (30, OK, "none of 1 has failed within a day, 1 do not run for longer"),
    ):
        await connection.execute(f"{change} WHERE id = $1", bot.id, hours)
        assert (await postgres_checks.bots(means))[:2] == (state, text)


async def test_what_is_wrong_says_what_to_do(settings: Settings, connection: Connection) -> None:
    await connection.execute(
        "INSERT INTO dead_letters (shard, pos, shop_id, event, envelope, error) "
        "VALUES (0, 2, 1, 'message_received', '{}', 'refused')"
    )
    await connection.execute("DELETE FROM schema_migrations WHERE number = 1 AND owner = 'core'")
    means = Means(settings)
    state, text, mend = await postgres_checks.dead_letters(means)
    assert (state, text) == (FAIL, "1 events were refused") and "deadletter" in mend
    state, text, mend = await postgres_checks.migrated(means)
    assert state is FAIL and "0001_foundation" in text and mend == "run `vitrina migrate`"


async def test_a_store_that_is_away_is_named_once(settings: Settings) -> None:
    away = settings.model_copy(
        update={"database_url": SecretStr("postgresql://v:hidden@127.0.0.1:1/none")}
    )
    found = await findings.examine(Means(away), CHECKS)
    failed = {each.check for each in found if each.state is FAIL}
    assert "postgres" in failed and not failed & {"shipping", "workers", "backups", "migrations"}
    assert all("hidden" not in each.text for each in found)
    assert any(each.text == "not checked: postgres is away" for each in found)


async def test_a_check_that_hangs_keeps_no_other_back(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(_means: Means) -> Judgement:
        await asyncio.Event().wait()
        raise AssertionError

    async def well(_means: Means) -> Judgement:
        return OK, "well", ""

    monkeypatch.setattr(findings, "SECONDS", 0.05)
    checks = [Check("a", hang), Check("b", well)]
    first, second = await findings.examine(Means(settings), checks)
    assert (first.state, second.state) == (FAIL, OK) and "no answer" in first.text


def test_each_check_has_a_name_of_its_own() -> None:
    names = [each.name for each in CHECKS]
    assert len(set(names)) == len(names)
    assert {each.needs for each in CHECKS} <= {"", *names}
    assert set(ALERTING) < set(CHECKS)

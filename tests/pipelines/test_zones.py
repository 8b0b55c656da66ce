"""Python, Polars and ClickHouse see the same days, at every change of every time zone."""

from datetime import UTC, date, datetime, timedelta
from importlib.resources import files

import polars as pl

from core import zones
from pipelines.shops import day_windows
from tests.pipelines.world import World

SINCE, UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
_MOMENT = pl.Datetime("ms", "UTC")

Histories = dict[tuple[tuple[datetime, timedelta], ...], str]


def histories() -> Histories:
    """What the clocks did in those years, with one zone of all that did the same."""
    by_rules = {
        files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes(): name
        for name in sorted(zones.names())
    }
    return {tuple(zones.offsets(name, SINCE, UNTIL)): name for name in by_rules.values()}


def test_the_engines_agree_at_every_change_of_every_zone(world: World) -> None:
    """A second around each change, and around both ends of its day."""
    asked: list[tuple[int, str, datetime, date]] = []
    every: list[pl.DataFrame] = []
    for number, (history, name) in enumerate(histories().items(), 1):
        changes = [since for since, _ in history[1:]]
        days = {zones.day_of(since, name) + DAY * n for since in changes for n in (-1, 0, 1)}
        asked += [
            (number, name, edge + SECOND * n, zones.day_of(edge + SECOND * n, name))
            for edge in {*changes, *(zones.day_start(day, name) for day in days)}
            for n in (-1, 0, 1)
            if zones.day_of(edge + SECOND * n, name) in days
        ]
        columns = {"shop_id": pl.UInt32, "timezone": pl.String}
        shop = pl.DataFrame([(number, name)], columns, orient="row")
        every += [day_windows(shop, day).with_columns(day=pl.lit(day)) for day in sorted(days)]
    assert len(asked) > 5_000
    moments_asked = pl.DataFrame(
        asked,
        schema={"shop_id": pl.UInt32, "timezone": pl.String, "at": _MOMENT, "right": pl.Date},
        orient="row",
    )
    windows = pl.concat(every)
    in_polars = moments_asked.join_where(
        windows.select(pl.col("shop_id").alias("other"), "starts_at", "ends_at", "day"),
        pl.col("shop_id") == pl.col("other"),
        pl.col("at") >= pl.col("starts_at"),
        pl.col("at") < pl.col("ends_at"),
    )
    in_clickhouse = world.clickhouse.read(
        "SELECT a.shop_id AS shop_id, a.at AS at, a.right AS right, w.day AS day "
        "FROM asked AS a INNER JOIN windows AS w ON w.shop_id = a.shop_id "
        "WHERE a.at >= w.starts_at AND a.at < w.ends_at",
        frames={
            "asked": moments_asked.select("shop_id", "at", "right"),
            "windows": windows.select("shop_id", "starts_at", "ends_at", "day"),
        },
    )
    for found in (in_polars, in_clickhouse):
        assert found.height == moments_asked.height  # each moment in one day
        assert found.filter(pl.col("day") != pl.col("right")).is_empty()


def test_clickhouse_finds_the_day_and_the_clock_by_their_edges(world: World) -> None:
    for name in ("America/Vancouver", "Africa/Casablanca", "Asia/Beirut", "Pacific/Chatham"):
        first = date(2026, 2, 1)
        edges = zones.day_starts(first, date(2026, 11, 30), name)
        held = zones.offsets(name, edges[0], edges[-1])
        assert len(held) > 1 or name == "America/Vancouver"
        moments = sorted(
            edge + SECOND * n
            for edge in [*edges[1:-1], *(at for at, _ in held[1:])]
            for n in (-1, 0)
        )
        found = world.clickhouse.read(
            f"SELECT arrayJoin({{moments:Array(DateTime64(3, 'UTC'))}}) AS at, "
            f"toInt64(indexOf({{edges:Array(Int64)}}, {zones.last_edge('at', 'edges')})) AS day, "
            f"transform({zones.last_edge('at', 'since')}, {{since:Array(Int64)}}, "
            "{offsets:Array(Int64)}, toInt64(0)) AS offset",
            {
                "moments": moments,
                "edges": zones.seconds(edges),
                "since": zones.seconds([since for since, _ in held]),
                "offsets": [int(offset.total_seconds()) for _, offset in held],
            },
        )
        assert [first + DAY * (day - 1) for day in found["day"]] == [
            zones.day_of(moment, name) for moment in moments
        ]
        assert found["offset"].to_list() == [
            int((moment.astimezone(zones.zone(name)).replace(tzinfo=UTC) - moment).total_seconds())
            for moment in moments
        ]

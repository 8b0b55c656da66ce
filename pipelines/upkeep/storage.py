"""The disk space of the tables, partition by partition, and a forecast of it."""

from collections.abc import Sequence
from datetime import date, timedelta

import pandera.polars as pa
import polars as pl

from core import people_day
from pipelines.clickhouse import BY_MONTH, ClickHouse
from pipelines.metrics import DAY, part

HORIZONS = (30, 90, 365)
_RATE_DAYS = 28

STORAGE_DAY = pa.DataFrameSchema(
    {
        "day": DAY,
        "table": part(pl.String, "A table of ClickHouse"),
        "partition": part(pl.String, "Its partition, as ClickHouse names it"),
        "starts_on": part(pl.Date, "The partition's first day"),
        "kept_days": part(pl.UInt16, "Days until it runs out; null: never", nullable=True),
        "rows": part(pl.UInt64, "Rows"),
        "bytes": part(pl.UInt64, "Compressed bytes on disk"),
        "parts": part(pl.UInt32, "Parts that are not merged yet", least=1),
    },
    unique=["day", "table", "partition"],
    strict=True,
    ordered=True,
)
STORAGE_FORECAST = pa.DataFrameSchema(
    {
        "table": part(pl.String, "A table of ClickHouse"),
        "bytes": part(pl.UInt64, "Bytes on disk now"),
        "bytes_a_day": part(
            pl.Float64, f"Mean bytes of a day: partitions of the last {_RATE_DAYS} whole days"
        ),
        **{
            f"bytes_in_{days}_days": part(
                pl.Float64,
                f"What is there now and will not have run out, and {days} days at this rate, "
                "of which no more than its retention",
            )
            for days in HORIZONS
        },
    },
    unique=["table"],
    strict=True,
    ordered=True,
)

# A partition is named by its last expression: a day, the first of a month, or the Monday of a week
# after the retention.
_PARTITIONS = """
SELECT toDate(now('UTC')) AS day, toString(p.table) AS table, p.partition AS partition,
    toDate(extract(p.partition, '\\\\d{4}-\\\\d{2}-\\\\d{2}')) AS starts_on,
    multiIf(
        p.table = 'events', toUInt16OrNull(extract(p.partition, '^\\\\((\\\\d+)')),
        t.engine_full LIKE '% TTL %toIntervalHour(%',
            toUInt16OrNull(toString(intDiv(
                toUInt32OrZero(extract(t.engine_full, 'toIntervalHour\\\\((\\\\d+)')) + 23, 24))),
        toUInt16OrNull(extract(t.engine_full, 'TTL .*toIntervalDay\\\\((\\\\d+)'))
    ) AS kept_days,
    sum(p.rows) AS rows, sum(p.bytes_on_disk) AS bytes, toUInt32(count()) AS parts
FROM system.parts AS p
INNER JOIN system.tables AS t ON t.database = p.database AND t.name = p.table
WHERE p.active AND p.database = currentDatabase() AND NOT startsWith(p.table, 'staging_')
    AND match(p.partition, '\\\\d{4}-\\\\d{2}-\\\\d{2}')
GROUP BY p.table, p.partition, t.engine_full
ORDER BY table, partition
"""


def read_storage(clickhouse: ClickHouse) -> pl.DataFrame:
    """The frame of `STORAGE_DAY`, as of now."""
    return clickhouse.read(_PARTITIONS)


def forecast(
    storage: pl.DataFrame, today: date, horizons: Sequence[int] = HORIZONS
) -> pl.DataFrame:
    """The frame of `STORAGE_FORECAST`, by the rate of the last whole days.

    A week's or a month's partition counts by its days. A table with limited retention stops
    growing once rows expire: each day then adds and removes one day's bytes.
    """
    sizes = storage.with_columns(
        days=pl.when(pl.col("table") == "events")
        .then(7)
        .when(pl.col("table").is_in(BY_MONTH | {people_day.LATE}))
        .then(pl.col("starts_on").dt.month_end().dt.day().cast(pl.Int32))
        .otherwise(1),
        bytes=pl.col("bytes").cast(pl.Float64),
    )
    ends = pl.col("starts_on") + pl.duration(days="days")
    since = today - timedelta(days=_RATE_DAYS)
    is_recent = (pl.col("starts_on") >= since) & (ends <= today)
    # By retention class, because each expires at its own time.
    classes = sizes.group_by("table", "kept_days").agg(
        bytes=pl.col("bytes").sum(),
        recent=pl.col("bytes").filter(is_recent).sum(),
        recent_days=(pl.lit(today) - pl.col("starts_on").filter(is_recent).min()).dt.total_days(),
        **{
            f"gone_in_{days}": pl.col("bytes").filter(_runs_out(today, days)).sum()
            for days in horizons
        },
    )
    rate = pl.when(pl.col("recent_days") > 0).then(pl.col("recent") / pl.col("recent_days"))
    classes = classes.with_columns(bytes_a_day=rate.fill_null(0.0))
    return (
        classes.with_columns(
            **{
                f"bytes_in_{days}_days": pl.col("bytes")
                - pl.col(f"gone_in_{days}")
                + pl.col("bytes_a_day")
                * pl.min_horizontal(pl.lit(days), pl.col("kept_days").fill_null(days))
                for days in horizons
            }
        )
        .group_by("table")
        .agg(
            pl.col("bytes").sum().cast(pl.UInt64),
            pl.col("bytes_a_day", *(f"bytes_in_{days}_days" for days in horizons)).sum(),
        )
        .sort("bytes", "table", descending=[True, False])
    )


def _runs_out(today: date, days: int) -> pl.Expr:
    """Whether the partition's last day will have expired so many days after today."""
    last = pl.col("starts_on") + pl.duration(days=pl.col("days") + pl.col("kept_days"))
    return (last <= today + timedelta(days=days)).fill_null(False)

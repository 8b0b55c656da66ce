"""What a shop's day is computed from: the shops (PostgreSQL) and the folded events (ClickHouse)."""

from datetime import date, datetime
from typing import Any

import polars as pl

from core.shop.shops import all_shops
from pipelines.clickhouse import ClickHouse
from pipelines.kpis.shop_day import EVENTS, day_windows
from pipelines.postgres import Postgres

# ClickHouse folds the events where they lie: a shopper's hundred button presses become one row, so
# what crosses the wire grows with the shoppers of the day and not with their events. Nothing that
# a figure needs is lost: distinct shoppers stay distinct, the rest are sums. The outer bounds let
# it skip partitions and granules; the join gives each shop its own day.
_FOLD = """
SELECT
    e.shop_id AS shop_id,
    e.buyer_no AS buyer_no,
    e.event AS event,
    e.currency AS currency,
    count() AS events,
    countIf(e.event = 'bot_started' AND JSONExtractBool(e.props, 'is_first')) AS first_starts,
    sum(e.amount_minor) AS amount_minor,
    sum(toInt64(e.quantity)) AS quantity
FROM events AS e
INNER JOIN windows AS w ON w.shop_id = e.shop_id
WHERE e.occurred_at >= {begin:DateTime64(3, 'UTC')}
    AND e.occurred_at < {end:DateTime64(3, 'UTC')}
    AND e.occurred_at >= w.starts_at
    AND e.occurred_at < w.ends_at
    AND e.event IN {events:Array(String)}
    AND NOT e.is_staff
    AND NOT e.is_test
GROUP BY shop_id, buyer_no, event, currency
"""


def read_shops(postgres: Postgres, day: date) -> pl.DataFrame:
    """Every shop with the bounds of its `day`: the frame that `schemas.SHOPS` describes."""
    shops = postgres.run(all_shops)
    columns = {
        "shop_id": pl.UInt32,
        "timezone": pl.String,
        "currency": pl.String,
        "retention_days": pl.Int64,
    }
    rows = [(shop.id, shop.timezone, shop.currency, shop.retention_days) for shop in shops]
    return day_windows(pl.DataFrame(rows, schema=columns, orient="row"), day)


def still_kept(shops: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """The shops whose events of that day have not run out in ClickHouse."""
    age = pl.lit(now) - pl.col("starts_at")
    return shops.filter(age < pl.duration(days="retention_days"))


def read_activity(clickhouse: ClickHouse, shops: pl.DataFrame) -> pl.DataFrame:
    """What shoppers did in their shop's day: the frame that `schemas.ACTIVITY` describes."""
    parameters = bounds(shops) | {"events": sorted(EVENTS)}
    return clickhouse.read(_FOLD, parameters, windows(shops))


def read_figures(
    clickhouse: ClickHouse, table: str, shops: pl.DataFrame, day: date
) -> pl.DataFrame:
    """What `table` holds of that day for these shops."""
    return clickhouse.read(
        f"SELECT * FROM {table} WHERE day = {{day:Date}} "
        "AND shop_id IN (SELECT shop_id FROM windows) ORDER BY shop_id",
        {"day": day},
        windows(shops),
    )


def bounds(shops: pl.DataFrame) -> dict[str, Any]:
    """`begin` and `end` of the span that holds every shop's day."""
    return {"begin": shops["starts_at"].min(), "end": shops["ends_at"].max()}


def windows(shops: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The temporary table `windows` for queries that give each shop its own day."""
    return {"windows": shops.select("shop_id", "starts_at", "ends_at")}

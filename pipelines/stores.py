"""Standing hourly checks of the stores themselves, on which every figure depends.

Each compares the last days in both stores, and shows the rows on which they disagree.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import polars as pl

from core.postgres import Connection
from core.shop.shops import all_shops
from pipelines.catalogue import KEPT
from pipelines.clickhouse import ClickHouse
from pipelines.kpis.checks import compare_stores
from pipelines.postgres import Postgres
from pipelines.resources import POOL
from pipelines.soundness import table

DAYS = 7
ROLLUP_HOURS = 46  # the rollup is kept for 48 hours
SIGN_DAYS = 35
# A commit that only one store has received at the time of the check is not a disagreement.
_SETTLED = timedelta(minutes=5)

Disagreements = Callable[[ClickHouse, Postgres, datetime], pl.DataFrame]

_ROLLUP = """
SELECT shop_id, hour, event, currency, sum(raw) AS in_events, sum(rolled) AS in_rollup,
    sum(raw_minor) AS events_minor, sum(rolled_minor) AS rollup_minor,
    sum(raw_quantity) AS events_quantity, sum(rolled_quantity) AS rollup_quantity
FROM (
    SELECT shop_id, toStartOfHour(occurred_at) AS hour, toString(event) AS event,
        toString(currency) AS currency, toInt64(count()) AS raw, sum(amount_minor) AS raw_minor,
        sum(toInt64(quantity)) AS raw_quantity,
        0 AS rolled, 0 AS rolled_minor, 0 AS rolled_quantity
    FROM events
    WHERE occurred_at >= {since:DateTime} AND occurred_at < {until:DateTime}
        AND NOT is_staff AND NOT is_test
    GROUP BY ALL
    UNION ALL
    SELECT shop_id, toStartOfHour(minute), toString(event), toString(currency),
        0, 0, 0, toInt64(sum(events)), sum(amount_minor), sum(quantity)
    FROM live_minute
    WHERE minute >= {since:DateTime} AND minute < {until:DateTime}
    GROUP BY ALL
)
WHERE shop_id NOT IN {erased:Array(UInt32)}
GROUP BY ALL
HAVING in_events != in_rollup OR events_minor != rollup_minor OR events_quantity != rollup_quantity
ORDER BY ALL
"""
# Erased: the events are gone, their sums are not.
_ERASED = """
SELECT DISTINCT shop_id FROM erasures
WHERE with_events AND coalesce(done_at, now()) > now() - INTERVAL '3 days'
UNION
SELECT DISTINCT shop_id FROM order_corrections
WHERE coalesce(done_at, now()) > now() - INTERVAL '3 days'
"""


def rollup_differences(clickhouse: ClickHouse, postgres: Postgres, now: datetime) -> pl.DataFrame:
    """Hours, events and currencies of a shop whose rollup differs from the sum of the events."""

    async def erased(connection: Connection) -> list[int]:
        return [row["shop_id"] for row in await connection.fetch(_ERASED)]

    until = now.replace(minute=0, second=0, microsecond=0)
    bounds = {
        "since": until - timedelta(hours=ROLLUP_HOURS),
        "until": until,
        "erased": postgres.run(erased),
    }
    found = clickhouse.read(_ROLLUP, bounds)
    # A batch is in the table a moment before it is in the view.
    return clickhouse.read(_ROLLUP, bounds) if found.height else found


# Arrived: shipped and still in the outbox, or counted when the outbox was emptied.
_ARRIVED = """
SELECT shop_id, day, sum(events)::bigint AS arrived
FROM (
    SELECT shop_id, day, events FROM event_ledger WHERE day >= $1
    UNION ALL
    SELECT o.shop_id, (o.occurred_at AT TIME ZONE 'UTC')::date, count(*)
    FROM outbox AS o JOIN shipments AS s ON s.shard = o.shard
    WHERE o.occurred_at >= $1::date::timestamp AT TIME ZONE 'UTC'
        AND (o.xid, o.pos) <= (s.xid, s.pos)
    GROUP BY 1, 2
) AS counted
GROUP BY shop_id, day
"""
_STORED = """
SELECT shop_id, toDate(occurred_at) AS day, toInt64(uniqExact(shard, pos)) AS stored,
    toInt64(count()) - stored AS doubled
FROM events
WHERE occurred_at >= {since:Date}
GROUP BY shop_id, day
"""


def gaps(clickhouse: ClickHouse, postgres: Postgres, now: datetime) -> pl.DataFrame:
    """Days of a shop (UTC) with events that are missing in ClickHouse, or are there twice."""
    since = now.date() - timedelta(days=DAYS)

    async def read(connection: Connection) -> list[tuple[int, date, int]]:
        return [tuple(row) for row in await connection.fetch(_ARRIVED, since)]

    # PostgreSQL first, so that what arrives meanwhile is not missing in ClickHouse.
    schema = {"shop_id": pl.UInt32, "day": pl.Date, "arrived": pl.Int64}
    arrived = pl.DataFrame(postgres.run(read), schema=schema, orient="row")
    stored = clickhouse.read(_STORED, {"since": since})
    both = arrived.join(stored, on=["shop_id", "day"], how="full", coalesce=True)
    return (
        both.with_columns(pl.col("arrived", "stored", "doubled").fill_null(0))
        .with_columns(missing=(pl.col("arrived") - pl.col("stored")).clip(0))
        .filter((pl.col("missing") > 0) | (pl.col("doubled") > 0))
        .select("shop_id", "day", "arrived", "stored", "missing", "doubled")
        .sort("shop_id", "day")
    )


def paid_differences(clickhouse: ClickHouse, postgres: Postgres, now: datetime) -> pl.DataFrame:
    """Orders of the last days that one store has as paid and the other does not, or with another
    amount."""
    shops = pl.DataFrame(
        [(shop.id, now - timedelta(days=DAYS), now - _SETTLED) for shop in postgres.run(all_shops)],
        schema={
            "shop_id": pl.UInt32,
            "starts_at": pl.Datetime("ms", "UTC"),
            "ends_at": pl.Datetime("ms", "UTC"),
        },
        orient="row",
    )
    if shops.is_empty():
        return pl.DataFrame(schema={"shop_id": pl.UInt32})
    return compare_stores(postgres, clickhouse, shops)[0]


def negative_figures(clickhouse: ClickHouse, postgres: Postgres, now: datetime) -> pl.DataFrame:
    """Figures of the last weeks that are below zero and must not be, whichever run wrote them."""
    del postgres
    parts = []
    for each in KEPT:
        for name, column in each.schema.columns.items():
            never_below = any(check.name == "greater_than_or_equal_to" for check in column.checks)
            if (
                never_below
                and column.dtype.type.is_numeric()
                and not column.dtype.type.is_unsigned_integer()
            ):
                parts.append(
                    f"SELECT '{each.name}' AS table, '{name}' AS column, day, shop_id, "
                    f"toString({name}) AS value FROM {each.name} "
                    f"WHERE day >= {{since:Date}} AND {name} < 0"
                )
    query = " UNION ALL ".join(parts)
    return clickhouse.read(
        f"SELECT * FROM ({query}) ORDER BY ALL LIMIT 100",
        {"since": now.date() - timedelta(days=SIGN_DAYS)},
    )


def _check(name: str, description: str, differences: Disagreements) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        name=name,
        asset="events",
        description=description,
        retry_policy=dg.RetryPolicy(max_retries=2, delay=5),
        pool=POOL,
    )
    def agree(
        clickhouse: dg.ResourceParam[ClickHouse], postgres: dg.ResourceParam[Postgres]
    ) -> dg.AssetCheckResult:
        found = differences(clickhouse, postgres, datetime.now(UTC))
        metadata: dict[str, dg.MetadataValue] = {
            "disagreements": dg.MetadataValue.int(found.height)
        }
        if found.height:
            metadata["offending"] = table(found)
        return dg.AssetCheckResult(passed=found.is_empty(), metadata=metadata)

    return agree


CHECKS: Sequence[dg.AssetChecksDefinition] = (
    _check(
        "the_rollup_is_the_events",
        f"live_minute holds the counts, amounts and quantities of the events of the last "
        f"{ROLLUP_HOURS} whole hours.",
        rollup_differences,
    ),
    _check(
        "nothing_is_missing_or_twice",
        f"What PostgreSQL has shipped in {DAYS} days is in ClickHouse, each event once.",
        gaps,
    ),
    _check(
        "paid_orders_are_the_same",
        f"The paid orders of the last {DAYS} days are the same in PostgreSQL and ClickHouse, each "
        "with its amount. Those still in the outbox are no disagreement.",
        paid_differences,
    ),
    _check(
        "no_figure_is_negative",
        f"Counts, shares and gross amounts of the last {SIGN_DAYS} days are not below zero in any "
        "table of figures.",
        negative_figures,
    ),
)

"""Segments published to PostgreSQL: a bot never waits for ClickHouse."""

import dagster as dg
import polars as pl

from core.postgres import Connection
from core.shop import customer_segments
from pipelines.clickhouse import ClickHouse
from pipelines.figures import OWNERS
from pipelines.postgres import Postgres
from pipelines.resources import POOL

# Of each shop the last day that is computed; the raw figures, for a verdict may be taken back.
_LATEST = """
SELECT shop_id, buyer_no, toString(segment) AS segment, day FROM rfm_day
WHERE variant = 'raw' AND (shop_id, day) IN (
    SELECT shop_id, max(day) FROM rfm_day WHERE variant = 'raw' GROUP BY shop_id
)
ORDER BY shop_id, buyer_no
"""


@dg.asset(
    name="customer_segments",
    deps=["rfm_day"],
    description="Each buyer's segment of the last computed day, in PostgreSQL, for broadcasts and "
    "for tiers. Publishing again changes nothing.",
    metadata={
        "dagster/table_name": "customer_segments",
        "dagster/column_schema": dg.TableSchema(
            [
                dg.TableColumn("shop_id", "int", "The shop"),
                dg.TableColumn("buyer_no", "bigint", "The buyer's number in the shop"),
                dg.TableColumn("segment", "text", "RFM segment of the last computed day"),
                dg.TableColumn("day", "date", "That day, by the shop's clock"),
            ]
        ),
    },
    owners=OWNERS,
    group_name="customers",
    kinds={"postgres"},
    retry_policy=dg.RetryPolicy(max_retries=2, delay=1, backoff=dg.Backoff.EXPONENTIAL),
    pool=POOL,
)
def published_segments(
    clickhouse: dg.ResourceParam[ClickHouse], postgres: dg.ResourceParam[Postgres]
) -> dg.MaterializeResult[None]:
    """Each shop's in a transaction of its own."""
    rows = publish(clickhouse, postgres)
    return dg.MaterializeResult(metadata={"dagster/row_count": rows})


def publish(clickhouse: ClickHouse, postgres: Postgres) -> int:
    """How many buyers have a segment now."""
    latest: pl.DataFrame = clickhouse.read(_LATEST)
    columns = latest.select("shop_id", "buyer_no", "segment", "day")

    async def store(connection: Connection) -> int:
        count = 0
        for shop in columns.partition_by("shop_id", maintain_order=True):
            async with connection.transaction():
                shop_id = shop["shop_id"][0]
                count += await customer_segments.publish(connection, [shop_id], shop.rows())
        return count

    return postgres.change(store)

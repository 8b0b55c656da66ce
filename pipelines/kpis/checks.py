"""Standing checks: what was paid is the same in PostgreSQL, in ClickHouse and in the figures."""

from datetime import UTC, date, datetime, timedelta

import dagster as dg
import polars as pl

from core import sales
from core.events import ORDER_PAID
from core.postgres import Connection
from pipelines.activity.sources import IN_DAY, LINED
from pipelines.clickhouse import ClickHouse
from pipelines.postgres import Postgres
from pipelines.resources import POOL
from pipelines.shops import bounds, read_shops, still_kept, windows
from pipelines.soundness import table

# An order's `paid_at` and its event's moment come from two clocks, and may lie on either side of
# midnight: each side is read a little beyond the day, and compared order by order.
_MARGIN = timedelta(hours=1)
# Yesterday is computed again every hour; a day that is behind for longer needs a run by hand.
_SETTLED_AFTER = timedelta(hours=2)

_PAID = """
SELECT id AS order_id, shop_id, currency, total_minor AS amount_minor, paid_at AS at
FROM orders AS o WHERE paid_at >= $1 AND paid_at < $2
    AND NOT EXISTS (
        SELECT FROM erasures AS e
        WHERE (e.shop_id, e.buyer_no) = (o.shop_id, o.buyer_no) AND e.with_events
    )
"""
# Committed, but not yet acknowledged by ClickHouse.
_WAITING = """
SELECT o.order_id FROM outbox AS o JOIN shipments AS s USING (shard)
WHERE o.event = 'order_paid' AND (o.xid, o.pos) > (s.xid, s.pos)
"""
_EVENTS = """
SELECT order_id, shop_id, currency, amount_minor, occurred_at AS at
FROM events
WHERE event = {event:String} AND mode != 'external'
    AND occurred_at >= {begin:DateTime64(3, 'UTC')} AND occurred_at < {end:DateTime64(3, 'UTC')}
"""
# As the panel sums them up: not folded by shopper first, as the figures are.
_TOTALS = f"""
WITH {LINED} AS is_lined
SELECT e.shop_id AS shop_id, e.currency AS currency, countIf({sales.PAID}) AS paid_orders,
    sumIf(e.amount_minor, {sales.PAID}) AS paid_total_minor,
    sumIf({sales.SOLD}, {sales.is_sold("is_lined")}) - sumIf({sales.DISCOUNT}, {sales.PAID})
        - sumIf({sales.RETURNED}, {sales.REFUND}) AS net_sales_minor
FROM events AS e
INNER JOIN windows AS w ON w.shop_id = e.shop_id
WHERE e.event IN {sales.EVENTS} AND e.currency != '' AND {IN_DAY}
GROUP BY shop_id, currency
"""
_FIGURES = """
SELECT shop_id, currency, toUInt64(paid_orders) AS paid_orders, paid_total_minor, net_sales_minor
FROM shop_money_day WHERE day = {day:Date}
"""
_ORDER_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "order_id": pl.UInt64,
    "shop_id": pl.UInt32,
    "currency": pl.String,
    "amount_minor": pl.Int64,
    "at": pl.Datetime("ms", "UTC"),
}


async def _paid_orders(
    connection: Connection, begin: datetime, end: datetime
) -> tuple[pl.DataFrame, set[int]]:
    orders = await connection.fetch(_PAID, begin, end)
    waiting = await connection.fetch(_WAITING)
    rows = [tuple(order) for order in orders]
    frame = pl.DataFrame(rows, schema=_ORDER_COLUMNS, orient="row")
    return frame, {row["order_id"] for row in waiting}


async def _known(connection: Connection, order_ids: list[int]) -> set[int]:
    rows = await connection.fetch(
        "SELECT id FROM orders WHERE id = ANY($1::bigint[]) AND paid_at IS NOT NULL", order_ids
    )
    return {row["id"] for row in rows}


def compare_orders(
    orders: pl.DataFrame, events: pl.DataFrame, shops: pl.DataFrame, waiting: set[int]
) -> pl.DataFrame:
    """Orders of the day on which PostgreSQL and ClickHouse disagree: `problem`, and both amounts.

    Both frames have `order_id, shop_id, currency, amount_minor, at`, a little beyond the day.
    `waiting` are orders whose event has not been shipped yet; those are no disagreement.
    """
    counted = events.group_by("order_id").agg(
        pl.col("shop_id", "currency", "amount_minor", "at").first(), times=pl.len()
    )
    both = orders.join(counted, on="order_id", how="full", coalesce=True, suffix="_event")
    both = both.with_columns(pl.coalesce("shop_id", "shop_id_event")).join(
        shops.select("shop_id", "starts_at", "ends_at"), on="shop_id"
    )
    in_day = pl.coalesce("at", "at_event").is_between("starts_at", "ends_at", closed="left")
    other = pl.col("amount_minor") != pl.col("amount_minor_event")
    problem = (
        pl.when(pl.col("at_event").is_null(), pl.col("order_id").is_in(waiting))
        .then(None)
        .when(pl.col("at_event").is_null())
        .then(pl.lit("no event in ClickHouse"))
        .when(pl.col("at").is_null())
        .then(pl.lit("not paid in PostgreSQL"))
        .when(pl.col("times") > 1)
        .then(pl.lit("counted more than once"))
        .when(other | (pl.col("currency") != pl.col("currency_event")))
        .then(pl.lit("another amount"))
    )
    return (
        both.filter(in_day)
        .select(
            "shop_id",
            "order_id",
            problem=problem,
            postgres_minor="amount_minor",
            clickhouse_minor="amount_minor_event",
        )
        .filter(pl.col("problem").is_not_null())
        .sort("shop_id", "order_id")
    )


def compare_figures(
    totals: pl.DataFrame, figures: pl.DataFrame, shops: pl.DataFrame, now: datetime
) -> pl.DataFrame:
    """Where the figures differ from ClickHouse's totals: `problem` and both, a row a shop and
    currency.

    Figures that lag behind on an unfinished day are no disagreement: the next run includes what
    came since.
    """
    both = (
        totals.join(
            figures, on=["shop_id", "currency"], how="full", coalesce=True, suffix="_figures"
        )
        .join(shops.select("shop_id", "ends_at"), on="shop_id")
        .with_columns(pl.col("^paid_.*$").fill_null(0))
    )
    ahead = (pl.col("paid_orders_figures") > pl.col("paid_orders")) | (
        pl.col("paid_total_minor_figures") > pl.col("paid_total_minor")
    )
    behind = (pl.col("paid_orders_figures") != pl.col("paid_orders")) | (
        pl.col("paid_total_minor_figures") != pl.col("paid_total_minor")
    )
    settled = pl.col("ends_at") < pl.lit(now - _SETTLED_AFTER)
    problem = (
        pl.when(ahead)
        .then(pl.lit("figures hold more than was paid"))
        .when(behind & settled)
        .then(pl.lit(LATE))
    )
    return (
        both.select(
            "shop_id",
            "currency",
            problem=problem,
            clickhouse_minor="paid_total_minor",
            figures_minor="paid_total_minor_figures",
        )
        .filter(pl.col("problem").is_not_null())
        .sort("shop_id", "currency")
    )


def compare_net(
    totals: pl.DataFrame, figures: pl.DataFrame, shops: pl.DataFrame, now: datetime
) -> pl.DataFrame:
    """Where the figures' net sales differ from the sum of the events, a row a shop and currency;
    only for days that are settled, and where the paid orders agree: otherwise `compare_figures`
    reports it."""
    keys = ["shop_id", "currency"]
    both = (
        totals.join(figures, on=keys, how="full", coalesce=True, suffix="_figures")
        .join(shops.select("shop_id", "ends_at"), on="shop_id")
        .with_columns(pl.col("^(paid|net)_.*$").fill_null(0))
        .filter(
            pl.col("ends_at") < pl.lit(now - _SETTLED_AFTER),
            pl.col("paid_orders") == pl.col("paid_orders_figures"),
            pl.col("net_sales_minor") != pl.col("net_sales_minor_figures"),
        )
    )
    return both.select(
        *keys,
        problem=pl.lit("net sales are not what the events add up to"),
        clickhouse_minor="net_sales_minor",
        figures_minor="net_sales_minor_figures",
    ).sort(keys)


LATE = "events came late: run the day again"


@dg.asset_check(
    asset="shop_money_day",
    retry_policy=dg.RetryPolicy(max_retries=2, delay=1),
    pool=POOL,
    description="Each paid order of the day is in ClickHouse once and with the amount PostgreSQL "
    "has, and the figures add up to it. Orders whose events are still in the outbox are counted "
    "as waiting. WARN: only late events are missing from the figures.",
)
def paid_totals_agree(
    context: dg.AssetCheckExecutionContext,
    clickhouse: dg.ResourceParam[ClickHouse],
    postgres: dg.ResourceParam[Postgres],
) -> dg.AssetCheckResult:
    day = date.fromisoformat(context.op_execution_context.partition_key)
    return paid_totals(day, clickhouse, postgres)


def paid_totals(day: date, clickhouse: ClickHouse, postgres: Postgres) -> dg.AssetCheckResult:
    """The check's result for one day."""
    now = datetime.now(UTC)
    shops = read_shops(postgres, day)
    shops = still_kept(shops, now)
    if shops.is_empty():
        return dg.AssetCheckResult(passed=True, description="no shop still has its events")
    found, waiting = compare_stores(postgres, clickhouse, shops)
    problems = pl.concat([found, compare_table(day, clickhouse, shops, now)], how="diagonal")
    only_late = set(problems["problem"]) == {LATE}
    metadata: dict[str, dg.MetadataValue] = {
        "disagreements": dg.MetadataValue.int(problems.height),
        "waiting_in_outbox": dg.MetadataValue.int(waiting),
    }
    if problems.height:
        metadata["offending"] = table(problems)
    return dg.AssetCheckResult(
        passed=problems.is_empty(),
        severity=dg.AssetCheckSeverity.WARN if only_late else dg.AssetCheckSeverity.ERROR,
        metadata=metadata,
    )


def compare_table(
    day: date, clickhouse: ClickHouse, shops: pl.DataFrame, now: datetime
) -> pl.DataFrame:
    """Where a day's `shop_money_day` differs from the sums of the events, as `compare_figures` and
    `compare_net` report it.

    `shops` are of `read_shops`, those whose events of the day are still kept.
    """
    # In this order: figures computed in between would include more than the events read before.
    figures = clickhouse.read(_FIGURES, {"day": day})
    totals = clickhouse.read(_TOTALS, bounds(shops), windows(shops))
    return pl.concat(
        [compare_figures(totals, figures, shops, now), compare_net(totals, figures, shops, now)],
        how="diagonal",
    )


def compare_stores(
    postgres: Postgres, clickhouse: ClickHouse, shops: pl.DataFrame
) -> tuple[pl.DataFrame, int]:
    """Disagreements, and how many orders are still being shipped.

    PostgreSQL is read first: what it has as shipped is in ClickHouse by then. An order that was
    paid in between is in ClickHouse alone, so those are looked up once more.
    """
    window = bounds(shops)
    begin, end = window["begin"] - _MARGIN, window["end"] + _MARGIN
    orders, waiting = postgres.run(lambda connection: _paid_orders(connection, begin, end))
    events = clickhouse.read(_EVENTS, {"event": ORDER_PAID.name, "begin": begin, "end": end})
    unknown = set(events["order_id"]) - set(orders["order_id"])
    if unknown:
        known = postgres.run(lambda connection: _known(connection, sorted(unknown)))
        events = events.filter(~pl.col("order_id").is_in(known))
    return compare_orders(orders, events, shops, waiting), len(waiting)

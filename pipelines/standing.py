"""Standing checks between tables: figures that occur in two tables must be equal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import dagster as dg

from core import people_day
from core.events import ACTIVITY
from pipelines.clickhouse import ClickHouse
from pipelines.resources import POOL
from pipelines.soundness import table


@dataclass(frozen=True, slots=True)
class Agreement:
    """A query that gives the rows on which tables disagree on `day`; none if they agree."""

    name: str
    asset: str
    description: str
    sql: str


# Both are computed from the same events, minutes apart: an unfinished day may differ, and is
# compared once it is over in every time zone.
_IS_OVER = "{day:Date} < toDate(now('UTC')) - 1"

AGREEMENTS: Sequence[Agreement] = (
    Agreement(
        "money_is_the_shop_days",
        "money_day",
        "Gross and net sales, paid orders and buyers are those of shop_kpi_day, which is folded "
        "from the events in another way.",
        f"""
        SELECT m.shop_id AS shop_id, m.paid_orders AS money_orders, k.paid_orders AS kpi_orders,
            m.gross_sales_minor AS money_gross, k.gross_sales_minor AS kpi_gross,
            m.net_sales_minor AS money_net, k.net_sales_minor AS kpi_net
        FROM money_day AS m INNER JOIN shop_kpi_day AS k ON k.shop_id = m.shop_id AND k.day = m.day
        WHERE m.day = {{day:Date}} AND m.variant = 'raw' AND {_IS_OVER}
            AND (m.paid_orders != k.paid_orders OR m.buyers != k.buyers
                OR m.gross_sales_minor IS DISTINCT FROM k.gross_sales_minor
                OR m.net_sales_minor IS DISTINCT FROM k.net_sales_minor)
        ORDER BY shop_id
        """,
    ),
    Agreement(
        "cohorts_are_the_new_users",
        "cohort_day",
        "The cohort of a day has as many members as the day had new users.",
        f"""
        SELECT c.shop_id AS shop_id, c.variant AS variant, any(c.cohort_size) AS cohort_size,
            any(a.new_users) AS new_users
        FROM cohort_day AS c INNER JOIN audience_day AS a
            ON a.shop_id = c.shop_id AND a.variant = c.variant AND a.day = c.day
        WHERE c.day = {{day:Date}} AND c.variant = 'raw' AND {_IS_OVER}
        GROUP BY shop_id, variant
        HAVING min(c.cohort_size) != new_users OR max(c.cohort_size) != new_users
        ORDER BY shop_id
        """,
    ),
    Agreement(
        "data_is_healthy",
        "health_day",
        "No event is there twice, and PostgreSQL and ClickHouse have the same paid orders and "
        "totals.",
        f"""
        SELECT shop_id, duplicates, order_difference, paid_total_difference_minor
        FROM health_day
        WHERE day = {{day:Date}} AND (duplicates > 0 OR {_IS_OVER}
            AND (order_difference > 0 OR paid_total_difference_minor != 0))
        ORDER BY shop_id
        """,
    ),
    Agreement(
        "people_are_the_shop_days",
        "people_day",
        "The panel's roll-up has every shop's day, and in it the people and orders of "
        "shop_kpi_day, which is folded from the events in another way.",
        f"""
        SELECT k.shop_id AS shop_id, p.folded = 1 AS is_folded,
            p.new_users AS new_users, k.new_users AS kpi_new_users,
            p.active_users AS active_users, k.active_users AS kpi_active_users,
            p.buyers AS buyers, k.buyers AS kpi_buyers,
            p.starts AS starts, k.starts AS kpi_starts,
            p.paid_orders AS paid_orders, k.paid_orders AS kpi_paid_orders
        FROM shop_kpi_day AS k LEFT JOIN (
            SELECT shop_id, countIf(event = '{people_day.MARK}') AS folded,
                groupBitmapMergeIf(people, event = '{people_day.FIRST_START}') AS new_users,
                groupBitmapMergeIf(people, event IN {tuple(sorted(ACTIVITY))}) AS active_users,
                groupBitmapMergeIf(people, event = 'order_paid') AS buyers,
                sumIf(events, event = 'bot_started') AS starts,
                sumIf(events, event = 'order_paid') AS paid_orders
            FROM {people_day.TABLE} WHERE day = {{day:Date}}
                AND dimension = '{people_day.WHOLE}' GROUP BY shop_id
        ) AS p ON p.shop_id = k.shop_id
        WHERE k.day = {{day:Date}} AND {_IS_OVER} AND (p.folded != 1
            OR p.new_users != k.new_users OR p.active_users != k.active_users
            OR p.buyers != k.buyers OR p.starts != k.starts OR p.paid_orders != k.paid_orders)
        ORDER BY shop_id
        """,
    ),
)


def check(agreement: Agreement) -> dg.AssetChecksDefinition:
    """The Dagster check, with the rows that disagree."""

    @dg.asset_check(
        name=agreement.name,
        asset=agreement.asset,
        description=agreement.description,
        retry_policy=dg.RetryPolicy(max_retries=2, delay=1),
        pool=POOL,
    )
    def agree(
        context: dg.AssetCheckExecutionContext, clickhouse: dg.ResourceParam[ClickHouse]
    ) -> dg.AssetCheckResult:
        day = date.fromisoformat(context.op_execution_context.partition_key)
        return result(agreement, day, clickhouse)

    return agree


def result(agreement: Agreement, day: date, clickhouse: ClickHouse) -> dg.AssetCheckResult:
    """The check's result for one day."""
    found = clickhouse.read(agreement.sql, {"day": day})
    metadata: dict[str, dg.MetadataValue] = {"disagreements": dg.MetadataValue.int(found.height)}
    if found.height:
        metadata["offending"] = table(found)
    return dg.AssetCheckResult(passed=found.is_empty(), metadata=metadata)

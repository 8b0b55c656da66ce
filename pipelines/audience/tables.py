"""The audience's tables, and the queries that they are computed from."""

import pandera.polars as pa
import polars as pl

from core.events import ACTIVITY
from core.visits import CLICKHOUSE_PAUSE
from pipelines.activity.inputs import OF_SHOPS, TODAY, money, net_orders, shoppers
from pipelines.activity.schemas import MOMENT
from pipelines.activity.sources import FROM_EVENTS
from pipelines.audience import schemas
from pipelines.audience.audience_day import MONTH_DAYS, audience_day, sessions
from pipelines.audience.cohorts import AGES, cohort_day
from pipelines.figures import Day, Input, Reads, Table
from pipelines.pieces import InPieces

_NEWCOMERS = "event = 'bot_started' AND first_starts > 0"
_SWITCHES = "event IN ('bot_blocked', 'bot_unblocked')"
_ACTIVE = f"event IN {tuple(sorted(ACTIVITY))} AND buyer_no > 0"

_MONTH = Input(
    "month",
    shoppers({"last_day": pa.Column(pl.Date), "days": pa.Column(pl.UInt64, pa.Check.gt(0))}),
    lambda day: day.query(
        "SELECT shop_id, buyer_no, max(day) AS last_day, uniqExact(day) AS days "
        "FROM buyer_event_day WHERE day BETWEEN {since:Date} AND {day:Date} "
        f"AND {_ACTIVE} AND {OF_SHOPS} GROUP BY shop_id, buyer_no",
        first=1 - MONTH_DAYS,
    ),
)
# From half an hour before the day, which shows whether the day's first session began before it.
_MOMENTS = InPieces(
    "e.shop_id AS shop_id, e.buyer_no AS buyer_no, e.occurred_at AS at",
    f"""
        {FROM_EVENTS}
        WHERE e.occurred_at >= {{begin:DateTime64(3, 'UTC')}} - {CLICKHOUSE_PAUSE}
            AND e.occurred_at < {{end:DateTime64(3, 'UTC')}}
            AND e.occurred_at >= w.starts_at - {CLICKHOUSE_PAUSE}
            AND e.occurred_at < w.ends_at
            AND e.event IN {tuple(sorted(ACTIVITY))} AND e.buyer_no > 0
            AND NOT e.is_staff AND NOT e.is_test
    """,
    shoppers({"at": pa.Column(MOMENT)}),
    sessions,
)
_BEGUN = Input("begun", shoppers({"sessions": pa.Column(pl.UInt64, pa.Check.gt(0))}), _MOMENTS.read)
_VIEWS = Input(
    "views",
    shoppers({"first_at": pa.Column(MOMENT), "last_at": pa.Column(MOMENT)}),
    lambda day: day.query(
        f"""
        SELECT shop_id, buyer_no, first_at, last_at FROM buyer_event_day
        WHERE event = 'product_viewed' AND day BETWEEN {{day:Date}} AND {{until:Date}}
            AND (shop_id, buyer_no) IN (
                SELECT shop_id, buyer_no FROM buyer_event_day
                WHERE day = {{day:Date}} AND {_NEWCOMERS} AND {OF_SHOPS}
            )
        """,
        last=2,
    ),
)
_SWITCHERS = Input(
    "switchers",
    shoppers({"was_blocked": pa.Column(pl.Boolean), "was_known": pa.Column(pl.Boolean)}),
    lambda day: day.query(
        f"""
        SELECT shop_id, buyer_no,
            toBool(argMaxIf(event, (last_at, event), {_SWITCHES}) = 'bot_blocked') AS was_blocked,
            toBool(countIf({_NEWCOMERS}) > 0) AS was_known
        FROM buyer_event_day
        WHERE day < {{day:Date}} AND ({_NEWCOMERS} OR {_SWITCHES})
            AND (shop_id, buyer_no) IN (
                SELECT shop_id, buyer_no FROM buyer_event_day
                WHERE day = {{day:Date}} AND {_SWITCHES} AND {OF_SHOPS}
            )
        GROUP BY shop_id, buyer_no
        """
    ),
)


def _standing(day: Day) -> pl.DataFrame:
    """How many had started the bot, and had it blocked, when the day began, for both variants.

    The only query that goes back further than the figure's own period: one row per shopper, of two
    narrow columns, so ClickHouse counts millions of them in a tenth of a second.
    """
    return day.query(
        f"""
        SELECT shop_id, variant, count() AS ever_before, countIf(is_blocked) AS blocked_before
        FROM (
            SELECT n.shop_id AS shop_id, n.buyer_no AS buyer_no,
                b.last_switch = 'bot_blocked' AS is_blocked,
                if((n.shop_id, n.buyer_no) IN (SELECT shop_id, buyer_no FROM flagged),
                    ['raw'], ['raw', 'clean']) AS variants
            FROM (
                SELECT DISTINCT shop_id, buyer_no FROM buyer_event_day
                WHERE day < {{day:Date}} AND {_NEWCOMERS} AND {OF_SHOPS}
            ) AS n
            LEFT JOIN (
                SELECT shop_id, buyer_no,
                    toString(argMax(event, (last_at, event))) AS last_switch
                FROM buyer_event_day WHERE day < {{day:Date}} AND {_SWITCHES} AND {OF_SHOPS}
                GROUP BY shop_id, buyer_no
            ) AS b ON b.shop_id = n.shop_id AND b.buyer_no = n.buyer_no
        )
        ARRAY JOIN variants AS variant
        GROUP BY shop_id, variant
        """
    )


_STANDING = Input(
    "standing",
    pa.DataFrameSchema(
        {
            "shop_id": pa.Column(pl.UInt32),
            "variant": pa.Column(pl.String, pa.Check.isin(["raw", "clean"])),
            "ever_before": pa.Column(pl.UInt64),
            "blocked_before": pa.Column(pl.UInt64),
        },
        unique=["shop_id", "variant"],
        strict=True,
    ),
    _standing,
)

AUDIENCE_DAY = Table(
    name="audience_day",
    group="audience",
    description="The audience of a calendar day of the shop: who came, who is active, who can be "
    "reached. Distinct users must not be summed over days or shops.",
    grain="shop · day · variant",
    schema=schemas.AUDIENCE_DAY,
    reads=[Reads("events"), Reads("buyer_event_day", None, 2)],
    inputs=[TODAY, _MONTH, _BEGUN, _VIEWS, _SWITCHERS, _STANDING],
    compute=audience_day,
    ripens=[2],  # activation within 24 hours
)

_OF_COHORT = (
    "(o.shop_id, o.buyer_no) IN (SELECT shop_id, buyer_no FROM buyer_event_day "
    f"WHERE day = {{day:Date}} AND {_NEWCOMERS} AND {OF_SHOPS})"
)
_MEMBERS = Input(
    "members",
    shoppers({}),
    lambda day: day.query(
        "SELECT DISTINCT shop_id, buyer_no FROM buyer_event_day "
        f"WHERE day = {{day:Date}} AND {_NEWCOMERS} AND {OF_SHOPS}"
    ),
)
_COHORT_ACTIVE = Input(
    "active",
    shoppers({"age": pa.Column(pl.Int64, pa.Check.gt(0))}),
    lambda day: day.query(
        "SELECT DISTINCT o.shop_id AS shop_id, o.buyer_no AS buyer_no, "
        "toInt64(dateDiff('day', {day:Date}, o.day)) AS age "
        "FROM buyer_event_day AS o WHERE day > {day:Date} AND day <= {until:Date} "
        f"AND {_ACTIVE} AND {_OF_COHORT}",
        last=max(AGES),
    ),
)
_COHORT_PURCHASES = Input(
    "purchases",
    shoppers({"age": pa.Column(pl.Int64, pa.Check.ge(0)), "net_minor": money(least=None)}),
    lambda day: day.query(
        "SELECT shop_id, buyer_no, toInt64(dateDiff('day', {day:Date}, paid_on)) AS age, net_minor "
        f"FROM ({net_orders('o.day BETWEEN {day:Date} AND {until:Date} AND ' + _OF_COHORT)})",
        last=max(AGES),
    ),
)


def _cohorts_of(table: str) -> str:
    """SQL of the cohorts to which the shoppers of a day in `table` belong."""
    return f"""
        SELECT DISTINCT day FROM buyer_event_day
        WHERE day < {{day:Date}} AND {_NEWCOMERS} AND shop_id IN {{shops:Array(UInt32)}}
            AND (shop_id, buyer_no) IN (
                SELECT shop_id, buyer_no FROM {table}
                WHERE day = {{day:Date}} AND shop_id IN {{shops:Array(UInt32)}} AND buyer_no > 0
            )
    """


COHORT_DAY = Table(
    name="cohort_day",
    group="audience",
    description="What became of those who first started on that day, at each age that the cohort "
    "has completed. A cohort is computed again when it comes to an age, and whenever one of its "
    "shoppers was there: who returns, or has an order refunded, changes ages that were stored.",
    grain="shop · cohort's day · age · variant",
    schema=schemas.COHORT_DAY,
    reads=[
        Reads("buyer_event_day", 0, max(AGES), _cohorts_of("buyer_event_day")),
        Reads("order_day", 0, max(AGES), _cohorts_of("order_day")),
    ],
    inputs=[_MEMBERS, _COHORT_ACTIVE, _COHORT_PURCHASES],
    compute=cohort_day,
    freshness="1 d",
    ripens=[age + 1 for age in AGES],
)
TABLES = (AUDIENCE_DAY, COHORT_DAY)

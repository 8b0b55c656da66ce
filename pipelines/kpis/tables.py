"""The tables of conversion and money, and the queries that they are computed from."""

import pandera.polars as pa
import polars as pl

from core.funnel_steps import STEP_DAYS, STEPS
from pipelines.activity.inputs import (
    FIRST_PURCHASES,
    OF_SHOPS,
    ORDERS,
    PAID,
    READS_PAID,
    READS_TODAY,
    TODAY,
    shoppers,
)
from pipelines.activity.schemas import MOMENT
from pipelines.figures import Day, Input, Reads, Table
from pipelines.kpis import funnel, money_day, schemas_money

_STEP = ", ".join(
    f"event IN ({', '.join(map(repr, events))}), '{step}'" for step, events in STEPS.items()
)
_EVENTS = tuple(event for events in STEPS.values() for event in events)
# The day itself, and the days in which 7 × 24 hours after it can end.
_AHEAD = STEP_DAYS + 1

_STEPS = Input(
    "steps",
    shoppers(
        {
            "step": pa.Column(pl.String, pa.Check.isin(list(STEPS))),
            "on_day": pa.Column(pl.Boolean),
            "first_at": pa.Column(MOMENT),
            "last_at": pa.Column(MOMENT),
        }
    ),
    lambda day: day.query(
        f"""
        SELECT shop_id, buyer_no, multiIf({_STEP}, '') AS step,
            toBool(day = {{day:Date}}) AS on_day,
            min(first_at) AS first_at, max(last_at) AS last_at
        FROM buyer_event_day
        WHERE event IN {_EVENTS} AND day BETWEEN {{day:Date}} AND {{until:Date}} AND buyer_no > 0
            AND (shop_id, buyer_no) IN (
                SELECT shop_id, buyer_no FROM buyer_event_day
                WHERE event IN {_EVENTS} AND day = {{day:Date}} AND {OF_SHOPS}
            )
        GROUP BY shop_id, buyer_no, step, on_day
        """,
        last=_AHEAD,
    ),
)

FUNNEL_DAY = Table(
    name="funnel_day",
    group="kpis",
    description="Steps from the start to the payment: of the users who took one that day, who "
    "took the next within 7 days after. The rate is there when the 7 days are over.",
    grain="shop · day · step · variant",
    schema=schemas_money.FUNNEL_DAY,
    reads=[Reads("buyer_event_day", 0, _AHEAD)],
    inputs=[_STEPS],
    compute=funnel.funnel_day,
    freshness="1 d",
    ripens=[STEP_DAYS + 1],
)
CONVERSION_DAY = Table(
    name="conversion_day",
    group="kpis",
    description="Buyers of the active users, carts and checkouts that came to nothing, and how "
    "long a first purchase takes. A cart is what a shopper put into it on one day.",
    grain="shop · day · variant",
    schema=schemas_money.CONVERSION_DAY,
    reads=[Reads("buyer_event_day", None, _AHEAD), Reads("order_day", None)],
    inputs=[TODAY, ORDERS, _STEPS, FIRST_PURCHASES],
    compute=funnel.conversion_day,
    ripens=[2, 3],  # checkouts of 24 hours ago, carts of 48
)
MONEY_DAY = Table(
    name="money_day",
    group="kpis",
    description="Money of a calendar day of the shop, in its own currency at the events' rates. "
    "Refunds count on the refund's day; the refund rate alone is of the day's orders.",
    grain="shop · day · variant",
    schema=schemas_money.MONEY_DAY,
    reads=[READS_TODAY, READS_PAID],
    inputs=[TODAY, ORDERS, PAID],
    compute=money_day.money_day,
)
PAYMENT_DAY = Table(
    name="payment_day",
    group="kpis",
    description="How payments ended, by provider.",
    grain="shop · day · provider · variant",
    schema=schemas_money.PAYMENT_DAY,
    reads=[READS_TODAY],
    inputs=[TODAY],
    compute=money_day.payment_day,
)


def _balances(day: Day) -> pl.DataFrame:
    return day.query(
        f"""
        SELECT shop_id, currency, variant, sum(amount_minor) AS opening_minor
        FROM (
            SELECT shop_id, currency, amount_minor,
                if((shop_id, buyer_no) IN (SELECT shop_id, buyer_no FROM flagged),
                    ['raw'], ['raw', 'clean']) AS variants
            FROM buyer_event_day
            WHERE event = 'wallet_entry_posted' AND day < {{day:Date}} AND {OF_SHOPS}
        )
        ARRAY JOIN variants AS variant
        GROUP BY shop_id, currency, variant
        """
    )


_BALANCES = Input(
    "balances",
    pa.DataFrameSchema(
        {
            "shop_id": pa.Column(pl.UInt32),
            "currency": pa.Column(pl.String, pa.Check.str_matches(r"^[A-Z]{3}$")),
            "variant": pa.Column(pl.String),
            "opening_minor": pa.Column(pl.Int64),
        },
        unique=["shop_id", "currency", "variant"],
        strict=True,
    ),
    _balances,
)
WALLET_DAY = Table(
    name="wallet_day",
    group="kpis",
    description="What shoppers hold in their wallets with the shop, and how it moved: owed to "
    "them, no sale. Native currency.",
    grain="shop · day · currency · variant",
    schema=schemas_money.WALLET_DAY,
    reads=[Reads("buyer_event_day", None)],
    inputs=[TODAY, _BALANCES],
    compute=money_day.wallet_day,
)
TABLES = (FUNNEL_DAY, CONVERSION_DAY, MONEY_DAY, PAYMENT_DAY, WALLET_DAY)

"""The folded days: kept by shopper, so that no later figure has to read the events again."""

from datetime import date

import pandera.polars as pa
import polars as pl

from pipelines.activity import schemas, sources
from pipelines.activity.people_day import PEOPLE_DAY
from pipelines.figures import Day, Input, Reads, Table


def _keep(folded: pl.DataFrame, day: date, **_: pl.DataFrame) -> pl.DataFrame:
    return folded.with_columns(pl.lit(day).alias("day"))


def _read_buyer_events(day: Day) -> pl.DataFrame:
    return day.query(sources.BUYER_EVENTS, events=sorted(schemas.FOLDED))


def _read_orders(day: Day) -> pl.DataFrame:
    return day.query(sources.ORDERS)


def _as_read(kept: pa.DataFrameSchema, **stricter: pa.Column) -> pa.DataFrameSchema:
    """The rows are stored as they are read, with the day added.

    Rules for whole rows are checked once, before they are swapped in.
    """
    columns = {name: column for name, column in kept.columns.items() if name != "day"}
    return pa.DataFrameSchema(columns | stricter, strict=True)


_CURRENCY = pa.Column(pl.String, pa.Check.str_matches(r"^([A-Z]{3})?$"))
_EVENT = pa.Column(pl.String, pa.Check.isin(sorted(schemas.FOLDED)))

ARRIVAL_DAY = Table(
    name="arrival_day",
    group="activity",
    description="How many events of the shop's day there were before it was folded: those that "
    "come while it is folded, or later, make the day be computed again.",
    grain="shop · day",
    schema=schemas.ARRIVAL_DAY,
    reads=[Reads("events"), Reads("shops")],
    inputs=[
        Input(
            "arrived",
            pa.DataFrameSchema(
                {"shop_id": pa.Column(pl.UInt32), "events": pa.Column(pl.UInt64)}, strict=True
            ),
            lambda day: day.query(sources.ARRIVALS),
        )
    ],
    compute=lambda arrived, **day: _keep(arrived, day["day"]),
    has_variants=False,
)
BUYER_EVENT_DAY = Table(
    name="buyer_event_day",
    group="activity",
    description="What each shopper did on a calendar day of the shop: one row an event type, "
    "with how often, first and last moment, and sums. Staff and test are left out. Every figure "
    "of people reads these rows, so a day costs by its own events and never by the history.",
    grain="shop · day · event · shopper · kind · currency",
    schema=schemas.BUYER_EVENT_DAY,
    reads=[Reads("events"), Reads("shops"), Reads("arrival_day")],
    inputs=[
        Input(
            "folded",
            _as_read(schemas.BUYER_EVENT_DAY, event=_EVENT, currency=_CURRENCY),
            _read_buyer_events,
        )
    ],
    compute=_keep,
    has_variants=False,
)
ORDER_DAY = Table(
    name="order_day",
    group="activity",
    description="What happened to each order on a calendar day of the shop: paid, refunded. "
    "Money is in the shop's own currency at the events' rates. Staff and test are left out.",
    grain="shop · day · order",
    schema=schemas.ORDER_DAY,
    reads=[Reads("events"), Reads("shops"), Reads("arrival_day")],
    inputs=[Input("folded", _as_read(schemas.ORDER_DAY), _read_orders)],
    compute=_keep,
    has_variants=False,
)
TABLES = (ARRIVAL_DAY, BUYER_EVENT_DAY, ORDER_DAY, PEOPLE_DAY)

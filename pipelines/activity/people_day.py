"""The roll-up `people_day` (`core.people_day`): how it is folded, and its columns."""

from collections.abc import Mapping
from datetime import date

import pandera.polars as pa
import polars as pl

from core import people_day as roll_up
from pipelines.activity.schemas import MOMENT
from pipelines.activity.sources import FROM_EVENTS, IN_DAY, LINED
from pipelines.figures import Day, Input, Reads, Table
from pipelines.metrics import figures_schema, part, rule

_NUMBERS = pl.List(pl.UInt64)


def _money(what: str, *, base: bool = False) -> pa.Column:
    note = "in the shop's currency; null if a rate is not known" if base else "native"
    return part(pl.Int64, f"Σ {what}, {note}", nullable=base)


_FIGURES = {
    "events": part(pl.UInt64, "How many"),
    "quantity": part(pl.Int64, "Σ quantities", least=None),
    "amount_minor": part(pl.Int64, "Σ amounts, native", least=None),
    "goods_minor": _money("goods sold, or refunded"),
    "discount_minor": _money("discounts"),
    "tax_minor": _money("tax of orders, or of refunds"),
    "shipping_minor": _money("shipping of orders, or of refunds"),
    "base_goods_minor": _money("goods sold, or refunded", base=True),
    "base_discount_minor": _money("discounts", base=True),
    "base_tax_minor": _money("tax of orders, or of refunds", base=True),
    "base_shipping_minor": _money("shipping of orders, or of refunds", base=True),
}
_PEOPLE = pa.Column(
    _NUMBERS, description="Who did it: their numbers in the shop, stored as the bitmap `people`"
)
_KEYS = {
    "dimension": part(
        pl.String,
        f"By what the row is broken down: {', '.join(roll_up.FOLDED)}; `{roll_up.HOURS}`, of days "
        "with many events: by the hour since the day's start; empty: everybody",
    ),
    "key": part(
        pl.String, "Of the dimension: a source's id, a language, a module, an hour's number from 0"
    ),
    "event": part(
        pl.String,
        f"The event's type, or `{roll_up.FIRST_START}` for the first starts among `bot_started`; "
        "empty in the row that every folded day has of each dimension",
    ),
    "currency": part(pl.String, "The event's own currency, empty without money"),
    "is_flagged": part(pl.Boolean, "By shoppers flagged as fraud", least=None),
}
_IS_ORDER = pl.col("event").is_in(["order_paid", "refund_completed", "payment_succeeded"])
PEOPLE_DAY_SCHEMA = figures_schema(
    _KEYS,
    {
        "starts_at": part(MOMENT, "When the shop's day began", least=None),
        "ends_at": part(MOMENT, "When it ended", least=None),
        "known_until": part(MOMENT, "Up to when it was over when it was folded", least=None),
        "folded_at": part(MOMENT, "When it was folded, before its events were read", least=None),
        "late_events": part(
            pl.UInt64,
            "In the empty rows: the day's events that were stored 15 minutes late or more",
        ),
        **_FIGURES,
        "people_numbers": _PEOPLE,
    },
    [
        rule(
            (pl.col("event") == roll_up.MARK)
            | (pl.col("people_numbers").list.len() > 0)
            | ~pl.col("event").is_in(["bot_started", "order_paid"]),
            "starts and orders are somebody's",
        ),
        rule(
            (pl.col("event") == roll_up.MARK)
            | (pl.col("people_numbers").list.len() <= pl.col("events")),
            "nobody did it less than once",
        ),
        rule(
            ~_IS_ORDER | ((pl.col("amount_minor") >= 0) & (pl.col("currency") != "")),
            "orders, payments and refunds are not negative and have a currency",
        ),
    ],
    by_variant=False,
)
_SHOP = {"shop_id": pa.Column(pl.UInt32, pa.Check.gt(0))}
_IS_FLAGGED = "toBool((e.shop_id, e.buyer_no) IN (SELECT shop_id, buyer_no FROM flagged))"
# Before the events are folded: what comes meanwhile makes the number differ, and the day unused.
_LATE = Input(
    "late",
    pa.DataFrameSchema({**_SHOP, "late_events": pa.Column(pl.UInt64)}, strict=True),
    lambda day: day.query(
        f"""
        SELECT l.shop_id AS shop_id, sum(l.events) AS late_events
        FROM {roll_up.LATE} AS l INNER JOIN windows AS w ON w.shop_id = l.shop_id
        WHERE l.quarter >= w.starts_at AND l.quarter < w.ends_at GROUP BY shop_id
        """
    ),
)
_ROWS = pa.DataFrameSchema(
    {
        **_SHOP,
        **_KEYS,
        "currency": pa.Column(pl.String, pa.Check.str_matches(r"^([A-Z]{3})?$")),
        **_FIGURES,
        "people_numbers": _PEOPLE,
    },
    strict=True,
)


def _fold(day: Day, keys: Mapping[str, str], also: str = "") -> pl.DataFrame:
    sql = roll_up.fold(
        f"{FROM_EVENTS} WHERE {IN_DAY} {also}",
        LINED,
        {"shop_id": "e.shop_id", **keys, "is_flagged": _IS_FLAGGED},
        f"arraySort(bitmapToArray({roll_up.PEOPLE})) AS people_numbers",
    )
    return day.query(sql)


def _by_hour(day: Day) -> pl.DataFrame:
    busy = (
        f"SELECT e.shop_id {FROM_EVENTS} WHERE {IN_DAY} GROUP BY e.shop_id "
        f"HAVING count() >= {roll_up.HOURLY_FROM}"
    )
    return _fold(day, roll_up.keyed_by_hour("w.starts_at"), f"AND e.shop_id IN ({busy})")


_FOLDED = Input("folded", _ROWS, lambda day: _fold(day, roll_up.keyed_by_all()))
_HOURS = Input("hours", _ROWS, _by_hour)


def _people_day(
    *,
    shops: pl.DataFrame,
    day: date,
    late: pl.DataFrame,
    folded: pl.DataFrame,
    hours: pl.DataFrame,
) -> pl.DataFrame:
    """The folded rows, and those of each shop that say that its day was folded, and by what."""
    clock = shops.select(
        "shop_id", "starts_at", "ends_at", "known_until", pl.col("as_of").alias("folded_at")
    )
    types = {name: column.dtype.type for name, column in _FIGURES.items()}
    dimensions = pl.DataFrame({"dimension": [roll_up.WHOLE, *roll_up.FOLDED]})
    by_all = shops.select("shop_id").join(dimensions, how="cross")
    by_hour = hours.select("shop_id", "dimension").unique()
    marks = (
        pl.concat([by_all, by_hour])
        .join(late, on="shop_id", how="left")
        .with_columns(
            pl.col("late_events").fill_null(0),
            pl.lit(roll_up.MARK).alias("event"),
            pl.lit("").alias("key"),
            pl.lit("").alias("currency"),
            pl.lit(False).alias("is_flagged"),
            pl.lit([], dtype=_NUMBERS).alias("people_numbers"),
            *(pl.lit(0, dtype).alias(name) for name, dtype in types.items()),
        )
    )
    rows = pl.concat([folded, hours]).with_columns(pl.lit(0, pl.UInt64).alias("late_events"))
    together = pl.concat([marks, rows.select(marks.columns)])
    return together.join(clock, on="shop_id").with_columns(pl.lit(day).alias("day"))


PEOPLE_DAY = Table(
    name=roll_up.TABLE,
    group="activity",
    description="Who did what on a calendar day of the shop, as bitmaps of their numbers, with the "
    "sums beside them: the panel's figures of closed days, distinct people of any range included, "
    "of everybody and by source, language and module; of days with many events also by hour. Staff "
    "and test are left out; rows of flagged fraud are marked.",
    grain="shop · day · dimension · key · event · currency",
    schema=PEOPLE_DAY_SCHEMA,
    reads=[Reads("events"), Reads("shops")],
    inputs=[_LATE, _FOLDED, _HOURS],
    compute=_people_day,
    has_variants=False,
)

"""The products' tables, and the queries that they are computed from."""

import pandera.polars as pa
import polars as pl

from core import sales
from core.exchange import in_base, known_total
from pipelines.activity.inputs import OF_SHOPS, money, shoppers
from pipelines.activity.sources import FROM_EVENTS, IN_DAY
from pipelines.figures import Input, Reads, Table
from pipelines.products import schemas
from pipelines.products.product_day import COVER_DAYS, catalogue_day, product_day

_LINE = sales.LINE
_PRODUCT = {
    "shop_id": pa.Column(pl.UInt32, pa.Check.gt(0)),
    "product_id": pa.Column(pl.UInt64, pa.Check.gt(0)),
}

_INTEREST = Input(
    "interest",
    shoppers(
        {
            "product_id": pa.Column(pl.UInt64, pa.Check.gt(0)),
            "views": pa.Column(pl.UInt64),
            "orders": pa.Column(pl.UInt64),
            "units": pa.Column(pl.Int64, pa.Check.ge(0)),
            "gross_minor": money(),
            "discount_minor": money(),
            "returns_minor": money(),
        }
    ),
    lambda day: day.query(
        f"""
        SELECT e.shop_id AS shop_id, e.buyer_no AS buyer_no, e.product_id AS product_id,
            countIf(e.event = 'product_viewed') AS views,
            countIf({_LINE}) AS orders,
            sumIf(toInt64(e.quantity), {_LINE}) AS units,
            {known_total(in_base("e.amount_minor"), _LINE)} AS gross_minor,
            {known_total(in_base(sales.DISCOUNT), _LINE)} AS discount_minor,
            {known_total(in_base(sales.RETURNED), sales.REFUND)} AS returns_minor
        {FROM_EVENTS}
        WHERE {IN_DAY} AND e.product_id > 0 AND e.buyer_no > 0
            AND e.event IN ('product_viewed', 'order_line', 'refund_completed')
        GROUP BY shop_id, buyer_no, product_id
        """
    ),
)
# The stock at the day's end: what the day's last change left, or else the table's value of the days
# before. It is the same in both variants: units that were sold to anybody are gone.
_SHELF = Input(
    "shelf",
    pa.DataFrameSchema({**_PRODUCT, "on_hand": pa.Column(pl.Int64)}, strict=True),
    lambda day: day.query(
        f"""
        SELECT shop_id, product_id, argMax(left_over, at) AS on_hand
        FROM (
            SELECT e.shop_id AS shop_id, e.product_id AS product_id,
                toInt64(e.quantity) AS left_over, (e.occurred_at, e.pos) AS at
            FROM events AS e INNER JOIN windows AS w ON w.shop_id = e.shop_id
            WHERE e.event = 'stock_changed' AND e.product_id > 0
                AND e.occurred_at >= {{begin:DateTime64(3, 'UTC')}}
                AND e.occurred_at < {{end:DateTime64(3, 'UTC')}}
                AND e.occurred_at >= w.starts_at AND e.occurred_at < w.ends_at
            UNION ALL
            SELECT shop_id, product_id, assumeNotNull(on_hand) AS left_over,
                (toDateTime64(toString(day), 3, 'UTC') - INTERVAL 2 DAY, toUInt64(0)) AS at
            FROM product_day
            WHERE day BETWEEN {{day:Date}} - {COVER_DAYS} AND {{day:Date}} - 1 AND variant = 'raw'
                AND isNotNull(on_hand) AND {OF_SHOPS}
        )
        GROUP BY shop_id, product_id
        """
    ),
)
_SOLD = Input(
    "sold",
    pa.DataFrameSchema(
        {
            "shop_id": pa.Column(pl.UInt32),
            "product_id": pa.Column(pl.UInt64),
            "variant": pa.Column(pl.String),
            "units_before": pa.Column(pl.Int64),
        },
        strict=True,
    ),
    lambda day: day.query(
        "SELECT shop_id, product_id, variant, sum(units) AS units_before FROM product_day "
        f"WHERE day BETWEEN {{since:Date}} AND {{until:Date}} AND {OF_SHOPS} "
        "GROUP BY shop_id, product_id, variant",
        first=1 - COVER_DAYS,
        last=-1,
    ),
)
_DELIVERIES = Input(
    "deliveries",
    shoppers(
        {
            "order_id": pa.Column(pl.UInt64),
            "took_us": pa.Column(pl.UInt64, nullable=True),
        }
    ),
    lambda day: day.query(
        f"""
        SELECT o.shop_id AS shop_id, o.buyer_no AS buyer_no, o.order_id AS order_id,
            if(d.times > 0, toNullable(d.took_us), NULL) AS took_us
        FROM (
            SELECT shop_id, buyer_no, order_id FROM order_day
            WHERE day = {{day:Date}} AND orders > 0 AND is_digital AND order_id > 0 AND {OF_SHOPS}
        ) AS o
        LEFT JOIN (
            SELECT e.shop_id AS shop_id, e.order_id AS order_id, count() AS times,
                min(e.latency_us) AS took_us
            {FROM_EVENTS}
            WHERE e.event = 'delivery_sent'
                AND e.occurred_at >= {{begin:DateTime64(3, 'UTC')}}
                AND e.occurred_at < {{end:DateTime64(3, 'UTC')}}
            GROUP BY shop_id, order_id
        ) AS d ON d.shop_id = o.shop_id AND d.order_id = o.order_id
        """,
        last=1,
    ),
)

PRODUCT_DAY = Table(
    name="product_day",
    group="products",
    description="Each product's day: who saw it and bought it, what it brought, how long its "
    "stock lasts. Money is in the shop's own currency. A day builds on the 28 before it.",
    grain="shop · day · product · variant",
    schema=schemas.PRODUCT_DAY,
    reads=[Reads("events"), Reads("product_day", None, -1)],
    inputs=[_INTEREST, _SHELF, _SOLD],
    compute=product_day,
)
CATALOGUE_DAY = Table(
    name="catalogue_day",
    group="products",
    description="The shop's shelf as a whole: products out of stock, digital orders delivered.",
    grain="shop · day · variant",
    schema=schemas.CATALOGUE_DAY,
    reads=[Reads("events", 0, 1), Reads("order_day"), Reads("product_day", None, -1)],
    inputs=[_SHELF, _DELIVERIES],
    compute=catalogue_day,
)
TABLES = (PRODUCT_DAY, CATALOGUE_DAY)

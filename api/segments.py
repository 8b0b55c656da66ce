"""A shop's buyers of the last year by RFM segment, as the pipelines found them last."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel

from api.asked import Variant
from api.reader import Reader

Segment = Literal["champions", "loyal", "promising", "at_risk", "sleeping", "lost"]


class SegmentSize(BaseModel):
    """A segment: its buyers, what they ordered and paid within the year (net sales in minor units
    of the shop's currency, null if a rate is not known), and the median of the days since their
    last order."""

    segment: Segment
    buyers: int
    orders: int
    net_sales_minor: int | None
    recency_days: float


class Scores(BaseModel):
    """A buyer's year, and its quintiles within the shop: 5 is the best fifth; `m` is null where the
    money is not known."""

    buyer_no: int
    recency_days: int
    orders: int
    net_sales_minor: int | None
    r: int
    f: int
    m: int | None


# A day's partition stands whole or not at all.
_LAST_DAY = """
SELECT max(day) AS day, count() AS buyers FROM rfm_day
WHERE shop_id = {shop:UInt32} AND variant = {variant:String}
"""
_SIZES = """
SELECT toString(segment) AS segment, count() AS buyers, sum(frequency) AS orders,
    if(countIf(isNull(monetary_minor)) > 0, NULL, sum(monetary_minor)) AS net_sales_minor,
    quantileExactInclusive(0.5)(recency_days) AS recency_days
FROM rfm_day
WHERE shop_id = {shop:UInt32} AND variant = {variant:String} AND day = {day:Date}
GROUP BY segment ORDER BY buyers DESC, segment
"""
_BUYERS = """
SELECT buyer_no, recency_days, frequency AS orders, monetary_minor AS net_sales_minor, r, f, m
FROM rfm_day
WHERE shop_id = {shop:UInt32} AND variant = {variant:String} AND day = {day:Date}
    AND segment = {segment:String}
ORDER BY monetary_minor DESC NULLS LAST, buyer_no LIMIT {size:UInt16} OFFSET {after:UInt64}
"""


async def last_day(reader: Reader, shop_id: int, variant: Variant) -> date | None:
    """The last day that was counted; None if none was."""
    (row,) = await reader.rows(_LAST_DAY, {"shop": shop_id, "variant": variant})
    day: date = row["day"]
    return day if row["buyers"] else None


async def read_sizes(
    reader: Reader, shop_id: int, variant: Variant, day: date
) -> list[SegmentSize]:
    """The segments with somebody in them, the largest first."""
    rows = await reader.rows(_SIZES, {"shop": shop_id, "variant": variant, "day": day})
    return [SegmentSize(**row) for row in rows]


async def read_buyers(
    reader: Reader, shop_id: int, variant: Variant, place: Mapping[str, Any]
) -> list[Scores]:
    """A segment's buyers, those who paid most first; `place` names `day` and `segment`, the `size`
    of the page, and how many come before it (`after`)."""
    rows = await reader.rows(_BUYERS, {"shop": shop_id, "variant": variant, **place})
    return [Scores(**row) for row in rows]

"""The sources of what windows of days tell: shoppers' pace, troubles, orders, purchases, arrivals.

ClickHouse adds up by shopper what it can. Who counts: shoppers who were active in the hour, for
their own deeds; everybody of the shops that were active in it, for what is compared between people.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import polars as pl

from pipelines.clickhouse import ClickHouse
from pipelines.fraud.arrivals import ARRIVED_WITHIN
from pipelines.fraud.day_windows import (
    ATTEMPTS_OF_ONE,
    BEFORE_SENT,
    CORRECTED_MOST,
    ORDERS_OF_ONE,
    PACE,
    PURCHASES,
    TAKEN_BACK,
    TROUBLED,
)

_REAL = "NOT is_staff AND NOT is_test AND buyer_no > 0"
_IN_HOUR = "occurred_at >= {hour:DateTime64(3, 'UTC')} AND occurred_at < {end:DateTime64(3, 'UTC')}"
_ACTIVE = f"""
    SELECT shop_id, buyer_no FROM events
    WHERE {_IN_HOUR} AND {_REAL} AND event IN {{activity:Array(String)}}
"""
# Money that was taken and kept for a person to decide about has not failed.
_FAILED = "event = 'payment_failed' AND outcome NOT IN ('mismatch', 'doubted', 'unbooked')"
_HANDED_OVER = (
    "(event IN ('delivery_sent', 'shipment_updated')"
    " OR event = 'order_status_changed' AND outcome IN ('shipped', 'delivered'))"
)
_SHOPS = f"SELECT DISTINCT shop_id FROM events WHERE {_IN_HOUR} AND {_REAL}"


def paid_before(who: str) -> str:
    """SQL of who had paid by the hour's end, by the folded days, and not had everything back.

    `who` is a condition for the rows of `order_day`. A refund is known by its day alone, so it
    counts once that day is over everywhere on Earth; money at unknown rates counts as kept.
    """
    paid = "orders > 0 AND paid_at < {end:DateTime64(3, 'UTC')}"
    back = "day < toDate({end:DateTime64(3, 'UTC')} - INTERVAL 12 HOUR)"
    return f"""
    SELECT shop_id, buyer_no FROM order_day
    WHERE day <= toDate({{end:DateTime64(3, 'UTC')}} + INTERVAL 1 DAY) AND {who}
    GROUP BY shop_id, buyer_no
    HAVING countIf({paid} AND isNull(gross_minor - discount_minor)) > 0
        OR sumIf(gross_minor - discount_minor, {paid}) > sumIf(returns_minor, {back})
    """


def _since(window: timedelta) -> str:
    seconds = int(window.total_seconds())
    return (
        f"occurred_at >= {{end:DateTime64(3, 'UTC')}} - INTERVAL {seconds} SECOND "
        "AND occurred_at < {end:DateTime64(3, 'UTC')}"
    )


def orders_of_90_days(who: str) -> str:
    """SQL of what became of each order that `who`, a condition, selects.

    `times_back`, `times_paid` and `times_failed` are counts, `paid_amounts` an array. An order that
    `is_undone` counts neither as an order nor as a refund: goods that have to be sent, all of whose
    money went back within `BEFORE_SENT` of the payment while nothing was handed over. Nobody has
    both then, the goods and their price. What a bot delivers is handed over with the payment.
    """
    return f"""
    SELECT shop_id, buyer_no, order_id,
        uniqExactIf(occurred_at, event = 'refund_completed') AS times_back,
        countIf(event = 'order_paid') AS times_paid,
        countIf({_FAILED}) AS times_failed,
        groupArrayIf(amount_minor, event = 'order_paid') AS paid_amounts,
        toBool(order_id > 0 AND times_back > 0
            AND countIf(event = 'order_paid'
                AND JSONExtractRaw(props, 'is_digital') = 'false') > 0
            AND sumIf(amount_minor, event = 'refund_completed') >= arraySum(paid_amounts)
            AND maxIf(occurred_at, event = 'refund_completed')
                < minIf(occurred_at, event = 'order_paid')
                    + INTERVAL {int(BEFORE_SENT.total_seconds())} SECOND
            AND countIf({_HANDED_OVER}) = 0) AS is_undone
    FROM events
    WHERE {_since(timedelta(days=90))} AND {_REAL} AND {who}
        AND (event IN ('refund_completed', 'order_paid', 'payment_failed') OR {_HANDED_OVER})
    GROUP BY shop_id, buyer_no, order_id
    """


# A press that is repeated within two seconds is one press: a bad network sends it again.
_PACE = f"""
SELECT shop_id, buyer_no,
    sum(least(1., greatest(0., (steps - 20) / 40))) AS fast_bins,
    toUInt32(uniqExactIf(toStartOfHour(bin), of_day AND seen > 0)) AS viewing_hours,
    toUInt32(sumIf(seen, of_day)) AS views,
    toUInt32(length(groupUniqArrayArrayIf(goods, of_day))) AS products,
    toUInt32(sumIf(taken, of_day)) AS buying
FROM (
    SELECT shop_id, buyer_no, toStartOfTenMinutes(occurred_at) AS bin,
        bin >= {{end:DateTime64(3, 'UTC')}} - INTERVAL 1 DAY AS of_day,
        uniqExactIf((intDiv(toUnixTimestamp64Milli(occurred_at), 2000), event, product_id, props),
            event IN {{updates:Array(String)}}) AS steps,
        countIf(event = 'product_viewed') AS seen,
        groupUniqArrayIf(product_id, event = 'product_viewed') AS goods,
        countIf(event IN ('cart_item_added', 'checkout_started', 'order_paid')) AS taken
    FROM events
    WHERE {_since(PACE)} AND {_REAL} AND (shop_id, buyer_no) IN ({_ACTIVE})
        AND (event IN {{updates:Array(String)}}
            OR event IN ('product_viewed', 'cart_item_added', 'checkout_started', 'order_paid'))
    GROUP BY shop_id, buyer_no, bin
)
GROUP BY shop_id, buyer_no ORDER BY shop_id, buyer_no
"""
# An hour of wrong codes is a slip of the pen if a right one comes after the last of them: another
# code each time, and not week after week.
_TROUBLES = f"""
WITH maxMapIf([toStartOfHour(occurred_at)], [occurred_at], event = 'promo_rejected'
        AND JSONExtractString(props, 'reason') = 'unknown') AS last_wrong,
    arrayFilter(
        right -> has(last_wrong.1, right.1)
            AND right.2 > last_wrong.2[indexOf(last_wrong.1, right.1)],
        groupUniqArrayIf((toStartOfHour(occurred_at), occurred_at,
            JSONExtractRaw(props, 'promo')), event = 'promo_applied')) AS corrected
SELECT shop_id, buyer_no,
    toUInt32(uniqExactIf(order_id, {_FAILED})) AS failed,
    groupUniqArrayIf((order_id, amount_minor), {_FAILED}).2 AS failed_amounts,
    toUInt32(uniqExactIf(order_id, event IN ('payment_initiated', 'payment_failed', 'order_paid')))
        AS attempts,
    toUInt32(uniqExactIf(order_id, event = 'order_paid')) AS paid,
    toUInt32(length(last_wrong.1)) AS code_hours,
    toUInt32(least(length(arrayDistinct(corrected.1)), length(arrayDistinct(corrected.3)),
        {CORRECTED_MOST})) AS corrected_hours
FROM events
WHERE {_since(TROUBLED)} AND {_REAL} AND (shop_id, buyer_no) IN ({_ACTIVE})
    AND event IN ('payment_failed', 'payment_initiated', 'order_paid', 'promo_rejected',
        'promo_applied')
GROUP BY shop_id, buyer_no ORDER BY shop_id, buyer_no
"""
_ORDERS = f"""
SELECT e.shop_id AS shop_id, e.order_id AS order_id, toUInt64(max(e.buyer_no)) AS buyer_no,
    max(e.product_id) AS product_id,
    minIf(e.occurred_at, e.event != 'refund_completed') AS created_at,
    toBool(countIf(e.event IN ('order_paid', 'payment_succeeded')) > 0) AS is_paid,
    toBool(countIf(e.event = 'refund_completed') > 0) AS is_refunded,
    toBool(countIf(e.event = 'order_cancelled') > 0
        AND minIf(e.occurred_at, e.event = 'order_cancelled') <= created_at
            + INTERVAL {int(TAKEN_BACK.total_seconds())} SECOND) AS is_taken_back,
    toBool((e.shop_id, max(e.buyer_no)) IN ({paid_before(f"shop_id IN ({_SHOPS})")})) AS has_paid
FROM (
    SELECT shop_id, order_id, buyer_no, product_id, occurred_at, event FROM events
    WHERE {_since(PURCHASES)} AND {_REAL} AND shop_id IN ({_SHOPS}) AND order_id > 0
        AND event IN ('order_created', 'payment_initiated', 'payment_succeeded', 'order_paid',
            'order_line', 'order_cancelled', 'refund_completed')
) AS e
GROUP BY e.shop_id, e.order_id
HAVING countIf(e.event != 'refund_completed') > 0
ORDER BY shop_id, order_id
"""
# Who puts something into a cart has come for more than to be counted, whatever becomes of it.
_TAKING = "'cart_item_added', 'checkout_started', 'order_paid'"
_ARRIVALS = f"""
SELECT s.shop_id AS shop_id, s.buyer_no AS buyer_no, s.source_id AS source_id,
    s.started_at AS started_at,
    toBool(a.last_at >= s.started_at + INTERVAL 12 HOUR OR a.taken > 0) AS stayed
FROM (
    SELECT shop_id, buyer_no, min(occurred_at) AS started_at,
        argMin(if(JSONExtractBool(props, 'is_direct'), 0, last_source_id), occurred_at) AS source_id
    FROM events
    WHERE {_since(ARRIVED_WITHIN)} AND {_REAL} AND shop_id IN ({_SHOPS})
        AND event = 'bot_started' AND JSONExtractBool(props, 'is_first')
    GROUP BY shop_id, buyer_no
) AS s
INNER JOIN (
    SELECT shop_id, buyer_no, max(occurred_at) AS last_at, countIf(event IN ({_TAKING})) AS taken
    FROM events
    WHERE {_since(ARRIVED_WITHIN)} AND {_REAL} AND shop_id IN ({_SHOPS})
        AND (event IN {{activity:Array(String)}} OR event IN ({_TAKING}))
    GROUP BY shop_id, buyer_no
) AS a ON a.shop_id = s.shop_id AND a.buyer_no = s.buyer_no
ORDER BY shop_id, buyer_no
"""
# What is usual in a shop, over ninety days: everybody's own share, with the weight of a few orders
# at most, so that nobody whose payments fail, or come back, all the time makes that usual.
_SHOP_SHARES = f"""
SELECT shop_id,
    sum(refunded * least(1, {ORDERS_OF_ONE} / bought)) AS refunds,
    toUInt32(sum(least(bought, {ORDERS_OF_ONE}))) AS orders,
    sum(failing * least(1, {ATTEMPTS_OF_ONE} / tried)) AS failed,
    toUInt32(sum(least(tried, {ATTEMPTS_OF_ONE}))) AS attempts,
    quantileArray(0.25)(amounts) AS small_amount
FROM (
    SELECT shop_id, buyer_no,
        sumIf(times_back, NOT is_undone) AS refunded,
        greatest(countIf(times_paid > 0 AND NOT is_undone), refunded) AS bought,
        countIf(times_failed > 0) AS failing,
        countIf(times_paid > 0 OR times_failed > 0) AS tried,
        groupArrayArray(paid_amounts) AS amounts
    FROM ({orders_of_90_days(f"shop_id IN ({_SHOPS})")})
    GROUP BY shop_id, buyer_no
)
GROUP BY shop_id ORDER BY shop_id
"""


_QUERIES = {
    "pace": _PACE,
    "troubles": _TROUBLES,
    "orders": _ORDERS,
    "arrivals": _ARRIVALS,
    "shares": _SHOP_SHARES,
}


def read_days(clickhouse: ClickHouse, parameters: Mapping[str, Any]) -> dict[str, pl.DataFrame]:
    """Everything that days tell of the hour of `parameters` (as for the hour's other sources)."""
    return {name: clickhouse.read(sql, dict(parameters)) for name, sql in _QUERIES.items()}

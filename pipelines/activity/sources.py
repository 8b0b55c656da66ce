"""The folds: how ClickHouse aggregates a day's events, each shop's day in its own time zone."""

from core import sales
from core.exchange import in_base, known_total

# The day in UTC comes before the moment in the sort key: without it, more is read.
IN_DAY = """
    toDate(e.occurred_at) >= toDate({begin:DateTime64(3, 'UTC')})
    AND toDate(e.occurred_at) <= toDate({end:DateTime64(3, 'UTC')})
    AND e.occurred_at >= {begin:DateTime64(3, 'UTC')}
    AND e.occurred_at < {end:DateTime64(3, 'UTC')}
    AND e.occurred_at >= w.starts_at
    AND e.occurred_at < w.ends_at
    AND NOT e.is_staff
    AND NOT e.is_test
"""
FROM_EVENTS = "FROM events AS e INNER JOIN windows AS w ON w.shop_id = e.shop_id"


# A line may lie on the other side of midnight than its order's payment.
LINED = sales.has_lines(
    "l.shop_id IN (SELECT shop_id FROM windows) AND l.occurred_at "
    f">= {{begin:DateTime64(3, 'UTC')}} - toIntervalDay({sales.LINES_WITHIN_DAYS}) AND "
    f"l.occurred_at < {{end:DateTime64(3, 'UTC')}} + toIntervalDay({sales.LINES_WITHIN_DAYS})"
)

ARRIVALS = f"""
SELECT e.shop_id AS shop_id, count() AS events
{FROM_EVENTS}
WHERE e.occurred_at >= {{begin:DateTime64(3, 'UTC')}}
    AND e.occurred_at < {{end:DateTime64(3, 'UTC')}}
    AND e.occurred_at >= w.starts_at
    AND e.occurred_at < w.ends_at
GROUP BY shop_id
"""

# The outcome of a successful payment is its provider.
_PROVIDER = """if(JSONHas(e.props, 'provider'), JSONExtractString(e.props, 'provider'),
        if(e.event = 'payment_succeeded', toString(e.outcome), ''))"""
# Stars have no payment fee, and the wallet belongs to the shop. The fee of any other provider is
# unknown unless it is stated.
_FEE = f"""multiIf(
        JSONHas(e.props, 'fee_minor'), {in_base(sales.prop("fee_minor"))},
        e.event != 'payment_succeeded' OR {_PROVIDER} IN ('stars', 'wallet'),
        toNullable(toInt64(0)), NULL)"""

BUYER_EVENTS = f"""
SELECT
    e.shop_id AS shop_id,
    e.event AS event,
    e.buyer_no AS buyer_no,
    multiIf(
        e.event = 'bot_started',
            toString(if(JSONExtractBool(e.props, 'is_direct'), 0, e.last_source_id)),
        e.event IN ('payment_succeeded', 'payment_failed', 'payment_expired'), {_PROVIDER},
        e.event IN ('wallet_entry_posted', 'refund_completed'), toString(e.outcome),
        ''
    ) AS kind,
    e.currency AS currency,
    count() AS events,
    countIf(e.event = 'bot_started' AND JSONExtractBool(e.props, 'is_first')) AS first_starts,
    min(e.occurred_at) AS first_at,
    max(e.occurred_at) AS last_at,
    sum(e.amount_minor) AS amount_minor,
    {known_total(in_base("e.amount_minor"))} AS base_minor,
    {known_total(_FEE)} AS base_fee_minor,
    sum(toInt64(e.quantity)) AS quantity,
    argMax(e.first_source_id, (e.occurred_at, e.first_source_id)) AS first_source_id
{FROM_EVENTS}
WHERE {IN_DAY} AND e.event IN {{events:Array(String)}}
GROUP BY shop_id, event, buyer_no, kind, currency
"""

_PAID, _LINE, _REFUND = sales.PAID, sales.LINE, sales.REFUND
_SOLD = sales.is_sold("is_lined")
# The cost of goods of an order without lines is unknown.
_COST = f"""if({_LINE} AND JSONHas(e.props, 'cost_minor'),
        {in_base(sales.prop("cost_minor"))}, NULL)"""

ORDERS = f"""
WITH {LINED} AS is_lined
SELECT
    e.shop_id AS shop_id,
    e.order_id AS order_id,
    e.buyer_no AS buyer_no,
    countIf({_PAID}) AS orders,
    if(orders > 0, minIf(e.occurred_at, {_PAID}), NULL) AS paid_at,
    sumIf(toInt64(e.quantity), {_PAID}) AS units,
    countIf({_LINE}) AS lines,
    {known_total(in_base(sales.SOLD), _SOLD)} AS gross_minor,
    {known_total(in_base(sales.DISCOUNT), _PAID)} AS discount_minor,
    {known_total(in_base(sales.TAX), _PAID)} AS tax_minor,
    {known_total(in_base(sales.SHIPPING), _PAID)} AS shipping_minor,
    {known_total(_COST, _SOLD)} AS cost_minor,
    {known_total(in_base(sales.RETURNED), _REFUND)} AS returns_minor,
    {known_total(in_base(sales.TAX), _REFUND)} AS returned_tax_minor,
    {known_total(in_base(sales.SHIPPING), _REFUND)} AS returned_shipping_minor,
    argMax(e.first_source_id, (e.occurred_at, e.first_source_id)) AS first_source_id,
    toBool(countIf({_PAID} AND JSONExtractBool(e.props, 'is_digital')) > 0) AS is_digital
{FROM_EVENTS}
WHERE {IN_DAY} AND e.event IN {sales.EVENTS}
GROUP BY shop_id, order_id, buyer_no
"""

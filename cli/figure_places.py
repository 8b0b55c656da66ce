"""A shop's figures of a day as each place has them: the events, the daily tables, the panel.

They have the names of `simulator.crowd.reckoning`, so that the simulator's truth can be compared
with them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from clickhouse_connect.driver.asyncclient import AsyncClient

from api.overview import read_overview
from api.reader import Reader
from core import sales
from core.events import ACTIVITY
from core.postgres import Pool
from core.shop.shops import Shop
from core.zones import day_of, day_start
from simulator.crowd.reckoning import NAMES, Figures, Key

# The figures that each place has.
NAMES_OF: dict[str, frozenset[str]] = {
    "events": frozenset(NAMES),
    "tables": frozenset(NAMES)
    - {
        "orders_created",
        "orders_cancelled",
        "orders_expired",
        "deliveries",
        "deliveries_failed",
        "tickets_opened",
        "ratings",
        "reviews",
        "invited",
        "gates_passed",
        "gates_failed",
        "broadcast_clickers",
        "refunds",
    },
    "panel": frozenset(
        ("starts", "new_users", "active_users", "buyers", "orders_paid", "net_sales")
    ),
}
# The tables have these of all orders together, converted into the shop's own currency.
IN_OWN_CURRENCY = frozenset(("shipping", "tax"))
_SINCE = "occurred_at >= fromUnixTimestamp64Milli({begins:Int64}, 'UTC')"
_WHERE = (
    f"e.shop_id = {{shop:UInt32}} AND e.{_SINCE} "
    "AND e.occurred_at < fromUnixTimestamp64Milli({ends:Int64}, 'UTC') "
    "AND NOT e.is_staff AND NOT e.is_test "
    "AND (empty({buyers:Array(UInt64)}) OR has({buyers:Array(UInt64)}, e.buyer_no))"
)
_LINED = sales.has_lines(f"l.shop_id = {{shop:UInt32}} AND l.{_SINCE} - INTERVAL 1 DAY")
_PEOPLE = f"""
SELECT sum(started) AS starts, sum(is_new) AS new_users, countIf(acts > 0) AS active_users,
    countIf(adds > 0) AS carts,
    countIf(adds > 0 AND NOT (buys > 0 AND last_bought >= first_added)) AS carts_left,
    countIf(checks_out > 0) AS checkouts, countIf(buys > 0) AS buyers,
    sum(created) AS orders_created, sum(buys) AS orders_paid, sum(cancelled) AS orders_cancelled,
    sum(expired) AS orders_expired, sum(sent) AS deliveries, sum(failed) AS deliveries_failed,
    sum(asked) AS tickets_opened, sum(rated) AS ratings,
    sum(reviewed) AS reviews, sum(invited) AS invited, sum(passed) AS gates_passed,
    sum(turned_away) AS gates_failed,
    sum(clicked) AS broadcast_clickers
FROM (
    SELECT e.buyer_no,
        countIf(e.event = 'bot_started') AS started,
        max(e.event = 'bot_started' AND JSONExtractBool(e.props, 'is_first')) AS is_new,
        countIf(e.event IN {{activity:Array(String)}}) AS acts,
        countIf(e.event = 'cart_item_added') AS adds,
        minIf(e.occurred_at, e.event = 'cart_item_added') AS first_added,
        countIf(e.event IN ('checkout_started', 'order_created')) AS checks_out,
        countIf({sales.PAID}) AS buys,
        maxIf(e.occurred_at, {sales.PAID}) AS last_bought,
        countIf(e.event = 'order_created') AS created,
        countIf(e.event = 'order_cancelled') AS cancelled,
        countIf(e.event = 'order_expired') AS expired,
        countIf(e.event = 'delivery_sent') AS sent,
        countIf(e.event = 'ticket_opened') AS asked, countIf(e.event = 'csat_given') AS rated,
        countIf(e.event = 'review_submitted' AND e.outcome = 'new') AS reviewed,
        countIf(e.event = 'referral_registered') AS invited,
        countIf(e.event IN ('gate_passed', 'captcha_passed')) AS passed,
        countIf(e.event IN ('gate_failed', 'captcha_failed')) AS turned_away,
        uniqExactIf(JSONExtractInt(e.props, 'broadcast'), e.event = 'broadcast_clicked')
            AS clicked,
        uniqExactIf(e.order_id, e.event = 'delivery_failed') AS failed
    FROM events AS e WHERE {_WHERE} AND e.buyer_no > 0 GROUP BY e.buyer_no
)
"""
_MONEY = f"""
WITH {_LINED} AS is_lined
SELECT toString(e.currency) AS currency, countIf({sales.PAID}) AS paid_orders,
    sumIf(toInt64(e.quantity), {sales.PAID}) AS units,
    sumIf({sales.SOLD}, {sales.is_sold("is_lined")}) AS gross_sales,
    sumIf({sales.DISCOUNT}, {sales.PAID}) AS discounts,
    sumIf({sales.SHIPPING}, {sales.PAID}) AS shipping, sumIf({sales.TAX}, {sales.PAID}) AS tax,
    sumIf(e.amount_minor, {sales.PAID}) AS paid_total, countIf({sales.REFUND}) AS refunds,
    sumIf({sales.RETURNED}, {sales.REFUND}) AS returns,
    gross_sales - discounts - returns AS net_sales
FROM events AS e WHERE {_WHERE} AND e.event IN {sales.EVENTS} AND e.currency != ''
GROUP BY e.currency
"""
_DAY = "shop_id = {shop:UInt32} AND day = {day:Date}"
_KPIS = f"""
SELECT starts, new_users, active_users, paid_orders AS orders_paid FROM shop_kpi_day WHERE {_DAY}
"""
_CONVERSION = f"""
SELECT carts, carts - carts_paid AS carts_left, checkouts, buyers FROM conversion_day
WHERE {_DAY} AND variant = 'raw'
"""
_MONEY_DAY = f"""
SELECT toString(currency) AS currency, paid_orders, units, gross_sales_minor AS gross_sales,
    discounts_minor AS discounts, returns_minor AS returns, net_sales_minor AS net_sales,
    paid_total_minor AS paid_total
FROM shop_money_day WHERE {_DAY}
"""
# In the shop's own currency, and so null if a rate is missing.
_ADDED = f"""
SELECT shipping_minor AS shipping, tax_minor AS tax FROM money_day
WHERE {_DAY} AND variant = 'raw'
"""


@dataclass(frozen=True, slots=True)
class Span:
    """A shop's day until `now`."""

    shop: Shop
    now: datetime

    @property
    def day(self) -> date:
        return day_of(self.now, self.shop.timezone)

    @property
    def begins(self) -> datetime:
        return day_start(self.day, self.shop.timezone)


async def by_events(client: AsyncClient, span: Span, buyers: Sequence[int] = ()) -> Figures:
    """Of those buyers alone, if any are named."""
    parameters = {
        "shop": span.shop.id,
        "begins": round(span.begins.timestamp() * 1000),
        "ends": round(span.now.timestamp() * 1000),
        "activity": sorted(ACTIVITY),
        "buyers": list(buyers),
    }
    return await _read(client, (_PEOPLE, _MONEY), parameters)


async def by_tables(client: AsyncClient, span: Span) -> tuple[Figures, frozenset[Key]]:
    """As the tables were computed last, and those that they leave open."""
    parameters = {"shop": span.shop.id, "day": span.day}
    found = await _read(client, (_KPIS, _CONVERSION, _MONEY_DAY), parameters)
    nulls = set[Key]()
    for row in (await client.query(_ADDED, parameters=parameters)).named_results():
        for name, value in row.items():
            if value is None:
                nulls.add((name, span.shop.currency))
            else:
                found[name, span.shop.currency] += value
    return found, frozenset(nulls)


async def by_panel(pool: Pool, reader: Reader, span: Span) -> Figures:
    """What the overview of today shows."""
    overview = await read_overview(pool, reader, [span.shop], "today", span.now)
    names = {"active_buyers": "buyers", "paid_orders": "orders_paid", "aov": ""}
    found = Figures()
    for figure in overview.figures:
        if name := names.get(figure.key, figure.key):
            found[name, figure.currency or ""] = round(figure.value or 0)
    return found


async def _read(
    client: AsyncClient, queries: Sequence[str], parameters: Mapping[str, Any]
) -> Figures:
    found = Figures()
    for sql in queries:
        for row in (await client.query(sql, parameters=dict(parameters))).named_results():
            currency = row.get("currency", "")
            found.update({(name, currency): int(row[name]) for name in row if name != "currency"})
    return found

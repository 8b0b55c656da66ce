"""The roll-up `people_day`: who did what on a shop's day, as bitmaps, with the sums beside them.

A `buyer_no` is a dense number within its shop, so the people of a shop, day and event are a small
bitmap, and bitmaps merge exactly: the distinct people of any range are known without its events.
The pipelines keep the days that are over; the panel folds what is missing (today, parts of days,
days that got events since) by the same SQL, in the same query.

A kept day may be used when it is settled (`SETTLED` after its end) and has as many events that were
stored late as it was folded from: an event that came after the last fold is one of those.
"""

from collections.abc import Mapping
from datetime import timedelta

from core import sales
from core.events import ACTIVITY
from core.exchange import in_base, known_total

TABLE = "people_day"
# The event of a day's first row, which is there whatever happened: that the day was folded.
MARK = ""
# Those of `bot_started` that were somebody's first.
FIRST_START = "first_start"

SETTLED = timedelta(hours=24)
# The hourly runs fold a day until it is settled, so what they miss is stored later than this.
STORED_LATE = timedelta(hours=12)

PAYMENTS = ("payment_succeeded", "payment_failed", "payment_expired")
EVENTS: tuple[str, ...] = tuple(
    sorted(
        {
            *ACTIVITY,
            *sales.EVENTS,
            *PAYMENTS,
            "catalog_viewed",
            "product_viewed",
            "cart_viewed",
            "cart_item_added",
            "checkout_started",
            "order_created",
            "bot_blocked",
            "gate_shown",
            "gate_passed",
            "captcha_shown",
            "captcha_passed",
        }
    )
)
_OTHERS = tuple(event for event in EVENTS if event not in sales.EVENTS)

IS_FIRST = "e.event = 'bot_started' AND JSONExtractBool(e.props, 'is_first')"
IS_LATE = (
    f"e.stored_after_ms >= {STORED_LATE // timedelta(milliseconds=1)} "
    "AND NOT e.is_staff AND NOT e.is_test"
)
PEOPLE = "bitmapAndnot(groupBitmapState(e.buyer_no), bitmapBuild([toUInt64(0)]))"

_SOLD = sales.is_sold("is_lined")
_GOODS = f"multiIf({_SOLD}, {sales.SOLD}, {sales.REFUND}, {sales.RETURNED}, toInt64(0))"
_IS_GOODS = f"({_SOLD} OR {sales.REFUND})"
_IS_ORDER = f"({sales.PAID} OR {sales.REFUND})"

# What each row adds up, by the condition under which an event counts; refunds have parts of their
# own, for a row has one event.
_PARTS: Mapping[str, tuple[str, str]] = {
    "goods": (_GOODS, _IS_GOODS),
    "discount": (sales.DISCOUNT, sales.PAID),
    "tax": (sales.TAX, _IS_ORDER),
    "shipping": (sales.SHIPPING, _IS_ORDER),
}
SUMS: tuple[str, ...] = (
    "events",
    "quantity",
    "amount_minor",
    *(f"{part}_minor" for part in _PARTS),
    *(f"base_{part}_minor" for part in _PARTS),
)


def fold(rows: str, lined: str, keys: Mapping[str, str], people: str) -> str:
    """SQL of the rows of a roll-up: by `keys`, `event` and `currency` the columns `SUMS` and the
    people.

    `rows` is FROM to WHERE, with an event `e` and its window `w` (`core.exchange`); `lined` is SQL
    of `sales.has_lines`; `keys` are expressions by name; `people` is SQL of an aggregate with its
    name, such as `PEOPLE AS people`. `base_*` are in the currency of the window, NULL if a rate is
    not known. The query needs the parameters of `core.exchange.exponents`.
    """
    selected = "".join(f"{each} AS {name}, " for name, each in keys.items())
    grouped = ", ".join([*keys, "event", "currency"])
    counted = """count() AS events, sum(toInt64(e.quantity)) AS quantity,
    sum(e.amount_minor) AS amount_minor"""
    none = ",\n    ".join(
        [f"toInt64(0) AS {part}_minor" for part in _PARTS]
        + [f"toNullable(toInt64(0)) AS base_{part}_minor" for part in _PARTS]
    )
    sums = ",\n    ".join(
        [f"sumIf({what}, {when}) AS {part}_minor" for part, (what, when) in _PARTS.items()]
        + [
            f"{known_total(in_base(what), when)} AS base_{part}_minor"
            for part, (what, when) in _PARTS.items()
        ]
    )
    return f"""
SELECT {selected}arrayJoin(if({IS_FIRST}, ['bot_started', '{FIRST_START}'], [toString(e.event)]))
        AS event,
    toString(e.currency) AS currency, {counted},
    {none},
    {people}
{rows} AND e.event IN {_OTHERS}
GROUP BY {grouped}
UNION ALL
WITH {lined} AS is_lined
SELECT {selected}toString(e.event) AS event, toString(e.currency) AS currency, {counted},
    {sums},
    {people}
{rows} AND e.event IN {sales.EVENTS}
GROUP BY {grouped}
"""

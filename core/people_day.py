"""The roll-up `people_day`: who did what on a shop's day, as bitmaps, with the sums beside them;
of everybody, and by each of `FOLDED`.

A `buyer_no` is a dense number within its shop, so the people of a shop, day and event are a small
bitmap, and bitmaps merge exactly: the distinct people of any range are known without its events.
The pipelines keep the days that are over; the panel folds what is missing (today, parts of days,
days that got events since) by the same SQL, in the same query.

A kept day may be used when it is settled (`SETTLED` after its end), was folded `STORED_LATE` after
its end or later, and has as many events that were stored late as it was folded from: an event that
came after the last fold is one of those.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from core import sales
from core.events import ACTIVITY
from core.exchange import in_base, known_total
from core.postgres import Connection

TABLE = "people_day"
# The event of a dimension's first row of a day, which is there whatever happened: that the day was
# folded by it. A dimension that is added later is thus missing from the days before.
MARK = ""
# Of the rows about everybody.
WHOLE = ""
# Keys of what no event says, by ISO 639-2 and CLDR; and of what no module does.
UNKNOWN_LANGUAGE, UNKNOWN_COUNTRY, NO_MODULE = "und", "ZZ", "none"
_COUNTRY = "JSONExtractString(e.props, 'country')"
# By what it is broken down, and SQL of an event's key.
DIMENSIONS: Mapping[str, str] = {
    "source": "toString(e.first_source_id)",
    "language": f"if(e.lang = '', '{UNKNOWN_LANGUAGE}', toString(e.lang))",
    "module": f"if(e.module = '', '{NO_MODULE}', toString(e.module))",
    # Hardly any event says it, so that its rows would be those of everybody once more.
    "country": f"if(match({_COUNTRY}, '^[A-Z]{{2}}$'), {_COUNTRY}, '{UNKNOWN_COUNTRY}')",
}
FOLDED: tuple[str, ...] = ("source", "language", "module")
# Those of `bot_started` that were somebody's first.
FIRST_START = "first_start"

SETTLED = timedelta(hours=24)
# The hourly runs fold a day until it is settled, so what they miss is stored later than this. A day
# that was only folded sooner (the pipelines were down) may lack events that are not late.
STORED_LATE = timedelta(hours=12)
# SQL of a day's mark of a dimension: whether the day was over, and folded late enough.
IS_FOLDED = (
    f"event = '{MARK}' AND known_until = ends_at "
    f"AND folded_at >= ends_at + toIntervalHour({STORED_LATE // timedelta(hours=1)})"
)

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

IS_FIRST = "e.event = 'bot_started' AND JSONExtractBool(e.props, 'is_first')"
# How many events were stored so late, by the quarter of an hour in which they happened.
LATE = "late_events"
PEOPLE = "bitmapAndnot(groupBitmapState(n.buyer_no), bitmapBuild([toUInt64(0)]))"

# What an event adds, each once: nested into the sums, these expressions would take a second to
# plan. They are only evaluated for events of sales. A refund's parts are of its own row.
_ROW: Mapping[str, str] = {
    "is_sold": sales.is_sold("is_lined"),
    "is_refund": sales.REFUND,
    "is_paid": sales.PAID,
    "goods": f"multiIf(is_sold, {sales.SOLD}, is_refund, {sales.RETURNED}, toInt64(0))",
    "discount": f"if(is_paid, {sales.DISCOUNT}, 0)",
    "tax": f"if(is_paid OR is_refund, {sales.TAX}, 0)",
    "shipping": f"if(is_paid OR is_refund, {sales.SHIPPING}, 0)",
}
# The parts of money, and which events have them.
_PARTS: Mapping[str, Sequence[str]] = {
    "goods": ("is_sold", "is_refund"),
    "discount": ("is_paid",),
    "tax": ("is_paid", "is_refund"),
    "shipping": ("is_paid", "is_refund"),
}


def keyed_by_all() -> dict[str, str]:
    """The keys `dimension` and `key` of a fold of everybody and by each of `FOLDED` at once."""
    names = [WHOLE, *FOLDED]
    of_each = ", ".join(f"dimension = '{name}', {DIMENSIONS[name]}" for name in FOLDED)
    return {"dimension": f"arrayJoin({names})", "key": f"multiIf({of_each}, '')"}


_LOCK = 0x70656F70  # any number of ours


@asynccontextmanager
async def in_turn(connection: Connection) -> AsyncIterator[None]:
    """While the block runs, no other process replaces or deletes days of the roll-up.

    A day is replaced by writing its month anew: what is deleted from the month meanwhile, such as
    somebody who is erased, would come back.
    """
    await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
    try:
        yield
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


def sums(parts: Collection[str] = tuple(_PARTS), *, with_base: bool = True) -> list[str]:
    """The columns that are added up: always `events`, `quantity`, `amount_minor`; and the parts of
    money (`goods`, `discount`, `tax`, `shipping`), native and in the shop's own currency."""
    money = [f"{part}_minor" for part in _PARTS if part in parts]
    own = [f"base_{each}" for each in money] if with_base else []
    return ["events", "quantity", "amount_minor", *money, *own]


def fold(  # pylint: disable=too-many-arguments  # the parts of one statement
    rows: str,
    lined: str,
    keys: Mapping[str, str],
    people: str,
    *,
    parts: Collection[str] = tuple(_PARTS),
    with_base: bool = True,
) -> str:
    """SQL of the rows of a roll-up: by `keys`, `event` and `currency` the columns of `sums` and the
    people.

    `rows` is FROM to WHERE, with an event `e` and its window `w` (`core.exchange`); `lined` is SQL
    of `sales.has_lines`; `keys` are expressions by name; `people` is SQL of an aggregate of
    `buyer_no` with its name, such as `PEOPLE AS people`. `base_*` are in the currency of the
    window, NULL if a rate is not known. The query needs the parameters of
    `core.exchange.exponents`.
    """
    selected = "".join(f"{each} AS {name}, " for name, each in keys.items())
    grouped = ", ".join([*keys, "event", "currency"])
    event = "e.buyer_no AS buyer_no, e.quantity AS quantity, e.amount_minor AS amount"
    counted = [
        "count() AS events",
        "sum(toInt64(n.quantity)) AS quantity",
        "sum(n.amount) AS amount_minor",
    ]
    taken = [part for part in _PARTS if part in parts]
    added = [f"sum(n.{part}) AS {part}_minor" for part in taken]
    asked = {name for part in taken for name in _PARTS[part]}
    in_row = {"is_lined": lined} if "is_sold" in asked else {}
    in_row |= {name: each for name, each in _ROW.items() if name in taken or name in asked}
    if with_base:
        added += [f"{known_total(f'n.base_{part}')} AS base_{part}_minor" for part in taken]
        in_row |= {
            f"base_{part}": f"if({' OR '.join(_PARTS[part])}, {in_base(part)}, "
            "toNullable(toInt64(0)))"
            for part in taken
        }
    return f"""
SELECT {grouped}, {", ".join([*counted, *added, people])}
FROM (
    SELECT {selected}arrayJoin(if({IS_FIRST}, ['bot_started', '{FIRST_START}'],
            [toString(e.event)])) AS event,
        toString(e.currency) AS currency,
        {", ".join([event, *(f"{each} AS {name}" for name, each in in_row.items())])}
    {rows} AND e.event IN {EVENTS}
) AS n
GROUP BY {grouped}
"""

"""The roll-up `people_day`: who did what on a shop's day, as bitmaps, with the sums beside them;
of everybody, and by each of `FOLDED`.

A `buyer_no` is a dense number within its shop, so the people of a shop, day and event are a small
bitmap, and bitmaps merge exactly: the distinct people of any range are known without its events.
The pipelines keep the days that are over, and of days with many events each hour that is, today's
too; the panel folds what is missing (the rest of today, parts of days, days that got events since)
by the same SQL, in the same query.

A kept day may be used when it was folded `SETTLED` after its end or later, and has as many events
that were stored late (`STORED_LATE` after they happened) as it was folded from: an event that came
after the last fold is one of those. So may each hour of a day that is folded by `HOURS`, as soon as
it was over so long when it was folded.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
# A dimension of everybody alone: by the number of the hour since the day's start. Only of days with
# so many events that counting them takes longer than reading 24 times the rows.
HOURS = "hour"
HOURLY_FROM = 5000
# Those of `bot_started` that were somebody's first.
FIRST_START = "first_start"

# An event that is stored so long after it happened counts as late. The lag is kept with two digits
# (`events.stored_after_ms`): a limit of more digits would let some pass.
STORED_LATE = timedelta(minutes=15)
# A day that is folded so long after its end has everything but late events; the minute is for
# clocks that differ and what is being stored just then. The hourly runs begin at 17 minutes past.
SETTLED = STORED_LATE + timedelta(minutes=1)
# SQL of a day's mark of a dimension: whether the day was over, and folded late enough.
IS_WHOLE = (
    "known_until = ends_at "
    f"AND folded_at >= ends_at + toIntervalMinute({SETTLED // timedelta(minutes=1)})"
)
IS_FOLDED = f"event = '{MARK}' AND {IS_WHOLE}"

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


def keyed_by_hour(starts_at: str) -> dict[str, str]:
    """The keys of a fold by each hour since `starts_at`, an expression."""
    number = f"intDiv(dateDiff('second', {starts_at}, e.occurred_at), 3600)"
    return {"dimension": f"'{HOURS}'", "key": f"toString({number})"}


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


_COUNTS: Mapping[str, str] = {
    "events": "count()",
    "quantity": "sum(toInt64(n.quantity))",
    "amount_minor": "sum(n.amount)",
}


@dataclass(frozen=True, slots=True)
class Folding:
    """What of the events a fold keeps; what is left out costs nothing.

    `counts` are of `events`, `quantity`, `amount_minor`; `parts` those of money (`goods`,
    `discount`, `tax`, `shipping`), `with_base` also in the shop's own currency. Without
    `by_currency` all is of the currency ''. Without `with_firsts` there are no first starts.
    `alike` has lists of events that count as the first of the list: who needs to know no more of
    them has fewer and larger bitmaps.
    """

    counts: Collection[str] = tuple(_COUNTS)
    parts: Collection[str] = tuple(_PARTS)
    with_base: bool = True
    with_people: bool = True
    with_firsts: bool = True
    by_currency: bool = True
    alike: Sequence[Sequence[str]] = ()

    @property
    def sums(self) -> list[str]:
        """The columns that are added up."""
        money = [f"{part}_minor" for part in _PARTS if part in self.parts]
        own = [f"base_{each}" for each in money] if self.with_base else []
        return [*(name for name in _COUNTS if name in self.counts), *money, *own]

    @property
    def columns(self) -> list[str]:
        """What a fold makes of the events, in this order."""
        return [*self.sums, *(["people"] if self.with_people else [])]

    @property
    def event(self) -> str:
        """SQL of the event by which a row is folded; an event that is a first start has two."""
        name = "toString(e.event)"
        if merged := [each for each in self.alike if len(each) > 1]:
            names = [event for each in merged for event in each]
            firsts = [each[0] for each in merged for _ in each]
            name = f"toString(transform(e.event, {names}, {firsts}, toString(e.event)))"
        if not self.with_firsts:
            return name
        return f"arrayJoin(if({IS_FIRST}, ['bot_started', '{FIRST_START}'], [{name}]))"


def fold(
    rows: str,
    lined: str,
    keys: Mapping[str, str],
    people: str = f"{PEOPLE} AS people",
    folding: Folding = Folding(),  # noqa: B008  # frozen
    events: Sequence[str] = EVENTS,
) -> str:
    """SQL of the rows of a roll-up: by `keys`, `event` and `currency` the sums of `folding` and the
    people, in the order of its `columns`; of these `events`.

    `rows` is FROM to WHERE, with an event `e` and its window `w` (`core.exchange`); `lined` is SQL
    of `sales.has_lines`; `keys` are expressions by name; `people` is SQL of an aggregate of
    `buyer_no` with its name. `base_*` are in the currency of the window, NULL if a rate is not
    known. The query needs the parameters of `core.exchange.exponents`.
    """
    selected = "".join(f"{each} AS {name}, " for name, each in keys.items())
    grouped = ", ".join([*keys, "event", "currency"])
    event = "e.buyer_no AS buyer_no, e.quantity AS quantity, e.amount_minor AS amount"
    taken = [part for part in _PARTS if part in folding.parts]
    counted = [f"{each} AS {name}" for name, each in _COUNTS.items() if name in folding.counts]
    counted += [f"sum(n.{part}) AS {part}_minor" for part in taken]
    asked = {name for part in taken for name in _PARTS[part]}
    in_row = {"is_lined": lined} if "is_sold" in asked else {}
    in_row |= {name: each for name, each in _ROW.items() if name in taken or name in asked}
    if folding.with_base:
        counted += [f"{known_total(f'n.base_{part}')} AS base_{part}_minor" for part in taken]
        in_row |= {
            f"base_{part}": f"if({' OR '.join(_PARTS[part])}, {in_base(part)}, "
            "toNullable(toInt64(0)))"
            for part in taken
        }
    return f"""
SELECT {", ".join([grouped, *counted, *([people] if folding.with_people else [])])}
FROM (
    SELECT {selected}{folding.event} AS event,
        {"toString(e.currency)" if folding.by_currency else "''"} AS currency,
        {", ".join([event, *(f"{each} AS {name}" for name, each in in_row.items())])}
    {rows} AND e.event IN ({", ".join(map(repr, events))})
) AS n
GROUP BY {grouped}
"""

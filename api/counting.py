"""What shoppers did in a stretch of time, by one query (`api.count_statement`)."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from api import count_statement
from api.answer_cache import tables_version
from api.asked import MONEY, STEP_EVENTS, Asked
from api.count_statement import Statement
from api.figures import FUNNEL, Sums, Totals
from api.reader import Reader
from api.stretches import KeptDay, Stretch, as_judged_today, kept_days, plan
from api.usable_days import LookedUp, RememberedDays, Span, remember
from core import people_day
from core.exchange import exponents
from core.zones import seconds


@dataclass(slots=True)
class CountedStretch:
    """The totals of a stretch, and of each of its buckets."""

    total: Totals
    buckets: list[Totals]

    def add(self, other: "CountedStretch") -> None:
        """Adds other shops, bucket by bucket."""
        self.total.add(other.total)
        while len(self.buckets) < len(other.buckets):
            self.buckets.append(Totals())
        for mine, theirs in zip(self.buckets, other.buckets, strict=False):
            mine.add(theirs)


@dataclass(frozen=True, slots=True)
class Count:
    """A stretch by dimension (without one, by '', or by the shops' ids), and what of each shop's
    time came from its events, in seconds since 1970."""

    by_dimension: Mapping[str, CountedStretch]
    from_events: Mapping[int, Sequence[tuple[int, int]]]

    @property
    def whole(self) -> CountedStretch:
        return self.by_dimension[""]


# Planning takes most of the query's time, and a third of that is the choice of the columns to be
# read first, by the parts' statistics: the sort keys of both tables leave few other rows.
_PLANNED = {"optimize_move_to_prewhere": 0}
# What says which days may be used.
_LOOKED_UP = (people_day.TABLE, people_day.LATE, "fraud_verdict")
# None that matters is shorter; nor is anything kept of less than an hour.
_SHORT_DAY, _HOUR = timedelta(hours=20), timedelta(hours=1)


async def count(
    reader: Reader, asked: Asked, stretches: Sequence[Stretch], kept: Sequence[KeptDay]
) -> list[Count]:
    """The totals of stretches that do not overlap, by one query."""
    shops = [shop.id for shop in asked.shops]
    plans = [plan(stretch, shops, kept) for stretch in stretches]
    statement = Statement(
        exponents()
        | {
            "shops": shops,
            "edges": sorted({edge for each in stretches for edge in seconds(each.edges)}),
            "spans": sorted(seconds([each.start for each in stretches])),
            "keys": list(asked.keys or ()),
        }
    )
    statement.read_roll_up(
        asked,
        [each for planned in plans for each in planned.used],
        [each for planned in plans for each in planned.hours],
    )
    gaps = {shop: [gap for planned in plans for gap in planned.gaps[shop]] for shop in shops}
    statement.read_events(asked, gaps)
    found: list[dict[str, Any]] = []
    if statement.parts:  # otherwise the stretches have no time in them
        # Of one bucket, the total is that of the bucket.
        with_totals = any(len(each.edges) > 1 for each in stretches)
        sql = count_statement.totals_sql(statement.parts, asked, with_totals=with_totals)
        settings = _PLANNED | dict(asked.limits)
        found = await reader.rows(sql, statement.parameters, statement.tables, settings)
    return [
        Count(_by_dimension(found, stretch, asked), planned.gaps)
        for stretch, planned in zip(stretches, plans, strict=True)
    ]


def _by_dimension(
    rows: Iterable[Mapping[str, Any]], stretch: Stretch, asked: Asked
) -> dict[str, CountedStretch]:
    edges = seconds(stretch.edges)
    places = {edge: place for place, edge in enumerate(edges)}
    found: defaultdict[str, CountedStretch] = defaultdict(
        lambda: CountedStretch(Totals(), [Totals() for _ in edges])
    )
    for row in rows:
        if row["span"] != edges[0]:
            continue
        counted = found[str(row["shop_id"]) if asked.by_shop else row["dimension"]]
        if row["is_total"] or len(edges) == 1:
            counted.total = _totals(row, asked)
        if not row["is_total"]:
            counted.buckets[places[row["bucket"]]] = _totals(row, asked)
    expected: Sequence[str] = asked.keys or ([] if found else [""])
    if asked.by_shop:
        expected = [str(shop.id) for shop in asked.shops]
    for name in expected:  # where nothing was counted
        found.setdefault(name, CountedStretch(Totals(), [Totals() for _ in edges]))
    return dict(found)


def _totals(row: Mapping[str, Any], asked: Asked) -> Totals:
    values: dict[str, Any] = {
        name: Counter(found) if name in MONEY else found
        for name in asked.measures
        if name not in STEP_EVENTS and ((found := row[f"n_{name}"]) or name not in MONEY)
    }
    if asked.with_base:
        own = {name: row[f"n_base_{name}"] for name in asked.converted}
        counts = {
            name: sum(row[f"n_{name}"].values())
            for name in ("orders", "units")
            if name in asked.measures
        }
        values["converted"] = Sums(**counts, **own)
    if asked.measures.issuperset(FUNNEL):
        values["steps"] = tuple(row[f"n_{step}"] for step in FUNNEL)
    return Totals(**values)


async def count_all(
    reader: Reader, asked: Asked, stretches: Sequence[Stretch], now: datetime
) -> list[Count]:
    """Each of the stretches; they may overlap.

    Which closed days may be used is looked up while it is counted by those that could be used the
    last time; only if they are others now, it is counted again. Of one moment `now`, which is one
    answer, it is looked up once.
    """
    begin = min(stretch.start for stretch in stretches)
    end = max(stretch.end for stretch in stretches)
    is_folded = asked.dimension in (people_day.WHOLE, *people_day.FOLDED)
    shortest = _HOUR if asked.dimension == people_day.WHOLE else _SHORT_DAY
    # What may be used was over when it was folded, and for so long.
    if not is_folded or begin > now - shortest - people_day.SETTLED:
        return await _count_by(reader, asked, stretches, [])
    return await _count_by_usable(reader, asked, stretches, Span(begin, end, now))


async def _count_by_usable(
    reader: Reader, asked: Asked, stretches: Sequence[Stretch], span: Span
) -> list[Count]:
    """By the days of the roll-up that may be used in the span, which is around the stretches."""
    key = ("usable days", *(shop.id for shop in asked.shops), asked.dimension, asked.variant)
    known: RememberedDays | None = reader.last_plans.get(key)
    remembered = known.of(span) if known else None
    if known and remembered is not None and known.are_current(span, None):
        return await _count_by(reader, asked, stretches, remembered)
    if known is None or remembered is None:
        wide = span.widened(len(asked.shops)) if asked.variant == "raw" else span
        looked_up = await _look_up(reader, asked, wide)
        used = [day for day in looked_up.days if span.touches(day)]
        counts = await _count_by(reader, asked, stretches, used)
    else:
        counting = _count_by(reader, asked, stretches, remembered)
        counts, found = await asyncio.gather(counting, _changed(reader, asked, span, known))
        if found is None:
            if reader.last_plans.get(key) is known:  # else another answer has looked some up
                reader.last_plans.keep(key, known.confirmed(span))
            return counts
        looked_up = found
        if looked_up.days != remembered:
            counts = await _count_by(reader, asked, stretches, looked_up.days)
    # Another answer may have looked some up meanwhile.
    reader.last_plans.keep(key, remember(reader.last_plans.get(key), looked_up))
    return counts


async def _changed(
    reader: Reader, asked: Asked, span: Span, known: RememberedDays
) -> LookedUp | None:
    """The days as they are now; None if the known ones are these: the tables' version takes a
    fifth of the time."""
    version = await tables_version(reader, _LOOKED_UP)
    if known.are_current(span, version):
        return None
    return await _look_up(reader, asked, span, version)


async def _look_up(
    reader: Reader, asked: Asked, span: Span, version: str | None = None
) -> LookedUp:
    # The version first: what changes meanwhile is then looked up once more.
    version = version or await tables_version(reader, _LOOKED_UP)
    return LookedUp(span, await _usable(reader, asked, span), version)


async def _usable(reader: Reader, asked: Asked, span: Span) -> list[KeptDay]:
    shops = [shop.id for shop in asked.shops]
    kept = await kept_days(reader, shops, span.begin, span.end, dimension=asked.dimension)
    return await as_judged_today(reader, kept) if asked.variant == "clean" else kept


async def _count_by(
    reader: Reader, asked: Asked, stretches: Sequence[Stretch], kept: Sequence[KeptDay]
) -> list[Count]:
    """By these days of the roll-up."""
    ordered = sorted(stretches, key=lambda each: each.start)
    if all(before.end <= after.start for before, after in zip(ordered, ordered[1:], strict=False)):
        return await count(reader, asked, stretches, kept)
    counted = (count(reader, asked, [stretch], kept) for stretch in stretches)
    return [found for (found,) in await asyncio.gather(*counted)]

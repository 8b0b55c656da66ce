"""A shop's cohorts by day, week or month of their first start: how many came back, bought, and what
they brought, at each age that all of the cohort has completed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import BaseModel

from api.asked import Variant
from api.ranges import Days, first_days
from api.reader import Reader

CohortGrain = Literal["day", "week", "month"]


class CohortAge(BaseModel):
    """Of the cohorts that are `age` days old and older, `size` people in all: `retained` were there
    on exactly that day, `returned` on it or later, `converted` bought until its end. Money is net
    sales until its end in minor units of the shop's currency, null if a rate is not known. Ratios
    are those of the sums, null without people."""

    age: int
    size: int
    retained: int
    retention: float | None
    returned: int
    rolling_retention: float | None
    converted: int
    conversion: float | None
    net_sales_minor: int | None
    ltv_minor: float | None


class Cohort(BaseModel):
    """Who first started from `first` to `last`; `ages` has those that every one of them has
    completed."""

    first: date
    last: date
    size: int
    ages: list[CohortAge]


_ROWS = """
SELECT day, age, cohort_size, retained, returned, converted, net_sales_minor
FROM cohort_day
WHERE shop_id = {shop:UInt32} AND variant = {variant:String}
    AND day BETWEEN {first:Date} AND {last:Date}
ORDER BY day, age
"""


async def read_rows(
    reader: Reader, shop_id: int, days: Days, variant: Variant
) -> list[dict[str, Any]]:
    """The rows of cohorts by day, the oldest first."""
    parameters = {"shop": shop_id, "variant": variant, "first": days.first, "last": days.last}
    return await reader.rows(_ROWS, parameters)


def whole(days: Days, grain: CohortGrain) -> Days:
    """The weeks or months that the days begin and end in, whole."""
    if grain == "week":
        first = days.first - timedelta(days=days.first.weekday())
        return Days(first, days.last + timedelta(days=6 - days.last.weekday()))
    if grain == "month":
        following = (days.last.replace(day=1) + timedelta(days=32)).replace(day=1)
        return Days(days.first.replace(day=1), following - timedelta(days=1))
    return days


def cohorts_of(
    rows: Iterable[Mapping[str, Any]], days: Days, grain: CohortGrain, until: date
) -> list[Cohort]:
    """The cohorts with somebody in them that are over by `until`, the last day that is over.

    `rows` are those of `read_rows`, `days` whole weeks or months. An age is complete if the
    cohort's last day has come to it, and if every day of the cohort was counted at it.
    """
    by_day: defaultdict[date, dict[int, Mapping[str, Any]]] = defaultdict(dict)
    for row in rows:
        by_day[row["day"]][row["age"]] = row
    starts = first_days(days, grain)
    ends = [start - timedelta(days=1) for start in starts[1:]] + [days.last]
    found: list[Cohort] = []
    for first, last in zip(starts, ends, strict=True):
        known = [ages for day, ages in by_day.items() if first <= day <= last]
        size = sum(max(row["cohort_size"] for row in ages.values()) for ages in known)
        if last > until or not size:
            continue
        complete = sorted(set.intersection(*(set(ages) for ages in known)))
        sums = [
            summed(age, [ages[age] for ages in known])
            for age in complete
            if last + timedelta(days=age) <= until
        ]
        found.append(Cohort(first=first, last=last, size=size, ages=sums))
    return found


def summed(age: int, rows: Sequence[Mapping[str, Any]]) -> CohortAge:
    """Cohorts of several days at one age, together."""
    size, retained, returned, converted = (
        sum(row[name] for row in rows)
        for name in ("cohort_size", "retained", "returned", "converted")
    )
    amounts = [row["net_sales_minor"] for row in rows]
    net = None if None in amounts else sum(amounts)
    return CohortAge(
        age=age,
        size=size,
        retained=retained,
        retention=_ratio(retained, size),
        returned=returned,
        rolling_retention=_ratio(returned, size),
        converted=converted,
        conversion=_ratio(converted, size),
        net_sales_minor=net,
        ltv_minor=None if net is None else _ratio(net, size),
    )


def together(cohorts: Sequence[Cohort]) -> list[CohortAge]:
    """All cohorts at each age, of those that have completed it."""
    by_age: defaultdict[int, list[CohortAge]] = defaultdict(list)
    for cohort in cohorts:
        for each in cohort.ages:
            by_age[each.age].append(each)
    return [
        summed(age, [each.model_dump() | {"cohort_size": each.size} for each in by_age[age]])
        for age in sorted(by_age)
    ]


def _ratio(part: int, size: int) -> float | None:
    return part / size if size else None

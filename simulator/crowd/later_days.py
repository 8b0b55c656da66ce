"""What a shop's metrics of later days must be, had everybody's visits been on different days.

A crowd is there for minutes; cohorts, churn and carts that nobody comes back to take weeks. So each
person's first visit is taken as one of the first day, their second as one of the next day that is
given, and so on; the last day has all further ones. Whoever moves the events of a product in the
same way can compare its tables.
"""

import statistics
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from simulator.crowd import truth
from simulator.crowd.history import Person, people
from simulator.crowd.known import ratio
from simulator.crowd.sold import Sale, sales
from simulator.crowd.truth import AnyRecord

CHURN_LEAST_DAYS = 60
_CART_DAYS, _STEP_DAYS = 2, 7
_Step = Literal["carts", "bills", "charges"]
# Table, day, what of it (an age in days, a step) and the column.
Later = tuple[str, int, str, str]


@dataclass(frozen=True, slots=True)
class Days:
    """A shop's people, day by day; all days have their number, from that of the first visits on."""

    of: Mapping[int, Mapping[int, Person]]
    """What each person did on a day, by the day and their Telegram id."""
    bought: Mapping[int, Sequence[tuple[int, Sale]]]
    """Their orders, each with its day."""

    @property
    def first(self) -> int:
        return min(self.of)

    @property
    def cohort(self) -> Collection[int]:
        """Everybody: nobody's first visit is later."""
        return [who for who, each in self.of[self.first].items() if each.starts]

    def buyers(self, until: int) -> int:
        return sum(any(day <= until for day, _ in sold) for sold in self.bought.values())

    def net(self, until: int) -> int:
        return sum(sale.net for sold in self.bought.values() for day, sale in sold if day <= until)


def spread(records: Sequence[AnyRecord], bots: Collection[int], days: Sequence[int]) -> Days:
    """Raises UnreadReceipt if one of the orders is not known."""
    by_day = defaultdict[int, list[AnyRecord]](list)
    visits = defaultdict[int, int](int)
    for record in records:
        if isinstance(record, truth.Run) or record.bot not in bots:
            continue
        visits[record.telegram_id] += isinstance(record, truth.Start)
        by_day[day_of(visits[record.telegram_id], days)].append(record)
    of = {day: people(by_day[day], bots) for day in sorted(by_day)}
    paid_on = {
        (who, order): day
        for day, found in reversed(of.items())  # the first payment of an order is what paid it
        for who, person in found.items()
        for order in person.charges
    }
    whole = people(records, bots)
    return Days(
        of,
        {
            who: [
                (paid_on[who, sale.charge.payload.partition(":")[2]], sale)
                for sale in sales(person)
            ]
            for who, person in whole.items()
        },
    )


def day_of(visit: int, days: Sequence[int]) -> int:
    """The day of a person's visit; 1 is the first, and what comes before it is of its day."""
    return days[min(max(visit, 1), len(days)) - 1]


def later_metrics(found: Days) -> dict[Later, float | None]:
    """By table, day, what of it and column."""
    return {**_first_day(found), **_cohorts(found), **_blocks(found), **_customers(found)}


def _first_day(found: Days) -> dict[Later, float | None]:
    """What is known of the first day once those after it are over."""
    day, here = found.first, found.of[found.first]
    viewers = [who for who, each in here.items() if each.viewed]
    carts = [who for who, each in here.items() if each.carts]
    checkouts = [each for each in here.values() if each.bills]
    # From the first thing that they put into their cart on; whatever they view, they view before.
    paid = sum(_then(found, who, "charges", here[who].carts[0], _CART_DAYS) for who in carts)
    billed = sum(_then(found, who, "bills", here[who].carts[0], _STEP_DAYS) for who in carts)
    filled = sum(_then(found, who, "carts", 0, _STEP_DAYS) for who in viewers)
    unpaid = sum(not each.charges for each in checkouts)
    return {
        ("audience_day", day, "", "activation"): ratio(len(viewers), len(found.cohort)),
        ("funnel_day", day, "product", "step_rate"): ratio(filled, len(viewers)),
        ("funnel_day", day, "cart", "step_rate"): ratio(billed, len(carts)),
        ("conversion_day", day, "", "cart_abandonment"): ratio(len(carts) - paid, len(carts)),
        ("conversion_day", day, "", "checkout_abandonment"): ratio(unpaid, len(checkouts)),
    }


def _then(found: Days, who: int, what: _Step, since: float, within: int) -> bool:
    """Whether they did it on the first day, from that moment on, or on a later day that begins
    within so many days of it: the same moment of the last of them is too late."""
    if any(at >= since for at in _moments(found.of[found.first][who], what)):
        return True
    later = (
        there[who]
        for day, there in found.of.items()
        if 0 < day - found.first < within and who in there
    )
    return any(_moments(each, what) for each in later)


def _moments(person: Person, what: _Step) -> list[float]:
    match what:
        case "carts":
            return person.carts
        case "bills":
            return list(person.bills.values())
        case "charges":
            return [each.at for each in person.charges.values()]


def _cohorts(found: Days) -> dict[Later, float | None]:
    first, size = found.first, len(found.cohort)
    rows: dict[Later, float | None] = {}
    for day in list(found.of)[1:]:
        age = str(day - first)
        back = {who for other, there in found.of.items() if other >= day for who in there}
        values = {
            "retention": len(found.of[day]),
            "rolling_retention": len(back),
            "conversion": found.buyers(day),
            "ltv_minor": found.net(day),
        }
        rows |= {
            ("cohort_day", first, age, name): ratio(value, size) for name, value in values.items()
        }
    return rows


def _blocks(found: Days) -> dict[Later, float | None]:
    """Who blocks the bot on a day, of those whom it could reach when the day began."""
    rows: dict[Later, float | None] = {}
    away = set[int]()
    for day, there in found.of.items():
        if day > found.first:
            blocking = sum(bool(each.blocks) for who, each in there.items() if who not in away)
            rows["audience_day", day, "", "block_rate"] = ratio(
                blocking, len(found.cohort) - len(away)
            )
        away -= there.keys()
        away |= {who for who, each in there.items() if each.is_blocked}
    return rows


def _customers(found: Days) -> dict[Later, float | None]:
    """On the day when those whose last order was on the last but one of the days are given up."""
    ordered = [sorted({day for day, _ in sold}) for sold in found.bought.values() if sold]
    gaps = [after - day for days in ordered for day, after in zip(days, days[1:], strict=False)]
    interval = statistics.median(gaps) if gaps else None
    silent = int(max(CHURN_LEAST_DAYS, 2 * (interval or 0)))
    day = max(found.first, list(found.of)[-2]) + silent + 1
    last = [max((each for each in days if each < day), default=None) for days in ordered]
    active = [each for each in last if each is not None and day - each - 1 <= silent]
    lost = sum(day - each > silent for each in active)
    return {
        ("customer_day", day, "", "purchase_interval_days"): interval,
        ("customer_day", day, "", "churn"): ratio(lost, len(active)),
    }

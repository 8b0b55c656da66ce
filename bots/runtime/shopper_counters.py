"""What one shopper has been doing, as the fraud rules measure it, while it happens. Pure.

A rule measures the same here and in the hourly job (`pipelines.fraud.shoppers`), to the bit: the
most of something in any window that ends at a moment of the hour. Moments may come late and out of
order by up to `LATENESS_MS`. Of each kind no more than `MOST` are kept: what counts more is far
above every threshold.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from core.fraud_rules import BY_KEY

LATENESS_MS = 600_000
MOST = 512
_HOUR_MS = 3_600_000
_LOOKS_MS = _HOUR_MS + LATENESS_MS + 600_000  # a whole hour's windows, should one be late
_TEXTS = 32  # of one person; then those of an hour ago are forgotten
# As `pipelines.fraud.shoppers`.
UPDATES = frozenset(
    {"bot_started", "message_received", "button_pressed", "inline_queried", "webapp_opened"}
)
BUYING = frozenset({"cart_item_added", "checkout_started"})
LOOKED_AT = UPDATES | BUYING | {"product_viewed", "promo_rejected"}
START_GAP_MS = 500
COPIED_PRODUCTS = 120
SCRAPED_SHARE = 0.8
SMALL_CATALOGUE = 5


class Moment(NamedTuple):
    """Something that a shopper did: `at` in milliseconds since 1970, in UTC."""

    at: int
    event: str
    product_id: int = 0
    likeness: int = 0
    has_link: bool = False


class Reading(NamedTuple):
    """What a rule measures at the end of a window, `at`."""

    rule: str
    at: int
    value: float

    @property
    def hour(self) -> int:
        """The beginning of its hour, in milliseconds since 1970."""
        return _hour_of(self.at)


def _window(rule: str) -> int:
    return BY_KEY[rule].window_seconds * 1000


def _times() -> "array[int]":
    return array("q")


@dataclass(slots=True)
class _Times:
    """Sorted moments, of which those within `period` before each count."""

    rule: str
    times: "array[int]" = field(default_factory=_times)

    def add(self, at: int) -> Iterator[Reading]:
        """The counts at the end of every window that the moment is new in."""
        period, times = _window(self.rule), self.times
        _forget(times, period)
        place = bisect_right(times, at)
        times.insert(place, at)
        for end in range(place, len(times)):
            moment = times[end]
            if moment >= at + period:
                break
            if end + 1 == len(times) or times[end + 1] != moment:
                first = bisect_right(times, moment - period)
                yield Reading(self.rule, moment, float(end + 1 - first))


def _forget(times: "array[int]", period: int) -> None:
    """Drops what no window will see any more."""
    if len(times) >= MOST:
        del times[: len(times) - MOST + 1]
    if times and times[0] <= times[-1] - period - LATENESS_MS:
        del times[: bisect_right(times, times[-1] - period - LATENESS_MS)]


@dataclass(slots=True)
class _Starts:
    """Presses of Start, of which those soon after the one before count."""

    times: "array[int]" = field(default_factory=_times)

    def add(self, at: int) -> Iterator[Reading]:
        period, times = _window("start_flood"), self.times
        _forget(times, period + START_GAP_MS)
        place = bisect_right(times, at)
        times.insert(place, at)
        # The one behind it may count from now on, or (a late one came between) still does.
        for end in range(place, len(times)):
            moment = times[end]
            if moment > at + START_GAP_MS + period:
                break
            if end + 1 == len(times) or times[end + 1] != moment:
                first = bisect_right(times, moment - period)
                soon = sum(
                    times[n] - times[n - 1] <= START_GAP_MS for n in range(max(first, 1), end + 1)
                )
                if soon and times[end] - times[max(end - 1, 0)] <= START_GAP_MS:
                    yield Reading("start_flood", moment, float(soon))


@dataclass(slots=True)
class _Looks:
    """Products opened, and what shows that somebody buys (a product of -1), in their order."""

    looks: list[tuple[int, int]] = field(default_factory=list)

    def add(self, look: tuple[int, int]) -> int:
        """The place from which on windows have changed. A late look may lower what was measured in
        its hour, so all of that hour is measured again."""
        looks = self.looks
        if len(looks) >= MOST:
            del looks[0]
        while looks and looks[0][0] <= looks[-1][0] - _LOOKS_MS:
            del looks[0]
        place = bisect_right(looks, look)
        looks.insert(place, look)
        if place + 1 == len(looks):
            return place
        return bisect_left(looks, (_hour_of(look[0]), -1))

    def reach(self, begin: int, on_sale: int | None) -> Iterator[Reading]:
        """Different products in ten minutes in which nobody was buying, divided by the limit."""
        period = _window("catalogue_reach")
        for moment, seen in self._windows(begin, period):
            if -1 not in seen:
                yield Reading("catalogue_reach", moment, _reach(len(seen), on_sale))

    def pace(self, begin: int) -> Iterator[Reading]:
        """Different products in a few seconds, by whoever buys, too."""
        for moment, seen in self._windows(begin, _window("catalogue_pace")):
            if seen != {-1}:
                yield Reading("catalogue_pace", moment, float(len(seen - {-1})))

    def _windows(self, begin: int, period: int) -> Iterator[tuple[int, set[int]]]:
        """What was looked at in each window that ends at that place or later, and its end."""
        looks = self.looks
        for end in range(begin, len(looks)):
            moment = looks[end][0]
            if end + 1 == len(looks) or looks[end + 1][0] != moment:
                first = bisect_right(looks, moment - period, key=_time_of)
                yield moment, {product for _, product in looks[first : end + 1]}


def _time_of(look: tuple[int, int]) -> int:
    return look[0]


def _hour_of(at: int) -> int:
    return at - at % _HOUR_MS


def _reach(products: int, on_sale: int | None) -> float:
    most = products / COPIED_PRODUCTS
    if on_sale is not None and on_sale >= SMALL_CATALOGUE:
        return max(most, products / on_sale / SCRAPED_SHARE)
    return most


@dataclass(slots=True)
class ShopperCounters:
    """One shopper's counters. `peaks` has the highest value of each rule by the hour's beginning,
    of the hours that moments may still come for."""

    peaks: dict[int, dict[str, float]] = field(default_factory=dict)
    newest: int = 0
    _updates: dict[str, _Times] = field(default_factory=dict)
    _texts: dict[int, _Times] = field(default_factory=dict)
    _starts: _Starts | None = None
    _seen: _Looks | None = None

    def note(self, moment: Moment, on_sale: int | None = None) -> list[Reading]:
        """What the rules measure with this moment; empty for one that comes too late. `on_sale`:
        the products in the shop's catalogue."""
        if moment.at <= self.newest - LATENESS_MS:
            return []
        self.newest = max(self.newest, moment.at)
        readings = [*self._measure(moment, on_sale)]
        for reading in readings:
            peaks = self.peaks.get(reading.hour)
            if peaks is None:
                peaks = self.peaks[reading.hour] = {}
                for hour in [each for each in self.peaks if each < self.newest - 2 * _HOUR_MS]:
                    del self.peaks[hour]
            if reading.value > peaks.get(reading.rule, 0.0):
                peaks[reading.rule] = reading.value
        return readings

    @property
    def kept(self) -> int:
        """How many moments are kept, of all kinds together."""
        looks = len(self._seen.looks) if self._seen is not None else 0
        times = sum(len(each.times) for each in (*self._updates.values(), *self._texts.values()))
        return looks + times + (len(self._starts.times) if self._starts is not None else 0)

    def _measure(self, moment: Moment, on_sale: int | None) -> Iterator[Reading]:
        at, event = moment.at, moment.event
        if event in UPDATES:
            yield from self._counting("flood").add(at)
            yield from self._counting("long_flood").add(at)
        if event == "bot_started":
            self._starts = self._starts or _Starts()
            yield from self._starts.add(at)
        if moment.likeness:
            yield from self._alike(moment.likeness).add(at)
        if moment.has_link:
            yield from self._counting("links").add(at)
        if event == "promo_rejected":
            yield from self._counting("promo_guesses").add(at)
        if event == "product_viewed" or event in BUYING:
            yield from self._look(moment, on_sale)

    def _look(self, moment: Moment, on_sale: int | None) -> Iterator[Reading]:
        self._seen = self._seen or _Looks()
        is_buying = moment.event in BUYING
        begin = self._seen.add((moment.at, -1 if is_buying else moment.product_id))
        if begin + 1 < len(self._seen.looks):
            self._measure_again("catalogue_reach", moment.at)
        yield from self._seen.reach(begin, on_sale)
        yield from self._seen.pace(begin)

    def _measure_again(self, rule: str, since: int) -> None:
        for hour, peaks in self.peaks.items():
            if hour >= _hour_of(since):
                peaks.pop(rule, None)

    def _counting(self, rule: str) -> _Times:
        found = self._updates.get(rule)
        if found is None:
            found = self._updates[rule] = _Times(rule)
        return found

    def _alike(self, likeness: int) -> _Times:
        found = self._texts.get(likeness)
        if found is None:
            if len(self._texts) >= _TEXTS:
                self._forget_texts()
            found = self._texts[likeness] = _Times("same_texts")
        return found

    def _forget_texts(self) -> None:
        kept = self.newest - _window("same_texts") - LATENESS_MS
        for likeness in [each for each, seen in self._texts.items() if seen.times[-1] <= kept]:
            del self._texts[likeness]

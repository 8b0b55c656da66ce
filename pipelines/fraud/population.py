"""What was usual for everybody on the days before: quantiles and tails from histograms by day.

Only whole days before a row's own count, so nothing is compared with what came later. With few
earlier rows nothing is unusual yet.
"""

from collections.abc import Iterator

import numpy as np

from pipelines.fraud.trailing import Integers, Numbers

DAY = 86_400_000_000  # microseconds
_DAYS = 30
_LEAST = 1000  # earlier rows before a quantile says anything
_COUNTED = 512  # values of a count that are told apart
_STEPS, _LOWEST, _HIGHEST = 2048, 1e-3, 1e12  # of amounts: a step is 1.7 %


def usual(at: Integers, values: Integers, share: float) -> Numbers:
    """For each row the value that `share` of the rows of the thirty days before stayed at or below;
    0 where there are too few. `at` in microseconds, `values` counts from 0."""
    found = np.zeros(len(at))
    for rows, earlier in _days(at, np.clip(values, 0, _COUNTED - 1), _COUNTED):
        sums = np.cumsum(earlier)
        if sums[-1] >= _LEAST:
            found[rows] = np.searchsorted(sums, share * sums[-1], "left")
    return found


def rarity(at: Integers, amounts: Numbers) -> Numbers:
    """For each row −log₁₀ of the share of earlier amounts (thirty days) that were as large: 2 is
    one in a hundred. One more amount counts as larger, so a short past makes nothing rare."""
    scale = np.log(np.clip(np.abs(amounts), _LOWEST, _HIGHEST) / _LOWEST)
    place = (scale / np.log(_HIGHEST / _LOWEST) * (_STEPS - 1)).astype(np.int64)
    found = np.zeros(len(at))
    for rows, earlier in _days(at, place, _STEPS):
        above = np.cumsum(earlier[::-1])[::-1]
        found[rows] = np.log10((above[0] + 1) / (above[place[rows]] + 1))
    return found


def _days(at: Integers, place: Integers, places: int) -> Iterator[tuple[Integers, Integers]]:
    """The rows of each day, and how often each place occurred in the thirty days before it."""
    days, day = np.unique(at // DAY, return_inverse=True)
    order = np.argsort(day, kind="stable")
    edges = np.searchsorted(day[order], np.arange(len(days) + 1))
    held: list[Integers] = []
    window = np.zeros(places, dtype=np.int64)
    first = 0
    for number, today in enumerate(days):
        while first < number and days[first] < today - _DAYS:
            window -= held[first]
            held[first] = held[first][:0]
            first += 1
        rows = order[edges[number] : edges[number + 1]]
        yield rows, window
        held.append(np.bincount(place[rows], minlength=places))
        window = window + held[number]

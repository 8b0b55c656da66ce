"""Counts and sums over the time before each row, for groups of any number: by sorting, never by
windows.

All take arrays of one length: `group` the rows' groups (integers from 0), `at` the rows' times
(microseconds). A window is the time after `since` ago up to `until` ago: with `until` 0 its own
moment counts, the moment `since` before it never. Time O(n log n), whatever the windows hold.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Integers: TypeAlias = npt.NDArray[np.int64]
Numbers: TypeAlias = npt.NDArray[np.float64]


class Clock:
    """The rows' moments as indexes into the sorted distinct moments, which make small keys."""

    def __init__(self, at: Integers) -> None:
        self._times, self.place = np.unique(at, return_inverse=True)
        self.count = len(self._times) + 1  # an index may lie after the last moment

    def after(self, ago: int) -> Integers:
        """The index of the first moment later than `ago` before each row."""
        places: Integers = np.searchsorted(self._times, self._times - ago, "right")
        return places[self.place]

    def first_unseeing(self, period: int) -> Integers:
        """The index from which on each row is too old to be seen."""
        places: Integers = np.searchsorted(self._times, self._times + period, "left")
        return places[self.place]


class Windows:
    """Windows over the rows of each group: how many rows they hold, and sums over them."""

    def __init__(self, clock: Clock, group: Integers) -> None:
        self._clock = clock
        self._first = group * clock.count
        keys = self._first + clock.place
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]

    def bounds(self, since: int, until: int = 0) -> tuple[Integers, Integers]:
        """The window of each row, as the first place of `cumulated` and the one after the last."""
        low, high = (
            np.searchsorted(self._keys, self._first + self._clock.after(ago), "left")
            for ago in (since, until)
        )
        return low, high

    def cumulated(self, values: npt.NDArray[np.generic]) -> Numbers:
        """The sums of `values` up to each place, for `between`."""
        sums = np.zeros(len(self._order) + 1)
        np.cumsum(values[self._order], out=sums[1:])
        return sums

    def rows(self, since: int, until: int = 0) -> Integers:
        """How many rows of its group each row sees."""
        low, high = self.bounds(since, until)
        return high - low


def between(cumulated: Numbers, bounds: tuple[Integers, Integers]) -> Numbers:
    """The sum within each row's window."""
    return cumulated[bounds[1]] - cumulated[bounds[0]]


def different(
    clock: Clock, group: Integers, what: Integers, known: npt.NDArray[np.bool_], period: int
) -> Integers:
    """How many different values of `what` each row sees in its group, of the rows that are `known`.

    A value counts from each of its rows until the next row of the same value in that group, or
    until that row is too old: the count is what has begun less what has ended.
    """
    order = np.lexsort((clock.place, what, group))
    order = order[known[order]]
    ends, begins = clock.first_unseeing(period)[order], clock.place[order]
    same = (group[order][1:] == group[order][:-1]) & (what[order][1:] == what[order][:-1])
    ends[:-1] = np.where(same, np.minimum(ends[:-1], begins[1:]), ends[:-1])
    keys = group * clock.count + clock.place
    begun = _up_to(group[order] * clock.count + begins, keys, group * clock.count)
    return begun - _up_to(group[order] * clock.count + ends, keys, group * clock.count)


def _up_to(events: Integers, keys: Integers, first: Integers) -> Integers:
    """How many events of its group each row has at its moment or before."""
    events = np.sort(events)
    seen: Integers = np.searchsorted(events, keys, "right")
    return seen - np.searchsorted(events, first, "left")

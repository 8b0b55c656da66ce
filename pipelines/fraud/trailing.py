"""Counts over the time before each row, for groups of any number: by sorting, never by windows.

All take arrays of one length: `group` the rows' groups (integers from 0), `at` the rows' times
(microseconds), `period` the time before each that counts, its own moment included and the moment
`period` before it not. Time O(n log n), whatever the windows hold.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Integers: TypeAlias = npt.NDArray[np.int64]


class Clock:
    """The rows' moments as indexes into the sorted distinct moments, which make small keys."""

    def __init__(self, at: Integers) -> None:
        self._times, self.place = np.unique(at, return_inverse=True)
        self.count = len(self._times) + 1  # an index may lie after the last moment

    def first_seen(self, period: int) -> Integers:
        """The index from which on each row sees others."""
        places: Integers = np.searchsorted(self._times, self._times - period, "right")
        return places[self.place]

    def first_unseeing(self, period: int) -> Integers:
        """The index from which on each row is too old to be seen."""
        places: Integers = np.searchsorted(self._times, self._times + period, "left")
        return places[self.place]


def rows(clock: Clock, group: Integers, period: int) -> Integers:
    """How many rows of its group each row sees."""
    keys = group * clock.count + clock.place
    order = np.argsort(keys, kind="stable")
    keys, first = keys[order], (group * clock.count + clock.first_seen(period))[order]
    seen = np.empty_like(group)
    seen[order] = np.searchsorted(keys, keys, "right") - np.searchsorted(keys, first, "left")
    return seen


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

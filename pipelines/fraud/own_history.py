"""An entity's own last transactions before each: amounts and gaps, as matrices of fixed width.

Rows are in the order of their entities and times; `first` is the place of each row's entity's
first row. Chunks keep the memory small, whatever the number of rows.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from pipelines.fraud.trailing import Integers, Numbers

_AMOUNTS, _AMOUNTS_LEAST = 32, 5
_GAPS, _GAPS_LEAST = 10, 4
_MAD_OF_NORMAL = 1.4826
_LEAST_SPREAD = 0.1
_CHUNK = 65_536


def outliers(first: Integers, amounts: Numbers) -> tuple[Numbers, Numbers]:
    """How far each amount lies above the entity's median, in deviations; and above its largest, as
    a logarithm. Smaller ones are nothing unusual. 0 below five earlier amounts.

    The deviation is the median absolute one of the last 32 amounts. Amounts that spread evenly are
    told by their distance, amounts that multiply by their logarithm, in which half of the
    deviations are as rare: the smaller of both counts.
    """
    amounts = np.abs(amounts)
    distance, above = np.zeros(len(amounts)), np.zeros(len(amounts))
    for rows, earlier, count in _earlier(first, amounts, _AMOUNTS):
        known = count >= _AMOUNTS_LEAST
        rows, earlier, count = rows[known], earlier[known], count[known]
        scale, logs = np.log1p(amounts[rows]), np.log1p(earlier)
        plain = _above(amounts[rows], earlier, count, relative=True)
        distance[rows] = np.minimum(plain, 2 * _above(scale, logs, count, relative=False))
        largest = np.max(np.where(np.isfinite(logs), logs, -np.inf), axis=1, initial=-np.inf)
        above[rows] = scale - largest
    return np.maximum(distance, 0), above


def _above(values: Numbers, earlier: Numbers, count: Integers, *, relative: bool) -> Numbers:
    """Distance from the median in deviations; a spread of under 10 % counts as 10 %."""
    median = _median(earlier, count)
    spread = _median(np.abs(earlier - median[:, None]), count) * _MAD_OF_NORMAL
    least = _LEAST_SPREAD * (np.maximum(median, 1e-9) if relative else 1)
    found: Numbers = (values - median) / np.maximum(spread, least)
    return found


def evenness(first: Integers, gaps: Numbers) -> Numbers:
    """1 − coefficient of variation of the last ten gaps, the row's own included; 0 below four."""
    found = np.zeros(len(gaps))
    # A row's own gap counts: it is over when the row happens. The first row of an entity has none.
    for rows, last, count in _earlier(first, gaps, _GAPS, own=True):
        known = count >= _GAPS_LEAST
        rows, last = rows[known], np.where(np.isfinite(last[known]), last[known], np.nan)
        mean, spread = np.nanmean(last, axis=1), np.nanstd(last, axis=1, ddof=1)
        variation = np.divide(spread, mean, out=np.zeros_like(mean), where=mean > 0)
        found[rows] = np.clip(1 - variation, 0, 1)
    return found


def _earlier(
    first: Integers, values: Numbers, width: int, *, own: bool = False
) -> Iterator[tuple[Integers, Numbers, Integers]]:
    """Rows, the values of the same entity before them (infinite where there are none), and how
    many. With `own` a row's own value, and an entity's first value never."""
    ago = np.arange(0 if own else 1, width if own else width + 1)
    oldest = first + 1 if own else first
    for start in range(0, len(values), _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, len(values)))
        places = rows[:, None] - ago
        is_own: npt.NDArray[np.bool_] = places >= oldest[rows][:, None]
        earlier = np.where(is_own, values[np.maximum(places, 0)], np.inf)
        yield rows, earlier, is_own.sum(axis=1)


def _median(values: Numbers, count: Integers) -> Numbers:
    """Of the finite ones of each row, of which there are `count`, at least one."""
    ordered = np.sort(values, axis=1)
    rows = np.arange(len(values))
    return (ordered[rows, (count - 1) // 2] + ordered[rows, count // 2]) / 2

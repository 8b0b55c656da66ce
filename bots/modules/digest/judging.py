"""What is unusual: pure rules, meant to be silent on ordinary noise (`tests/…/test_noise.py`)."""

import math
from collections.abc import Sequence
from statistics import median

# A drop: this far below the median, in robust standard deviations (1.4826 · MAD; Iglewicz and
# Hoaglin, 1993, take 3.5 as the limit of what is an outlier on both sides; what a shop sells varies
# less downwards, and of the drops of a shop with 40 orders a day 3.5 would miss half).
LOWEST_Z = -2.5
LEAST_WEEKS = 4
WEEKS = 8
_SPREAD = 1.4826
_LEAST_SPREAD = 0.2  # of the median: a few alike weeks do not make a small shop's noise unusual

LEAST_FAILED = 5
_FAILED_PRIOR, _TRIED_PRIOR = 1, 20
_UNLIKELY = 1e-4


def robust_z(value: float, before: Sequence[float], orders: float) -> float | None:
    """How far a day's sales are from those of the same weekday before; None if too few are known,
    or nothing was usually sold. `orders`: the usual number, whose chance (Poisson) alone spreads
    sales by one over its root."""
    if len(before) < LEAST_WEEKS:
        return None
    middle = median(before)
    if middle <= 0 or orders <= 0:
        return None
    deviation = _SPREAD * median(abs(each - middle) for each in before)
    spread = max(deviation, middle * _LEAST_SPREAD, middle / math.sqrt(orders))
    return (value - middle) / spread


def has_dropped(value: float, before: Sequence[float], orders: float) -> bool:
    """Whether sales are far below the usual."""
    found = robust_z(value, before, orders)
    return found is not None and found <= LOWEST_Z


def are_failing(failed: int, succeeded: int, usual_failed: int, usual_succeeded: int) -> bool:
    """Whether so many failed payments are more than chance explains, by the share that failed in
    the weeks before: the binomial tail is below 1 : 10,000."""
    tried = failed + succeeded
    if failed < LEAST_FAILED:
        return False
    share = (usual_failed + _FAILED_PRIOR) / (usual_failed + usual_succeeded + _TRIED_PRIOR)
    return binomial_tail(failed, tried, share) < _UNLIKELY


def binomial_tail(least: int, of: int, share: float) -> float:
    """The probability of at least so many of so many."""
    if share >= 1:
        return 1.0
    logs = (
        math.lgamma(of + 1)
        - math.lgamma(many + 1)
        - math.lgamma(of - many + 1)
        + many * math.log(share)
        + (of - many) * math.log1p(-share)
        for many in range(least, of + 1)
    )
    return math.fsum(math.exp(each) for each in logs)

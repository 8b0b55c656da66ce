"""How long people waited, by what they waited for."""

import math
from collections import Counter
from dataclasses import dataclass

# Each bucket's bound is 5 % above the one below: that is the precision of a quantile.
GROWTH = 1.05


@dataclass(frozen=True, slots=True)
class Quantiles:
    """In milliseconds, each at most 5 % above the true one; `longest` is exact."""

    count: int
    p50: float
    p95: float
    p99: float
    p999: float
    longest: float


class Latencies:
    """Histograms of a fixed size, however many are counted."""

    def __init__(self) -> None:
        self._buckets: dict[str, Counter[int]] = {}
        self._longest: dict[str, float] = {}

    def add(self, what: str, seconds: float) -> None:
        milliseconds = max(seconds * 1000, 0.001)
        bucket = math.ceil(math.log(milliseconds, GROWTH))
        self._buckets.setdefault(what, Counter())[bucket] += 1
        self._longest[what] = max(self._longest.get(what, 0.0), milliseconds)

    def summary(self) -> dict[str, Quantiles]:
        return {what: self._quantiles(what) for what in sorted(self._buckets)}

    def _quantiles(self, what: str) -> Quantiles:
        buckets, longest = self._buckets[what], self._longest[what]
        total = buckets.total()

        def quantile(share: float) -> float:
            left = math.ceil(share * total)
            for bucket in sorted(buckets):
                left -= buckets[bucket]
                if left <= 0:
                    return round(min(GROWTH**bucket, longest), 2)
            return longest

        return Quantiles(
            total,
            quantile(0.5),
            quantile(0.95),
            quantile(0.99),
            quantile(0.999),
            round(longest, 2),
        )

"""The scorer for any transactions: who (entity), when, how much, with whom (counterparty).

Pure: a frame in, a frame out, whatever its source. Each transaction is scored by what was known
when it happened, itself included: nothing later counts, so a score can be reproduced.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from core.events import Bilingual
from pipelines.fraud import own_history, population, trailing
from pipelines.fraud.trailing import Integers, Numbers

_Kind = TypeVar("_Kind", bound=np.generic)
COLUMNS = ("entity", "time", "amount", "counterparty")
_BURST, DAY = 600_000_000, 86_400_000_000  # microseconds
_SHARED = 30 * DAY
# What one in a hundred rows exceeded lately is not unusual, whatever the rule's own start.
_USUAL = 0.99
_UNUSUAL = 3.0  # deviations, of an amount that is remembered for a week
MOST_REASONS = 8


@dataclass(frozen=True, slots=True)
class TransactionRule:
    """One signal of a transaction, with the strength of `score.strength`; `start` is a value.

    A count's start and threshold rise with what was usual for everybody on the days before.
    """

    key: str
    weight: float
    start: float
    threshold: float
    title: Bilingual
    is_count: bool = False


RULES: tuple[TransactionRule, ...] = (
    TransactionRule(
        "velocity",
        0.4,
        10,
        30,
        Bilingual("Много операций за сутки", "Many transactions in 24 hours"),
        is_count=True,
    ),
    TransactionRule(
        "burst",
        0.5,
        3,
        8,
        Bilingual("Всплеск: операции за 10 минут", "A burst: transactions in 10 minutes"),
        is_count=True,
    ),
    TransactionRule(
        "regularity",
        0.4,
        0.7,
        0.9,
        Bilingual("Ровные промежутки, как у машины", "Even gaps, as of a machine"),
    ),
    TransactionRule(
        "amount_outlier",
        0.6,
        2,
        8,
        Bilingual("Сумма выше обычной для него", "Larger than this entity's usual amounts"),
    ),
    TransactionRule(
        "recent_outliers",
        0.15,
        0,
        3,
        Bilingual("Необычно большие суммы за 7 дней до того", "Unusual amounts in the week before"),
    ),
    TransactionRule(
        "large_amount",
        0.5,
        1.5,
        3.5,
        Bilingual("Сумма, каких почти не бывает", "An amount that hardly ever occurs"),
    ),
    TransactionRule(
        "repeated_amount",
        0.4,
        2,
        5,
        Bilingual("Та же сумма снова и снова за сутки", "The same amount again and again in a day"),
        is_count=True,
    ),
    TransactionRule(
        "shared_counterparty",
        0.2,
        5,
        20,
        Bilingual("К этому получателю идут от многих", "Many send to this counterparty in 30 days"),
        is_count=True,
    ),
    TransactionRule(
        "fan_out",
        0.4,
        5,
        15,
        Bilingual("Много разных получателей за сутки", "Many counterparties in 24 hours"),
        is_count=True,
    ),
)

SCORED_BY = ("rules", "model")
ADDED = (*(rule.key for rule in RULES), "score", "scored_by", "reasons")


class Transactions:
    """Transactions as arrays in the order of entity and time, for whatever measures them.

    `place` is the row of the frame that each array's row comes from.
    """

    def __init__(self, rows: pl.DataFrame) -> None:
        at = rows["time"].to_physical().to_numpy()
        entity = _numbered(rows["entity"])
        self.place = np.lexsort((np.arange(len(at)), at, entity))
        self.entity = entity[self.place]
        self.at = at[self.place]
        self.amount: Numbers = rows["amount"].to_numpy()[self.place]
        self.counterparty = _numbered(rows["counterparty"])[self.place]
        self.has_counterparty = rows["counterparty"].is_not_null().to_numpy()[self.place]
        is_first = np.ones(len(at), dtype=bool)
        is_first[1:] = self.entity[1:] != self.entity[:-1]
        self.first = _since(is_first)
        is_later = is_first.copy()
        is_later[1:] |= self.at[1:] != self.at[:-1]
        # Rows of one moment would all see each other: a microsecond each puts them in order.
        step = self.at + np.arange(len(at)) - _since(is_later)
        self.clock = trailing.Clock(step)
        self.gap = np.diff(step, prepend=step[:1]) / 1_000_000

    @cached_property
    def by_entity(self) -> trailing.Windows:
        return trailing.Windows(self.clock, self.entity)

    @cached_property
    def by_counterparty(self) -> trailing.Windows:
        return trailing.Windows(self.clock, self.counterparty)

    def in_rows(self, values: npt.NDArray[_Kind]) -> npt.NDArray[_Kind]:
        """The values in the order of the frame's rows."""
        found = np.empty_like(values)
        found[self.place] = values
        return found


def _numbered(ids: pl.Series) -> Integers:
    """Whole numbers from 0 in place of texts, which sort and compare many times faster."""
    numbers: Integers = ids.rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
    return numbers


def _since(begins: npt.NDArray[np.bool_]) -> Integers:
    """For each place the last one at or before it where something begins."""
    places: Integers = np.maximum.accumulate(np.where(begins, np.arange(len(begins)), 0))
    return places


def signals(rows: pl.DataFrame) -> pl.DataFrame:
    """Each transaction with the value of each rule; `rows` has `COLUMNS`, the order is kept."""
    known = Transactions(rows)
    measured = measure(known)
    return rows.select(COLUMNS).hstack(
        [pl.Series(rule.key, known.in_rows(measured[rule.key])) for rule in RULES]
    )


def measure(known: Transactions) -> dict[str, Numbers]:
    """The values of `RULES`, in the order of `known`."""
    _, price = np.unique(known.amount, return_inverse=True)
    same = known.entity * (price.max(initial=0) + 1) + price
    _, same = np.unique(same, return_inverse=True)
    counterparty, is_known = known.counterparty, known.has_counterparty
    shared = trailing.different(known.clock, counterparty, known.entity, is_known, _SHARED)
    fan_out = trailing.different(known.clock, known.entity, counterparty, is_known, DAY)
    counts = {
        "velocity": known.by_entity.rows(DAY),
        "burst": known.by_entity.rows(_BURST),
        "repeated_amount": trailing.Windows(known.clock, same).rows(DAY),
        "shared_counterparty": np.where(is_known, shared, 0),
        "fan_out": fan_out,
    }
    outliers = own_history.outliers(known.first, known.amount)[0]
    is_unusual = (outliers >= _UNUSUAL).astype(float)
    bounds = known.by_entity.bounds(7 * DAY)
    unusual = trailing.between(known.by_entity.cumulated(is_unusual), bounds)
    return {name: values.astype(float) for name, values in counts.items()} | {
        "regularity": own_history.evenness(known.first, known.gap),
        "amount_outlier": outliers,
        "recent_outliers": unusual - is_unusual,
        "large_amount": population.rarity(known.at, known.amount),
    }


def points(known: Transactions, measured: dict[str, Numbers]) -> Numbers:
    """weight·x of each rule, a column each in the order of `RULES`."""
    columns = []
    for rule in RULES:
        value = measured[rule.key]
        start: Numbers | float = rule.start
        threshold: Numbers | float = rule.threshold
        if rule.is_count:
            usual = population.usual(known.at, value.astype(np.int64), _USUAL)
            start = np.maximum(rule.start, usual)
            threshold = start * (rule.threshold / rule.start)
        columns.append(rule.weight * np.clip((value - start) / (threshold - start), 0, 1))
    return np.column_stack(columns)


def score(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows, whatever else they hold, with `ADDED`: `signals`, `score` (0 to 100), by what it
    was `scored_by`, and `reasons`, the rules that are hit, by contribution."""
    known = Transactions(rows)
    measured = measure(known)
    weighted = points(known, measured)
    added = [pl.Series(rule.key, known.in_rows(measured[rule.key])) for rule in RULES]
    combined = 100 * (1 - np.prod(1 - weighted, axis=1))
    return rows.hstack(
        [
            *added,
            pl.Series("score", known.in_rows(combined)),
            pl.Series("scored_by", [SCORED_BY[0]]).new_from_index(0, rows.height),
            in_words(known.in_rows(weighted), [rule.key for rule in RULES]),
        ]
    )


def in_words(contributions: Numbers, names: list[str]) -> pl.Series:
    """`reasons`: the names with a contribution above 0 in each row, the largest first.

    Many rows have the same reasons: each order is written once.
    """
    order = np.argsort(-contributions, axis=1, kind="stable")
    hits = (np.take_along_axis(contributions, order, axis=1) > 0).sum(axis=1)
    code = np.zeros(len(order), dtype=np.int64)
    for place in range(min(len(names), MOST_REASONS)):
        code = code * (len(names) + 1) + np.where(place < hits, order[:, place] + 1, 0)
    distinct, example, which = np.unique(code, return_index=True, return_inverse=True)
    texts = [
        ", ".join(names[each] for each in order[row, : min(hits[row], MOST_REASONS)])
        for row in example.tolist()
    ]
    assert len(texts) == len(distinct)
    return pl.Series("reasons", texts, dtype=pl.String).gather(which)

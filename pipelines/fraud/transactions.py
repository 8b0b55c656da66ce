"""The scorer for any transactions: who (entity), when, how much, with whom (counterparty).

Pure: a frame in, a frame out, whatever its source. Each transaction is scored by what was known
when it happened, itself included: nothing later counts, so a score can be reproduced.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from core.events import Bilingual
from pipelines.fraud import trailing
from pipelines.fraud.score import strength

COLUMNS = ("entity", "time", "amount", "counterparty")
_GAPS, _GAPS_LEAST = 10, 4
_AMOUNTS, _AMOUNTS_LEAST = 50, 5
_MAD_OF_NORMAL = 1.4826
_BURST, _DAY = 600_000_000, 86_400_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class TransactionRule:
    """One signal of a transaction, with the strength of `score.strength`; `start` is a value."""

    key: str
    weight: float
    start: float
    threshold: float
    title: Bilingual


RULES: tuple[TransactionRule, ...] = (
    TransactionRule(
        "velocity",
        0.4,
        10,
        30,
        Bilingual("Много операций за сутки", "Many transactions in 24 hours"),
    ),
    TransactionRule(
        "burst",
        0.5,
        3,
        8,
        Bilingual("Всплеск: операции за 10 минут", "A burst: transactions in 10 minutes"),
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
        0.5,
        4,
        10,
        Bilingual("Сумма не как обычно", "An unusual amount"),
    ),
    TransactionRule(
        "repeated_amount",
        0.4,
        2,
        5,
        Bilingual("Та же сумма снова и снова за сутки", "The same amount again and again in a day"),
    ),
    TransactionRule(
        "shared_counterparty",
        0.2,
        5,
        20,
        Bilingual("К этому получателю идут от многих", "Many send to this counterparty"),
    ),
    TransactionRule(
        "fan_out",
        0.4,
        5,
        15,
        Bilingual("Много разных получателей за сутки", "Many counterparties in 24 hours"),
    ),
)

ADDED = (*(rule.key for rule in RULES), "score", "reasons")


def signals(rows: pl.DataFrame) -> pl.DataFrame:
    """Each transaction with the value of each rule; `rows` has `COLUMNS`, the order is kept."""
    # Integers in place of texts, which sort and compare many times faster.
    numbered = rows.select(
        pl.int_range(pl.len()).alias("row"),
        "time",
        "amount",
        _number_of("entity"),
        _number_of("counterparty"),
        price=pl.col("amount").rank("dense").cast(pl.Int64),
    )
    # Rows of the same moment would all see each other: a microsecond each puts them in order.
    place = pl.int_range(pl.len()).over("entity", "time")
    ordered = (
        numbered.sort("time", "row")
        .with_columns(
            step=pl.col("time") + pl.duration(microseconds=place),
            shared_counterparty=_dealt_with(),
        )
        .sort("entity", "step", "row")
        .with_columns(gap=pl.col("time").diff().dt.total_seconds(fractional=True).over("entity"))
    )
    measured = ordered.with_columns(
        *_counts(ordered),
        regularity=_evenness().over("entity"),
        amount_outlier=_outlier().over("entity"),
    )
    values = [pl.col(rule.key).cast(pl.Float64).fill_null(0) for rule in RULES]
    return rows.select(COLUMNS).hstack(measured.sort("row").select(values))


def _number_of(column: str) -> pl.Expr:
    return pl.col(column).rank("dense").cast(pl.Int64).alias(column)


def _dealt_with() -> pl.Expr:
    """For each transaction: how many different entities its counterparty has dealt with so far."""
    newly = (pl.col("entity").is_first_distinct() & pl.col("counterparty").is_not_null()).over(
        "counterparty"
    )
    return newly.cast(pl.UInt32).cum_sum().over("counterparty")


def _counts(ordered: pl.DataFrame) -> list[pl.Series]:
    """Counts and sums over the entity's ten minutes and day before each transaction."""
    entity, price = ordered["entity"].to_numpy(), ordered["price"].to_numpy()
    clock = trailing.Clock(ordered["step"].to_physical().to_numpy())
    counterparty = ordered["counterparty"].fill_null(0).to_numpy()
    same = entity * (price.max(initial=0) + 1) + price
    known = ordered["counterparty"].is_not_null().to_numpy()
    return [
        pl.Series("burst", trailing.rows(clock, entity, _BURST)),
        pl.Series("velocity", trailing.rows(clock, entity, _DAY)),
        pl.Series("repeated_amount", trailing.rows(clock, _dense(same), _DAY)),
        pl.Series("fan_out", trailing.different(clock, entity, counterparty, known, _DAY)),
    ]


def _dense(values: trailing.Integers) -> trailing.Integers:
    """The values as ranks, small enough to be multiplied again."""
    _, places = np.unique(values, return_inverse=True)
    return places


def _evenness() -> pl.Expr:
    """1 − coefficient of variation of the last ten gaps; null below four."""
    gap = pl.col("gap")
    deviation = gap.rolling_std(_GAPS, min_samples=_GAPS_LEAST)
    spread = deviation / gap.rolling_mean(_GAPS, min_samples=_GAPS_LEAST)
    return (1 - spread.fill_nan(0)).clip(0, 1)


def _outlier() -> pl.Expr:
    """Distance of the amount from the median of the entity's earlier ones, in deviations.

    On a logarithmic scale, by the median absolute deviation; a spread of under 10 % counts as 10 %.
    """
    scale = pl.col("amount").abs().log1p()
    earlier = scale.shift(1)
    median = earlier.rolling_median(_AMOUNTS, min_samples=_AMOUNTS_LEAST)
    distance = (earlier - median).abs()
    deviation = distance.rolling_median(_AMOUNTS, min_samples=_AMOUNTS_LEAST) * _MAD_OF_NORMAL
    return (scale - median).abs() / pl.max_horizontal(deviation, pl.lit(0.1))


def score(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows, whatever else they hold, with `ADDED`: `signals`, `score` (0 to 100) and `reasons`,
    the rules that are hit, by contribution."""
    measured = signals(rows)
    points = measured.select(
        (
            rule.weight * strength(pl.col(rule.key), pl.lit(rule.start), pl.lit(rule.threshold))
        ).alias(rule.key)
        for rule in RULES
    )
    kept = pl.lit(1.0)
    for rule in RULES:
        kept = kept * (1 - pl.col(rule.key))
    added = [*points.select(score=100 * (1 - kept)), _reasons(points)]
    return rows.hstack(measured.select(rule.key for rule in RULES)).hstack(added)


def _reasons(points: pl.DataFrame) -> pl.Series:
    """The rules with points in each row, the most first; few rows have any, or more than one."""
    hits = (
        pl.concat(
            points.with_row_index("row")
            .filter(pl.col(rule.key) > 0)
            .select("row", points=rule.key, rule=pl.lit(rule.key))
            for rule in RULES
        )
        .sort("row", "points", descending=[False, True], maintain_order=True)
        .group_by("row", maintain_order=True)
        .agg(reasons=pl.col("rule").str.join(", "))
    )
    every = pl.DataFrame({"row": pl.int_range(points.height, dtype=pl.UInt32, eager=True)})
    found = every.join(hits, on="row", how="left", maintain_order="left")["reasons"]
    return found.fill_null("")

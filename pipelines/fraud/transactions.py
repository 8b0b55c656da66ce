"""The scorer for any transactions: who (entity), when, how much, with whom (counterparty).

Pure: a frame in, a frame out, from here or from elsewhere. Each transaction is scored by what was
known when it happened, itself included: nothing later counts, so that a score can be replayed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from core.errors import Refused
from core.events import Bilingual
from pipelines.fraud.score import strength

COLUMNS = ("entity", "time", "amount", "counterparty")
_GAPS, _GAPS_LEAST = 10, 4
_AMOUNTS, _AMOUNTS_LEAST = 50, 5
_MAD_OF_NORMAL = 1.4826


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


def read_as(frame: pl.DataFrame, columns: Mapping[str, str]) -> pl.DataFrame:
    """The frame's columns by the names that the scorer knows, with their types made right.

    `columns` says which column is the `entity`, `time`, `amount` and `counterparty` (the last one
    may be left out). Times may be dates, moments, text in ISO 8601 or numbers of seconds since the
    epoch. Raises Refused that says what is wrong and what to do.
    """
    unknown = sorted(set(columns) - set(COLUMNS))
    if unknown:
        raise Refused(f"{', '.join(unknown)} is no part of a transaction: map {', '.join(COLUMNS)}")
    absent = [name for name in COLUMNS[:3] if name not in columns]
    if absent:
        raise Refused(f"say which column is the {absent[0]}: for example {absent[0]}=NAME")
    for name, column in columns.items():
        if column not in frame.columns:
            raise Refused(
                f"there is no column {column} for {name}; the file has {', '.join(frame.columns)}"
            )
    counterparty = pl.col(columns["counterparty"]) if "counterparty" in columns else pl.lit(None)
    rows = frame.select(
        entity=pl.col(columns["entity"]).cast(pl.String),
        time=_moment(frame, columns["time"]),
        amount=_number(frame, columns["amount"]),
        counterparty=counterparty.cast(pl.String),
    )
    for name in COLUMNS[:3]:
        missing = rows[name].null_count()
        if missing:
            raise Refused(
                f"{missing} of {rows.height} rows have no {name} that can be read in column "
                f"{columns[name]}: mend or leave out those rows"
            )
    return rows


def _moment(frame: pl.DataFrame, column: str) -> pl.Expr:
    kind, value = frame.schema[column], pl.col(column)
    if kind == pl.String:
        return value.str.to_datetime(time_unit="us", time_zone="UTC", strict=False)
    if kind.is_numeric():
        return (value.cast(pl.Float64) * 1e6).cast(pl.Int64).cast(pl.Datetime("us", "UTC"))
    if kind == pl.Date or (isinstance(kind, pl.Datetime) and kind.time_zone is None):
        return value.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    if isinstance(kind, pl.Datetime):
        return value.dt.convert_time_zone("UTC").dt.cast_time_unit("us")
    raise Refused(f"column {column} is {kind}: times are moments, ISO text or seconds since 1970")


def _number(frame: pl.DataFrame, column: str) -> pl.Expr:
    kind = frame.schema[column]
    if not kind.is_numeric():
        raise Refused(f"column {column} is {kind}: amounts are numbers")
    number = pl.col(column).cast(pl.Float64)
    return pl.when(number.is_finite()).then(number)


def signals(rows: pl.DataFrame) -> pl.DataFrame:
    """Each transaction with the value of each rule; `rows` is of `read_as`, the order is kept."""
    ordered = rows.with_row_index("row").sort("time", "row")
    gap = pl.col("time").diff().dt.total_seconds(fractional=True).over("entity")
    timed = ordered.with_columns(gap=gap).with_columns(
        regularity=_evenness().over("entity"), amount_outlier=_outlier().over("entity")
    )
    by_entity = _within(timed, "10m", ["entity"], burst=pl.len())
    by_day = _within(
        timed,
        "1d",
        ["entity"],
        velocity=pl.len(),
        repeated_amount=(pl.col("amount") == pl.col("amount").last()).sum(),
        fan_out=pl.col("counterparty").drop_nulls().n_unique(),
    )
    # Up to each transaction: how many different entities its counterparty has dealt with.
    newly = (pl.col("entity").is_first_distinct() & pl.col("counterparty").is_not_null()).over(
        "counterparty"
    )
    shared = newly.cast(pl.UInt32).cum_sum().over("counterparty")
    measured = timed.with_columns(shared_counterparty=shared).join(by_entity, on="row")
    return (
        measured.join(by_day, on="row")
        .sort("row")
        .select(*COLUMNS, *(pl.col(rule.key).cast(pl.Float64).fill_null(0) for rule in RULES))
    )


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


def _within(rows: pl.DataFrame, period: str, by: list[str], **what: pl.Expr) -> pl.DataFrame:
    """`what` over the time before each row, by `row`. Rows of one moment see those before them."""
    # Rows of one moment would all see each other: a microsecond each puts them in order.
    place = pl.int_range(pl.len()).over(*by, "time")
    stepped = rows.with_columns(step=pl.col("time") + pl.duration(microseconds=place))
    return (
        stepped.sort(*by, "step")
        .rolling("step", period=period, group_by=by)
        .agg(row=pl.col("row").last(), **what)
        .drop(*by, "step")
    )


def score(rows: pl.DataFrame) -> pl.DataFrame:
    """`signals` with `score`, 0 to 100, and `reasons`: the rules that are hit, by contribution."""
    measured = signals(rows)
    points = {
        rule.key: rule.weight
        * strength(pl.col(rule.key), pl.lit(rule.start), pl.lit(rule.threshold))
        for rule in RULES
    }
    kept = pl.lit(1.0)
    for point in points.values():
        kept = kept * (1 - point)
    told = pl.concat_list(
        pl.struct(rule=pl.lit(key), points=100 * point) for key, point in points.items()
    )
    is_hit = pl.element().struct.field("points") > 0
    return measured.with_columns(score=100 * (1 - kept), reasons=told).with_columns(
        reasons=pl.col("reasons")
        .list.filter(is_hit)
        .list.eval(pl.element().sort_by(pl.element().struct.field("points"), descending=True))
        .list.eval(pl.element().struct.field("rule"))
        .list.join(", ")
    )

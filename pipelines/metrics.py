"""Metrics as typed objects on their columns: the dictionary is generated from here.

A table's schema describes its columns; a column that is a metric of docs/metrics.md carries a
`Metric`, from which the panel's dictionary and the docs page are generated.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import dagster as dg
import pandera.polars as pa
import polars as pl

from core.events import Bilingual

Unit = Literal["users", "count", "share", "money", "days", "hours", "us", "ms", "seconds", "score"]

MONEY_RATIO = pl.Decimal(38, 4)  # of money: exact to a ten-thousandth of the minor unit
_METRIC = "metric"


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of the catalogue; `number` is its number there."""

    number: int
    title: Bilingual
    formula: Bilingual
    unit: Unit


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the dictionary: a metric, and the table that has it."""

    metric: Metric
    table: str
    column: str
    grain: str
    source: str
    freshness: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The description of a daily table, for the dictionary, the docs and the standing checks.

    `source` names the assets that it is computed from, `freshness` how often.
    """

    name: str
    description: str
    grain: str
    schema: pa.DataFrameSchema
    source: str
    freshness: str

    def entries(self) -> Iterator[Entry]:
        """The table's lines of the metric dictionary."""
        for column, found in metrics_of(self.schema):
            yield Entry(found, self.name, column, self.grain, self.source, self.freshness)


def metric(
    number: int, unit: Unit, ru: tuple[str, str], en: tuple[str, str], *, least: int | None = 0
) -> pa.Column:
    """A column that is a metric: `ru` and `en` are its title and its formula.

    The unit gives the type: users and count are whole, money is in whole minor units of the shop's
    own currency, a share is from 0 to 1. `least=None` lets it be negative. All but users and counts
    may be null: no denominator, a missing exchange rate, or a period that is not over yet.
    """
    described = Metric(number, Bilingual(ru[0], en[0]), Bilingual(ru[1], en[1]), unit)
    checks = [] if least is None else [pa.Check.ge(least)]
    if unit == "share":
        checks.append(pa.Check.le(1))
    kinds = {"users": pl.UInt32, "count": pl.UInt64, "money": pl.Int64}
    return pa.Column(
        kinds.get(unit, pl.Float64),
        checks,
        nullable=unit not in ("users", "count"),
        description=f"{number} {en[0]} = {en[1]}",
        metadata={_METRIC: described},
    )


def money_ratio(number: int, ru: tuple[str, str], en: tuple[str, str]) -> pa.Column:
    """A metric that is money per head: minor units, exact to four digits."""
    described = Metric(number, Bilingual(ru[0], en[0]), Bilingual(ru[1], en[1]), "money")
    return pa.Column(
        MONEY_RATIO,
        nullable=True,
        description=f"{number} {en[0]} = {en[1]}",
        metadata={_METRIC: described},
    )


def same_metric(column: pa.Column, dtype: Any, *, nullable: bool, note: str = "") -> pa.Column:
    """Another table's metric of this type, by the same formula and checks; `note` is added."""
    assert column.description is not None and column.metadata is not None  # made by `metric`
    return pa.Column(
        dtype,
        column.checks,
        nullable=nullable,
        description=f"{column.description}, {note}" if note else column.description,
        metadata=dict(column.metadata),
    )


def part(
    dtype: Any, description: str, *checks: pa.Check, nullable: bool = False, least: int | None = 0
) -> pa.Column:
    """A column that is not a metric itself: a numerator, a denominator, a key."""
    bounds = [] if least is None or dtype in (pl.String, pl.Date) else [pa.Check.ge(least)]
    return pa.Column(dtype, [*bounds, *checks], nullable=nullable, description=description)


def rule(condition: pl.Expr, error: str) -> pa.Check:
    """A rule for whole rows; a row for which it is null passes."""
    return pa.Check(lambda data: data.lazyframe.select(condition.fill_null(True)), error=error)


DAY = pa.Column(pl.Date, description="The calendar day in the shop's time zone")
SHOP = pa.Column(pl.UInt32, pa.Check.gt(0), description="The shop")
VARIANT = pa.Column(
    pl.String,
    pa.Check.isin(["raw", "clean"]),
    description="raw: everybody but staff and test; clean: without flagged fraud too",
)


def figures_schema(
    keys: dict[str, pa.Column],
    figures: dict[str, pa.Column],
    rules: Sequence[pa.Check] = (),
    *,
    by_variant: bool = True,
) -> pa.DataFrameSchema:
    """The schema of a daily table: day, shop, variant, further keys, then the figures."""
    always = {"day": DAY, "shop_id": SHOP} | ({"variant": VARIANT} if by_variant else {})
    return pa.DataFrameSchema(
        {**always, **keys, **figures},
        checks=list(rules),
        unique=[*always, *keys],
        strict=True,
        ordered=True,
    )


def shape(frame: pl.DataFrame, schema: pa.DataFrameSchema) -> pl.DataFrame:
    """The frame's columns that are in the schema, in its order and with its types.

    `variant` is added later, so it may be missing.
    """
    return frame.select(
        pl.col(name).cast(column.dtype.type)
        for name, column in schema.columns.items()
        if name != "variant" or name in frame.columns
    )


def columns(schema: pa.DataFrameSchema) -> dg.TableSchema:
    """The schema as Dagster's page shows it, formulas included."""
    return dg.TableSchema(
        [
            dg.TableColumn(
                name,
                str(column.dtype),
                column.description,
                dg.TableColumnConstraints(nullable=column.nullable),
            )
            for name, column in schema.columns.items()
        ]
    )


def metrics_of(schema: pa.DataFrameSchema) -> Iterator[tuple[str, Metric]]:
    """The columns that are metrics, with the metric of each."""
    for name, column in schema.columns.items():
        if column.metadata and _METRIC in column.metadata:
            yield name, column.metadata[_METRIC]


def ratio(part_of: str | pl.Expr, whole: str | pl.Expr) -> pl.Expr:
    """A share or a mean: null where there is no denominator."""
    above = pl.col(part_of) if isinstance(part_of, str) else part_of
    below = pl.col(whole) if isinstance(whole, str) else whole
    return pl.when(below > 0).then(above / below)


def per_head(money: str | pl.Expr, count: str) -> pl.Expr:
    """Money per head, exact: null where there is nobody."""
    amount = pl.col(money) if isinstance(money, str) else money
    quotient = amount.cast(pl.Decimal(38, 4)) / pl.col(count).cast(pl.Decimal(38, 4))
    return pl.when(pl.col(count) > 0).then(quotient).cast(MONEY_RATIO)


def known_sum(column: str | pl.Expr) -> pl.Expr:
    """The sum of money, null if one of the amounts is not known."""
    amount = pl.col(column) if isinstance(column, str) else column
    return pl.when(amount.is_not_null().all()).then(amount.sum())


def each(frame: pl.DataFrame, keys: Iterable[str], **figures: pl.Expr) -> pl.DataFrame:
    """The figures by key; a shop without rows has none, so join them to the shops that must have a
    row."""
    return frame.group_by(list(keys)).agg(**figures)

"""Metrics that the pipelines keep by day, added up as their dictionary entries say
(`core.metric_dictionary`): no formula stands here."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.asked import Variant
from api.ranges import Days
from api.reader import Reader

_EPOCH = date(1970, 1, 1)
# The columns of the keys by which a metric can be broken down.
KEY_COLUMNS = {
    "source": "source_id",
    "product": "product_id",
    "bot": "bot_id",
    "provider": "provider",
    "step": "step",
    "age": "age",
    "broadcast": "broadcast",
    "currency": "currency",
}


@dataclass(frozen=True, slots=True)
class DailyMetric:
    """A dictionary entry that can be queried: its table, column and rule."""

    name: str
    table: str
    over_days: Mapping[str, Any]
    has_variants: bool


@dataclass(frozen=True, slots=True)
class DailyAsked:
    """Metrics of one table, of shops with one currency; `starts` are the first days of buckets.

    With `keys`, only these of the dimension; `most_rows` of the first keys are read at most."""

    shops: Sequence[int]
    table: str
    metrics: Sequence[DailyMetric]
    days: Days
    starts: Sequence[date]
    dimension: str | None
    variant: Variant
    touch: str
    keys: Sequence[str] | None = None
    most_rows: int | None = None


@dataclass(slots=True)
class DailyValues:
    """A metric's value over all days, and in each bucket."""

    total: float | None
    buckets: list[float | None]


# By metric and dimension.
Values = Mapping[tuple[str, str], DailyValues]


def _known(column: str, counts: str, combine: str = "sum({})") -> str:
    """SQL of a sum that is null if an amount that counts is not known."""
    unknown = f"countIf(isNull({column}) AND {counts}) > 0"
    return f"if({unknown}, NULL, toNullable({combine.format(f'assumeNotNull({column})')}))"


def _inner(metric: DailyMetric) -> dict[str, str]:
    """What is taken of a shop's rows, by the place in the metric: (`part`, `whole`)."""
    rule, name = metric.over_days, metric.name
    match rule["kind"]:
        case "sum":
            return {"part": _known(name, "1")}
        case "last":
            return {"part": f"argMax(tuple({name}), day).1"}
        case "day":
            return {"part": f"if(count() = 1, any(tuple({name})).1, NULL)"}
        case "last_ratio":
            return {
                place: f"argMax(tuple({' + '.join(rule[place])}), day).1"
                for place in ("part", "whole")
            }
        case _:
            # A row without the ratio is of a time that is not over yet, or has no denominator.
            part, whole = (" + ".join(rule[place]) for place in ("part", "whole"))
            return {
                "part": _known(f"({part})", f"isNotNull({whole}) AND ({whole}) > 0", _where(name)),
                "whole": _known(f"({whole})", "1", _where(name)),
            }


def _where(name: str) -> str:
    return f"sumIf({{}}, isNotNull({name}))"


def _outer(metric: DailyMetric) -> dict[str, str]:
    """The shops together; what stands for one row only is null for more than one."""
    if metric.over_days["kind"] == "day":
        return {"part": "if(count() = 1, any(tuple({})).1, NULL)"}
    return {place: _known("{}", "1") for place in ("part", "whole")}


def _sql(asked: DailyAsked) -> str:
    inner: list[str] = []
    outer: list[str] = []
    for number, metric in enumerate(asked.metrics):
        around = _outer(metric)
        for place, taken in _inner(metric).items():
            inner.append(f"{taken} AS {place}{number}")
            column = f"s.{place}{number}"
            outer.append(f"toFloat64({around[place].replace('{}', column)}) AS {place}{number}")
    key = KEY_COLUMNS[asked.dimension] if asked.dimension else None
    conditions = ["shop_id IN {shops:Array(UInt32)}", "day BETWEEN {first:Date} AND {last:Date}"]
    if asked.metrics[0].has_variants:
        conditions.append("variant = {variant:String}")
    if key and asked.keys is not None:
        conditions.append(f"toString({key}) IN {{keys:Array(String)}}")
    if asked.table == "source_day":
        conditions.append("touch = {touch:String}")
    return f"""
SELECT bucket, is_total, dimension, {", ".join(outer)}
FROM (
    SELECT shop_id, bucket, dimension, grouping(bucket) AS is_total, {", ".join(inner)}
    FROM (
        SELECT *, roundDown(toInt64(toUInt32(day)), {{starts:Array(Int64)}}) AS bucket,
            {f"toString({key})" if key else "''"} AS dimension
        FROM {asked.table} WHERE {" AND ".join(conditions)}
    )
    GROUP BY GROUPING SETS ((shop_id, dimension), (shop_id, bucket, dimension))
) AS s
GROUP BY bucket, is_total, dimension
ORDER BY dimension, is_total, bucket
{"" if asked.most_rows is None else f"LIMIT {asked.most_rows}"}
"""


async def read(reader: Reader, asked: DailyAsked, settings: Mapping[str, Any]) -> Values:
    """The values by metric and dimension; nothing for a dimension without rows."""
    starts = [(day - _EPOCH).days for day in asked.starts]
    rows = await reader.rows(
        _sql(asked),
        {
            "shops": list(asked.shops),
            "first": asked.days.first,
            "last": asked.days.last,
            "starts": starts,
            "variant": asked.variant,
            "touch": asked.touch,
            "keys": list(asked.keys or ()),
        },
        settings=settings,
    )
    places = {start: place for place, start in enumerate(starts)}
    found: defaultdict[tuple[str, str], DailyValues] = defaultdict(
        lambda: DailyValues(None, [None] * len(starts))
    )
    for row in rows:
        for number, metric in enumerate(asked.metrics):
            value = _value(metric, row, number)
            values = found[metric.name, row["dimension"]]
            if row["is_total"]:
                values.total = value
            else:
                values.buckets[places[row["bucket"]]] = value
    return found


def _value(metric: DailyMetric, row: Mapping[str, Any], number: int) -> float | None:
    rule = metric.over_days
    part: float | None = row[f"part{number}"]
    if "part" not in rule:
        return part
    whole: float | None = row[f"whole{number}"]
    if part is None or whole is None or whole <= 0:
        return None
    share: float = part * rule["times"] / whole
    return 1 - share if rule["complement"] else share


_PRESENT = """
SELECT shop_id, groupUniqArray(day) AS days FROM {table}
WHERE shop_id IN {{shops:Array(UInt32)}} AND day BETWEEN {{first:Date}} AND {{last:Date}}
GROUP BY shop_id
"""
# A day of these tables has a row of every shop; of other tables only if something happened.
_DENSE = {
    "audience_day",
    "conversion_day",
    "money_day",
    "customer_day",
    "catalogue_day",
    "referral_day",
    "shop_kpi_day",
}


def _dense(tables: Iterable[str]) -> set[str]:
    return {table if table in _DENSE else "audience_day" for table in tables}


def read_for(tables: Iterable[str]) -> set[str]:
    """The tables that are read for figures of these: themselves, and what says which days are
    there."""
    wanted = set(tables)
    return wanted | _dense(wanted)


async def missing_days(
    reader: Reader, tables: Iterable[str], shops: Sequence[int], days: Days
) -> dict[int, set[date]]:
    """The days of each shop that were not computed for one of the tables."""
    dense = sorted(_dense(tables))
    wanted = set(days.each())
    found: dict[int, set[date]] = {shop: set() for shop in shops}
    for table in dense:
        rows = await reader.rows(
            _PRESENT.format(table=table),
            {"shops": list(shops), "first": days.first, "last": days.last},
        )
        present = {row["shop_id"]: set(row["days"]) for row in rows}
        for shop in shops:
            found[shop] |= wanted - present.get(shop, set())
    return found

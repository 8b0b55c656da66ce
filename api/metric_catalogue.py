"""Which metrics can be asked for, and by what: every name of the dictionary that has a rule over
days, counted at once (`api.formulas`) or read from the table that has it (`api.daily_tables`)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, Literal, get_args

from api.daily_tables import KEY_COLUMNS, DailyMetric
from api.formulas import FORMULAS, Formula
from core import metric_dictionary
from core.errors import VitrinaError
from core.events import Bilingual
from core.people_day import DIMENSIONS

Breakdown = Literal[
    "source",
    "product",
    "language",
    "country",
    "module",
    "provider",
    "step",
    "age",
    "broadcast",
    "bot",
    "currency",
]
BREAKDOWNS: tuple[Breakdown, ...] = get_args(Breakdown)
# Tables by shop and day of what `FORMULAS` counts for any range.
_SAME_AS_LIVE = ("shop_kpi_day", "shop_money_day", "money_day", "audience_day", "conversion_day")


class MetricUnknown(VitrinaError):
    """No metric has that name, or it is not one number."""

    code = "metric_unknown"
    status = 422

    def __init__(self, explained: Bilingual) -> None:
        super().__init__(explained.en)
        self.explained = explained


class BreakdownUnfit(VitrinaError):
    """The metric cannot be broken down like that, or has to be broken down."""

    code = "breakdown_unfit"
    status = 422

    def __init__(self, key: str, breakdown: str | None, fits: Sequence[str]) -> None:
        if breakdown is None:
            en = f"{key} is only known by {' or '.join(fits)}: add breakdown={fits[0]}"
            ru = f"{key} известна только по разрезу: добавьте breakdown={fits[0]}."
        elif fits:
            en = f"{key} is not known by {breakdown}; it is by: {', '.join(fits)}"
            ru = f"{key} нет по разрезу {breakdown}; есть по: {', '.join(fits)}."
        else:
            en = f"{key} is not known by {breakdown}, nor by anything else: ask without a breakdown"
            ru = f"{key} нет ни по {breakdown}, ни по другим разрезам: спросите без разреза."
        super().__init__(en)
        self.explained = Bilingual(ru, en)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A metric that was asked for: its entry in the dictionary, and one of the two ways to it.

    `dimension` is the key by which it is broken down; a currency is always one."""

    key: str
    entry: Mapping[str, Any]
    formula: Formula | None
    daily: DailyMetric | None
    dimension: str | None


@cache
def _entries() -> tuple[Mapping[str, Any], ...]:
    return tuple(metric_dictionary.read())


def _named(key: str) -> list[Mapping[str, Any]]:
    table, _, name = key.rpartition(".")
    found = [
        entry
        for entry in _entries()
        if entry["name"] == name and (not table or entry["table"] == table)
    ]
    if not found:
        known = sorted({entry["name"] for entry in _entries()})
        near = get_close_matches(name, known, n=3, cutoff=0.5)
        ru = f". Может быть, {' или '.join(near)}?" if near else "."
        en = f": do you mean {' or '.join(near)}?" if near else ""
        raise MetricUnknown(
            Bilingual(
                f"Нет метрики {key[:80]!r}{ru} Все метрики: GET /api/v1/metrics.",
                f"there is no metric {key[:80]!r}{en}; GET /api/v1/metrics lists all",
            )
        )
    usable = [entry for entry in found if entry["over_days"] is not None]
    if not usable:
        raise MetricUnknown(
            Bilingual(
                f"{key} — не число, которое можно сложить: возьмите таблицу этой метрики.",
                f"{key} is no number that could be added up; read its table instead",
            )
        )
    return usable


def _by_table(entry: Mapping[str, Any]) -> list[str]:
    return [key for key in entry["keys"] if key in KEY_COLUMNS]


def breakdowns_of(key: str) -> list[str]:
    """By what the metric can be broken down."""
    entries = _named(key)
    live = [*DIMENSIONS] if key in FORMULAS else []
    return sorted({*live, *(each for entry in entries for each in _by_table(entry))} - {"currency"})


def choose(key: str, breakdown: str | None) -> Chosen:
    """The metric; raises MetricUnknown, BreakdownUnfit."""
    entries = _named(key)
    if key in FORMULAS and (breakdown is None or breakdown in DIMENSIONS):
        return Chosen(key, entries[0], FORMULAS[key], None, breakdown)
    fitting = [entry for entry in entries if _fits(entry, breakdown)]
    candidates = fitting if breakdown else entries
    if len({entry["number"] for entry in candidates}) > 1:
        names = ", ".join(f"{entry['table']}.{entry['name']}" for entry in candidates)
        raise MetricUnknown(
            Bilingual(
                f"Метрик с именем {key} несколько: назовите одну вместе с таблицей: {names}.",
                f"several metrics are called {key}; name one with its table: {names}",
            )
        )
    if not fitting:
        apart = [each for entry in entries for each in entry["apart"] if each != "currency"]
        fits = breakdowns_of(key) if breakdown or not apart else apart
        raise BreakdownUnfit(key, breakdown, sorted(set(fits)))
    entry = _preferred(fitting)
    in_currency = "currency" if "currency" in entry["apart"] else None
    daily = DailyMetric(entry["name"], entry["table"], entry["over_days"], entry["has_variants"])
    return Chosen(key, entry, None, daily, breakdown or in_currency)


def _fits(entry: Mapping[str, Any], breakdown: str | None) -> bool:
    apart = [key for key in entry["apart"] if key not in ("currency", breakdown)]
    return not apart and (breakdown is None or breakdown in _by_table(entry))


def _preferred(entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Where a metric is in several tables, the one that has both variants."""
    return max(entries, key=lambda entry: bool(entry["has_variants"]))


def entry_of(key: str) -> Mapping[str, Any]:
    """The metric's entry in the dictionary; raises MetricUnknown."""
    return _preferred(_named(key)) if key not in FORMULAS else _named(key)[0]


def every_key() -> Iterable[str]:
    """The names of all metrics that can be asked for, each once."""
    numbers: dict[str, set[int]] = {}
    usable = [entry for entry in _entries() if entry["over_days"] is not None]
    for entry in usable:
        numbers.setdefault(entry["name"], set()).add(entry["number"])
    seen: set[str] = set()
    for entry in usable:
        name = entry["name"]
        is_plain = name in FORMULAS and entry["table"] in _SAME_AS_LIVE or len(numbers[name]) == 1
        key = name if is_plain else f"{entry['table']}.{name}"
        if key not in seen:
            seen.add(key)
            yield key

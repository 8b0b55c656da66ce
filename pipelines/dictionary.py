"""The metric dictionary, generated from the tables: for the panel and for the docs.

    python -m pipelines.dictionary      # writes core/metric_dictionary.json and docs/metrics.md

The panel reads the JSON file, for deployables do not import each other; a test holds both files
to what is generated.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.events import Bilingual
from core.metric_dictionary import FILE
from pipelines.catalogue import KEPT
from pipelines.metrics import Entry, Unit
from pipelines.over_days import RULES

DOCS = Path(__file__).parent.parent / "docs" / "metrics.md"

_GRAIN_RU = {
    "shop": "магазин",
    "day": "день",
    "variant": "вариант",
    "hour": "час",
    "bot": "бот",
    "product": "товар",
    "provider": "платёжная система",
    "currency": "валюта",
    "broadcast": "рассылка",
    "step": "шаг",
    "touch": "касание",
    "source": "источник",
    "shopper": "покупатель",
    "cohort's day": "день когорты",
    "age": "возраст",
}
_FRESHNESS = {
    "5 min": Bilingual(
        "сегодняшний день каждые 5 минут, вчерашний каждый час",
        "every 5 minutes for today, every hour for yesterday",
    ),
    "1 h": Bilingual("каждый час", "every hour"),
    "1 d": Bilingual("каждый день", "every day"),
}
_UNITS: dict[Unit, Bilingual] = {
    "users": Bilingual("люди", "people"),
    "count": Bilingual("количество", "count"),
    "share": Bilingual("доля от 0 до 1", "share from 0 to 1"),
    "money": Bilingual("деньги, минимальные единицы валюты", "money, minor units of the currency"),
    "days": Bilingual("дни", "days"),
    "hours": Bilingual("часы", "hours"),
    "us": Bilingual("микросекунды", "microseconds"),
    "ms": Bilingual("миллисекунды", "milliseconds"),
    "seconds": Bilingual("секунды", "seconds"),
    "score": Bilingual("оценка", "score"),
}


def _both(text: Bilingual) -> dict[str, str]:
    return {"ru": text.ru, "en": text.en}


def _grain(grain: str) -> Bilingual:
    words = grain.split(" · ")
    return Bilingual(" · ".join(_GRAIN_RU[word] for word in words), grain)


def entries() -> list[Entry]:
    """Every metric of every table, in the order of the catalogue's numbers."""
    found = [entry for kept in KEPT for entry in kept.entries()]
    return sorted(found, key=lambda entry: entry.metric.number)


def document() -> list[dict[str, Any]]:
    """The file's content; raises KeyError for a text without a Russian translation."""
    return [
        {
            "number": entry.metric.number,
            "name": entry.column,
            "table": entry.table,
            "title": _both(entry.metric.title),
            "formula": _both(entry.metric.formula),
            "unit": entry.metric.unit,
            "unit_title": _both(_UNITS[entry.metric.unit]),
            "grain": _both(_grain(entry.grain)),
            "source": entry.source,
            "freshness": _both(_FRESHNESS[entry.freshness]),
            "keys": list(RULES[entry.table].keys),
            "apart": list(RULES[entry.table].apart),
            "has_variants": " · variant" in entry.grain,
            "over_days": _over_days(entry),
        }
        for entry in entries()
    ]


def _over_days(entry: Entry) -> dict[str, Any] | None:
    found = RULES[entry.table].metrics.get(entry.column)
    return found.as_json() if found else None


def as_json() -> str:
    """One metric a line, so that a diff shows one changed metric."""
    lines = (json.dumps(entry, ensure_ascii=False) for entry in document())
    return "[\n  " + ",\n  ".join(lines) + "\n]\n"


_HEAD = """\
# The metrics

Generated from the code by `python -m pipelines.dictionary`; the panel's dictionary is the same.

A day is a calendar day in the shop's time zone. Staff and test shoppers are always left out. A
table with `variant` in its grain has the variants `raw` (everybody else) and `clean` (without
flagged fraud); the others are raw. Money is in minor units of the shop's own currency, or of the
row's where `currency` is in the grain. A ratio is null if its denominator is 0, an amount if an
exchange rate is missing. A ratio over several days is the ratio of the sums, for which tables have
both parts. Distinct people must never be summed over days or shops.
"""

# What a figure depends on besides what bots tell by themselves: the metrics' numbers, who states
# it, and the value without it.
STATED: tuple[tuple[str, str, str], ...] = (
    (
        "35",
        "the owner, by a product's cost",
        "`cost_minor` of `order_line`: margins of products without a cost are null",
    ),
    (
        "35",
        "the provider of card payments, by its contract",
        "`fee_minor`: Telegram does not report it for cards (module `provider`), so the margin "
        "after fees is null; Stars and transfers have no fee, Crypto Pay reports it",
    ),
    (
        "21 to 35",
        "the owner, by `vitrina shop rate`",
        "`rate` of Stars in a shop with another currency of its own: money of that currency is "
        "null ([history.md](history.md)); `shop_money_day` has it by currency, without a rate",
    ),
    (
        "46",
        "the owner, by a link's cost of a day",
        "CAC, CPA and ROAS of a link without a cost are null",
    ),
)
# The platform's bots answer no inline queries and open no web apps, so nobody can do that there. A
# test fails when one of these is emitted.
FROM_OUTSIDE = ("inline_queried", "webapp_opened")


def _stated() -> Iterator[str]:
    outside = " and ".join(f"`{event}`" for event in FROM_OUTSIDE)
    yield (
        "\n## What owners have to state\n\nThe platform's own bots feed every metric; a few depend "
        f"on what only the owner knows. {outside} count as activity (3, 4, 31, 33) in bots that "
        "have them, whose shops send them to the intake or import them ([intake.md](intake.md)): "
        "the platform's bots have neither, so nothing is missing there.\n\n"
        "| № | who states it | what, and the value without it |\n|---|---|---|\n"
    )
    for numbers, who, meaning in STATED:
        yield f"| {numbers} | {who} | {meaning} |\n"


def as_markdown() -> str:
    """The docs page: the catalogue by table."""
    by_table: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries():
        by_table[entry.table].append(entry)
    parts = [_HEAD]
    for table in KEPT:
        if table.name not in by_table:
            continue
        first = by_table[table.name][0]
        parts.append(
            f"\n## {table.name}\n\n{table.description}\n\nGrain: {table.grain}. "
            f"Computed {_FRESHNESS[table.freshness].en} from {first.source}.\n\n"
            "| № | column | metric | formula | unit |\n|---|---|---|---|---|\n"
        )
        for entry in by_table[table.name]:
            metric = entry.metric
            parts.append(
                f"| {metric.number} | `{entry.column}` | {metric.title.en} / {metric.title.ru} "
                f"| {metric.formula.en} / {metric.formula.ru} | {_UNITS[metric.unit].en} |\n"
            )
    return "".join([*parts, *_stated()])


def main() -> None:
    FILE.write_text(as_json(), "utf-8")
    DOCS.write_text(as_markdown(), "utf-8")


if __name__ == "__main__":
    main()

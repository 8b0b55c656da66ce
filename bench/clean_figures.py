"""The figures of a simulated day: raw, clean, and as the simulator's truth has them.

    VITRINA_… python -m bench.clean_figures --truth .vitrina/simulator/truth --day 2026-11-24

After a load with abusers and the fraud run of its hours (docs/fraud.md). The truth of a figure is
counted over the honest people alone; `off` is how far a figure is from it. Net sales are in whole
Stars, for shops whose own currency they are; refunds count when they happen.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from core.clickhouse import open_client
from core.settings import Settings
from pipelines.activity.tables import TABLES as ACTIVITY
from pipelines.audience.tables import AUDIENCE_DAY
from pipelines.figures import asset
from pipelines.kpis.materialise import materialise_day
from pipelines.kpis.tables import MONEY_DAY
from simulator.crowd import truth

_FIGURES = """
SELECT variant, sum(a.new_users), sum(a.dau), sum(m.buyers), sum(m.paid_orders),
    sum(m.net_sales_minor)
FROM audience_day AS a INNER JOIN money_day AS m USING (day, shop_id, variant)
WHERE day = {day:Date} GROUP BY variant
"""
NAMES = ("new users", "DAU", "buyers", "paid orders", "net sales", "conversion")


def expected(records: Iterable[truth.AnyRecord]) -> dict[str, float]:
    """What honest people did; a person shops with one bot, so nobody counts twice."""
    honest: set[int] = set()
    did: dict[str, set[int]] = defaultdict(set)
    orders = net = 0
    for record in records:
        match record:
            case truth.Person(abuse=None):
                honest.add(record.telegram_id)
            case truth.Start():
                did["start"].add(record.telegram_id)
            case truth.Charge() if record.telegram_id in honest:
                did["pay"].add(record.telegram_id)
                orders += 1
                net += record.amount
            case truth.Refund() if record.telegram_id in honest:
                net -= record.amount
            case _:
                pass
    active, buyers = len(did["start"] & honest), len(did["pay"])
    return figures((active, active, buyers, orders, net))


def figures(counts: Sequence[int]) -> dict[str, float]:
    """The counts by name, with the conversion buyers ÷ active."""
    return dict(zip(NAMES, (*counts, counts[2] / counts[1]), strict=True))


def stored(settings: Settings, day: date) -> dict[str, dict[str, float]]:
    """The figures of all shops together, by variant: shoppers of two shops are two."""
    tables = (*ACTIVITY, AUDIENCE_DAY, MONEY_DAY)
    materialise_day(settings, day, [asset(table) for table in tables])
    client = open_client(settings.clickhouse_url.get_secret_value())
    rows = client.query(_FIGURES, parameters={"day": day}).result_rows
    client.close()
    return {row[0]: figures(row[1:]) for row in rows}


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--day", type=date.fromisoformat, required=True)
    options = parser.parse_args()
    true = expected(truth.read(options.truth))
    found = stored(Settings(), options.day)
    print(f"{'':12}{'truth':>10}{'raw':>10}{'off':>9}{'clean':>10}{'off':>9}")
    for name in NAMES:
        line = f"{name:12}{true[name]:>10.4g}"
        for variant in ("raw", "clean"):
            value = found[variant][name]
            line += f"{value:>10.4g}{value / true[name] - 1:>+9.1%}"
        print(line)


if __name__ == "__main__":
    main()

"""A shop's events as if everybody's visits had been on different days, and its tables of then.

The crowd is there for a minute. So the events of each person's visits are stored once more, as
another shop's, and as far apart as `simulator.crowd.later_days` has the records of the truth.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, timedelta

import pytest
from clickhouse_connect.driver.client import Client

from core.settings import Settings
from core.shop.shops import Shop
from core.zones import day_of as day_in
from pipelines.activity.tables import BUYER_EVENT_DAY, ORDER_DAY
from pipelines.audience.tables import AUDIENCE_DAY, COHORT_DAY
from pipelines.customers.tables import CUSTOMER_DAY
from pipelines.kpis.tables import CONVERSION_DAY, FUNNEL_DAY
from simulator.crowd.later_days import Later, day_of, later_metrics, spread
from simulator.crowd.truth import AnyRecord
from tests.pipelines import world

DAYS = (0, 1, 7, 30, 90)
MOVED = 900_000
"""The number of the other shop."""
TABLES = {
    each.name: each for each in (AUDIENCE_DAY, COHORT_DAY, FUNNEL_DAY, CONVERSION_DAY, CUSTOMER_DAY)
}
COLUMNS = {
    *("activation", "block_rate", "retention", "rolling_retention", "conversion", "ltv_minor"),
    *("step_rate", "cart_abandonment", "checkout_abandonment", "purchase_interval_days", "churn"),
}
"""Of metrics 8 to 11, 14, 16 to 18 and 38 to 40."""
ABOUT = {"cohort_day": "age", "funnel_day": "step"}


def later_days_agree(
    settings: Settings, shop: Shop, bots: Sequence[int], records: Sequence[AnyRecord]
) -> set[str]:
    """The tables say what is true; the columns that were compared, each of which has a figure."""
    true = later_metrics(spread(records, bots, DAYS))
    places = world.World(settings)
    try:
        moved = world.Shop(MOVED, shop.timezone, shop.currency)
        _store(places.client, shop)
        for day in DAYS:
            for fold in (BUYER_EVENT_DAY, ORDER_DAY):
                places.keep(fold, moved, world.after(day))
        found = dict[Later, float | None]()
        for table, day in {(table, day) for table, day, _, _ in true}:
            for row in places.figures(moved, TABLES[table], world.after(day)):
                about = str(row[ABOUT[table]]) if table in ABOUT else ""
                found |= {(table, day, about, each): row[each] for each in COLUMNS & row.keys()}
    finally:
        places.close()
    told = {key: None if found[key] is None else float(found[key] or 0) for key in true}
    assert told == pytest.approx(true, abs=1e-4), "tables against the truth"
    return {column for (*_, column), value in true.items() if value is not None}


def _store(client: Client, shop: Shop) -> None:
    """The shop's events of people, in the order in which they were committed."""
    query = client.query(
        "SELECT * FROM events WHERE shop_id = {shop:UInt32} AND buyer_no > 0 ORDER BY shard, pos",
        parameters={"shop": shop.id},
    )
    visits = Counter[int]()
    rows = []
    for row in query.named_results():
        visits[row["buyer_no"]] += row["event"] == "bot_started"
        day, at = day_of(visits[row["buyer_no"]], DAYS), row["occurred_at"].replace(tzinfo=UTC)
        away = world.after(day) - day_in(at, shop.timezone)
        rows.append(row | {"shop_id": MOVED, "occurred_at": at + timedelta(days=away.days)})
    names = [*rows[0]]
    client.insert("events", [[row[name] for name in names] for row in rows], column_names=names)

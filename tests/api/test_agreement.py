"""A figure that is shown in two places is the same in both: panel, tables, exports, data health."""

import asyncio
import csv
import io
import json
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from core.clickhouse import open_client
from core.postgres import Connection
from core.settings import Settings
from core.shop.shops import Shop
from pipelines.activity.people_day import PEOPLE_DAY
from pipelines.activity.tables import ARRIVAL_DAY, BUYER_EVENT_DAY, ORDER_DAY
from pipelines.figures import asset
from pipelines.kpis.assets import shop_figures
from pipelines.kpis.checks import paid_totals_agree
from pipelines.kpis.materialise import CheckOutcome, materialise_day
from pipelines.kpis.tables import MONEY_DAY
from pipelines.standing import AGREEMENTS, check
from tests.api.happenings import NOON, happening, paid, record
from tests.cli.running import vitrina
from tests.cli.test_health import variables
from tests.factories import create_shop

LATER = NOON + timedelta(days=1)
STATED = {"discount_minor": 100, "tax_minor": 200, "shipping_minor": 300, "tip_minor": 50}


def line(shop: Shop, amount: int, order_id: int, **values: Any) -> dict[str, Any]:
    return paid(shop.id, amount, order_id=order_id, **values) | {"event": "order_line"}


def refund(shop: Shop, amount: int, order_id: int, **props: int) -> dict[str, Any]:
    told = paid(shop.id, amount, order_id=order_id, at=LATER, props=json.dumps(props))
    return told | {"event": "refund_completed"}


def life(shop: Shop) -> list[dict[str, Any]]:
    """Three orders of NOON's day, two of them refunded the day after, and what never counts."""
    stated = json.dumps(STATED)
    rows = [
        happening("bot_started", shop.id, 1),
        happening("message_received", shop.id, 2),
        # Told without lines: 129,050; goods of 129,000 less the discount, and the extras.
        paid(shop.id, 129_050, order_id=1),
        # With lines: goods of 1,000 − 100 and 550 besides.
        paid(shop.id, 1_450, 2, order_id=2, props=stated),
        line(shop, 400, 2, buyer_no=2),
        line(shop, 600, 2, buyer_no=2),
        # Without, and stated: 1,450 + 100 − 550 = 1,000.
        paid(shop.id, 1_450, 2, order_id=3, props=stated),
        paid(shop.id, 77, 3, order_id=4, is_staff=True),
        paid(shop.id, 77, 3, order_id=5, is_test=True),
        refund(shop, 1_450, 2, tax_minor=200, shipping_minor=300, tip_minor=50),
        refund(shop, 50, 1),
        paid(shop.id, 500, 2, order_id=6, at=LATER),
    ]
    return [row | {"mode": "external"} for row in rows]


GROSS = {NOON.date(): 129_050 + 1_000 + 1_000, LATER.date(): 500}
NET = {NOON.date(): 129_050 + 900 + 900, LATER.date(): 500 - 900 - 50}
ORDERS = {NOON.date(): 3, LATER.date(): 1}


async def shown(client: httpx.AsyncClient, shop: Shop) -> dict[tuple[str, date], Any]:
    """The panel's figures by day."""
    answer = await client.get("/api/v1/overview", params={"shops": shop.id, "period": "7d"})
    assert answer.status_code == 200, answer.text
    return {
        (figure["key"], date.fromisoformat(point["at"][:10])): point["value"]
        for figure in answer.json()["figures"]
        for point in figure["series"]
    }


# The keys of the overview's figures, and the dictionary's names for them.
QUERIED = {
    "net_sales": "net_sales_minor",
    "aov": "aov_minor",
    "active_buyers": "buyers",
    **{name: name for name in ("paid_orders", "new_users", "active_users", "starts")},
}
# Of `shop_kpi_day` and `money_day`.
TABLE_METRICS = (
    *("gross_sales_minor", "discounts_minor", "returns_minor", "net_sales_minor"),
    *("total_sales_minor", "paid_orders", "units", "aov_minor", "items_per_order", "arpu_minor"),
    *("arppu_minor", "paying_share", "buyer_conversion", "payment_success", "new_users", "starts"),
    *("active_users", "buyers"),
)


async def any_figure(client: httpx.AsyncClient, shop: Shop) -> dict[tuple[str, date], Any]:
    """The metrics query's values by day."""
    found: dict[tuple[str, date], Any] = {}
    names = sorted({*QUERIED.values(), *TABLE_METRICS})
    for some in (names[:12], names[12:]):
        wanted = {"metrics": ",".join(some), "shops": str(shop.id)}
        answer = await client.get("/api/v1/metrics/query", params=wanted)
        assert answer.status_code == 200, answer.text
        for each in answer.json()["series"]:
            for point in each["points"]:
                found[each["metric"], date.fromisoformat(point["at"][:10])] = point["value"]
    return found


async def exported(
    client: httpx.AsyncClient, shop: Shop, dataset: str, first: date, last: date
) -> list[dict[str, str]]:
    answer = await client.get(
        f"/api/v1/exports/{dataset}.csv",
        params={"shops": shop.id, "from": str(first), "to": str(last)},
    )
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def table(settings: Settings, name: str, shop: Shop, day: date) -> dict[str, Any]:
    with open_client(settings.clickhouse_url.get_secret_value()) as store:
        (row,) = store.query(
            f"SELECT * FROM {name} WHERE shop_id = {shop.id} AND day = '{day}'"
            + (" AND variant = 'raw'" if name == "money_day" else "")
        ).named_results()
    return row


async def test_every_place_shows_the_same(
    client: httpx.AsyncClient, connection: Connection, counting_settings: Settings
) -> None:
    shop = await create_shop(connection, timezone="UTC")
    record(counting_settings.clickhouse_url.get_secret_value(), *life(shop))
    of_events = await shown(client, shop)
    outcomes = await materialised(counting_settings, NOON.date(), LATER.date())
    assert [each for each in outcomes if not each.passed and not each.is_warning] == []
    panel = await shown(client, shop)
    assert panel == of_events  # of the roll-up now
    queried = await any_figure(client, shop)
    assert {(key, day): queried[QUERIED[key], day] for key, day in panel} == panel
    for day in (NOON.date(), LATER.date()):
        assert_tables_agree(counting_settings, shop, day, panel, queried)
        orders = await exported(client, shop, "sales", day, day)
        assert sum(int(row["net_sales_minor"]) for row in orders) == NET[day]
        for dataset in ("shop_kpi_day", "shop_money_day"):
            (row,) = await exported(client, shop, dataset, day, day)
            assert int(row["net_sales_minor"]) == NET[day]
    await assert_health(client, counting_settings, shop)
    both = await exported(client, shop, "sales", NOON.date(), LATER.date())
    assert len(both) == 4 and all(row["paid_at"] for row in both)
    assert {row["order_id"]: int(row["net_sales_minor"]) for row in both} == {
        "1": 129_000,
        "2": 0,  # whole: tax, shipping and tip went back as what they are
        "3": 900,
        "6": 500,
    }


def assert_tables_agree(
    settings: Settings,
    shop: Shop,
    day: date,
    panel: Mapping[tuple[str, date], Any],
    queried: Mapping[tuple[str, date], Any],
) -> None:
    """A day's stored rows are what the panel shows and the query answers."""
    kpi, money, own = (
        table(settings, name, shop, day) for name in ("shop_kpi_day", "shop_money_day", "money_day")
    )
    for row in (kpi, money, own):
        assert row["gross_sales_minor"] == GROSS[day]
        assert row["net_sales_minor"] == NET[day] == panel["net_sales", day]
        assert row["paid_orders"] == ORDERS[day] == panel["paid_orders", day]
        assert row["aov_minor"] == Decimal(str(panel["aov", day]))
    for name in TABLE_METRICS:
        stored = {**money, **own, **kpi}[name]
        asked = queried[name, day]
        assert asked is None if stored is None else float(stored) == pytest.approx(asked), name
    assert kpi["active_users"] == own["active_users"] == panel["active_users", day]
    assert kpi["buyers"] == own["buyers"] == panel["active_buyers", day]


async def assert_health(client: httpx.AsyncClient, settings: Settings, shop: Shop) -> None:
    """The panel's data health and the command count the same events, and the command compares the
    daily table with them."""
    (seen,) = (await client.get("/api/v1/data-health")).json()["shops"]
    assert (seen["events"], seen["sound"]) == (len(life(shop)), True)
    asked = await asyncio.to_thread(vitrina, variables(settings), "health", "--shop", str(shop.id))
    assert f"{len(life(shop))} events, 0 twice" in asked.stdout, asked.stdout
    assert (asked.returncode, asked.stdout.splitlines()[-1]) == (
        0,
        "daily tables  8 days compared, 0 wrong, 0 late",
    )


async def materialised(settings: Settings, first: date, last: date) -> list[CheckOutcome]:
    """Dagster's runs have an event loop of their own."""
    tables = (ARRIVAL_DAY, BUYER_EVENT_DAY, ORDER_DAY, PEOPLE_DAY, MONEY_DAY)
    agree = (check(each) for each in AGREEMENTS if each.asset in ("money_day", "people_day"))
    runs = [shop_figures, paid_totals_agree, *(asset(each) for each in tables), *agree]
    days = [await asyncio.to_thread(materialise_day, settings, day, runs) for day in (first, last)]
    return [check for day in days for check in day.checks]

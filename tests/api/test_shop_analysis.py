"""Cohorts, the funnel of any steps and RFM segments of a shop."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from api import cohorts, funnels
from api.funnels import FunnelInvalid
from api.ranges import Days
from core.clickhouse import open_client
from core.postgres import Connection
from core.settings import Settings
from core.shop.catalogue import Product
from core.shop.shops import Shop
from tests.api.conftest import Panel, assert_problem
from tests.api.happenings import NOON, first_start, happening, record
from tests.factories import create_customer, create_product, create_shop

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = date(2026, 3, 2)


def row(day: int, age: int, size: int, retained: int, net: int | None = 0) -> dict[str, Any]:
    return {
        "day": MONDAY + timedelta(days=day),
        "age": age,
        "cohort_size": size,
        "retained": retained,
        "returned": retained,
        "converted": 1,
        "net_sales_minor": net,
    }


def _weeks(rows: list[dict[str, Any]], days: Days, until: int) -> Sequence[cohorts.Cohort]:
    return tuple(cohorts.cohorts_of(rows, days, "week", MONDAY + timedelta(days=until)))


def test_a_week_is_told_once_each_of_its_days_has_come_to_the_age() -> None:
    week = Days(MONDAY, MONDAY + timedelta(days=13))
    rows = [
        *(row(0, 1, 10, 5, 300), row(0, 3, 10, 4, 900)),
        *(row(6, 1, 30, 5, 100), row(6, 3, 30, 1, None)),
        row(7, 1, 4, 4),
    ]
    weeks = _weeks(rows, week, 14)
    first, second = weeks[0], weeks[1]
    assert [each.size for each in weeks] == [40, 4]
    assert [(each.age, each.size, each.retention) for each in first.ages] == [
        (1, 40, 0.25),
        (3, 40, 0.125),
    ]
    assert [each.ltv_minor for each in first.ages] == [10, None]
    assert [each.age for each in second.ages] == [1]
    together = cohorts.together([first, second])
    assert [(each.age, each.size, each.retained) for each in together] == [(1, 44, 14), (3, 40, 5)]


def test_what_is_not_over_and_not_counted_is_left_out() -> None:
    week = Days(MONDAY, MONDAY + timedelta(days=6))
    rows = [row(0, 1, 10, 5), row(0, 3, 10, 4), row(5, 1, 10, 5)]
    assert not _weeks(rows, week, 5)
    found = _weeks(rows, week, 9)
    # 3 was not counted of each day.
    assert [[each.age for each in one.ages] for one in found] == [[1]]
    assert [(each.size, each.ages) for each in _weeks(rows, week, 6)] == [(20, [])]


@pytest.mark.parametrize(
    ("grain", "first", "last"),
    [
        ("day", date(2026, 2, 11), date(2026, 2, 28)),
        ("week", date(2026, 2, 9), date(2026, 3, 1)),
        ("month", date(2026, 2, 1), date(2026, 2, 28)),
    ],
)
def test_weeks_and_months_are_whole(grain: cohorts.CohortGrain, first: date, last: date) -> None:
    assert cohorts.whole(Days(date(2026, 2, 11), date(2026, 2, 28)), grain) == Days(first, last)


@pytest.mark.parametrize(
    ("steps", "by"),
    [("start", None), ("start,start", None), ("start,teapot", None), ("start,paid", "product")],
)
def test_steps_that_make_no_funnel_are_refused(steps: str, by: funnels.FunnelKey | None) -> None:
    with pytest.raises(FunnelInvalid):
        funnels.chosen_steps(steps, by)


async def _three_who_bought(
    connection: Connection, counting_settings: Settings, begun: datetime
) -> tuple[Shop, Product]:
    """1 bought in time, 2 too late, 3 before looking; 4 began after the day, 5 is staff."""
    shop = await create_shop(connection, timezone="UTC")
    product = await create_product(connection, shop.id)
    link = await connection.fetchval(
        "INSERT INTO sources (shop_id, code) VALUES ($1, 'flyer') RETURNING id", shop.id
    )
    tea: dict[str, Any] = {"product_id": product.id}

    def seen(buyer: int, at: datetime, **more: Any) -> dict[str, Any]:
        return happening("product_viewed", shop.id, buyer, at=at, **tea, **more)

    def bought(buyer: int, at: datetime) -> list[dict[str, Any]]:
        return [
            happening("order_paid", shop.id, buyer, at=at),
            happening("order_line", shop.id, buyer, at=at, **tea),
        ]

    record(
        counting_settings.clickhouse_url.get_secret_value(),
        *(first_start(shop.id, 1, at=begun, first_source_id=link), seen(1, begun + HOUR)),
        *bought(1, begun + 2 * DAY),
        *(first_start(shop.id, 2, at=begun), seen(2, begun + HOUR), *bought(2, begun + 8 * DAY)),
        *(*bought(3, begun), first_start(shop.id, 3, at=begun + HOUR), seen(3, begun + 2 * HOUR)),
        *(first_start(shop.id, 4, at=begun + DAY), seen(4, begun + DAY + HOUR)),
        *(first_start(shop.id, 5, at=begun, is_staff=True), seen(5, begun + HOUR, is_staff=True)),
    )
    return shop, product


async def test_people_are_counted_by_how_far_they_came_in_time(
    client: httpx.AsyncClient, connection: Connection, counting_settings: Settings
) -> None:
    begun = NOON - 9 * DAY
    shop, _ = await _three_who_bought(connection, counting_settings, begun)
    path = f"/api/v1/shops/{shop.id}/funnel"
    asked = {"from": str(begun.date()), "to": str(begun.date()), "steps": "start,product,paid"}
    found = (await client.get(path, params=asked)).json()
    assert [each["users"] for each in found["steps"]] == [3, 3, 1]
    assert found["steps"][2]["of_previous"] == pytest.approx(1 / 3)
    assert found["parts"] == [] and found["is_over"]
    assert (await client.get(path, params=asked | {"within_days": 20})).json()["steps"][2][
        "users"
    ] == 2
    assert_problem(await client.get(path, params=asked | {"steps": "no"}), 422, "funnel_invalid")
    assert_problem(
        await client.get(path, params=asked | {"to": "2026-01-01"}), 422, "range_invalid"
    )


async def test_a_funnel_is_told_by_link_by_product_and_without_fraud(
    client: httpx.AsyncClient, connection: Connection, counting_settings: Settings
) -> None:
    begun = NOON - 9 * DAY
    shop, product = await _three_who_bought(connection, counting_settings, begun)
    path = f"/api/v1/shops/{shop.id}/funnel"
    asked = {"from": str(begun.date()), "to": str(begun.date()), "steps": "start,product,paid"}
    by_link = (await client.get(path, params=asked | {"by": "source"})).json()
    assert [each["users"] for each in by_link["steps"]] == [3, 3, 1]
    assert {
        each["label"]: [step["users"] for step in each["steps"]] for each in by_link["parts"]
    } == {"flyer": [1, 1, 1], None: [2, 2, 0]}
    products = asked | {"by": "product", "steps": "product,paid"}
    other = await create_product(connection, shop.id)
    twice = happening("product_viewed", shop.id, 1, at=begun + HOUR, product_id=other.id)
    record(counting_settings.clickhouse_url.get_secret_value(), twice)
    by_product = (await client.get(path, params=products)).json()
    assert [
        (part["key"], part["label"], [step["users"] for step in part["steps"]])
        for part in by_product["parts"]
    ] == [(str(product.id), product.title, [3, 1]), (str(other.id), other.title, [1, 0])]
    # Who looked at both is one person.
    assert [step["users"] for step in by_product["steps"]] == [3, 1]
    with open_client(counting_settings.clickhouse_url.get_secret_value()) as store:
        store.command(
            f"INSERT INTO fraud_verdict (shop_id, buyer_no, verdict) VALUES ({shop.id}, 1, 'fraud')"
        )
    clean = (await client.get(path, params=asked | {"variant": "clean"})).json()
    assert [each["users"] for each in clean["steps"]] == [2, 2, 0]


def _computed(url: str, shop_id: int, day: date) -> None:
    """A cohort of four and the segments of four buyers, as the daily runs leave them."""
    with open_client(url) as store:
        store.command(
            "INSERT INTO cohort_day (day, shop_id, variant, age, cohort_size, retained, returned, "
            f"converted, net_sales_minor) VALUES ('{day}', {shop_id}, 'raw', 1, 4, 2, 3, 1, 500)"
        )
        buyers = ((1, "champions", 900), (2, "champions", 1500), (9, "champions", "NULL"))
        rows = ", ".join(
            f"('{day}', {shop_id}, 'raw', {number}, 2, 1, {money}, 5, 4, 3, '{segment}')"
            for number, segment, money in (*buyers, (3, "lost", -20))
        )
        store.command(
            "INSERT INTO rfm_day (day, shop_id, variant, buyer_no, recency_days, frequency, "
            f"monetary_minor, r, f, m, segment) VALUES {rows}"
        )


@pytest.fixture(name="computed")
async def computed_shop(connection: Connection, counting_settings: Settings) -> tuple[int, date]:
    """A shop of three people named Anna, with what was computed of it for a day."""
    shop = await create_shop(connection, timezone="UTC", currency="RUB")
    for number in (1, 2, 3):
        await create_customer(connection, shop.id, telegram_id=900 + number, first_name="Anna")
    day = datetime.now(UTC).date() - timedelta(days=3)
    _computed(counting_settings.clickhouse_url.get_secret_value(), shop.id, day)
    return shop.id, day


async def test_cohorts_are_those_of_the_daily_table(
    client: httpx.AsyncClient, computed: tuple[int, date]
) -> None:
    shop_id, day = computed
    days = {"from": str(day), "to": str(day), "grain": "day"}
    found = (await client.get(f"/api/v1/shops/{shop_id}/cohorts", params=days)).json()
    (cohort,) = found["cohorts"]
    assert (cohort["size"], cohort["ages"][0]["ltv_minor"]) == (4, 125)
    assert found["currency"] == "RUB"


async def test_segments_are_those_of_the_daily_table(
    counting_panel: Panel, computed: tuple[int, date]
) -> None:
    shop_id, day = computed
    path = f"/api/v1/shops/{shop_id}/segments"
    async with counting_panel.visitor("owner", [shop_id]) as owner:
        sizes = (await owner.get(path)).json()
        assert sizes["day"] == str(day)
        assert [
            (each["segment"], each["buyers"], each["net_sales_minor"]) for each in sizes["segments"]
        ] == [("champions", 3, None), ("lost", 1, -20)]
        page = (await owner.get(f"{path}/champions/customers", params={"limit": 2})).json()
        assert [each["buyer_no"] for each in page["buyers"]] == [2, 1]
        assert page["buyers"][0]["customer"]["first_name"] == "Anna"
        more = await owner.get(f"{path}/champions/customers", params={"after": page["next"]})
        assert [(each["buyer_no"], each["customer"]) for each in more.json()["buyers"]] == [
            (9, None)
        ]
        assert more.json()["next"] is None
        empty = (await owner.get(path, params={"variant": "clean"})).json()
        assert (empty["day"], empty["segments"]) == (None, [])
    async with counting_panel.visitor("viewer", [shop_id]) as viewer:
        seen = (await viewer.get(f"{path}/champions/customers")).json()
        assert {each["customer"] and each["customer"]["first_name"] for each in seen["buyers"]} == {
            "",
            None,
        }

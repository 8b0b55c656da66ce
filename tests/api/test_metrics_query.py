"""Any figure by one query: what is answered, and what refused."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from api.metric_catalogue import BREAKDOWNS, breakdowns_of, choose, every_key
from core.clickhouse import open_client
from core.errors import VitrinaError
from core.postgres import Connection
from core.settings import Settings
from core.shop import rates
from tests.api.conftest import Panel, assert_problem
from tests.api.happenings import NOON, first_start, happening, paid, record
from tests.factories import create_shop

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIRST, LAST = NOON.date() - DAY, NOON.date() + DAY


async def asked(client: httpx.AsyncClient, metrics: str, **parameters: Any) -> dict[str, Any]:
    wanted = {"metrics": metrics, "from": str(FIRST), "to": str(LAST), **parameters}
    answer = await client.get("/api/v1/metrics/query", params=wanted)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def values(answer: dict[str, Any]) -> dict[tuple[Any, ...], Any]:
    """Each series' value, by what tells it apart."""
    names = ("metric", "currency", "is_converted", "key")
    return {
        tuple(each[name] for name in names if each[name]): each["value"]
        for each in answer["series"]
    }


async def test_money_by_currency_and_converted_where_rates_are_known(
    client: httpx.AsyncClient, connection: Connection, counting_settings: Settings
) -> None:
    shop = await create_shop(connection, timezone="UTC", currency="RUB")
    record(
        counting_settings.clickhouse_url.get_secret_value(),
        paid(shop.id, 500, 1, order_id=1, currency="RUB", at=NOON - DAY),
        paid(shop.id, 100, 2, order_id=2, at=NOON),
        happening("message_received", shop.id, 3),
    )
    metrics = "net_sales_minor,arppu_minor,paid_orders,buyer_conversion"
    unknown = await asked(client, metrics, shops=shop.id, grain="whole")
    assert values(unknown) == {
        ("net_sales_minor", "RUB"): 500,
        ("net_sales_minor", "XTR"): 100,
        ("net_sales_minor", "RUB", True): None,
        ("arppu_minor", "RUB", True): None,
        ("paid_orders",): 2,
        ("buyer_conversion",): pytest.approx(2 / 3),
    }
    assert {each["unknown"] for each in unknown["series"]} == {None, "rate_missing"}
    meaning = unknown["metrics"][0]
    assert (meaning["number"], meaning["unit"], meaning["source"]) == (24, "money", "events")
    assert meaning["formula"] == "gross sales − discounts − returns"
    async with connection.transaction():
        rate = rates.Rate(currency="XTR", valid_from=NOON.date(), rate=Decimal("1.5"))
        await rates.set_rate(connection, shop.id, rate, NOON)
    known = values(await asked(client, metrics, shops=shop.id, grain="whole"))
    assert known["net_sales_minor", "RUB", True] == 500 + 100 * 150
    assert known["arppu_minor", "RUB", True] == 7750
    days = await asked(client, "net_sales_minor", shops=shop.id, compare="previous")
    (converted,) = (each for each in days["series"] if each["is_converted"])
    assert [point["value"] for point in converted["points"]] == [500, 15_000, 0]
    assert [point["previous"] for point in converted["points"]] == [0, 0, 0]


async def test_money_needs_no_rate_until_something_is_paid_in_another_currency(
    client: httpx.AsyncClient, connection: Connection, counting_settings: Settings
) -> None:
    shop = await create_shop(connection, timezone="UTC", currency="RUB")
    url = counting_settings.clickhouse_url.get_secret_value()
    record(url, paid(shop.id, 500, 1, order_id=1, currency="RUB"))
    head = ("arppu_minor", "RUB", True)
    for _ in "12":
        found = await asked(client, "arppu_minor", shops=shop.id)
        assert values(found) == {head: 500}
        assert [point["value"] for point in found["series"][0]["points"]] == [None, 500, None]
    record(url, paid(shop.id, 100, 2, order_id=2))
    for grain in ("day", "whole"):
        found = await asked(client, "arppu_minor", shops=shop.id, grain=grain)
        assert (values(found), found["series"][0]["unknown"]) == ({head: None}, "rate_missing")


async def test_breakdowns_clocks_and_completeness(
    client: httpx.AsyncClient, connection: Connection, counting_settings: Settings
) -> None:
    shop = await create_shop(connection, timezone="Asia/Kolkata")
    other = await create_shop(connection, timezone="UTC")
    link = await connection.fetchval(
        "INSERT INTO sources (shop_id, code) VALUES ($1, 'autumn') RETURNING id", shop.id
    )
    record(
        counting_settings.clickhouse_url.get_secret_value(),
        first_start(shop.id, 1, first_source_id=link),
        first_start(shop.id, 2, first_source_id=link),
        first_start(shop.id, 3, at=NOON + DAY * 0.4),  # tomorrow, by its own clock
        first_start(other.id, 1, at=NOON + DAY * 0.4),
    )
    by_source = await asked(client, "new_users,starts", shops=shop.id, breakdown="source")
    assert [(each["key"], each["label"], each["value"]) for each in by_source["series"]] == [
        (str(link), "autumn", 2),
        (str(link), "autumn", 2),
        ("0", None, 1),
        ("0", None, 1),
    ]
    both = await asked(client, "new_users")
    assert both["timezone"] is None
    assert [point["value"] for point in both["series"][0]["points"]] == [0, 3, 1]
    one_clock = await asked(client, "new_users", zone="UTC")
    assert [point["value"] for point in one_clock["series"][0]["points"]] == [0, 4, 0]
    assert one_clock["completeness"] == {"complete": True, "days": [], "left_off": 0}

    late = datetime.now(UTC).date() + DAY
    daily = await asked(client, "wau,new_users", shops=other.id, to=str(late))
    assert daily["completeness"]["days"][-1]["why"] == "not_computed"
    assert daily["completeness"]["days"][0]["why"] == "not_over"
    assert [each["unknown"] for each in daily["series"]] == ["not_computed", None]
    await connection.execute("UPDATE shops SET retention_days = 30 WHERE id = $1", other.id)
    old = {"from": str(FIRST - 60 * DAY), "to": str(FIRST - 50 * DAY)}
    gone = (await asked(client, "starts", shops=other.id, **old))["completeness"]
    assert [(each["why"], each["last"]) for each in gone["days"]] == [("expired", old["to"])]


async def test_daily_tables_are_added_up_as_the_dictionary_says(
    client: httpx.AsyncClient, connection: Connection, counting_settings: Settings
) -> None:
    shops = [await create_shop(connection, timezone="UTC") for _ in range(2)]
    rows = [
        # day, shop, mau, active_days, new_users, activated, activation
        (FIRST, shops[0], 10, 30, 4, 1, 0.25),
        (FIRST + DAY, shops[0], 20, 150, 0, 0, None),
        (LAST, shops[0], 30, 300, 6, 3, None),  # its 24 hours are not over
        (FIRST + DAY, shops[1], 10, 60, 4, 3, 0.75),
    ]
    with open_client(counting_settings.clickhouse_url.get_secret_value()) as store:
        names = ["day", "shop_id", "mau", "active_days", "new_users", "activated", "activation"]
        store.insert(
            "audience_day",
            [[day, shop.id, *more, "raw"] for day, shop, *more in rows],
            [*names, "variant"],
        )
        store.insert(
            "payment_day",
            [[FIRST, shops[0].id, "raw", *payment] for payment in PAYMENTS],
            ["day", "shop_id", "variant", "provider", "succeeded", "failed", "payment_success"],
        )
        store.insert(
            "cohort_day",
            [[FIRST, shops[0].id, "raw", age, 10, kept, kept / 10] for age, kept in RETAINED],
            ["day", "shop_id", "variant", "age", "cohort_size", "retained", "retention"],
        )
    found = await asked(client, "mau,stickiness,activation,audience_day.dau", grain="whole")
    assert values(found) == {
        ("mau",): 40,  # the last day of each
        ("stickiness",): pytest.approx(360 / 30 / 40),
        ("activation",): pytest.approx(4 / 8),
        ("audience_day.dau",): None,
    }
    assert {each["metric"]: each["unknown"] for each in found["series"]}["audience_day.dau"] == (
        "not_one_row"
    )
    by_day = await asked(client, "mau", shops=shops[0].id, variant="raw")
    assert [point["value"] for point in by_day["series"][0]["points"]] == [10, 20, 30]
    clean = await asked(client, "mau", shops=shops[0].id, variant="clean")
    assert clean["series"][0]["value"] is None
    paid_by = await asked(client, "payment_success", breakdown="provider", grain="whole")
    assert values(paid_by) == {("payment_success", "stars"): 0.75, ("payment_success", "card"): 0.5}
    kept = values(await asked(client, "retention", breakdown="age", grain="whole"))
    assert kept == {("retention", "1"): 0.5, ("retention", "7"): 0.2}


PAYMENTS = (("stars", 3, 1, 0.75), ("card", 1, 1, 0.5))
RETAINED = ((1, 5), (7, 2))


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"metrics": "net_sale_minor"}, "metric_unknown"),
        ({"metrics": ","}, "metrics_invalid"),
        ({"metrics": "new_users", "breakdown": "product"}, "breakdown_unfit"),
        ({"metrics": "retention"}, "breakdown_unfit"),
        ({"metrics": "segment"}, "metric_unknown"),
        ({"metrics": "conversion"}, "metric_unknown"),  # of cohorts, and of products
        ({"metrics": "wau", "grain": "hour"}, "grain_unfit"),
        ({"metrics": "starts", "compare": "custom"}, "range_invalid"),
        ({"metrics": "starts", "zone": "Mars/Base"}, "request_invalid"),
        ({"metrics": "starts", "from": "2026-02-30"}, "request_invalid"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value.values()),
)
async def test_what_does_not_fit_says_so(
    client: httpx.AsyncClient, parameters: dict[str, str], code: str
) -> None:
    answer = await client.get("/api/v1/metrics/query", params=parameters)
    assert_problem(answer, 422, code)
    if code != "request_invalid":  # of that one, the panel translates each field's kind
        assert re.search("[а-я]{3}", answer.json()["explained"]["ru"])


# pylint: disable-next=too-many-locals  # both kinds of keys in one shop
async def test_what_is_of_a_day_has_no_value_of_more(
    client: httpx.AsyncClient, connection: Connection, counting_settings: Settings
) -> None:
    shop = await create_shop(connection, timezone="UTC")
    record(
        counting_settings.clickhouse_url.get_secret_value(),
        *(happening("message_received", shop.id, 1, at=NOON + DAY * n) for n in (-1, 0)),
        happening("message_received", shop.id, 2),
    )
    by_day = await asked(client, "dau", shops=shop.id, compare="previous")
    (series,) = by_day["series"]
    assert (series["value"], series["previous"], series["unknown"]) == (None, None, "not_one_row")
    assert [point["value"] for point in series["points"]] == [1, 2, 0]
    one = {"from": str(NOON.date()), "to": str(NOON.date()), "compare": "previous"}
    whole = await asked(client, "dau", shops=shop.id, grain="whole", **one)
    assert (whole["series"][0]["value"], whole["series"][0]["previous"]) == (2, 1)
    assert whole["series"][0]["points"][0]["value"] == 2
    for grain in ("week", "month", "whole"):
        long = {"from": str(FIRST - 60 * DAY), "to": str(LAST), "grain": grain}
        (series,) = (await asked(client, "dau", shops=shop.id, **long))["series"]
        assert series["unknown"] == "not_one_row"
        assert not any(point["value"] for point in series["points"][:-1])
        assert grain != "whole" or series["points"][0]["value"] is None
        (people,) = (await asked(client, "active_users", shops=shop.id, **long))["series"]
        assert people["value"] == 2


async def test_people_of_an_hour_are_called_that(
    client: httpx.AsyncClient, connection: Connection, counting_settings: Settings
) -> None:
    shop = await create_shop(connection, timezone="UTC")
    record(
        counting_settings.clickhouse_url.get_secret_value(),
        *(happening("message_received", shop.id, buyer, at=NOON) for buyer in (1, 2)),
        happening("message_received", shop.id, 1, at=NOON + HOUR),
    )
    one = {"from": str(NOON.date()), "to": str(NOON.date()), "shops": shop.id}
    by_hour = await asked(client, "dau,active_users", grain="hour", **one)
    assert [point["value"] for point in by_hour["series"][0]["points"]][12:14] == [2, 1]
    assert by_hour["series"][0]["value"] == 2
    assert "in that hour" in by_hour["metrics"][0]["formula"]
    russian = await asked(client, "dau", grain="hour", lang="ru", **one)
    assert "за этот час" in russian["metrics"][0]["formula"]
    assert "hour" not in (await asked(client, "dau", **one))["metrics"][0]["formula"]


async def test_what_no_event_says_is_a_key_of_its_own(
    client: httpx.AsyncClient, connection: Connection, counting_settings: Settings
) -> None:
    shop = await create_shop(connection, timezone="UTC")
    record(
        counting_settings.clickhouse_url.get_secret_value(),
        paid(shop.id, 100, 1, order_id=1, props='{"country":"DE"}') | {"module": "stars"},
        paid(shop.id, 50, 2, order_id=2, props='{"country":"Germany"}') | {"module": ""},
        paid(shop.id, 20, 3, order_id=3) | {"module": "stars"},
    )

    async def by(breakdown: str) -> dict[str, Any]:
        answer = await asked(client, "net_sales_minor", shops=shop.id, breakdown=breakdown)
        return {each["key"]: (each["value"], each["label"]) for each in answer["series"]}

    assert await by("country") == {"DE": (100, None), "ZZ": (70, "unknown")}
    assert await by("module") == {"stars": (120, None), "none": (50, "no module")}
    assert await by("language") == {"und": (170, "unknown")}


async def test_other_shops_are_not_there(counting_panel: Panel, connection: Connection) -> None:
    mine, other = [await create_shop(connection) for _ in range(2)]
    async with counting_panel.visitor("viewer", [mine.id]) as client:
        wanted = {"metrics": "starts", "shops": str(other.id)}
        refused = await client.get("/api/v1/metrics/query", params=wanted)
        assert_problem(refused, 404, "shop_not_found")
        assert (await asked(client, "starts"))["shops"] == [mine.id]


async def test_what_can_be_asked_for_can_be_chosen(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/api/v1/metrics", params={"lang": "ru"})).json()
    assert {each["key"] for each in listed} == {*every_key()}
    assert {each["number"] for each in listed} == {*range(1, 51)} - {41}  # segments: no number
    for key in every_key():
        ways = breakdowns_of(key)
        assert set(ways) <= set(BREAKDOWNS)
        for way in ways:
            assert choose(key, way).key == key
        for way in {*BREAKDOWNS} - {*ways, "currency"}:
            with pytest.raises(VitrinaError) as refused:
                choose(key, way)
            assert refused.value.code == "breakdown_unfit"

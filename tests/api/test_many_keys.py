"""Breakdowns with more keys than are shown: which are read, and when there are too many."""

from typing import Any

import httpx
import pytest

from api import metric_reading, metrics_query
from api.reader import Reader
from core.clickhouse import open_client
from core.postgres import Connection
from core.settings import Settings
from core.shop.shops import Shop
from tests.api.conftest import assert_problem
from tests.api.happenings import NOON, first_start, record
from tests.api.test_metrics_query import DAY, FIRST, HOUR, asked
from tests.factories import create_shop

MOST = 107


async def with_many_keys(connection: Connection, settings: Settings) -> Shop:
    """A shop with starts of so many sources, three each of the first four and two of the others,
    and so many products, each sold as often as its number says on two days."""
    shop = await create_shop(connection, timezone="UTC")
    url = settings.clickhouse_url.get_secret_value()
    starts = (
        first_start(shop.id, 1000 * key + number, first_source_id=key, at=NOON - number * HOUR)
        for key in range(1, MOST + 1)
        for number in range(3 if key <= 4 else 2)
    )
    record(url, *starts)
    with open_client(url) as store:
        sold = [[FIRST + DAY * n, shop.id, "raw", key, key] for key in range(MOST) for n in (0, 1)]
        store.insert("product_day", sold, ["day", "shop_id", "variant", "product_id", "units"])
    return shop


async def test_of_many_keys_only_the_largest_are_read_by_bucket(
    client: httpx.AsyncClient,
    connection: Connection,
    counting_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = await with_many_keys(connection, counting_settings)
    by_bucket: set[str] = set()
    read = Reader.rows

    async def watched(self: Reader, *given: Any, **more: Any) -> list[dict[str, Any]]:
        rows = await read(self, *given, **more)
        if len({row.get("bucket") for row in rows if not row.get("is_total")}) > 1:
            by_bucket.update(row["dimension"] for row in rows)
        return rows

    monkeypatch.setattr(Reader, "rows", watched)
    largest = [str(key) for key in range(1, 101)]
    by_source = await asked(
        client, "new_users,starts", shops=shop.id, breakdown="source", grain="hour"
    )
    assert [each["key"] for each in by_source["series"][::2]] == largest
    assert (by_source["keys_left_off"], by_bucket) == (MOST - 100, set(largest))
    assert by_source["series"][0]["value"] == 3
    assert sum(point["value"] for point in by_source["series"][-1]["points"]) == 2
    by_bucket.clear()
    by_product = await asked(client, "product_day.units", shops=shop.id, breakdown="product")
    largest = [str(key) for key in range(MOST - 1, MOST - 101, -1)]
    assert [each["key"] for each in by_product["series"]] == largest
    assert (by_product["keys_left_off"], by_bucket) == (MOST - 100, set(largest))
    assert [point["value"] for point in by_product["series"][0]["points"]] == [106, 106, None]


async def test_a_breakdown_that_costs_too_much_is_refused(
    client: httpx.AsyncClient,
    connection: Connection,
    counting_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = await with_many_keys(connection, counting_settings)
    wanted = {"metrics": "starts,new_users", "breakdown": "source", "shops": str(shop.id)}
    for limit, least in (("MOST_POINTS", 100 * 7 * 2), ("MOST_RANKED", MOST)):
        wanted |= {"touch": "last"} if limit == "MOST_RANKED" else {}  # not of the kept answers
        monkeypatch.setattr(metrics_query, limit, least)
        monkeypatch.setattr(metric_reading, limit, least, raising=False)
        assert (await client.get("/api/v1/metrics/query", params=wanted)).status_code == 200
        monkeypatch.setattr(metrics_query, limit, least - 1)
        monkeypatch.setattr(metric_reading, limit, least - 1, raising=False)
        refused = await client.get("/api/v1/metrics/query", params=wanted | {"lang": "ru"})
        assert_problem(refused, 422, "too_expensive")
        monkeypatch.setattr(metrics_query, limit, 10**6)


async def test_totals_by_key_are_ranked_though_the_days_before_had_many_others(
    client: httpx.AsyncClient,
    connection: Connection,
    counting_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = await with_many_keys(connection, counting_settings)
    before = (
        first_start(shop.id, 10**6 + key, first_source_id=key, at=NOON - 3 * DAY)
        for key in range(3, MOST + 100)
    )
    record(counting_settings.clickhouse_url.get_secret_value(), *before)
    whole = {"shops": shop.id, "breakdown": "source", "grain": "whole", "compare": "previous"}
    found = await asked(client, "new_users", **whole)
    assert [each["key"] for each in found["series"]] == [str(key) for key in range(1, 101)]
    assert [each["value"] for each in found["series"]] == [3] * 4 + [2] * 96
    assert [each["previous"] for each in found["series"]] == [0, 0] + [1] * 98
    assert found["keys_left_off"] == MOST - 100
    for module in (metrics_query, metric_reading):
        monkeypatch.setattr(module, "MOST_RANKED", MOST)
    again = await asked(client, "new_users", **whole, touch="last")  # not the kept answer
    assert (again["series"], again["keys_left_off"]) == (found["series"], MOST - 100)

"""A shop's time zone, currency and rates over HTTP."""

from datetime import UTC, datetime, timedelta

import httpx

from core.postgres import Connection
from tests.api.conftest import ANY, Panel, assert_problem
from tests.factories import create_shop


async def test_a_change_says_first_what_becomes_of_history(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection, timezone="UTC", currency="XTR")
    address = f"/api/v1/shops/{shop.id}/calendar"
    wanted = {"timezone": "Asia/Omsk", "currency": "RUB"}
    told = (await owner.post(f"{address}/preview", json=wanted)).json()
    first = datetime.now(UTC).date() - timedelta(days=shop.retention_days - 3)
    assert told["recount_from"] == first.isoformat()
    assert first.isoformat() in told["text"]["en"] and f"{first:%d.%m.%Y}" in told["text"]["ru"]
    assert "Asia/Omsk" in told["text"]["ru"] and "RUB" in told["text"]["en"]

    unread = wanted | {"recount_from": "2020-01-01"}
    assert_problem(await owner.put(address, json=unread, headers=ANY), 409, "not_confirmed")
    assert await connection.fetchval("SELECT count(*) FROM recounts") == 0
    confirmed = wanted | {"recount_from": told["recount_from"]}
    changed = (await owner.put(address, json=confirmed, headers=ANY)).json()
    assert (changed["timezone"], changed["currency"]) == ("Asia/Omsk", "RUB")
    (asked,) = await connection.fetch("SELECT * FROM recounts")
    assert asked["first_day"] == first - timedelta(days=1) and asked["money_before_is_void"]
    assert_problem(await owner.put(address, json=confirmed, headers=ANY), 422, "nothing_changes")
    for wrong in ({"timezone": "Mars/Olympus"}, {"currency": "руб"}, {"currency": "ZZZ"}):
        response = await owner.post(f"{address}/preview", json=wanted | wrong)
        assert response.status_code == 422, wrong


async def test_rates_are_set_with_a_date_and_taken_back(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection, currency="RUB")
    address = f"/api/v1/shops/{shop.id}/rates"
    for since, rate in (("2026-01-01", "1.75"), ("2026-03-01", "1.8"), ("2026-03-01", "1.9")):
        body = {"currency": "XTR", "valid_from": since, "rate": rate}
        assert (await owner.put(address, json=body, headers=ANY)).status_code == 200
    found = (await owner.get(address)).json()
    assert [(row["valid_from"], float(row["rate"])) for row in found] == [
        ("2026-03-01", 1.9),
        ("2026-01-01", 1.75),
    ]
    left = (await owner.delete(f"{address}/XTR/2026-03-01", headers=ANY)).json()
    assert [row["valid_from"] for row in left] == ["2026-01-01"]
    assert (await owner.delete(f"{address}/XTR/2026-03-01", headers=ANY)).status_code == 404
    assert await connection.fetchval("SELECT count(*) FROM recounts") == 4
    for wrong in ({"rate": "0"}, {"rate": "-1"}, {"rate": "x"}, {"currency": "RUB"}):
        body = {"currency": "XTR", "valid_from": "2026-01-01", "rate": "1"} | wrong
        assert (await owner.put(address, json=body, headers=ANY)).status_code == 422, wrong


async def test_only_owners_who_see_the_shop_change_it(panel: Panel, connection: Connection) -> None:
    mine, other = await create_shop(connection), await create_shop(connection)
    body = {"timezone": "UTC", "currency": "RUB", "recount_from": "2026-01-01"}
    async with panel.visitor("analyst") as client:
        response = await client.put(f"/api/v1/shops/{mine.id}/calendar", json=body, headers=ANY)
        assert_problem(response, 403, "forbidden")
    async with panel.visitor("owner", [mine.id]) as client:
        for method, path in (
            ("PUT", "calendar"),
            ("POST", "calendar/preview"),
            ("GET", "rates"),
        ):
            path = f"/api/v1/shops/{other.id}/{path}"
            response = await client.request(method, path, json=body, headers=ANY)
            assert response.status_code == 404, path

"""Links over HTTP: made, found, drawn, what they cost and brought."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from core.clickhouse import open_client
from core.postgres import Connection
from core.settings import Settings
from core.shop import bots, customers
from core.shop.customers import START_CODE
from core.zones import day_of
from tests.api.conftest import ANY, Panel, assert_problem
from tests.api.happenings import first_start, record
from tests.factories import create_bot, create_customer, create_shop


def told(rows: list[Any]) -> list[tuple[int, str]]:
    return [(row["amount_minor"], row["currency"]) for row in rows]


async def test_links_are_made_found_and_drawn(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection)
    path = f"/api/v1/shops/{shop.id}/sources"
    drafts: list[dict[str, str]] = [
        {"code": "flyer", "label": "Листовка 100%"},
        {"code": "insta_may", "campaign": "may", "medium": "cpc"},
        {"label": "vk / весна & лето", "campaign": "may"},
    ]
    made = [(await owner.post(path, json=draft)).json() for draft in drafts]
    assert made[0]["links"] == []
    assert_problem(await owner.post(path, json={"code": "flyer"}), 409, "source_taken")
    assert_problem(await owner.post(path, json={"code": "two words"}), 422, "request_invalid")
    assert_problem(await owner.get(f"{path}/{made[0]['id']}/qr.svg"), 422, "no_bot_to_link")
    assert_problem(await owner.get(f"{path}/999"), 404, "source_not_found")
    bot = await create_bot(connection, shop)
    await bots.set_identity(connection, bot.id, username="tea_bot", title="Tea")

    async def found(**query: Any) -> list[str]:
        codes: list[str] = []
        while True:
            page = (await owner.get(path, params=query)).json()
            codes += [each["code"] for each in page["sources"]]
            if page["next"] is None:
                return codes
            query["after"] = page["next"]

    newest = [each["code"] for each in reversed(made)]
    assert await found(limit=1) == newest
    assert await found(limit=2, sort="code") == sorted(newest)
    assert await found(words="100%") == ["flyer"] and await found(words="%") == ["flyer"]
    assert await found(words="весна & ") == [made[2]["code"]]
    assert await found(campaign="may", medium="cpc") == ["insta_may"]
    changed = await owner.put(f"{path}/{made[1]['id']}", json={"is_archived": True}, headers=ANY)
    assert changed.json()["links"] == [
        {"bot_id": bot.id, "address": "https://t.me/tea_bot?start=insta_may"}
    ]
    assert await found(archived=True) == ["insta_may"] and "insta_may" not in await found()
    assert_problem(await owner.get(path, params={"after": "7.7"}), 422, "cursor_invalid")
    assert_problem(await owner.get(path, params={"after": "999"}), 422, "cursor_invalid")

    drawn = await owner.get(f"{path}/{made[0]['id']}/qr.svg")
    assert drawn.headers["content-type"] == "image/svg+xml" and b"<svg" in drawn.content
    async with panel.visitor("viewer", [shop.id]) as viewer:
        printed = await viewer.get(f"{path}/{made[0]['id']}/qr.png", params={"bot_id": bot.id})
        assert printed.content.startswith(b"\x89PNG")


async def test_a_name_that_no_link_can_carry_has_a_short_code_in_its_place(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection)
    path = f"/api/v1/shops/{shop.id}/sources"
    label = "vk / весна & лето = 100%, utm_campaign={may}"
    made = (await owner.post(path, json={"label": label, "medium": "cpc, баннер"})).json()
    assert START_CODE.fullmatch(made["code"]) and len(made["code"]) <= 16
    visitor = await create_customer(connection, shop.id)
    came, _ = await customers.record_start(connection, visitor, made["code"])
    assert came.first_source_id == made["id"]
    kept = (await owner.get(f"{path}/{made['id']}")).json()
    assert (kept["label"], kept["medium"]) == (label, "cpc, баннер")


async def test_a_cost_is_told_taken_back_and_told_anew(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection)
    path = f"/api/v1/shops/{shop.id}/sources"
    link = (await owner.post(path, json={})).json()
    today = day_of(datetime.now(UTC), shop.timezone)
    costs = f"{path}/{link['id']}/costs"
    cost: dict[str, Any] = {"amount_minor": 500, "currency": "RUB"}
    for each in (cost, cost, cost | {"amount_minor": 700, "currency": "USD"}):
        assert (await owner.put(f"{costs}/{today}", json=each)).status_code == 200
    (listed,) = (await owner.get(costs)).json()
    assert (listed["day"], listed["amount_minor"], listed["currency"]) == (str(today), 700, "USD")
    events = await connection.fetch(
        "SELECT amount_minor, currency, props FROM outbox WHERE event = 'ad_cost_recorded' "
        "ORDER BY pos"
    )
    assert told(events) == [(500, "RUB"), (-500, "RUB"), (700, "USD")]
    assert str(today) in events[0]["props"] and str(link["id"]) in events[0]["props"]
    assert (await owner.delete(f"{costs}/{today}")).status_code == 204
    assert (await owner.get(costs)).json() == []
    assert_problem(await owner.delete(f"{costs}/{today}"), 404, "not_found")
    for day in (today + timedelta(days=2), today - timedelta(days=62)):
        late = await owner.put(f"{costs}/{day}", json=cost)
        assert_problem(late, 422, "cost_out_of_time")
    free = await owner.put(f"{costs}/{today}", json=cost | {"amount_minor": 0})
    assert_problem(free, 422, "request_invalid")


async def test_what_a_link_brought_is_by_the_metrics_definitions(
    counting_panel: Panel, counting_settings: Settings, connection: Connection
) -> None:
    shop = await create_shop(connection, timezone="UTC")
    link = await connection.fetchval(
        "INSERT INTO sources (shop_id, code) VALUES ($1, 'flyer') RETURNING id", shop.id
    )
    noon = datetime.now(UTC).replace(hour=12) - timedelta(days=3)
    url = counting_settings.clickhouse_url.get_secret_value()
    record(
        url,
        *(first_start(shop.id, who, at=noon, first_source_id=link) for who in (1, 2)),
        first_start(shop.id, 3, at=noon),
    )
    with open_client(url) as client:
        client.command(
            "INSERT INTO source_day (day, shop_id, variant, touch, source_id, users, "
            "net_sales_minor, cost_minor, cac_minor, roas) "
            f"VALUES ('{noon.date()}', {shop.id}, 'raw', 'first', {link}, 2, 900, 300, 150, 3)"
        )
    days = {"from": str(noon.date()), "to": str(noon.date())}
    async with counting_panel.visitor() as owner:
        path = f"/api/v1/shops/{shop.id}/sources/figures"
        answer = await owner.get(path, params=days)
        assert answer.status_code == 200, answer.text
        found = {each["source_id"]: each["values"] for each in answer.json()["figures"]}
        assert found[link]["starts"] == found[link]["new_users"] == 2
        assert found[link]["source_day.net_sales_minor"] == 900
        assert (found[link]["cac_minor"], found[link]["roas"]) == (150, 3)
        assert (found[0]["starts"], found[0]["roas"]) == (1, None)
        wrong = await owner.get(path, params={"from": days["to"], "to": "2020-01-01"})
        assert_problem(wrong, 422, "range_invalid")

"""Shop templates over HTTP: chosen when a bot is connected, and changed afterwards."""

import httpx

from core.postgres import Connection
from tests.api.conftest import Panel, assert_problem
from tests.factories import create_bot, create_shop, token


async def test_templates_are_listed_for_the_connect_form(owner: httpx.AsyncClient) -> None:
    found = {each["key"]: each for each in (await owner.get("/api/v1/templates")).json()}
    assert list(found) == ["digital", "physical", "services", "statistics"]
    assert found["statistics"]["mode"] == "observed" and found["statistics"]["modules"] == []
    assert {"catalogue", "menu"} <= set(found["services"]["modules"])
    for each in found.values():
        assert all(
            each[field][language] for field in ("title", "summary") for language in each[field]
        )


async def test_a_bot_is_connected_by_a_template(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection, contact="@tea_shop")
    body = {"shop_id": shop.id, "token": token(7_000_000_001), "template": "physical"}
    response = await owner.post("/api/v1/bots", json=body)
    assert response.status_code == 201, response.text
    bot = response.json()
    listed = {each["key"]: each for each in (await owner.get("/api/v1/templates")).json()}
    assert (bot["mode"], bot["modules"]) == ("hosted", listed["physical"]["modules"])
    settings = await owner.get(f"/api/v1/bots/{bot['id']}/modules/cart/settings")
    assert settings.json()["settings"]["address"] == "required"

    statistics = {"shop_id": shop.id, "token": token(7_000_000_002), "template": "statistics"}
    bot = (await owner.post("/api/v1/bots", json=statistics)).json()
    assert (bot["mode"], bot["modules"]) == ("observed", [])


async def test_a_template_that_cannot_be_says_why_and_connects_nothing(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection)
    body = {"shop_id": shop.id, "token": token(7_000_000_003)}
    silent = await owner.post("/api/v1/bots", json=body | {"template": "digital"})
    assert_problem(silent, 422, "contact_missing")
    unknown = await owner.post("/api/v1/bots", json=body | {"template": "casino"})
    assert_problem(unknown, 422, "template_unknown")
    for more in ({"modules": ["menu"]}, {"mode": "observed"}):
        both = await owner.post("/api/v1/bots", json=body | {"template": "digital"} | more)
        assert_problem(both, 422, "request_invalid")
    assert await connection.fetchval("SELECT count(*) FROM bots") == 0


async def test_a_connected_bot_takes_another_template(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection, contact="@tea_shop")
    bot = await create_bot(connection, shop, modules=["menu"])
    address = f"/api/v1/bots/{bot.id}/template"
    made = await owner.put(address, json={"template": "physical"})
    assert made.status_code == 200 and "cart" in made.json()["modules"], made.text
    (change, *_) = (await owner.get(f"/api/v1/bots/{bot.id}/modules/cart/history")).json()
    assert change["by"] == "owner"
    silent = await owner.put(address, json={"template": "statistics"})
    assert (silent.json()["mode"], silent.json()["modules"]) == ("observed", [])
    assert_problem(await owner.put(address, json={"template": ""}), 422, "template_unknown")
    async with panel.visitor("viewer") as viewer:
        assert_problem(await viewer.put(address, json={"template": "digital"}), 403, "forbidden")
    other = await owner.put("/api/v1/bots/999/template", json={"template": "digital"})
    assert_problem(other, 404, "bot_not_found")

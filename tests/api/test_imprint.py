"""A shop's imprint over HTTP, and the notice to an owner without a contact."""

import httpx

from core.postgres import BOTS_CHANNEL, Connection
from tests.api.conftest import ANY, Panel, assert_problem, until
from tests.factories import create_bot, create_shop, token

STATED = {
    "about": {"ru": "Чай из Уси", "en": "Tea from Wuyi"},
    "seller": "ИП Чай, ИНН 1",
    "contact": "@tea_shop",
    "terms": {"ru": "Возврат 14 дней", "en": ""},
}


async def test_an_owner_states_it_and_bots_hear_of_it(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection)
    bot = await create_bot(connection, shop)
    heard: list[object] = []
    await connection.add_listener(BOTS_CHANNEL, lambda *call: heard.append(call[-1]))
    address = f"/api/v1/shops/{shop.id}/imprint"
    empty = {"ru": "", "en": ""}
    nothing = {"about": empty, "seller": "", "contact": "", "terms": empty}
    assert (await owner.get(address)).json() == nothing
    response = await owner.put(address, json=STATED, headers=ANY)
    assert response.status_code == 200 and response.json() == STATED, response.text
    assert (await owner.get(address)).json() == STATED
    await until(lambda: heard == [str(bot.id)])
    await connection.reset()


async def test_what_reaches_nobody_is_refused_by_its_field(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection)
    address = f"/api/v1/shops/{shop.id}/imprint"
    for field, wrong in (("contact", "ask around"), ("seller", "a\0b"), ("contact", "x" * 201)):
        response = await owner.put(address, json=STATED | {field: wrong}, headers=ANY)
        assert_problem(response, 422, "request_invalid")
        assert [each["field"] for each in response.json()["errors"]] == [f"body.{field}"]
    async with panel.visitor("viewer") as viewer:
        assert_problem(await viewer.put(address, json=STATED, headers=ANY), 403, "forbidden")
    async with panel.visitor("owner", [shop.id]) as other:
        missing = await other.put(f"/api/v1/shops/{shop.id + 1}/imprint", json=STATED, headers=ANY)
        assert_problem(missing, 404, "shop_not_found")


async def test_taking_money_without_a_contact_needs_the_owner(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop, other = await create_shop(connection), await create_shop(connection)
    paid_by = ["cart", "catalogue", "menu", "stars"]
    bot = await create_bot(connection, shop, modules=paid_by)
    await create_bot(connection, shop, modules=paid_by)
    await create_bot(connection, other, modules=["menu"])
    await create_bot(connection, other, mode="observed", modules=[])

    async def missing() -> list[tuple[int, int]]:
        items = (await owner.get("/api/v1/attention")).json()
        return [
            (item["shop_id"], item["bot_id"]) for item in items if item["kind"] == "contact_missing"
        ]

    assert await missing() == [(shop.id, bot.id)]
    await owner.put(f"/api/v1/shops/{shop.id}/imprint", json=STATED, headers=ANY)
    assert await missing() == []


async def test_nothing_takes_money_before_there_is_a_contact(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection)
    body = {"shop_id": shop.id, "token": token(7_000_000_010), "modules": ["menu", "stars"]}
    refused = await owner.post("/api/v1/bots", json=body)
    assert_problem(refused, 422, "contact_missing")
    assert "Контакт для покупателей" in refused.json()["explained"]["ru"]
    wrong = await owner.post("/api/v1/bots", json=body | {"contact": "ask around"})
    assert_problem(wrong, 422, "request_invalid")
    assert [each["field"] for each in wrong.json()["errors"]] == ["body.contact"]
    assert await connection.fetchval("SELECT count(*) FROM bots") == 0
    made = await owner.post("/api/v1/bots", json=body | {"contact": " @tea_shop "})
    assert made.status_code == 201, made.text
    imprint = (await owner.get(f"/api/v1/shops/{shop.id}/imprint")).json()
    assert imprint["contact"] == "@tea_shop"


async def test_a_module_that_takes_money_is_switched_on_with_a_contact_alone(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection)
    bot = await create_bot(connection, shop, modules=["menu"])
    address = f"/api/v1/bots/{bot.id}/modules"
    on = {"is_on": True, "with_others": True}
    for module in ("stars", "provider", "transfer", "cryptopay"):
        refused = await owner.put(f"{address}/{module}", json=on)
        assert_problem(refused, 422, "contact_missing")
    modules = (await owner.get(address)).json()["modules"]
    assert [each["key"] for each in modules if each["is_on"]] == ["menu"]
    assert (await owner.put(f"{address}/orders", json=on)).status_code == 200
    await owner.put(f"/api/v1/shops/{shop.id}/imprint", json=STATED, headers=ANY)
    assert (await owner.put(f"{address}/stars", json=on)).status_code == 200
    # Whoever sells already goes on: what is on is not asked about again.
    await owner.put(f"/api/v1/shops/{shop.id}/imprint", json=STATED | {"contact": ""}, headers=ANY)
    assert (await owner.put(f"{address}/stars", json=on)).status_code == 200


async def test_what_another_has_changed_is_not_overwritten(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection)
    address = f"/api/v1/shops/{shop.id}/imprint"
    seen = (await owner.get(address)).headers["etag"]
    first = await owner.put(address, json=STATED, headers={"If-Match": seen})
    assert first.status_code == 200, first.text
    late = STATED | {"seller": "ООО Опоздание"}
    refused = await owner.put(address, json=late, headers={"If-Match": seen})
    assert_problem(refused, 412, "changed_meanwhile")
    now = (await owner.get(address)).headers["etag"]
    assert refused.headers["etag"] == first.headers["etag"] == now != seen
    again = await owner.put(address, json=late, headers={"If-Match": refused.headers["etag"]})
    assert again.json()["seller"] == "ООО Опоздание"
    assert (await owner.put(address, json=STATED, headers=ANY)).status_code == 200
    assert_problem(await owner.put(address, json=STATED), 428, "version_missing")

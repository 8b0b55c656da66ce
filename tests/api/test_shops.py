"""Shops, bots and modules over HTTP."""

from typing import Any

import httpx
import pytest
from pydantic import BaseModel, Field

from api.routes.bots import ModuleUnknown, ordered_modules
from core.events import Bilingual
from core.modules import Manifest, Modules
from core.postgres import BOTS_CHANNEL, Connection
from core.shop import bots
from core.shop.access import Role
from tests.api.conftest import Panel, assert_problem, until
from tests.factories import KEYS, create_bot, create_shop, token


async def test_an_owner_opens_a_shop(owner: httpx.AsyncClient) -> None:
    draft = {"name": " Чайная лавка ", "currency": "RUB", "timezone": "Asia/Omsk", "language": "ru"}
    response = await owner.post("/api/v1/shops", json=draft)
    assert response.status_code == 201
    shop = response.json()
    made = {"name": "Чайная лавка", "id": shop["id"], "retention_days": 365, "bots": []}
    made |= {"archived_at": None, "delete_after": None, "version": shop["version"]}
    assert shop == draft | made
    assert (await owner.get("/api/v1/shops")).json() == [shop]


async def test_a_shop_that_makes_no_sense_is_refused_by_field(owner: httpx.AsyncClient) -> None:
    response = await owner.post("/api/v1/shops", json={"name": "", "timezone": "Mars/Olympus"})
    assert_problem(response, 422, "request_invalid")
    fields = {error["field"] for error in response.json()["errors"]}
    assert fields == {"body.name", "body.timezone"}


async def test_only_owners_of_everything_open_shops(panel: Panel, connection: Connection) -> None:
    shop = await create_shop(connection)
    refused: list[tuple[Role, list[int] | None]]
    refused = [("analyst", None), ("viewer", None), ("owner", [shop.id])]
    for role, shop_ids in refused:
        async with panel.visitor(role, shop_ids) as client:
            response = await client.post("/api/v1/shops", json={"name": "x"})
            assert_problem(response, 403, "forbidden")
    assert_problem(await panel.client.post("/api/v1/shops", json={}), 401, "session_missing")


async def test_a_visitor_sees_the_shops_of_the_link_only(
    panel: Panel, connection: Connection
) -> None:
    mine, other = await create_shop(connection, name="A"), await create_shop(connection, name="B")
    await create_bot(connection, mine, bot_id=7_000_000_001)
    await create_bot(connection, other, bot_id=7_000_000_002)
    async with panel.visitor("viewer", [mine.id]) as client:
        (shop,) = (await client.get("/api/v1/shops")).json()
    assert shop["id"] == mine.id
    assert [bot["id"] for bot in shop["bots"]] == [7_000_000_001]


async def test_connecting_a_bot_queues_it_for_a_worker(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection, contact="@tea_shop")
    heard: list[object] = []

    def hear(*call: object) -> None:
        heard.append(call[-1])

    await connection.add_listener(BOTS_CHANNEL, hear)
    wanted = ["menu", "catalogue", "cart", "stars"]
    body = {
        "shop_id": shop.id,
        "token": token(7_000_000_001),
        "mode": "hosted",
        "modules": wanted,
    }
    response = await owner.post("/api/v1/bots", json=body)
    assert response.status_code == 201, response.text
    bot: dict[str, Any] = response.json()
    assert bot.pop("state_changed_at")
    assert bot == {
        "id": 7_000_000_001,
        "shop_id": shop.id,
        "username": None,
        "title": None,
        "mode": "hosted",
        "state": "queued",
        "state_reason": None,
        "token_tail": "AAAA",
        "photo_id": None,
        "modules": bot["modules"],
        "paused_at": None,
        "pause_text": None,
    }
    assert set(bot["modules"]) == set(wanted)
    assert token(7_000_000_001) not in response.text
    assert await bots.token_of(connection, KEYS, 7_000_000_001) == token(7_000_000_001)
    await until(lambda: heard == ["7000000001"])
    await connection.remove_listener(BOTS_CHANNEL, hear)


async def test_an_observed_bot_answers_nobody(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection)
    body = {"shop_id": shop.id, "token": token(7_000_000_003), "mode": "observed"}
    response = await owner.post("/api/v1/bots", json=body | {"modules": ["menu"]})
    assert response.status_code == 201
    assert response.json()["modules"] == []


async def test_what_cannot_be_connected_says_why(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop, other = await create_shop(connection), await create_shop(connection)
    taken = await create_bot(connection, other)
    good = {"shop_id": shop.id, "token": token(7_000_000_004), "modules": []}

    async def refused(status: int, code: str, **change: Any) -> None:
        response = await owner.post("/api/v1/bots", json=good | change)
        assert_problem(response, status, code)
        assert "A" * 35 not in response.text

    await refused(422, "token_malformed", token="7000000004:too-short")
    await refused(409, "bot_taken", token=token(taken.id))
    await refused(422, "module_unknown", modules=["menu", "casino"])
    await refused(404, "shop_not_found", shop_id=10_000)
    await refused(422, "request_invalid", mode="spying")
    async with panel.visitor("owner", [other.id]) as client:
        assert_problem(await client.post("/api/v1/bots", json=good), 404, "shop_not_found")
    async with panel.visitor("analyst") as client:
        assert_problem(await client.post("/api/v1/bots", json=good), 403, "forbidden")
    assert await bots.of_shops(connection, [shop.id]) == []


async def test_modules_bring_the_schema_of_their_form(owner: httpx.AsyncClient) -> None:
    found = {module["key"]: module for module in (await owner.get("/api/v1/modules")).json()}
    assert {"menu", "cart", "catalogue", "stars"} <= found.keys()
    for module in found.values():
        assert module["title"]["ru"] and module["title"]["en"]
        assert module["summary"]["ru"] and module["summary"]["en"]
        assert module["settings_schema"]["type"] == "object"
        assert set(module["requires"]) <= found.keys()


class _Settings(BaseModel):
    colour: str = Field(default="red")


def _manifest(key: str, *requires: str) -> Manifest:
    text = Bilingual(key, key)
    return Manifest(key, text, text, _Settings, requires=requires)


def test_required_modules_stand_before_those_that_need_them() -> None:
    parts = (_manifest("a", "b"), _manifest("b", "c"), _manifest("c"), _manifest("d"))
    known = Modules("tests", {part.key: part for part in parts})
    assert ordered_modules(known, ["d", "a", "c"]) == ["d", "c", "b", "a"]
    with pytest.raises(ModuleUnknown, match="casino"):
        ordered_modules(known, ["a", "casino"])

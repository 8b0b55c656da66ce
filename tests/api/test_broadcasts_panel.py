"""Broadcasts over HTTP: written, previewed, scheduled, cancelled; what does not fit is refused."""

from typing import Any

import pytest

from core.postgres import Connection
from tests.api.conftest import Panel, assert_problem
from tests.factories import create_bot, create_customer, create_shop

DRAFT: dict[str, Any] = {"title": "New", "texts": [{"en": "Hello, {name}"}]}


@pytest.fixture(name="base")
async def a_bot_and_whom_it_knows(connection: Connection) -> str:
    shop = await create_shop(connection)
    bot = await create_bot(connection, shop, modules=["broadcasts", "menu"])
    for _ in range(2):
        person = await create_customer(connection, shop.id)
        await connection.execute(
            "INSERT INTO bot_peers (bot_id, peer_id, access_hash, kind) VALUES ($1, $2, 1, 'user')",
            bot.id,
            person.telegram_id,
        )
    return f"/api/v1/bots/{bot.id}/modules/broadcasts"


async def test_a_broadcast_is_written_scheduled_and_taken_back(panel: Panel, base: str) -> None:
    async with panel.visitor() as owner:
        made = (await owner.post(f"{base}/broadcasts", json=DRAFT)).json()["broadcast"]
        one = f"{base}/broadcasts/{made['id']}"
        change = {"version": 1, "draft": DRAFT | {"title": "Newer"}}
        assert (await owner.put(one, json=change)).json()["broadcast"]["version"] == 2
        assert_problem(await owner.put(one, json=change), 412, "changed_meanwhile")
        preview = (await owner.post(f"{base}/preview", json={})).json()
        assert (preview["people"], preview["seconds"]) == (2, 1)
        assert_problem(await owner.post(f"{one}/test"), 422, "broadcast_no_own_chat")
        assert_problem(await owner.post(f"{one}/cancel"), 409, "broadcast_not_under_way")
        stale = await owner.post(f"{one}/schedule", json={"version": 1})
        assert_problem(stale, 412, "changed_meanwhile")
        scheduled = (await owner.post(f"{one}/schedule", json={"version": 2})).json()["broadcast"]
        assert scheduled["state"] == "scheduled"
        assert_problem(await owner.put(one, json=change), 409, "broadcast_not_draft")
        assert_problem(await owner.delete(one), 409, "broadcast_not_draft")
        assert (await owner.post(f"{one}/cancel")).json()["broadcast"]["state"] == "draft"
        assert (await owner.delete(one)).status_code == 204
        assert (await owner.get(f"{base}/broadcasts")).json()["broadcasts"] == []


async def test_a_scheduled_one_is_taken_back_in_an_archived_shop(
    panel: Panel, base: str, connection: Connection
) -> None:
    async with panel.visitor() as owner:
        made = (await owner.post(f"{base}/broadcasts", json=DRAFT)).json()["broadcast"]
        one = f"{base}/broadcasts/{made['id']}"
        assert (await owner.post(f"{one}/schedule", json={})).is_success
        await connection.execute("UPDATE shops SET archived_at = now()")
        assert (await owner.post(f"{one}/cancel")).json()["broadcast"]["state"] == "draft"
        assert_problem(await owner.post(f"{one}/schedule", json={}), 409, "shop_archived")


async def test_what_does_not_fit_is_refused_in_words(panel: Panel, base: str) -> None:
    async with panel.visitor() as owner:
        for misfit, code in (
            ({"texts": [{"en": "<b>x"}]}, "bad_text"),
            ({"texts": [{}]}, "bad_text"),
            ({"leads": {"to": "product", "product_id": 999}}, "not_found"),
        ):
            refused = await owner.post(f"{base}/broadcasts", json=DRAFT | misfit)
            assert_problem(refused, 404 if code == "not_found" else 422, code)
        unfit: list[dict[str, Any]] = [
            {"texts": []},
            {"leads": {"to": "page"}},
            {"audience": {"segments": ["x"]}},
        ]
        for wrong in unfit:
            assert (await owner.post(f"{base}/broadcasts", json=DRAFT | wrong)).status_code == 422
        unknown = await owner.post(f"{base}/preview", json={"groups": ["cart.left"]})
        assert_problem(unknown, 422, "unknown_group")
        nobody = DRAFT | {"audience": {"languages": ["xx"]}}
        made = (await owner.post(f"{base}/broadcasts", json=nobody)).json()["broadcast"]
        one = f"{base}/broadcasts/{made['id']}/schedule"
        assert_problem(await owner.post(one, json={}), 422, "broadcast_to_nobody")
        past = await owner.post(one, json={"at": "2020-01-01T00:00:00Z"})
        assert_problem(past, 422, "broadcast_bad_start")
        assert (await owner.get(f"{base}/groups")).json() == {"segments": {}, "groups": []}

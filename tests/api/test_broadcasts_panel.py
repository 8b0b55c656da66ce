"""Broadcasts over HTTP: written, previewed, scheduled, cancelled; what does not fit is refused."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from bots.sdk.replies import DURABLE, SendText
from core.postgres import Connection
from core.shop import owner_chats
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


async def test_each_text_is_tried_in_ones_own_chat_and_counts_nothing(
    panel: Panel, base: str, connection: Connection
) -> None:
    bot_id = int(base.split("/")[4])
    async with panel.visitor() as owner:
        draft = DRAFT | {"texts": [{"en": "Hello, {name}"}, {"en": "Good news"}]}
        made = (await owner.post(f"{base}/broadcasts", json=draft)).json()["broadcast"]
        link_id = await connection.fetchval("SELECT max(id) FROM access_links")
        code, _ = await owner_chats.create_code(connection, bot_id, link_id, "https://x.example")
        assert await owner_chats.bind(connection, bot_id, code, telegram_id=501, name="Anna")
        tried = await owner.post(f"{base}/broadcasts/{made['id']}/test")
        assert tried.json() == {"chats": 1}
    rows = await connection.fetch("SELECT chat_id, message FROM outgoing ORDER BY id")
    assert [row["chat_id"] for row in rows] == [501, 501]
    sent = [DURABLE.validate_python(row["message"]) for row in rows]
    texts = [each.text.plain for each in sent if isinstance(each, SendText)]
    assert texts == ["Hello, ", "Good news"]
    assert not await connection.fetchval("SELECT count(*) FROM broadcast_recipients")
    told = await connection.fetch("SELECT event FROM outbox WHERE event LIKE 'broadcast%'")
    assert told == []


async def test_it_begins_by_each_ones_own_clock(
    panel: Panel, base: str, connection: Connection
) -> None:
    await connection.execute(
        "INSERT INTO broadcast_clocks (shop_id, buyer_no, hours_ahead) "
        "SELECT shop_id, min(buyer_no), 0 FROM customers GROUP BY shop_id"
    )
    await connection.execute("UPDATE shops SET timezone = 'Etc/GMT-12'")
    day = datetime.now(UTC).date() + timedelta(days=2)
    seven = datetime.combine(day, time(7), UTC)  # in the evening, in the shop
    async with panel.visitor() as owner:
        asked = await owner.post(f"{base}/preview", json={}, params={"at": seven.isoformat()})
        ends = datetime.fromisoformat(asked.json()["ends_at"])
        assert ends == seven + timedelta(hours=12, seconds=1)  # theirs, in UTC
        made = (await owner.post(f"{base}/broadcasts", json=DRAFT)).json()["broadcast"]
        one = f"{base}/broadcasts/{made['id']}/schedule"
        scheduled = (await owner.post(one, json={"at": seven.isoformat()})).json()["broadcast"]
        assert scheduled["own_from"] == 19 * 60


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

"""Logging in inside Telegram, at the API's edge."""

from datetime import UTC, datetime
from typing import Any

import httpx

from core.postgres import Connection
from core.shop import access
from core.shop.bots import Bot
from tests.api.conftest import Panel, assert_problem
from tests.api.test_step_up import bound
from tests.factories import create_bot, create_shop, token
from tests.launches import signed


async def enter(panel: Panel, bot: Bot, **changes: Any) -> httpx.Response:
    """As the panel asks, with what Telegram signed just now."""
    init_data = signed(token(bot.id), datetime.now(UTC), **changes)
    body = {"bot_id": bot.id, "init_data": init_data}
    return await panel.client.post("/api/v1/enter/telegram", json=body)


async def test_the_owners_chat_opens_a_session_that_goes_by_header(
    panel: Panel, connection: Connection
) -> None:
    shop = await create_shop(connection)
    bot = await create_bot(connection, shop)
    chat = await bound(connection, bot, [shop.id], telegram_id=555)
    opened = await enter(panel, bot)
    assert opened.status_code == 200
    told = await connection.fetch("SELECT chat_id, purpose, message::text FROM outgoing")
    assert [(each["chat_id"], each["purpose"]) for each in told] == [(555, "owner_entered")]
    assert "127.0.0.1" in told[0]["message"]
    secret = opened.json()["token"]
    panel.client.cookies.clear()
    by_header = {"authorization": f"Bearer {secret}"}
    me = await panel.client.get("/api/v1/me", headers=by_header)
    assert me.json() == {"role": "owner", "label": "Анна", "shop_ids": [shop.id]}
    assert_problem(await panel.client.get("/api/v1/me"), 401, "session_missing")
    # It ends with the link that the chat was bound by.
    await access.revoke_link(connection, chat.link_id)
    assert_problem(await panel.client.get("/api/v1/me", headers=by_header), 401, "session_missing")


async def test_a_bot_that_only_counts_opens_nothing(panel: Panel, connection: Connection) -> None:
    shop = await create_shop(connection)
    bot = await create_bot(connection, shop)
    await bound(connection, bot, [shop.id], telegram_id=555)
    await connection.execute("UPDATE bots SET mode = 'observed' WHERE id = $1", bot.id)
    assert_problem(await enter(panel, bot), 403, "not_the_owners_chat")


async def test_one_launch_opens_one_session(panel: Panel, connection: Connection) -> None:
    shop = await create_shop(connection)
    bot = await create_bot(connection, shop)
    await bound(connection, bot, telegram_id=555)
    body = {"bot_id": bot.id, "init_data": signed(token(bot.id), datetime.now(UTC))}
    assert (await panel.client.post("/api/v1/enter/telegram", json=body)).status_code == 200
    panel.client.cookies.clear()
    again = await panel.client.post("/api/v1/enter/telegram", json=body)
    assert_problem(again, 401, "init_data_invalid")
    assert "set-cookie" not in again.headers


async def test_others_are_told_what_to_do_and_a_foreign_bot_tells_nothing(
    panel: Panel, connection: Connection
) -> None:
    shop = await create_shop(connection)
    bot, other = await create_bot(connection, shop), await create_bot(connection, shop)
    await bound(connection, bot, telegram_id=501)
    assert_problem(await enter(panel, bot), 403, "not_the_owners_chat")
    body = {"bot_id": other.id, "init_data": signed(token(bot.id), datetime.now(UTC))}
    assert_problem(
        await panel.client.post("/api/v1/enter/telegram", json=body), 401, "init_data_invalid"
    )
    unknown = {"bot_id": 1, "init_data": body["init_data"]}
    assert_problem(
        await panel.client.post("/api/v1/enter/telegram", json=unknown), 401, "init_data_invalid"
    )

"""What becomes of shops and bots over HTTP: named, archived, deleted, paused, moved."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from core.postgres import Connection
from core.shop import archives, bot_claims, bots, confirmations
from core.shop.owner_chats import OwnerChat
from tests.api.conftest import ANY, Panel, assert_problem
from tests.api.test_step_up import bound, by, needed
from tests.factories import (
    create_bot,
    create_customer,
    create_order,
    create_origin,
    create_product,
    create_shop,
    token,
)


async def confirmed(
    client: httpx.AsyncClient,
    connection: Connection,
    chat: OwnerChat,
    method: str,
    path: str,
    **request: Any,
) -> httpx.Response:
    """The answer to a request that the owner has confirmed; without that it does nothing."""
    asked: UUID = needed(await client.request(method, path, **request))
    assert await confirmations.answer(connection, chat, asked, is_confirmed=True)
    return await client.request(method, path, headers=by(asked), **request)


async def test_a_shop_is_renamed_and_speaks_another_language(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    path = f"/api/v1/shops/{(await create_shop(connection)).id}"
    named = (await owner.put(f"{path}/name", json={"name": " Кофе "}, headers=ANY)).json()
    assert named["name"] == "Кофе"
    for wrong in ("", " ", "x" * 101, "a\0b"):
        assert_problem(
            await owner.put(f"{path}/name", json={"name": wrong}, headers=ANY),
            422,
            "request_invalid",
        )

    spoken = (await owner.put(f"{path}/language", json={"language": "en"}, headers=ANY)).json()
    assert (named["language"], spoken["language"]) == ("ru", "en")
    wrong_language = await owner.put(f"{path}/language", json={"language": "de"}, headers=ANY)
    assert_problem(wrong_language, 422, "request_invalid")


async def test_a_shop_is_archived_restored_and_deleted(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection)
    bot = await create_bot(connection, shop)
    chat = await bound(connection, bot)
    path = f"/api/v1/shops/{shop.id}"
    archived = (await confirmed(owner, connection, chat, "POST", f"{path}/archive")).json()
    assert archived["archived_at"] and archived["delete_after"] is None
    assert [each["state"] for each in archived["bots"]] == ["stopped"]
    assert_problem(await owner.post(f"{path}/archive"), 409, "shop_archived")
    new = {"shop_id": shop.id, "token": token(7_000_000_031)}
    assert_problem(await owner.post("/api/v1/bots", json=new), 409, "shop_archived")
    # A new token would start a bot.
    renewed = await owner.put(f"/api/v1/bots/{bot.id}/token", json={"token": token(bot.id)})
    assert_problem(renewed, 409, "shop_archived")
    assert (await bots.get(connection, bot.id)).state == "stopped"
    # Its bots are silent, so nobody could press the button.
    assert_problem(await owner.delete(path), 409, "shop_archived")
    assert (await owner.post(f"{path}/restore")).json()["bots"][0]["state"] == "queued"
    assert_problem(await owner.post(f"{path}/restore"), 409, "shop_open")

    deleted = (await confirmed(owner, connection, chat, "DELETE", path)).json()
    begun, ends = (datetime.fromisoformat(deleted[key]) for key in ("archived_at", "delete_after"))
    assert ends - begun == archives.GRACE > timedelta(days=7)
    (listed,) = (await owner.get("/api/v1/shops")).json()
    assert listed["delete_after"] == deleted["delete_after"]
    assert (await owner.post(f"{path}/restore")).json()["delete_after"] is None


async def test_a_pause_is_set_changed_and_ended(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection)
    bot = await create_bot(connection, shop)
    observed = await create_bot(connection, shop, mode="observed", modules=[])
    path = f"/api/v1/bots/{bot.id}/pause"
    said = {"ru": "Мы в отпуске.", "en": "We are away."}
    paused = (await owner.put(path, json={"text": said})).json()
    assert paused["paused_at"] and paused["pause_text"] == said
    silent = (await owner.put(path, json={})).json()
    assert (silent["paused_at"], silent["pause_text"]) == (paused["paused_at"], None)
    for wrong in ({"ru": "x"}, {"ru": " ", "en": "x"}, {"ru": "x" * 201, "en": "x"}):
        assert_problem(await owner.put(path, json={"text": wrong}), 422, "request_invalid")
    refused = await owner.put(f"/api/v1/bots/{observed.id}/pause", json={})
    assert_problem(refused, 409, "pause_impossible")
    assert (await owner.delete(path)).json()["paused_at"] is None
    assert (await owner.delete(path)).status_code == 200


async def test_a_bot_moves_and_its_history_stays(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection
) -> None:
    origin = await create_origin(connection)
    here, there = origin.shop_id, (await create_shop(connection)).id
    bot = await bots.get(connection, origin.bot_id)
    chat = await bound(connection, bot)
    order = await create_order(
        connection,
        origin,
        await create_customer(connection, here),
        await create_product(connection, here),
    )
    await connection.execute(
        "UPDATE bot_modules SET settings = '{\"page_size\": 3}' WHERE module = 'catalogue'"
    )
    path, new = f"/api/v1/bots/{bot.id}/shop", {"shop_id": there}
    async with panel.visitor("owner", [here]) as narrow:
        assert_problem(await narrow.put(path, json=new), 404, "shop_not_found")
    assert (await owner.put(path, json={"shop_id": here})).json()["shop_id"] == here
    busy = await confirmed(owner, connection, chat, "PUT", path, json=new)
    assert_problem(busy, 409, "bot_busy")
    assert set(busy.json()["explained"]) == {"ru", "en"} and "1" in busy.json()["explained"]["ru"]
    await connection.execute("UPDATE orders SET status = 'cancelled'")
    await connection.execute(
        "INSERT INTO order_refunds (order_id, amount_minor, goods_minor, shipping_minor, "
        "tax_minor, tip_minor) VALUES ($1, 100, 100, 0, 0, 0)",
        order.id,
    )
    busy = await confirmed(owner, connection, chat, "PUT", path, json=new)
    assert_problem(busy, 409, "bot_busy")
    assert "возвратов в пути: 1" in busy.json()["explained"]["ru"]
    await connection.execute("UPDATE order_refunds SET state = 'done'")
    moved = await confirmed(owner, connection, chat, "PUT", path, json=new)
    assert moved.status_code == 200, moved.text
    assert (moved.json()["shop_id"], moved.json()["modules"]) == (there, bot.modules)
    assert await bots.token_of(connection, panel.resources.keys, bot.id) == token(bot.id)
    kept = await connection.fetchrow("SELECT shop_id, bot_id FROM orders WHERE id = $1", order.id)
    assert kept is not None and tuple(kept.values()) == (here, bot.id)
    assert not await connection.fetch("SELECT FROM bot_modules WHERE settings <> '{}'")
    assert await connection.fetchval("SELECT count(*) FROM owner_chats") == 0


async def test_ones_own_mistake_is_explained_and_no_alert(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection
) -> None:
    mine, second = [await create_shop(connection, name=name) for name in ("Чай", "Кофе")]
    bot = await create_bot(connection, mine)
    await bots.set_identity(connection, bot.id, username="tea_bot", title="Tea")
    body = {"shop_id": mine.id, "token": token(bot.id), "modules": []}
    for shop, word in ((mine, "@tea_bot"), (second, "«Чай»")):
        taken = await owner.post("/api/v1/bots", json=body | {"shop_id": shop.id})
        assert_problem(taken, 409, "bot_taken")
        assert word in taken.json()["explained"]["ru"]
    assert await bot_claims.of_shops(connection, [mine.id, second.id]) == []
    async with panel.visitor("owner", [second.id]) as stranger:
        taken = await stranger.post("/api/v1/bots", json=body | {"shop_id": second.id})
        assert_problem(taken, 409, "bot_taken")
        assert "Чай" not in taken.text and "tea_bot" not in taken.text
    assert len(await bot_claims.of_shops(connection, [mine.id])) == 1


async def test_a_second_try_goes_through_before_the_first_has_started(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection)
    wrong = {"shop_id": shop.id, "token": f"7000000032:{'B' * 35}", "modules": []}
    right = wrong | {"token": token(7_000_000_032)}
    assert (await owner.post("/api/v1/bots", json=wrong)).status_code == 201
    assert_problem(await owner.post("/api/v1/bots", json=wrong), 409, "bot_taken")
    assert (await owner.post("/api/v1/bots", json=right)).json()["token_tail"] == "AAAA"
    assert (await owner.delete("/api/v1/bots/7000000032")).status_code == 204  # forgotten
    assert (await owner.get("/api/v1/shops")).json()[0]["bots"] == []


async def test_reconnecting_to_only_count_must_be_confirmed(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection)
    bot = await create_bot(connection, shop)
    await bound(connection, bot)
    await bots.set_state(connection, bot.id, "failed", "token_revoked")
    for how in ({"mode": "observed"}, {"template": "statistics"}):
        body = {"shop_id": shop.id, "token": f"{bot.id}:{'B' * 35}"} | how
        needed(await owner.post("/api/v1/bots", json=body))
    assert (await bots.get(connection, bot.id)).mode == "hosted"


async def test_settings_are_changed_from_the_version_that_was_seen(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop = await create_shop(connection)
    path = f"/api/v1/shops/{shop.id}/name"
    calendar = f"/api/v1/shops/{shop.id}/calendar"
    (listed,) = (await owner.get("/api/v1/shops")).json()
    seen = {"If-Match": f'"{listed["version"]}"'}
    renamed = await owner.put(path, json={"name": "Кофе"}, headers=seen)
    assert renamed.json()["version"] != listed["version"]
    wanted = {"timezone": "Asia/Tokyo", "currency": shop.currency, "recount_from": "2026-01-01"}
    for late in (
        owner.put(path, json={"name": "Чай"}, headers=seen),
        owner.put(f"/api/v1/shops/{shop.id}/retention", json={"days": 90}, headers=seen),
        owner.put(calendar, json=wanted, headers=seen),
    ):
        assert_problem(await late, 412, "changed_meanwhile")
    current = {"If-Match": f'"{renamed.json()["version"]}"'}
    kept = await owner.put(f"/api/v1/shops/{shop.id}/retention", json={"days": 90}, headers=current)
    assert (kept.json()["retention_days"], kept.json()["name"]) == (90, "Кофе")

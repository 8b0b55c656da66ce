"""A module's own routes and web hook: access, one transaction each, harmless repetitions."""

import asyncio
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from api.module_routes import mounted
from api.throttle import CallBucket
from core.module_settings import Vault
from core.modules import Modules
from core.shop import bot_modules, hooks
from core.shop.bot_modules import Author
from tests.api.conftest import Panel, assert_problem
from tests.factories import KEYS, create_bot, create_customer, create_shop
from tests.toy.gift import panel as gift_panel
from tests.toy.gift.manifest import MANIFEST

TOKEN = "the-service-key-0001"


async def made_bot(panel: Panel, *modules: str) -> tuple[int, int]:
    """The bot, and the number of a customer of its shop."""
    async with panel.pool.acquire() as connection:
        shop = await create_shop(connection)
        bot = await create_bot(connection, shop, modules=list(modules))
        if "gift" in modules:
            await bot_modules.write_settings(
                connection,
                MANIFEST,
                Vault(bot.id, "gift", KEYS),
                {"token": TOKEN, "most": 1},
                Author(),
                seen_version=1,
            )
        return bot.id, (await create_customer(connection, shop.id)).buyer_no


def gifts_of(bot: int) -> str:
    return f"/api/v1/bots/{bot}/modules/gift/gifts"


async def test_a_request_is_one_transaction_with_its_events_and_reactions(toys: Panel) -> None:
    bot, buyer = await made_bot(toys, "gift")
    draft = {"buyer_no": buyer, "note": "for aunt"}
    async with toys.visitor() as owner:
        made = await owner.post(gifts_of(bot), json=draft)
        assert (made.status_code, made.json()["note"]) == (201, "for aunt")
        assert_problem(await owner.post(gifts_of(bot), json=draft), 409, "too_many_gifts")
        assert len((await owner.get(gifts_of(bot))).json()) == 1
        assert_problem(
            await owner.post(gifts_of(bot), json={"note": "x" * 101}), 422, "request_invalid"
        )
    async with toys.pool.acquire() as connection:
        events = await connection.fetch("SELECT event, buyer_no, props FROM outbox ORDER BY pos")
        hints = await connection.fetch("SELECT buyer_no, gift FROM gift_hints")
        actions = await connection.fetch("SELECT actor, action, subject FROM staff_actions")
    assert [(row["event"], row["buyer_no"]) for row in events] == [
        ("staff_action", 0),
        ("gift_given", buyer),
    ]
    assert [tuple(row) for row in hints] == [(buyer, 1)]
    assert [tuple(row) for row in actions] == [("owner", "gift.give", "gift:1")]


async def test_reading_is_for_everybody_and_changing_for_owners(toys: Panel) -> None:
    bot, buyer = await made_bot(toys, "gift")
    draft = {"buyer_no": buyer, "note": "for aunt"}
    async with toys.visitor("viewer") as viewer:
        assert (await viewer.get(gifts_of(bot))).json() == []
        assert_problem(await viewer.post(gifts_of(bot), json=draft), 403, "forbidden")
        notes = gifts_of(bot).replace("/gifts", "/notes")
        assert_problem(await viewer.get(notes), 403, "forbidden")
    async with toys.visitor(shop_ids=[2**31 - 1]) as stranger:
        assert_problem(await stranger.get(gifts_of(bot)), 404, "bot_not_found")
    assert_problem(await toys.client.get(gifts_of(bot)), 401, "session_missing")


async def test_a_module_that_is_off_answers_nothing(toys: Panel) -> None:
    bot, _ = await made_bot(toys, "rival")
    async with toys.visitor() as owner:
        assert_problem(await owner.get(gifts_of(bot)), 404, "module_off")
        assert_problem(await owner.get(gifts_of(bot + 1000)), 404, "bot_not_found")


async def test_the_description_has_the_modules_routes(toys: Panel) -> None:
    document = (await toys.client.get("/api/v1/openapi.json")).json()
    path = "/api/v1/bots/{bot_id}/modules/gift/gifts"
    assert set(document["paths"][path]) == {"get", "post"}
    assert "GiftDraft" in document["components"]["schemas"]
    assert document["paths"][path]["post"]["tags"] == ["module gift"]


def test_a_path_of_the_platform_is_not_a_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    router = APIRouter()
    router.add_api_route("/settings/more", lambda: None)
    monkeypatch.setattr(gift_panel, "router", router)
    with pytest.raises(ValueError, match="the platform's own"):
        mounted(Modules.discover("tests.toy"))


async def path_of(panel: Panel, bot: int) -> str:
    async with panel.pool.acquire() as connection:
        return (await hooks.of(connection, KEYS, bot, "gift")).path


async def call(panel: Panel, path: str, said: Any, **headers: str) -> httpx.Response:
    body = json.dumps(said).encode()
    signature = hmac.new(TOKEN.encode(), body, hashlib.sha256).hexdigest()
    sent = {"Signature": signature, **headers}
    return await panel.client.post(
        path,
        content=body,
        headers=[(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
    )


async def given(panel: Panel, bot: int, number: int) -> None:
    async with panel.pool.acquire() as connection:
        await connection.execute(
            "INSERT INTO gifts (id, shop_id, bot_id, buyer_no, note) OVERRIDING SYSTEM VALUE "
            "SELECT $2, shop_id, id, 1, '' FROM bots WHERE id = $1",
            bot,
            number,
        )


async def calls_of(panel: Panel, number: int) -> int:
    async with panel.pool.acquire() as connection:
        calls: int = await connection.fetchval("SELECT calls FROM gifts WHERE id = $1", number)
        return calls


async def test_a_call_is_acted_on_once_however_often_it_comes(toys: Panel) -> None:
    bot, _ = await made_bot(toys, "gift")
    await given(toys, bot, 7)
    path = await path_of(toys, bot)
    answers = await asyncio.gather(*(call(toys, path, {"gift": 7}) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {204}
    assert await calls_of(toys, 7) == 1


async def test_what_fails_is_not_noted_and_may_come_again(toys: Panel) -> None:
    bot, _ = await made_bot(toys, "gift")
    await given(toys, bot, 13)
    path = await path_of(toys, bot)
    for _ in range(2):
        assert_problem(await call(toys, path, {"gift": 13}), 500, "internal")
    assert await calls_of(toys, 13) == 0
    async with toys.pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM hook_calls") == 0


async def test_whatever_does_not_open_is_answered_alike(toys: Panel) -> None:
    bot, _ = await made_bot(toys, "gift", "rival")
    other, _ = await made_bot(toys, "gift")
    path, others = await path_of(toys, bot), await path_of(toys, other)
    secret = path.rsplit("/", 1)[-1]
    refused = [
        await call(toys, path, {"gift": 7}, Signature="00"),
        await call(toys, path, {"gift": 7}, Signature="\xe9"),
        await call(toys, path, ["gift"]),
        await call(toys, path[:-1] + ("A" if path[-1] != "A" else "B"), {"gift": 7}),
        await call(toys, f"/hooks/{other}/gift/{secret}", {"gift": 7}),
        await call(toys, f"/hooks/{bot}/rival/{secret}", {"gift": 7}),
        await call(toys, f"/hooks/{bot}/nothing/{secret}", {"gift": 7}),
        await call(toys, f"/hooks/{'9' * 30}/gift/{secret}", {"gift": 7}),
        await call(toys, f"/hooks/x/gift/{secret}", {"gift": 7}),
    ]
    async with toys.pool.acquire() as connection:
        await bot_modules.switch_off_one(connection, other, "gift", Author())
    refused.append(await call(toys, others, {"gift": 7}))
    assert {(each.status_code, each.text) for each in refused} == {(404, refused[0].text)}
    async with toys.pool.acquire() as connection:
        rejected = await connection.fetchval(
            "SELECT count(*) FROM outbox WHERE event = 'webhook_rejected'"
        )
    assert rejected == 3  # those whose address was right


async def test_bodies_are_bounded_and_come_as_they_are(toys: Panel) -> None:
    bot, _ = await made_bot(toys, "gift")
    path = await path_of(toys, bot)
    assert_problem(await call(toys, path, "x" * 1001), 413, "body_too_large")

    async def endless() -> Any:
        for _ in range(100):
            yield b"x" * 1000

    response = await toys.client.post(path, content=endless())
    assert_problem(response, 413, "body_too_large")
    response = await toys.client.post(path, content=b"x", headers={"Content-Encoding": "gzip"})
    assert_problem(response, 415, "encoding_unknown")


async def test_too_many_calls_wait_each_hook_for_itself(toys: Panel) -> None:
    bot, _ = await made_bot(toys, "gift")
    other, _ = await made_bot(toys, "gift")
    await given(toys, bot, 7)
    path, others = await path_of(toys, bot), await path_of(toys, other)
    app = toys.server.config.app
    assert isinstance(app, FastAPI)
    app.state.resources = replace(toys.resources, hook_throttle=CallBucket(0.01, 1))
    assert (await call(toys, path, {"gift": 7})).status_code == 204
    answer = await call(toys, path, {"gift": 7})
    assert_problem(answer, 429, "too_many_calls")
    assert int(answer.headers["retry-after"]) >= 1
    assert (await call(toys, others, {"gift": 8})).status_code == 204

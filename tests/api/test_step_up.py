"""Step-up: what is dangerous waits for the owner's button, goes through once, and only as asked."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from core.postgres import Connection
from core.shop import access, access_alerts, access_links, bots, confirmations, owner_chats
from core.shop.access_alerts import Alert
from core.shop.bots import Bot
from core.shop.owner_chats import OwnerChat
from core.shop.shops import Shop
from tests.api.conftest import Panel, assert_problem
from tests.factories import create_bot, create_shop, token

LINKS = "/api/v1/access/links"
CHATS = "/api/v1/access/owner-chats"
CODES = f"{CHATS}/codes"
ALERTS = "/api/v1/access/alerts"
OWNER_LINK = {"role": "owner", "label": "Борис"}


async def bound(
    connection: Connection, bot: Bot, shop_ids: list[int] | None = None, telegram_id: int = 501
) -> OwnerChat:
    """An owner's chat with the bot, bound by a link of its own."""
    link_id, _ = await access.insert_link(connection, label="Анна", role="owner", shop_ids=shop_ids)
    code, _ = await owner_chats.create_code(connection, bot.id, link_id, "https://shop.example")
    assert await owner_chats.bind(
        connection, bot.id, code.lower(), telegram_id=telegram_id, name="Анна"
    )
    chat = await owner_chats.of_person(connection, bot.id, telegram_id)
    assert chat is not None
    return chat


@pytest.fixture(name="shop")
async def made_shop(connection: Connection) -> Shop:
    return await create_shop(connection)


@pytest.fixture(name="bot")
async def made_bot(connection: Connection, shop: Shop) -> Bot:
    return await create_bot(connection, shop)


def needed(response: httpx.Response) -> UUID:
    assert_problem(response, 403, "confirmation_needed")
    asked = response.json()["confirmation"]
    assert set(asked) == {"id", "expires_at"} and set(response.json()["explained"]) == {"ru", "en"}
    return UUID(asked["id"])


def by(confirmation_id: UUID) -> dict[str, str]:
    return {"confirmation": str(confirmation_id)}


async def sent(connection: Connection) -> list[Any]:
    return await connection.fetch(
        "SELECT chat_id, message::text AS message FROM outgoing WHERE purpose = 'confirmation'"
    )


async def test_a_confirmed_request_goes_through_once_and_only_as_it_was_asked(
    owner: httpx.AsyncClient, connection: Connection, bot: Bot
) -> None:
    chat = await bound(connection, bot)
    asked = needed(await owner.post(LINKS, json=OWNER_LINK))
    # Asked again before the answer, it is the same question, and still not done.
    assert needed(await owner.post(LINKS, json=OWNER_LINK, headers=by(asked))) == asked
    (question,) = await sent(connection)
    assert question["chat_id"] == 501 and "Борис" in question["message"]
    state = f"/api/v1/access/confirmations/{asked}"
    assert (await owner.get(state)).json()["state"] == "waiting"

    assert await confirmations.answer(connection, chat, asked, is_confirmed=True)
    assert (await owner.get(state)).json()["state"] == "confirmed"
    other = needed(await owner.post(LINKS, json=OWNER_LINK | {"label": "x"}, headers=by(asked)))
    assert other != asked
    made = await owner.post(LINKS, json=OWNER_LINK, headers=by(asked))
    assert made.status_code == 201, made.text
    assert (await owner.get(state)).json()["state"] == "used"
    again = needed(await owner.post(LINKS, json=OWNER_LINK, headers=by(asked)))
    assert again not in (asked, other)
    labels = [link["label"] for link in (await owner.get(LINKS)).json()]
    assert labels.count("Борис") == 1 and "x" not in labels


async def test_a_declined_or_late_answer_changes_nothing(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection, bot: Bot
) -> None:
    chat = await bound(connection, bot)
    asked = needed(await owner.post(LINKS, json=OWNER_LINK))
    assert await confirmations.answer(connection, chat, asked, is_confirmed=False)
    assert not await confirmations.answer(connection, chat, asked, is_confirmed=True)
    declined = await owner.post(LINKS, json=OWNER_LINK, headers=by(asked))
    assert_problem(declined, 403, "confirmation_declined")
    await connection.execute("UPDATE confirmations SET answered_at = now() - interval '11 min'")
    await connection.execute("UPDATE confirmations SET asked_at = now() - interval '11 min'")

    late = needed(await owner.post(LINKS, json=OWNER_LINK))
    await connection.execute("UPDATE confirmations SET expires_at = now() WHERE id = $1", late)
    assert not await confirmations.answer(connection, chat, late, is_confirmed=True)
    assert needed(await owner.post(LINKS, json=OWNER_LINK, headers=by(late))) != late

    # Another's confirmation is nobody else's.
    mine = needed(await owner.post(LINKS, json=OWNER_LINK))
    await confirmations.answer(connection, chat, mine, is_confirmed=True)
    async with panel.visitor() as other:
        assert needed(await other.post(LINKS, json=OWNER_LINK, headers=by(mine))) != mine
        address = f"/api/v1/access/confirmations/{mine}"
        assert_problem(await other.get(address), 404, "not_found")
    for wrong in (str(uuid4()), "x"):
        refused = await owner.post(LINKS, json=OWNER_LINK, headers={"confirmation": wrong})
        assert refused.status_code in (403, 422)


async def test_a_link_that_was_declined_may_not_ask_for_a_while_and_is_an_alert(
    owner: httpx.AsyncClient, connection: Connection, bot: Bot
) -> None:
    chat = await bound(connection, bot)
    asked = needed(await owner.post(LINKS, json=OWNER_LINK))
    assert await confirmations.answer(connection, chat, asked, is_confirmed=False) == "declined"
    for label in ("Борис", "x"):
        again = await owner.post(LINKS, json=OWNER_LINK | {"label": label})
        assert_problem(again, 403, "confirmation_declined")
    assert len(await sent(connection)) == 1
    (alert,) = (await owner.get(ALERTS)).json()
    assert (alert["kind"], alert["label"], alert["subject"]) == ("declined", "owner", "owner_link")
    (needs,) = [
        item
        for item in (await owner.get("/api/v1/attention")).json()
        if item["kind"] == "access_alert"
    ]
    assert needs["subject"] == f"owner (#{alert['link_id']})"
    await connection.execute("UPDATE confirmations SET answered_at = now() - interval '11 min'")
    await connection.execute("UPDATE confirmations SET asked_at = now() - interval '11 min'")
    needed(await owner.post(LINKS, json=OWNER_LINK))


async def test_nobody_is_asked_too_often(
    owner: httpx.AsyncClient, connection: Connection, bot: Bot
) -> None:
    chat = await bound(connection, bot)
    for number in range(confirmations.ASKED_A_LINK):  # however they are answered
        asked = needed(await owner.post(LINKS, json=OWNER_LINK | {"label": f"x{number}"}))
        assert number % 2 or await confirmations.answer(connection, chat, asked, is_confirmed=True)
    refused = await owner.post(LINKS, json=OWNER_LINK)
    assert_problem(refused, 429, "too_many_confirmations")
    assert int(refused.headers["retry-after"]) > 0
    assert len(await sent(connection)) == confirmations.ASKED_A_LINK
    await connection.execute(
        "UPDATE confirmations SET asked_at = now() - interval '11 min', "
        "expires_at = now() - interval '1 min'"
    )
    await connection.execute("UPDATE confirmations SET answered_at = asked_at WHERE answer <> ''")
    needed(await owner.post(LINKS, json=OWNER_LINK))


async def test_whose_shop_it_is_decides_and_nobody_else(
    owner: httpx.AsyncClient, connection: Connection, bot: Bot, shop: Shop
) -> None:
    other = await create_shop(connection)
    their_bot = await create_bot(connection, other)
    chat = await bound(connection, bot, [shop.id])
    stranger = await bound(connection, their_bot, [other.id], telegram_id=777)
    asked = needed(await owner.post(LINKS, json=OWNER_LINK | {"shop_ids": [shop.id]}))
    assert [each["chat_id"] for each in await sent(connection)] == [501]
    assert not await confirmations.answer(connection, stranger, asked, is_confirmed=True)
    assert await confirmations.answer(connection, chat, asked, is_confirmed=True)
    # Neither may decide about both shops: the owners of each must agree.
    both = needed(await owner.post(LINKS, json=OWNER_LINK))
    assert {each["chat_id"] for each in await sent(connection)} == {501, 777}
    assert await confirmations.answer(connection, chat, both, is_confirmed=True) == "waiting"
    assert await confirmations.answer(connection, chat, both, is_confirmed=True) is None
    assert needed(await owner.post(LINKS, json=OWNER_LINK, headers=by(both))) == both
    assert await confirmations.answer(connection, stranger, both, is_confirmed=True) == "confirmed"
    made = await owner.post(LINKS, json=OWNER_LINK, headers=by(both))
    assert made.status_code == 201, made.text
    # About a shop without any chat the command's link decides alone.
    third = await create_shop(connection)
    alone = await owner.post(LINKS, json=OWNER_LINK | {"shop_ids": [third.id]})
    assert alone.status_code == 201, alone.text


async def test_a_link_of_the_panel_is_confirmed_for_each_of_its_shops_or_not_at_all(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection, bot: Bot, shop: Shop
) -> None:
    other = await create_shop(connection)
    their_bot = await create_bot(connection, other)
    draft = OWNER_LINK | {"shop_ids": [shop.id, other.id]}
    made = (await owner.post(LINKS, json=draft)).json()
    await panel.client.post("/api/v1/enter", json={"token": made["token"]})
    chat = await bound(connection, bot, [shop.id])
    refused = await panel.client.post(LINKS, json=draft)
    assert_problem(refused, 403, "confirmation_impossible")
    await bound(connection, their_bot, [other.id], telegram_id=777)
    asked = needed(await panel.client.post(LINKS, json=draft))
    assert len(await sent(connection)) == 2
    # Whoever decides about some of them declines for all.
    assert await confirmations.answer(connection, chat, asked, is_confirmed=False) == "declined"


@pytest.mark.parametrize("way", ["revoke", "alert"])
async def test_a_link_with_an_owners_chat_is_revoked_only_after_confirmation(
    owner: httpx.AsyncClient, connection: Connection, bot: Bot, way: str
) -> None:
    chat = await bound(connection, bot)
    await access_alerts.raise_alert(connection, Alert("exports", 5, 5, chat.link_id))
    (alert,) = (await owner.get(ALERTS)).json()

    async def revoke(**headers: str) -> httpx.Response:
        if way == "revoke":
            return await owner.delete(f"{LINKS}/{chat.link_id}", headers=headers)
        answer = {"answer": "revoked"}
        return await owner.post(f"{ALERTS}/{alert['id']}/answer", json=answer, headers=headers)

    asked = needed(await revoke())
    (question,) = await sent(connection)
    assert f"Анна (#{chat.link_id})" in question["message"]
    needed(await owner.post(LINKS, json=OWNER_LINK))  # nothing was switched off by it
    assert len(await owner_chats.covering(connection, None)) == 1
    assert await confirmations.answer(connection, chat, asked, is_confirmed=True)
    assert (await revoke(**by(asked))).status_code == 204
    assert await owner_chats.covering(connection, None) == []
    # Without chats there is nothing that ends with a link.
    plain, _ = await access.insert_link(connection, label="x", role="owner")
    assert (await owner.delete(f"{LINKS}/{plain}")).status_code == 204


async def test_a_bot_that_only_counts_decides_nothing_and_becomes_so_only_after_confirmation(
    owner: httpx.AsyncClient, connection: Connection, bot: Bot
) -> None:
    chat = await bound(connection, bot)
    address, silence = f"/api/v1/bots/{bot.id}/template", {"template": "statistics"}
    asked = needed(await owner.put(address, json=silence))
    assert await confirmations.answer(connection, chat, asked, is_confirmed=True)
    assert (await owner.put(address, json=silence, headers=by(asked))).status_code == 200
    # Nobody would hear the question.
    assert (await owner.post(LINKS, json=OWNER_LINK)).status_code == 201
    assert len((await owner.get(CHATS)).json()) == 1
    await bots.set_mode(connection, bot.id, "hosted")
    needed(await owner.post(LINKS, json=OWNER_LINK))


async def test_without_a_chat_only_a_link_of_the_command_may(
    panel: Panel, owner: httpx.AsyncClient, bot: Bot
) -> None:
    made = (await owner.post(LINKS, json=OWNER_LINK)).json()
    await panel.client.post("/api/v1/enter", json={"token": made["token"]})
    for method, address, body in (
        ("POST", LINKS, OWNER_LINK),
        ("POST", f"{LINKS}/{made['id']}/rotate", {}),
        ("PUT", f"/api/v1/bots/{bot.id}/token", {"token": token(bot.id)}),
        ("POST", CODES, {"bot_id": bot.id}),
    ):
        refused = await panel.client.request(method, address, json=body)
        assert_problem(refused, 403, "confirmation_impossible")
        assert "/owner CODE" in refused.json()["detail"]
    # What is not dangerous it may.
    viewer = {"role": "viewer", "label": "x"}
    assert (await panel.client.post(LINKS, json=viewer)).status_code == 201


async def test_a_token_is_replaced_after_confirmation_or_to_repair_a_bot(
    owner: httpx.AsyncClient, connection: Connection, bot: Bot
) -> None:
    chat = await bound(connection, bot)
    address, new = f"/api/v1/bots/{bot.id}/token", {"token": token(bot.id)}
    asked = needed(await owner.put(address, json=new))
    assert token(bot.id) not in str(await connection.fetch("SELECT * FROM confirmations"))
    assert token(bot.id) not in str(await sent(connection))
    await confirmations.answer(connection, chat, asked, is_confirmed=True)
    assert (await owner.put(address, json=new, headers=by(asked))).status_code == 200
    needed(await owner.delete(f"/api/v1/bots/{bot.id}"))  # it asks for confirmations
    await connection.execute("UPDATE bots SET state = 'failed' WHERE id = $1", bot.id)
    assert (await owner.put(address, json=new)).status_code == 200


async def test_chats_are_bound_listed_and_unbound(
    owner: httpx.AsyncClient, connection: Connection, bot: Bot, shop: Shop
) -> None:
    made = await owner.post(CODES, json={"bot_id": bot.id, "panel_url": "https://shop.example"})
    assert made.status_code == 201, made.text
    code = made.json()["code"]
    assert code not in str(await connection.fetch("SELECT * FROM owner_codes"))
    other = await create_bot(connection, shop)
    assert not await owner_chats.bind(connection, other.id, code, telegram_id=9, name="x")
    assert await owner_chats.bind(connection, bot.id, code, telegram_id=501, name="Анна")
    assert not await owner_chats.bind(connection, bot.id, code, telegram_id=9, name="x")
    (listed,) = (await owner.get(CHATS)).json()
    assert (listed["telegram_id"], listed["name"]) == (501, "Анна")
    # A second chat, and taking the first away, are its owner's to confirm.
    needed(await owner.post(CODES, json={"bot_id": bot.id}))
    asked = needed(await owner.delete(f"{CHATS}/{bot.id}/501"))
    assert_problem(await owner.delete(f"{CHATS}/{bot.id}/502"), 404, "not_found")
    chat = await owner_chats.of_person(connection, bot.id, 501)
    assert chat is not None
    await confirmations.answer(connection, chat, asked, is_confirmed=True)
    gone = await owner.delete(f"{CHATS}/{bot.id}/501", headers=by(asked))
    assert gone.status_code == 204
    assert (await owner.get(CHATS)).json() == []
    silent = await create_bot(connection, shop, mode="observed", modules=[])
    assert_problem(await owner.post(CODES, json={"bot_id": silent.id}), 409, "bot_silent")
    for wrong in ("javascript:x", "https://a/b", "https://u@h"):
        refused = await owner.post(CODES, json={"bot_id": bot.id, "panel_url": wrong})
        assert_problem(refused, 422, "request_invalid")


async def test_what_a_chat_hands_out_ends_with_its_link(
    panel: Panel, connection: Connection, bot: Bot, shop: Shop
) -> None:
    chat = await bound(connection, bot, [shop.id])
    first = await owner_chats.hand_out_link(connection, chat)
    second = await owner_chats.hand_out_link(connection, chat)
    assert second.startswith("https://shop.example/enter#vtr_")
    unused, used = (address.partition("#")[2] for address in (first, second))
    assert not await access.is_valid(connection, unused)
    assert (await panel.client.post("/api/v1/enter", json={"token": used})).status_code == 204
    assert not await access.is_valid(connection, used)  # it stays in the chat, and opens once
    me = (await panel.client.get("/api/v1/me")).json()
    assert me == {"role": "owner", "label": "Анна", "shop_ids": [shop.id]}
    await connection.execute(
        "UPDATE panel_sessions SET created_at = now() - interval '1 day', last_seen_at = now()"
    )
    assert (await panel.client.get("/api/v1/me")).status_code == 200  # its session goes on
    await access.revoke_link(connection, chat.link_id)
    assert_problem(await panel.client.get("/api/v1/me"), 401, "session_missing")
    assert await owner_chats.of_person(connection, bot.id, 501) is None


async def opened(panel: Panel, connection: Connection, chat: OwnerChat) -> str:
    """Enters by a link that was handed out in the chat; the link's token."""
    address = await owner_chats.hand_out_link(connection, chat)
    token_ = address.partition("#")[2]
    assert (await panel.client.post("/api/v1/enter", json={"token": token_})).status_code == 204
    return token_


async def test_what_a_chat_hands_out_ends_when_it_is_unbound_and_only_that(
    panel: Panel, connection: Connection, bot: Bot
) -> None:
    chat = await bound(connection, bot)
    code, _ = await owner_chats.create_code(connection, bot.id, chat.link_id, "https://x.example")
    assert await owner_chats.bind(connection, bot.id, code, telegram_id=502, name="Борис")
    other = await owner_chats.of_person(connection, bot.id, 502)
    assert other is not None
    theirs = (await owner_chats.hand_out_link(connection, other)).partition("#")[2]
    await opened(panel, connection, chat)
    unused = (await owner_chats.hand_out_link(connection, chat)).partition("#")[2]
    await owner_chats.unbind(connection, access_links.OPERATOR, bot.id, 501)
    assert_problem(await panel.client.get("/api/v1/me"), 401, "session_missing")
    assert not await access.is_valid(connection, unused)
    assert await access.is_valid(connection, theirs)


@pytest.mark.parametrize("overlap", [0, 60])
async def test_what_a_chat_hands_out_follows_the_rotated_link(
    panel: Panel, connection: Connection, bot: Bot, overlap: int
) -> None:
    chat = await bound(connection, bot)
    await opened(panel, connection, chat)
    made = await access_links.rotate(
        connection, access_links.OPERATOR, chat.link_id, timedelta(minutes=overlap)
    )
    assert (await panel.client.get("/api/v1/me")).status_code == 200
    await access.revoke_link(connection, made.link.id)
    assert_problem(await panel.client.get("/api/v1/me"), 401, "session_missing")


async def test_a_chat_that_is_bound_from_the_panel_of_another_lives_as_long_as_its_link(
    panel: Panel, connection: Connection, bot: Bot
) -> None:
    chat = await bound(connection, bot)
    await opened(panel, connection, chat)
    handed_out = await connection.fetchval("SELECT id FROM access_links WHERE origin = 'bot'")
    code, _ = await owner_chats.create_code(connection, bot.id, handed_out, "https://x.example")
    assert await owner_chats.bind(connection, bot.id, code, telegram_id=502, name="Борис")
    second = await owner_chats.of_person(connection, bot.id, 502)
    assert second is not None and second.link_id == chat.link_id

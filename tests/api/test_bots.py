"""What an owner does with connected bots, and what "Needs you" shows about them."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
from pydantic import SecretStr

from core.events import NOBODY
from core.money import Money
from core.postgres import Connection
from core.shop import bot_claims, bots, notices, unbooked
from core.shop.notices import Notice
from core.shop.payments import Charge
from core.shop.unbooked import Taken
from tests import patience
from tests.api.conftest import Panel, assert_problem
from tests.factories import KEYS, create_bot, create_customer, create_origin, create_shop, token


def other_token(bot_id: int) -> str:
    return f"{bot_id}:{'B' * 35}"


async def test_a_new_token_queues_what_had_failed(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    bot = await create_bot(connection, await create_shop(connection))
    await bots.set_state(connection, bot.id, "failed", "token_revoked")
    response = await owner.put(f"/api/v1/bots/{bot.id}/token", json={"token": other_token(bot.id)})
    assert response.status_code == 200, response.text
    changed = response.json()
    assert (changed["state"], changed["state_reason"], changed["token_tail"]) == (
        "queued",
        None,
        "BBBB",
    )
    assert await bots.token_of(connection, KEYS, bot.id) == other_token(bot.id)


async def test_a_running_bot_goes_on_with_its_new_token(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    bot = await create_bot(connection, await create_shop(connection))
    await bots.set_state(connection, bot.id, "running")
    response = await owner.put(f"/api/v1/bots/{bot.id}/token", json={"token": other_token(bot.id)})
    assert response.json()["state"] == "running"


async def test_a_token_that_does_not_fit_is_refused(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop, other = await create_shop(connection), await create_shop(connection)
    bot = await create_bot(connection, shop)
    path = f"/api/v1/bots/{bot.id}/token"
    refused = await owner.put(path, json={"token": other_token(7_000_000_009)})
    assert_problem(refused, 422, "token_of_another")
    assert_problem(await owner.put(path, json={"token": "x"}), 422, "token_malformed")
    async with panel.visitor("owner", [other.id]) as stranger:
        answer = await stranger.put(path, json={"token": other_token(bot.id)})
        assert_problem(answer, 404, "bot_not_found")
        assert_problem(await stranger.delete(f"/api/v1/bots/{bot.id}"), 404, "bot_not_found")
    async with panel.visitor("analyst", None) as analyst:
        assert_problem(await analyst.delete(f"/api/v1/bots/{bot.id}"), 403, "forbidden")
    assert await bots.token_of(connection, KEYS, bot.id) == token(bot.id)


async def test_a_bot_that_is_taken_out_leaves_its_past(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop, other = await create_shop(connection), await create_shop(connection)
    bot = await create_bot(connection, shop)
    await bots.set_photo(connection, bot.id, 5, b"jpeg")
    await connection.execute(
        "INSERT INTO outgoing (bot_id, chat_id, random_id, purpose, message) "
        "VALUES ($1, 1, 1, 'x', '{}')",
        bot.id,
    )
    assert (await owner.delete(f"/api/v1/bots/{bot.id}")).status_code == 204
    listed = (await owner.get("/api/v1/shops")).json()
    assert [each["bots"] for each in listed] == [[], []]
    assert_problem(await owner.delete(f"/api/v1/bots/{bot.id}"), 404, "bot_not_found")
    row = await connection.fetchrow("SELECT * FROM bots WHERE id = $1", bot.id)
    assert row is not None and row["token_sealed"] == b"" and row["state"] == "stopped"
    assert await connection.fetchval("SELECT error FROM outgoing") == "bot_removed"
    assert await connection.fetchval("SELECT count(*) FROM bot_photos") == 0
    # It may come back, even to another shop.
    body = {"shop_id": other.id, "token": token(bot.id), "modules": ["menu"]}
    response = await owner.post("/api/v1/bots", json=body)
    assert response.status_code == 201, response.text
    assert response.json()["shop_id"] == other.id


async def test_a_photo_is_given_to_those_who_see_the_bot(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection
) -> None:
    shop, other = await create_shop(connection), await create_shop(connection)
    bot = await create_bot(connection, shop)
    path = f"/api/v1/bots/{bot.id}/photo"
    assert_problem(await owner.get(path), 404, "bot_not_found")
    await bots.set_photo(connection, bot.id, 2**60, b"jpeg")
    (listed,) = (await owner.get("/api/v1/shops")).json()[0]["bots"]
    assert listed["photo_id"] == str(2**60)
    response = await owner.get(path, params={"v": listed["photo_id"]})
    assert (response.content, response.headers["content-type"]) == (b"jpeg", "image/jpeg")
    async with panel.visitor("viewer", [other.id]) as stranger:
        assert_problem(await stranger.get(path), 404, "bot_not_found")


async def attention(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    """But that a contact is missing, which stands in test_imprint.py."""
    found: list[dict[str, Any]] = (await client.get("/api/v1/attention")).json()
    return [each for each in found if each["kind"] != "contact_missing"]


async def test_the_first_owner_is_told_of_another_ones_attempt(
    panel: Panel, connection: Connection
) -> None:
    mine, theirs = await create_shop(connection), await create_shop(connection)
    bot = await create_bot(connection, mine)
    async with (
        panel.visitor("owner", [mine.id]) as first,
        panel.visitor("owner", [theirs.id]) as second,
    ):
        body = {"shop_id": theirs.id, "token": other_token(bot.id), "modules": []}
        assert_problem(await second.post("/api/v1/bots", json=body), 409, "bot_taken")
        (told,) = await attention(first)
        assert (told["kind"], told["bot_id"], told["reason"], told["count"]) == (
            "bot_claimed",
            bot.id,
            "other_token",
            1,
        )
        body["token"] = token(bot.id)
        assert_problem(await second.post("/api/v1/bots", json=body), 409, "bot_taken")
        (told,) = await attention(first)
        assert (told["reason"], told["count"]) == ("own_token", 2)
        assert await attention(second) == []
        # What an owner tries twice in the same shop is nobody else's business.
        assert_problem(
            await first.post("/api/v1/bots", json=body | {"shop_id": mine.id}), 409, "bot_taken"
        )
        assert (await attention(first))[0]["count"] == 2
        answer = await second.delete(f"/api/v1/attention/claims/{bot.id}")
        assert_problem(answer, 404, "bot_not_found")
        assert (await first.delete(f"/api/v1/attention/claims/{bot.id}")).status_code == 204
        assert await attention(first) == []


async def test_unbooked_payments_and_failed_bots_need_the_owner(
    panel: Panel, connection: Connection
) -> None:
    origin = await create_origin(connection)
    customer = await create_customer(connection, origin.shop_id)
    charge = Charge(
        provider="stars",
        charge_id="c1",
        payer_telegram_id=customer.telegram_id,
        amount_minor=300,
        currency="XTR",
    )
    taken = Taken(charge=charge, payload="order:1", message_id=5, occurred_at=datetime.now(UTC))
    assert await unbooked.keep(connection, origin, NOBODY, taken, "no_module")
    assert not await unbooked.keep(connection, origin, NOBODY, taken, "no_module")
    await bots.set_state(connection, origin.bot_id, "failed", "bot_banned")
    async with panel.visitor("viewer", [origin.shop_id]) as client:
        items = {item["kind"]: item for item in await attention(client)}
    assert items["bot_failed"]["reason"] == "bot_banned"
    payment = items["payment_unbooked"]
    assert (payment["amount_minor"], payment["currency"], payment["charge_id"]) == (
        300,
        "XTR",
        "c1",
    )
    async with panel.visitor("viewer", []) as client:
        assert await attention(client) == []


async def test_a_change_of_state_is_pushed(panel: Panel, connection: Connection) -> None:
    shop, other = await create_shop(connection), await create_shop(connection)
    bot, foreign = await create_bot(connection, shop), await create_bot(connection, other)
    async with panel.visitor("viewer", [shop.id]) as client:
        async with client.stream("GET", "/api/v1/live/bots") as response:
            lines = response.aiter_lines()

            async def next_event() -> str:
                async with asyncio.timeout(patience.SECONDS):
                    async for line in lines:
                        if line.startswith("event:"):
                            return line
                raise AssertionError("the stream has ended")

            assert await next_event() == "event: bots"  # at once
            await bots.set_state(connection, foreign.id, "running")
            await bots.set_state(connection, bot.id, "starting")
            assert await next_event() == "event: bots"


async def test_a_claim_of_a_bot_that_nobody_has_is_no_notice(connection: Connection) -> None:
    shop = await create_shop(connection)
    await bot_claims.note(connection, KEYS, token=SecretStr(token(7_000_000_001)), shop_id=shop.id)
    assert await bot_claims.of_shops(connection, [shop.id]) == []


async def test_what_a_bot_could_not_do_is_told_once_and_can_be_dismissed(
    panel: Panel, connection: Connection
) -> None:
    origin, other = await create_origin(connection), await create_origin(connection)
    bill = Notice("bill_refused", "STARS_INVOICE_INVALID", "Tea", Money(70_000, "XTR"))
    of_later: Any = "bot_sings"  # a kind that a later version has stored
    lost = Notice("updates_skipped", "HTTP_500", times=12)
    for notice in (bill, bill, lost, Notice(of_later, "loudly")):
        await notices.leave(connection, origin.bot_id, notice)
    async with (
        panel.visitor("owner", [origin.shop_id]) as owner,
        panel.visitor("owner", [other.shop_id]) as stranger,
    ):
        items = {item["kind"]: item for item in await attention(owner)}
        refused, skipped = items["bill_refused"], items["updates_skipped"]
        assert (refused["reason"], refused["subject"]) == ("STARS_INVOICE_INVALID", "Tea")
        assert (refused["amount_minor"], refused["currency"], refused["count"]) == (
            70_000,
            "XTR",
            2,
        )
        assert (skipped["reason"], skipped["count"]) == ("HTTP_500", 12)
        assert await attention(stranger) == []
        url = f"/api/v1/attention/notices/{origin.bot_id}/{refused['notice_id']}"
        assert (await stranger.delete(url)).status_code == 404
        assert (await owner.delete(url)).status_code == 204
        assert [item["kind"] for item in await attention(owner)] == ["updates_skipped"]

"""Alerts about access come to the owner's chat, once, with buttons that answer them."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from api import alert_teller
from api.alert_teller import AlertTeller
from bots.sdk import owner_desk
from bots.sdk.transaction import Transaction
from core.events import Origin
from core.postgres import Connection, Pool
from core.shop import (
    access,
    access_alerts,
    owner_chats,
    webhook_deliveries,
    webhook_sending,
    webhooks,
)
from core.shop.access_alerts import Alert, StoredAlert
from core.shop.owner_chats import OwnerChat
from core.shop.webhook_sending import Outcome
from core.shop.webhooks import EndpointDraft
from tests.api.conftest import eventually
from tests.bots.shopper import Shopper
from tests.factories import KEYS, create_origin


async def bound(connection: Connection, origin: Origin, shop_ids: list[int] | None) -> Shopper:
    """An owner in his chat."""
    link_id, _ = await access.insert_link(connection, label="mine", role="owner", shop_ids=shop_ids)
    code, _ = await owner_chats.create_code(connection, origin.bot_id, link_id, "https://x.example")
    number = 500 + await connection.fetchval("SELECT count(*) FROM owner_chats")
    owner = Shopper(connection, origin, (), telegram_id=number)
    assert (await owner.command("owner", code)).replies
    return owner


async def sent(connection: Connection) -> list[tuple[int, str]]:
    rows = await connection.fetch(
        "SELECT chat_id, message::text FROM outgoing WHERE purpose = 'access_alert' ORDER BY id"
    )
    return [(row["chat_id"], row["message"]) for row in rows]


async def test_an_alert_is_brought_once_and_a_button_ends_the_link(
    pool: Pool, connection: Connection
) -> None:
    origin = await create_origin(connection)
    owner = await bound(connection, origin, None)
    stranger = Shopper(connection, origin, (), telegram_id=900)
    link_id, token = await access.insert_link(connection, label="Anna", role="viewer")
    teller = AlertTeller(pool, {}, KEYS)
    alert = Alert("travel", 7480, 1000, link_id)
    await access_alerts.raise_alert(connection, alert)
    assert await teller.tell() == 1
    assert await teller.tell() == 0
    await access_alerts.raise_alert(connection, alert)  # the same, again
    assert await teller.tell() == 0
    ((_, message),) = await sent(connection)
    number = await connection.fetchval("SELECT id FROM access_alerts")
    assert f"Anna (#{link_id})" in message and "7480" in message
    assert f"alert_revoke:{number}" in message and f"alert_was_me:{number}" in message

    assert not (await stranger.press(f"alert_revoke:{number}")).replies
    assert await access.is_valid(connection, token)
    assert (await owner.press(f"alert_revoke:{number}")).replies
    assert not await access.is_valid(connection, token)
    again = (await owner.press(f"alert_was_me:{number}")).replies
    assert "answered already" in str(again) or "уже ответили" in str(again)


async def test_one_that_cannot_be_told_keeps_no_other_back(
    pool: Pool, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = await create_origin(connection)
    await bound(connection, origin, None)
    link_id, _ = await access.insert_link(connection, label="Anna", role="viewer")
    tell_of_alert = owner_desk.tell_of_alert

    async def telling(transaction: Transaction, chat: OwnerChat, alert: StoredAlert) -> None:
        await tell_of_alert(transaction, chat, alert)
        if alert.kind == "exports":
            raise KeyError("no such text")

    await access_alerts.raise_alert(connection, Alert("exports", 5, 5, link_id))
    await access_alerts.raise_alert(connection, Alert("places", 4, 4, link_id))
    monkeypatch.setattr(alert_teller, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(alert_teller, "RETRY_SECONDS", 0.0)
    with monkeypatch.context() as patched:
        patched.setattr(owner_desk, "tell_of_alert", telling)
        running = asyncio.create_task(AlertTeller(pool, {}, KEYS).run())

        async def are_told(count: int) -> bool:
            return running.done() or len(await sent(connection)) == count

        await eventually(lambda: are_told(1))
        assert not running.done()
    await eventually(lambda: are_told(2))  # the next look finds it again
    assert not running.done()
    running.cancel()
    rows = await connection.fetch("SELECT id FROM access_alerts ORDER BY kind DESC")
    for row, (_, message) in zip(rows, await sent(connection), strict=True):
        assert f"alert_revoke:{row['id']}" in message


async def test_no_alert_waits_for_the_slowest_chat(
    pool: Pool, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, quick = await create_origin(connection), await create_origin(connection)
    await bound(connection, slow, None)
    await bound(connection, quick, None)
    link_id, _ = await access.insert_link(connection, label="Anna", role="viewer")
    await access_alerts.raise_alert(connection, Alert("exports", 5, 5, link_id))
    await access_alerts.raise_alert(connection, Alert("places", 4, 4, link_id))
    monkeypatch.setattr(alert_teller, "CHAT_MS", 20)
    teller = AlertTeller(pool, {}, KEYS)
    async with connection.transaction():  # somebody holds on to the first bot
        await connection.execute("SELECT FROM bots WHERE id = $1 FOR UPDATE", slow.bot_id)
        async with pool.acquire() as other:
            assert await teller.tell() == 0
            assert [chat for chat, _ in await sent(other)] == [501, 501]
    assert await teller.tell() == 0  # not so soon
    assert await AlertTeller(pool, {}, KEYS).tell() == 2
    assert [chat for chat, _ in await sent(connection)] == [501, 501, 500, 500]  # each once


async def test_a_web_hook_that_is_switched_off_is_told_once(
    pool: Pool, connection: Connection
) -> None:
    origin = await create_origin(connection)
    await bound(connection, origin, [origin.shop_id])
    draft = EndpointDraft(label="1C", url="https://shop.example/hook", events=["order_paid"])
    endpoint, _ = await webhooks.create(connection, KEYS, origin.shop_id, draft)
    teller = AlertTeller(pool, {}, KEYS)
    words = "SELECT message::text FROM outgoing WHERE purpose = 'webhook_off' ORDER BY id"
    for times in (1, 2):
        test = await webhook_deliveries.queue_test(connection, origin.shop_id, endpoint.id)
        await connection.execute(
            "UPDATE webhook_deliveries SET event = 'order_paid' WHERE id = $1", test.id
        )
        await teller.tell()
        assert len(await connection.fetch(words)) == times - 1
        await webhook_sending.settle(connection, test.id, Outcome(410, None, 1, ""))
        for _ in range(2):
            await teller.tell()
        told = await connection.fetch(words)
        assert len(told) == times and "1C" in told[-1]["message"]
        assert "answered 410" in told[-1]["message"]
        version = (await webhooks.get(connection, origin.shop_id, endpoint.id)).version
        await webhooks.change(connection, origin.shop_id, endpoint.id, draft, version)


async def test_a_look_that_fails_is_not_the_last(
    pool: Pool, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = await create_origin(connection)
    await bound(connection, origin, None)
    await access_alerts.raise_alert(connection, Alert("guessing", 10, 10, subject="192.0.2.1"))
    untold = access_alerts.untold
    failures = iter([RuntimeError("unexpected")])

    async def looking(*arguments: Any, **named: Any) -> list[int]:
        for failure in failures:
            raise failure
        return await untold(*arguments, **named)

    monkeypatch.setattr(alert_teller, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(access_alerts, "untold", looking)
    running = asyncio.create_task(AlertTeller(pool, {}, KEYS).run())

    async def is_told() -> bool:
        return running.done() or len(await sent(connection)) == 1

    await eventually(is_told)
    assert not running.done()
    running.cancel()


async def test_it_was_me_closes_it_and_says_no_more(pool: Pool, connection: Connection) -> None:
    origin = await create_origin(connection)
    owner = await bound(connection, origin, None)
    link_id, token = await access.insert_link(connection, label="Anna", role="viewer")
    await access_alerts.raise_alert(connection, Alert("places", 4, 4, link_id))
    await access_alerts.raise_alert(connection, Alert("guessing", 10, 10, subject="192.0.2.1"))
    assert await AlertTeller(pool, {}, KEYS).tell() == 2
    rows = await connection.fetch("SELECT id FROM access_alerts ORDER BY id")
    for row in rows:
        assert (await owner.press(f"alert_was_me:{row['id']}")).replies
    assert await access.is_valid(connection, token)
    answers = await connection.fetch("SELECT answer FROM access_alerts")
    assert {row["answer"] for row in answers} == {"was_me"}
    guessing = (await sent(connection))[1][1]
    assert "alert_revoke" not in guessing  # there is no link to end


async def test_an_alert_is_for_who_may_answer_it(pool: Pool, connection: Connection) -> None:
    mine, other = await create_origin(connection), await create_origin(connection)
    await bound(connection, mine, [mine.shop_id])
    theirs = await bound(connection, other, [other.shop_id])
    link_id, token = await access.insert_link(
        connection, label="Anna", role="viewer", shop_ids=[mine.shop_id]
    )
    await access_alerts.raise_alert(connection, Alert("exports", 5, 5, link_id))
    await access_alerts.raise_alert(connection, Alert("guessing", 10, 10, subject="192.0.2.1"))
    await access_alerts.raise_alert(connection, Alert("declined", 1, 1, link_id, subject="payout"))
    assert await AlertTeller(pool, {}, KEYS).tell() == 2
    assert [chat for chat, _ in await sent(connection)] == [500]  # of mine alone, of the first
    number = await connection.fetchval("SELECT id FROM access_alerts WHERE kind = 'exports'")
    assert (await theirs.press(f"alert_revoke:{number}")).replies
    assert await access.is_valid(connection, token)


async def test_a_link_that_has_expired_meanwhile_is_answered_too(
    pool: Pool, connection: Connection
) -> None:
    origin = await create_origin(connection)
    owner = await bound(connection, origin, None)
    link_id, _ = await access.insert_link(connection, label="Anna", role="viewer")
    await access_alerts.raise_alert(connection, Alert("exports", 5, 5, link_id))
    await AlertTeller(pool, {}, KEYS).tell()
    await connection.execute(
        "UPDATE access_links SET expires_at = now() - $1::interval WHERE id = $2",
        timedelta(minutes=1),
        link_id,
    )
    number = await connection.fetchval("SELECT id FROM access_alerts")
    assert (await owner.press(f"alert_revoke:{number}")).replies
    assert await connection.fetchval("SELECT answer FROM access_alerts") == "revoked"

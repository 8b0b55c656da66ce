"""An observed bot's updates, counted in groups: each once, whatever the group holds."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from bots.runtime import leases
from bots.runtime.bot_config import BotConfig
from bots.runtime.storage import load_position
from bots.sdk import updates as sdk
from core.postgres import Pool
from tests.bots.runtime.conftest import until
from tests.bots.runtime.dispatched import (
    ANNA,
    BORIS,
    a_bot,
    failed_inserts,
    failing_inserts,
    ordered,
    payment,
    refund,
)
from tests.bots.shopper import enabled_modules


async def transactions(pool: Pool) -> int:
    """How many different ones wrote events."""
    found: int = await pool.fetchval("SELECT count(DISTINCT xid) FROM outbox")
    return found


async def test_many_updates_share_a_transaction(pool: Pool) -> None:
    async with a_bot(pool, mode="observed") as bot:
        for person in range(100):
            bot.push("/start flyer", "hello", person=9100 + person, first_id=1 + 2 * person)
        await bot.settle()
        assert await transactions(pool) <= 2
        events = await bot.events()
        assert events.count("bot_started") == events.count("message_received") == 100
        assert events.count("update_handled") == 200
        numbers = await pool.fetch("SELECT buyer_no FROM customers ORDER BY buyer_no")
        assert [row["buyer_no"] for row in numbers] == list(range(1, 101))
        assert await pool.fetchval("SELECT count(*) FROM sources") == 1
        assert await pool.fetchval("SELECT count(first_source_id) FROM customers") == 100
        async with pool.acquire() as connection:
            position = await load_position(connection, bot.lease.bot_id)
        assert position is not None and position.pts == 300


async def test_a_group_holds_each_update_once(pool: Pool) -> None:
    async with a_bot(pool, mode="observed") as bot:
        for _ in range(3):
            bot.push("/start", "hello")
        await bot.settle()
        bot.push("/start", "hello")
        await bot.settle()
        assert sorted(await bot.events()) == [
            "bot_started",
            "message_received",
            "update_handled",
            "update_handled",
        ]


async def test_only_the_first_start_is_the_first(pool: Pool) -> None:
    async with a_bot(pool, mode="observed") as bot:
        bot.push("/start a", "/start b", "hello", "/start c")
        bot.push("/start d", person=BORIS, first_id=10)
        await bot.settle()
        rows = await pool.fetch(
            "SELECT buyer_no, props, first_source_id AS first, last_source_id AS last FROM outbox "
            "WHERE event = 'bot_started' ORDER BY xid, pos"
        )
        assert [row["props"] for row in rows].count('{"is_first":true}') == 2
        codes = await pool.fetch(
            "SELECT f.code AS first, l.code AS last FROM customers AS c "
            "JOIN sources AS f ON f.id = c.first_source_id "
            "JOIN sources AS l ON l.id = c.last_source_id ORDER BY c.telegram_id"
        )
        assert [tuple(row) for row in codes] == [("a", "c"), ("d", "d")]


@pytest.mark.parametrize("comes_back", [False, True])
async def test_who_blocked_the_bot_last_has_blocked_it(pool: Pool, comes_back: bool) -> None:
    when: dict[str, Any] = {"chat_id": ANNA, "occurred_at": datetime.now(UTC)}
    async with a_bot(pool, mode="observed") as bot:
        bot.push("hello")
        bot.happen(sdk.Blocked(**when), "1:1", "stopped")
        if comes_back:
            bot.happen(sdk.Unblocked(**when), "1:2", "stopped")
        await bot.settle()
        blocked = await pool.fetchval("SELECT blocked_at IS NOT NULL FROM customers")
        assert blocked is not comes_back


async def test_payments_are_counted_as_seen(pool: Pool) -> None:
    when: dict[str, Any] = {"chat_id": ANNA, "occurred_at": datetime.now(UTC)}
    money: dict[str, Any] = {"payload": "x", "amount_minor": 70, "currency": "XTR"}
    async with a_bot(pool, mode="observed") as bot:
        bot.happen(sdk.PreCheckout(query_id=6, **money, **when), "6", "pre_checkout")
        bot.happen(sdk.PaymentReceived(charge_id="c", **money, **when), "60")
        await bot.settle()
        rows = await pool.fetch(
            "SELECT event, amount_minor FROM outbox WHERE event LIKE 'payment%' ORDER BY xid, pos"
        )
        assert [tuple(row) for row in rows] == [
            ("payment_initiated", 70),
            ("payment_succeeded", 70),
        ]
        assert bot.recorder.sent == []


async def test_refunds_of_an_observed_bot_are_the_shops_own_to_tell(pool: Pool) -> None:
    when: dict[str, Any] = {"occurred_at": datetime.now(UTC)}
    money: dict[str, Any] = {"payload": "x", "amount_minor": 70, "currency": "XTR"}
    async with a_bot(pool, mode="observed") as bot:
        bot.push("hello")
        bot.happen(sdk.Blocked(chat_id=ANNA, **when), "1:1", "stopped")
        await bot.settle()
        before = await bot.events()
        for number, person in enumerate((ANNA, BORIS)):  # and one whom the shop does not know
            update = sdk.PaymentRefunded(charge_id=f"c{number}", chat_id=person, **money, **when)
            bot.happen(update, f"6{number}", "refund")
        await bot.settle()
        assert await bot.events() == [*before, "update_handled", "update_handled"]
        assert await pool.fetchval("SELECT array_agg(blocked_at IS NOT NULL) FROM customers") == [
            True
        ]
        assert await pool.fetchval("SELECT count(*) FROM unbooked_refunds") == 0
        async with pool.acquire() as connection:
            position = await load_position(connection, bot.lease.bot_id)
        assert position is not None and position.pts == 101


async def test_what_was_sold_before_the_bot_was_only_observed_is_still_taken_off(
    pool: Pool,
) -> None:
    async with a_bot(pool, enabled_modules(cart={}, catalogue={}, menu={}, stars={})) as bot:
        async with pool.acquire() as connection:
            order = await ordered(connection, bot)
        bot.happen(payment(order), "50")
        await bot.settle()
        hosted = bot.dispatcher.config
        observed = hosted.bot.model_copy(update={"mode": "observed"})
        bot.dispatcher.config = BotConfig(observed, hosted.shop, ())
        bot.happen(refund(order), "51", "refund")
        await bot.settle()
        assert await pool.fetchval("SELECT status FROM orders") == "refunded"
        told = await pool.fetch(
            "SELECT event, mode, buyer_no FROM outbox ORDER BY xid DESC, pos LIMIT 2"
        )
        assert [tuple(row) for row in told] == [
            ("refund_completed", "hosted", order.buyer_no),
            ("update_handled", "observed", order.buyer_no),
        ]


@pytest.mark.usefixtures("quiet")
async def test_one_that_postgres_refuses_takes_nothing_with_it(pool: Pool) -> None:
    async with a_bot(pool, mode="observed") as bot:
        # The group, then the first of its updates by itself.
        await pool.execute(failing_inserts("outbox", "P0001", times=1))
        bot.push(*(str(number) for number in range(10)))
        await bot.settle()
        assert await failed_inserts(pool) > 1
        assert (await bot.events()).count("message_received") == 10
        assert bot.dispatcher.stream.position().pts == 110


async def test_what_postgres_refuses_for_a_while_is_counted_later(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.runtime.observing._AWAY_SECONDS", 0.01)
    async with a_bot(pool, mode="observed") as bot:
        await pool.execute(failing_inserts("outbox", "40001", times=3))
        bot.push("one", "two")
        await bot.settle()
        assert (await bot.events()).count("message_received") == 2
        assert await transactions(pool) == 1


async def test_a_holder_of_yesterday_counts_nothing(pool: Pool) -> None:
    async with a_bot(pool, mode="observed") as bot:
        async with pool.acquire() as connection:
            await leases.take(connection, "w", limit=1, own_too=True)
        bot.push("hello")
        await until(_is_set(bot.dispatcher.lost), "the lease is known to be lost")
        assert await bot.events() == []
        assert await pool.fetchval("SELECT count(*) FROM inbox") == 0


def _is_set(event: asyncio.Event) -> Any:
    async def is_set() -> bool:
        return event.is_set()

    return is_set

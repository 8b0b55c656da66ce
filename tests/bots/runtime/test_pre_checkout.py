"""A pre-checkout is answered before everything else: Telegram waits ten seconds for it."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from pyrogram.errors import QueryIdInvalid
from structlog.testing import capture_logs

from bots.runtime.transaction_slots import Slots
from bots.sdk import updates as sdk
from bots.sdk.loading import EnabledModule
from bots.sdk.replies import AnswerPreCheckout, Reply
from bots.sdk.router import Router
from core.postgres import Pool, open_pool
from tests import patience
from tests.bots.runtime.conftest import until
from tests.bots.runtime.dispatched import ANNA, Bot, Notes, a_bot, customer
from tests.bots.sdk.modules import NoteSettings, switched_on

SECONDS = 8.0  # less than Telegram waits


def hanging() -> EnabledModule:
    """Answers pre-checkouts, and hangs over every message."""
    router = Router[NoteSettings]()

    @router.message
    async def hang(_context: Notes, _update: sdk.Message) -> None:
        await asyncio.Event().wait()

    @router.pre_checkout("order")
    async def approve(context: Notes, _update: sdk.PreCheckout) -> None:
        context.approve()

    return switched_on("hanging", router=router)


def ask(bot: Bot, query_id: int = 6) -> None:
    question = sdk.PreCheckout(
        chat_id=ANNA,
        occurred_at=datetime.now(UTC),
        query_id=query_id,
        payload="order:1",
        amount_minor=1,
        currency="XTR",
    )
    bot.happen(question, str(query_id), "pre_checkout")


async def answered(bot: Bot) -> AnswerPreCheckout:
    async with asyncio.timeout(patience.SECONDS):
        while not bot.recorder.sent:
            await asyncio.sleep(0.01)
    ((_, answer),) = bot.recorder.sent
    assert isinstance(answer, AnswerPreCheckout)
    return answer


async def test_no_queue_stands_before_it(pool: Pool, database_url: str) -> None:
    slots = Slots(2)
    checkouts = await open_pool(database_url, size=2, idle=2)
    try:
        async with (
            a_bot(pool, [hanging()], slots=slots, checkouts=checkouts) as bot,
            AsyncExitStack() as stack,
        ):
            async with pool.acquire() as connection:
                await customer(connection, bot.dispatcher.config.shop.id)
            bot.push("hello", person=ANNA, first_id=30)
            for person in range(20):
                bot.push("hello", person=ANNA + 1 + person, first_id=person + 1)

            async def are_taken() -> bool:
                return slots.all.locked()

            await until(are_taken, "the slots are taken")
            bot.sender.limits.pause_bot(3600)
            for _ in range(pool.get_max_size() - 2):
                await stack.enter_async_context(pool.acquire())
            ask(bot)
            assert (await answered(bot)).ok
            await bot.dispatcher.drain(0)
    finally:
        await checkouts.close()


async def test_it_does_not_wait_for_what_the_same_person_did_before(pool: Pool) -> None:
    """Nor for a screen that is being sent to them."""
    router = Router[NoteSettings]()

    @router.pre_checkout("order")
    async def approve(context: Notes, _update: sdk.PreCheckout) -> None:
        context.approve()

    @router.message
    async def say(context: Notes, update: sdk.Message) -> None:
        context.reply(update.text)

    async with a_bot(pool, [switched_on("shop", router=router)]) as bot:
        bot.sender.limits.pause(ANNA, 25)
        bot.push(*(str(number) for number in range(15)))

        async def is_delayed() -> bool:
            return bool(bot.dispatcher.replies.waiting)

        await until(is_delayed, "a screen that is not sent yet")
        ask(bot)
        assert (await answered(bot)).ok
        assert bot.dispatcher.replies.waiting
        await bot.dispatcher.drain(0)


async def test_a_lost_answer_is_given_again_before_telegram_stops_waiting(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_bot(pool, [hanging()]) as bot:
        bounds: list[float] = []
        answer = bot.recorder.answer

        async def lose_first(reply: Reply, *, seconds: float) -> None:
            bounds.append(seconds)
            if len(bounds) == 1:
                raise TimeoutError
            if len(bounds) == 2:
                raise ConnectionError("the connection was cut")
            await answer(reply, seconds=seconds)

        monkeypatch.setattr(bot.recorder, "answer", lose_first)
        ask(bot)
        assert (await answered(bot)).ok
        assert len(bounds) == 3 and sum(bounds[:2]) < SECONDS


async def test_an_answer_that_came_too_late_is_counted(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_reply: Reply, **_options: Any) -> None:
        raise QueryIdInvalid

    async with a_bot(pool, [hanging()]) as bot:
        monkeypatch.setattr(bot.recorder, "answer", refuse)
        with capture_logs():
            ask(bot)
            await bot.settle()
        await bot.sender.flush()
        row = await pool.fetchrow("SELECT outcome, props FROM outbox WHERE event = 'reply_dropped'")
        assert row is not None and row["outcome"] == "stale"
        assert "answer_pre_checkout" in row["props"]

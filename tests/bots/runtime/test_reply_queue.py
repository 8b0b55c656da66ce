"""Replies wait for their turn; what is not delivered is counted."""

import asyncio
from typing import Any

import pytest
from pyrogram.errors import BadRequest, FloodWait, Forbidden
from pyrogram.errors.exceptions import InternalServerError
from structlog.testing import capture_logs

from bots.runtime import reply_queue
from bots.runtime.limits import Limits
from bots.runtime.reply_queue import A_CHAT
from bots.sdk.replies import AnswerButton, EditText, Reply, Screen, SendInvoice, SendText, Text
from core.events import BOT_STARTED, Actor, Emitted, Event
from core.money import Money
from core.postgres import Pool
from core.shop import notices
from tests import patience
from tests.bots.runtime.dispatched import ANNA, BORIS, Bot, a_bot

STARTED = Emitted(Actor(buyer_no=7), Event(BOT_STARTED, order_id=5))


def say(text: str) -> SendText:
    return SendText(text=Text(plain=text))


def screen(text: str, message_id: int = 1) -> EditText:
    return EditText(message_id=message_id, text=Text(plain=text))


def bill() -> SendInvoice:
    return SendInvoice(
        title="Пуэр",
        description="Чай",
        payload="order:5",
        price=Money(300, "XTR"),
        on_sent=(STARTED,),
    )


def add(bot: Bot, *replies: Reply, chat_id: int = ANNA) -> None:
    bot.dispatcher.replies.add(
        chat_id, replies, received=asyncio.get_running_loop().time(), language="ru"
    )


def shown(bot: Bot) -> list[str]:
    return [
        reply.text.plain for _, reply in bot.recorder.sent if isinstance(reply, SendText | EditText)
    ]


async def dropped(bot: Bot) -> list[str]:
    await bot.sender.flush()
    rows = await bot.pool.fetch(
        "SELECT outcome FROM outbox WHERE event = 'reply_dropped' ORDER BY xid, pos"
    )
    return [row["outcome"] for row in rows]


class Refusing:
    """Raises these in turn in place of sending; notes the ids of all tries."""

    def __init__(self, bot: Bot, *errors: Exception) -> None:
        self._send = bot.recorder.send
        self._errors = list(errors)
        self.ids: list[int] = []

    async def send(self, reply: Screen, chat_id: int, random_id: int) -> int:
        self.ids.append(random_id)
        if self._errors:
            raise self._errors.pop(0)
        return await self._send(reply, chat_id, random_id)


def refusing(bot: Bot, patch: pytest.MonkeyPatch, *errors: Exception) -> Refusing:
    found = Refusing(bot, *errors)
    patch.setattr(bot.recorder, "send", found.send)
    return found


async def test_who_presses_faster_than_telegram_allows_sees_the_last_screen(pool: Pool) -> None:
    async with a_bot(pool, limits=Limits(chat_burst=1)) as bot:
        for number in range(10):
            add(bot, AnswerButton(query_id=number), screen(str(number)))
            await asyncio.sleep(0)
        await bot.settle()
        assert shown(bot) == ["0", "9"]
        answers = [reply for _, reply in bot.recorder.sent if isinstance(reply, AnswerButton)]
        assert len(answers) == 10
        assert await dropped(bot) == []


async def test_only_edits_of_one_message_replace_each_other(pool: Pool) -> None:
    async with a_bot(pool, limits=Limits(chat_burst=1)) as bot:
        bot.sender.limits.pause(ANNA, 1)
        add(bot, screen("a", 1), screen("b", 2), say("c"), say("d"), chat_id=ANNA)
        add(bot, screen("e", 1), chat_id=ANNA)
        add(bot, screen("f", 1), chat_id=BORIS)
        await bot.settle()
        assert shown(bot) == ["f", "b", "c", "d", "e"]


async def test_an_answer_waits_for_no_screen(pool: Pool) -> None:
    async with a_bot(pool) as bot:
        bot.sender.limits.pause(ANNA, 1)
        add(bot, say("screen"), AnswerButton(query_id=1))
        await bot.settle()
        assert isinstance(bot.recorder.sent[0][1], AnswerButton)
        assert shown(bot) == ["screen"]


async def test_a_flood_asks_for_no_more_than_somebody_reads(pool: Pool) -> None:
    async with a_bot(pool) as bot:
        bot.sender.limits.pause(ANNA, 1)
        with capture_logs():
            add(bot, *(say(str(number)) for number in range(A_CHAT + 5)))
            await bot.settle()
        assert shown(bot) == [str(number) for number in range(5, A_CHAT + 5)]
        assert await dropped(bot) == ["full"] * 5


async def test_what_would_wait_for_an_hour_is_dropped_and_counted(pool: Pool) -> None:
    async with a_bot(pool) as bot:
        bot.sender.limits.pause_bot(3600)
        with capture_logs() as logged:
            add(bot, say("1"), say("2"))
            async with asyncio.timeout(patience.SECONDS):
                while await dropped(bot) != ["stale", "stale"]:
                    await asyncio.sleep(0.05)
        assert [each["why"] for each in logged] == ["stale", "stale"]
        assert bot.recorder.sent == []
        await bot.dispatcher.drain(0)


async def test_a_flood_wait_delays_and_loses_nothing(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_bot(pool) as bot:
        tries = refusing(bot, monkeypatch, FloodWait(1))
        add(bot, say("1"), say("2"))
        await bot.settle()
        assert shown(bot) == ["1", "2"]
        assert tries.ids[0] == tries.ids[1]
        assert await dropped(bot) == []
        assert "api_call_failed" in await bot.events()


@pytest.mark.parametrize(
    "errors",
    [
        [TimeoutError(), ConnectionResetError()],
        [InternalServerError(), InternalServerError()],
    ],
)
async def test_what_fails_for_a_moment_is_tried_again_as_the_same_message(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, errors: list[Exception]
) -> None:
    monkeypatch.setattr(reply_queue, "_FIRST_PAUSE", 0.01)
    async with a_bot(pool) as bot:
        tries = refusing(bot, monkeypatch, *errors)
        add(bot, say("1"))
        await bot.settle()
        assert shown(bot) == ["1"]
        assert len(tries.ids) == 3 and len(set(tries.ids)) == 1
        assert await dropped(bot) == []


async def test_a_bill_that_is_refused_is_told_to_shopper_and_owner(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_bot(pool) as bot:
        refusing(bot, monkeypatch, BadRequest("CURRENCY_TOTAL_AMOUNT_INVALID"))
        with capture_logs():
            add(bot, bill(), say("after it"))
            await bot.settle()
        assert shown(bot)[0] == "after it" and "Деньги не списаны" in shown(bot)[1]
        assert await dropped(bot) == ["refused"]
        assert "bot_started" not in await bot.events()
        async with pool.acquire() as connection:
            (notice,) = await notices.of_shops(connection, [bot.dispatcher.config.shop.id])
        assert (notice.kind, notice.subject) == ("bill_refused", "Пуэр")
        assert (notice.amount_minor, notice.currency, notice.times) == (300, "XTR", 1)


async def test_nobody_is_told_of_who_has_blocked_the_bot(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class UserIsBlocked(Forbidden):
        ID = "USER_IS_BLOCKED"

    async with a_bot(pool) as bot:
        refusing(bot, monkeypatch, UserIsBlocked())
        with capture_logs():
            add(bot, bill())
            await bot.settle()
        assert await dropped(bot) == ["refused"]
        assert bot.recorder.sent == []
        assert await pool.fetchval("SELECT count(*) FROM bot_notices") == 0


async def test_what_a_bill_leads_to_is_told_once_it_is_there(pool: Pool) -> None:
    async with a_bot(pool) as bot:
        bot.recorder.gate.clear()
        add(bot, bill())
        await bot.sender.flush()
        assert "bot_started" not in await bot.events()
        bot.recorder.gate.set()
        await bot.settle()
        await bot.sender.flush()
        await bot.sender.flush()
        row = await pool.fetchrow("SELECT * FROM outbox WHERE event = 'bot_started'")
        assert row is not None and (row["order_id"], row["buyer_no"]) == (5, 7)
        assert row["occurred_at"] > STARTED.event.occurred_at


async def test_what_is_not_sent_goes_with_the_bot(pool: Pool) -> None:
    async with a_bot(pool) as bot:
        bot.sender.limits.pause(ANNA, 60)
        add(bot, say("1"), bill(), screen("2"))
        await bot.dispatcher.drain(0)
        bot.sender.adopt(bot.dispatcher.replies.take_unsent())
        await bot.sender.flush()
        assert bot.dispatcher.replies.waiting == 0
        rows: list[Any] = await pool.fetch("SELECT * FROM outgoing ORDER BY id")
        assert [row["message"]["kind"] for row in rows] == [
            "send_text",
            "send_invoice",
            "edit_text",
        ]
        assert {(row["chat_id"], row["purpose"], row["state"]) for row in rows} == {
            (ANNA, "reply", "pending")
        }
        bot.sender.limits = Limits()
        sending = asyncio.create_task(bot.sender.run())
        async with asyncio.timeout(patience.SECONDS):
            while await pool.fetchval("SELECT count(*) FROM outgoing WHERE state = 'sent'") < 3:
                await asyncio.sleep(0.02)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        assert shown(bot) == ["1", "2"]
        assert (await bot.events()).count("bot_started") == 1

"""An update's transaction and its context: once, in order, whatever fails."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bots.runtime import leases
from bots.runtime.bot_config import load_bot_config
from bots.runtime.storage import load_position
from bots.runtime.transaction_slots import Slots
from bots.runtime.update_stream import Arrival
from bots.sdk import updates as sdk
from bots.sdk.asking import CANCEL, OWNER_CONFIRM
from bots.sdk.loading import load
from bots.sdk.replies import AnswerButton, AnswerPreCheckout
from bots.sdk.router import Router
from core.modules import Modules
from core.postgres import Connection, Pool
from tests.bots.runtime.conftest import until
from tests.bots.runtime.dispatched import ANNA, BORIS, Bot, Notes, a_bot, echo, failing_inserts
from tests.bots.sdk.modules import NoteSettings, switched_on
from tests.factories import KEYS, create_origin


async def test_one_persons_updates_keep_their_order(pool: Pool) -> None:
    async with a_bot(pool, [echo()]) as bot:
        bot.push(*(str(number) for number in range(1, 21)))
        await bot.settle()
        assert bot.texts == [str(number) for number in range(1, 21)]


async def test_people_do_not_wait_for_each_other(pool: Pool) -> None:
    opened = asyncio.Event()
    router = Router[NoteSettings]()

    @router.message
    async def wait(context: Notes, update: sdk.Message) -> None:
        if update.text == "slow":
            await opened.wait()
        context.reply(update.text)

    async with a_bot(pool, [switched_on("a", router=router)]) as bot:
        # A shop's newcomers take their numbers one after the other, so these two are none.
        bot.push("hello", person=ANNA)
        bot.push("hello", person=BORIS, first_id=2)
        await bot.settle()
        bot.push("slow", "after", person=ANNA, first_id=3)
        bot.push("quick", person=BORIS, first_id=5)

        async def is_answered() -> bool:
            return bot.texts == ["hello", "hello", "quick"]

        await until(is_answered, "Boris has his answer")
        assert bot.dispatcher.stream.position().pts == 102  # Anna's are open still
        opened.set()
        await bot.settle()
        assert bot.texts[2:] == ["quick", "slow", "after"]
        assert bot.dispatcher.stream.position().pts == 105


async def test_a_replay_is_handled_once(pool: Pool) -> None:
    async with a_bot(pool, [echo()]) as bot:
        for _ in range(3):
            bot.push("hello")
        await bot.settle()
        bot.push("hello")
        await bot.settle()
        assert bot.texts == ["hello"]
        assert await bot.events() == ["message_received", "update_handled"]
        assert await pool.fetchval("SELECT array_agg(DISTINCT module) FROM outbox") == ["echo"]


async def test_a_module_that_fails_takes_nothing_with_it(pool: Pool) -> None:
    async with a_bot(pool, [echo(failing="bad")]) as bot:
        bot.push("one", "bad", "two")
        await bot.settle()
        first, apology, last = bot.texts
        assert (first, last) == ("one", "two")
        assert "try again" in apology
        assert await pool.fetchval(
            "SELECT array_agg(outcome ORDER BY outcome) FROM outbox WHERE event = 'update_handled'"
        ) == ["error", "ok", "ok"]
        assert (await bot.events()).count("message_received") == 3
        async with pool.acquire() as connection:
            position = await load_position(connection, bot.lease.bot_id)
        assert position is not None and position.pts == 103


async def test_a_press_and_a_check_are_answered_even_by_a_module_that_fails(pool: Pool) -> None:
    when: dict[str, Any] = {"chat_id": ANNA, "occurred_at": datetime.now(UTC)}
    async with a_bot(pool, [echo()]) as bot:
        bot.happen(sdk.Button(action="buy", query_id=5, message_id=1, **when), "5", "button")
        bot.happen(
            sdk.PreCheckout(query_id=6, payload="x:1", amount_minor=1, currency="XTR", **when),
            "6",
            "pre_checkout",
        )
        await bot.settle()
    replies = sorted((reply for _, reply in bot.recorder.sent), key=lambda each: each.kind)
    pressed, checked = replies
    assert isinstance(pressed, AnswerButton) and pressed.alert
    assert isinstance(checked, AnswerPreCheckout) and not checked.ok


@pytest.mark.parametrize(
    ("action", "message_id", "is_made_up"),
    [
        ("gone", 7, True),  # of no module here, below a message of this bot's time here
        ("gone", 6, False),  # below one of before, when other software spoke for it
        ("switched_off", 7, False),
        (CANCEL, 7, False),  # the platform's own, of a question that has its answer
        (OWNER_CONFIRM, 7, False),
    ],
)
async def test_a_press_is_made_up_if_nothing_here_can_have_shown_it(
    pool: Pool, action: str, message_id: int, is_made_up: bool
) -> None:
    when: dict[str, Any] = {"chat_id": ANNA, "occurred_at": datetime.now(UTC)}
    press = sdk.Button(action=action, query_id=5, message_id=message_id, **when)
    async with a_bot(pool, [echo()]) as bot:
        before = replace(press, query_id=4)  # no message has come yet: nothing is known
        bot.happen(before, "4", "button")
        await bot.settle()
        bot.dispatcher.config = replace(
            bot.dispatcher.config, buttons=frozenset({"buy", "switched_off"})
        )
        bot.push("hello", first_id=7)
        bot.push("hello again", first_id=8)
        await bot.settle()
        bot.happen(press, "5", "button")
        await bot.settle()
        told = await pool.fetchval(
            "SELECT array_agg(props::jsonb -> 'made_up' = 'true' ORDER BY xid, pos) FROM outbox "
            "WHERE event = 'update_handled' AND props::jsonb ->> 'kind' = 'button'"
        )
    assert told == [None, is_made_up or None]


async def test_a_holder_of_yesterday_changes_nothing(pool: Pool) -> None:
    async with a_bot(pool, [echo()]) as bot:
        async with pool.acquire() as connection:
            await leases.take(connection, "w", limit=1, own_too=True)
        bot.push("hello", "again")
        await bot.settle()
        assert bot.dispatcher.lost.is_set()
        assert (bot.texts, await bot.events()) == ([], [])
        assert bot.dispatcher.stream.position().pts == 100
        assert await pool.fetchval("SELECT count(*) FROM inbox") == 0


async def test_replies_hold_up_no_updates(pool: Pool) -> None:
    async with a_bot(pool, [echo()]) as bot:
        bot.recorder.gate.clear()
        bot.push("one", "two", "three")

        async def are_handled() -> bool:
            return (await bot.events()).count("update_handled") == 3

        await until(are_handled, "all are handled while the first reply is under way")
        assert bot.texts == []
        bot.recorder.gate.set()
        await bot.settle()
        assert bot.texts == ["one", "two", "three"]


async def test_acknowledged_replies_are_counted(pool: Pool) -> None:
    async with a_bot(pool, [echo()]) as bot:
        bot.push("one", "two")
        await bot.settle()
        sending = asyncio.create_task(bot.sender.run())

        async def are_counted() -> bool:
            return (await bot.events()).count("reply_acknowledged") == 2

        await until(are_counted, "both are counted")
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        latencies = await pool.fetch(
            "SELECT latency_us, buyer_no FROM outbox WHERE event = 'reply_acknowledged'"
        )
        assert all(row["latency_us"] > 0 and row["buyer_no"] == 0 for row in latencies)


async def test_an_observed_bot_counts_and_says_nothing(pool: Pool) -> None:
    async with a_bot(pool, mode="observed") as bot:
        bot.push("/start flyer", "hello", "/help me")
        when: dict[str, Any] = {"chat_id": ANNA, "occurred_at": datetime.now(UTC)}
        bot.happen(sdk.Button(action="x", query_id=5, message_id=1, **when), "5", "button")
        bot.happen(sdk.Blocked(**when), "1:1", "stopped")
        bot.happen(
            sdk.PaymentReceived(
                payload="any", amount_minor=70, currency="XTR", charge_id="c", **when
            ),
            "60",
        )
        await bot.settle()
        assert bot.recorder.sent == []
        counted = [name for name in await bot.events() if name != "update_handled"]
        assert counted == [
            "bot_started",
            "message_received",
            "message_received",
            "button_pressed",
            "bot_blocked",
            "payment_succeeded",
        ]
        assert await pool.fetchval(
            "SELECT array_agg(DISTINCT mode || amount_minor) FROM outbox "
            "WHERE event = 'payment_succeeded'"
        ) == ["observed70"]


async def test_no_text_of_a_person_is_stored(pool: Pool) -> None:
    async with a_bot(pool, [echo()]) as bot:
        bot.push("my secret", "/Secret_Command now", "/" + "s" * 40)
        when: dict[str, Any] = {"chat_id": ANNA, "occurred_at": datetime.now(UTC)}
        bot.happen(sdk.Button(action="se cret", query_id=5, message_id=1, **when), "5", "button")
        await bot.settle()
        props = await pool.fetchval("SELECT string_agg(props, ' ') FROM outbox")
        assert "my secret" not in props and "se cret" not in props and "now" not in props
        assert '"length":16' in props and '"command":"secret_command"' in props


@pytest.mark.parametrize("code", ["40001", "40P01", "57P01"])
async def test_what_postgres_undoes_is_done_again(pool: Pool, code: str) -> None:
    troubles = iter([code, code])
    router = Router[NoteSettings]()

    @router.message
    async def say(context: Notes, update: sdk.Message) -> None:
        context.reply(update.text)
        trouble = next(troubles, None)
        if trouble is not None:
            await context.connection.execute(
                f"DO $$ BEGIN RAISE EXCEPTION 'trouble' USING ERRCODE = '{trouble}'; END $$"
            )

    async with a_bot(pool, [switched_on("a", router=router)]) as bot:
        bot.push("hello")
        await bot.settle()
        assert bot.texts == ["hello"]
        assert await bot.events() == ["message_received", "update_handled"]


@pytest.mark.parametrize("code", ["25006", "25P03"])
@pytest.mark.parametrize("table", ["inbox", "outbox"])
async def test_what_postgres_refuses_for_a_while_is_done_again(
    pool: Pool, table: str, code: str
) -> None:
    async with a_bot(pool, [echo()]) as bot:
        await pool.execute(failing_inserts(table, code, times=3))
        bot.push("hello", "again")
        await bot.settle()
        assert bot.texts == ["hello", "again"]
        assert (await bot.events()).count("update_handled") == 2
        assert bot.dispatcher.stream.position().pts == 102


async def test_a_commit_that_postgres_refuses_for_a_while_is_done_again(pool: Pool) -> None:
    async with a_bot(pool, [echo()]) as bot:
        await pool.execute(failing_inserts("inbox", "25006", times=2, at_commit=True))
        bot.push("hello", "again")
        await bot.settle()
        assert bot.texts == ["hello", "again"]
        assert bot.dispatcher.stream.position().pts == 102


async def test_an_update_that_cannot_be_entered_does_not_stop_the_next(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.runtime.dispatch.TRIES", 3)
    async with a_bot(pool, [echo()]) as bot:
        await pool.execute(failing_inserts("inbox", "22000", times=3))
        bot.push("lost", "next")
        await bot.settle()
        assert bot.texts == ["next"]
        assert bot.dispatcher.stream.position().pts == 102


async def test_a_lost_connection_is_no_fault_of_the_module(pool: Pool) -> None:
    killed: list[int] = []
    router = Router[NoteSettings]()

    @router.message
    async def say(context: Notes, update: sdk.Message) -> None:
        context.reply(update.text)
        if not killed:
            killed.append(await context.connection.fetchval("SELECT pg_backend_pid()"))
            async with pool.acquire() as other:
                await other.execute("SELECT pg_terminate_backend($1, 5000)", killed[0])
            await context.connection.execute("SELECT 1")

    async with a_bot(pool, [switched_on("a", router=router)]) as bot:
        bot.push("hello")
        await bot.settle()
        assert killed and bot.texts == ["hello"]
        assert await bot.events() == ["message_received", "update_handled"]


async def test_a_module_that_hangs_is_stopped(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bots.runtime.handling.HANDLER_SECONDS", 0.2)
    router = Router[NoteSettings]()

    @router.message
    async def hang(context: Notes, _: sdk.Message) -> None:
        await context.connection.execute("SELECT pg_sleep(60)")

    async with a_bot(pool, [switched_on("a", router=router)]) as bot:
        bot.push("hello")
        await bot.settle()
        assert len(bot.texts) == 1 and "try again" in bot.texts[0]


async def test_invalid_stored_settings_switch_the_module_off(connection: Connection) -> None:
    origin = await create_origin(connection)
    await connection.execute(
        "UPDATE bot_modules SET settings = '{\"nonsense\": 1}' WHERE module = 'menu'"
    )
    loaded = load(Modules.discover())
    for _ in range(2):
        config = await load_bot_config(connection, origin.bot_id, loaded, KEYS)
        assert config is not None
        assert {item.key for item in config.enabled} == {"orders", "cart", "catalogue", "stars"}
    row = await connection.fetchrow("SELECT enabled, notice FROM bot_modules WHERE module = 'menu'")
    assert row is not None and not row["enabled"] and "nonsense" in row["notice"]


async def test_draining_has_an_end_however_many_presses_come(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def take_a_while(_arrival: Arrival) -> None:
        await asyncio.sleep(0.02)

    async def press_on(bot: Bot) -> None:
        for number in range(10_000):
            press = sdk.Button(
                chat_id=number,
                occurred_at=datetime.now(UTC),
                action="x",
                query_id=number,
                message_id=1,
            )
            bot.happen(press, str(number), "button")
            await asyncio.sleep(0.001)

    async with a_bot(pool) as bot:
        monkeypatch.setattr(bot.dispatcher, "_handle", take_a_while)
        pressing = asyncio.create_task(press_on(bot))
        await asyncio.sleep(0)
        await bot.dispatcher.drain(0.3)
        assert not pressing.done()
        pressing.cancel()


async def has_handled(pool: Pool, number: int) -> bool:
    handled = "SELECT count(*) FROM outbox WHERE event = 'update_handled'"
    return bool(await pool.fetchval(handled) == number)


async def test_a_module_that_hangs_for_one_bot_holds_up_no_other(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = Router[NoteSettings]()

    @router.message
    async def hang(_context: Notes, _update: sdk.Message) -> None:
        await asyncio.Event().wait()

    slots = Slots(8)
    async with (
        a_bot(pool, [switched_on("hanging", router=router)], slots=slots) as stuck,
        a_bot(pool, [echo()], slots=slots) as other,
    ):
        for person in range(20):
            stuck.push("hello", person=ANNA + person, first_id=person + 1)
        await asyncio.sleep(0)
        other.push("hello")
        await other.settle()
        assert other.texts == ["hello"]
        assert stuck.dispatcher.waiting
        monkeypatch.setattr("bots.runtime.handling.HANDLER_SECONDS", 0.01)
        await stuck.dispatcher.drain(0)

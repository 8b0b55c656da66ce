"""What Telegram hands over of people who mean no good, or who are merely clumsy: each is answered
and counted, in a bot with all modules on."""

import pytest

from bots.sdk.asking import CANCEL, CHOOSE
from simulator.world import blocks
from tests.bots.runtime.conftest import Stage, until
from tests.bots.runtime.matrix import MODULES, Case, case_of, count, failed
from tests.bots.visitor import Button, Visitor

pytestmark = pytest.mark.usefixtures("quiet")


async def opened(stage: Stage) -> tuple[Case, Visitor]:
    case = await case_of(stage, "all on", list(MODULES.manifests))
    await stage.worker()
    await stage.runs(case.bot)
    return case, Visitor(stage.telegram.world, stage.telegram.person(), case.bot.id)


async def is_answered(visitor: Visitor) -> None:
    await visitor.until(lambda: visitor.seen[0] if visitor.seen else None, "an answer")


async def test_whatever_is_written_is_answered_and_counted(stage: Stage) -> None:
    case, visitor = await opened(stage)
    texts = ["я" * 4096, "🎁" * 2000, "\u202eمرحبا", "a\0b", "\0", "   x   ", "/nobody knows this"]
    with visitor.listening():
        for text in texts:
            visitor.write(text)
            await is_answered(visitor)
        assert visitor.seen[0].rows  # the last of them leads on
        visitor.send_photo(b"no picture at all")
        await is_answered(visitor)
        visitor.send_file("virus.exe", "application/x-msdownload", b"MZ")
        await is_answered(visitor)
    assert await count(stage, case, "message_received") == len(texts) + 2
    assert await failed(stage) == []


async def test_who_changes_a_message_is_told_that_only_a_new_one_is_read(stage: Stage) -> None:
    case, visitor = await opened(stage)
    with visitor.listening():
        visitor.write("Moscow")
        await is_answered(visitor)
        visitor.edit_last("Moscow, Tverskaya 1")
        await visitor.hears("write it in a new one")
    assert await count(stage, case, "message_received") == 1
    kinds = await stage.pool.fetch(
        "SELECT props::jsonb ->> 'kind' AS kind FROM outbox WHERE event = 'update_handled' "
        "ORDER BY xid, pos"
    )
    assert [row["kind"] for row in kinds] == ["message", "edited"]
    assert await failed(stage) == []


async def test_what_is_forwarded_is_answered_like_what_is_written(stage: Stage) -> None:
    case, visitor = await opened(stage)
    boris = stage.telegram.person("Boris")
    with visitor.listening():
        for text in ("Puer", "where is my order?", "\u202eمرحبا"):
            visitor.forward(text, boris)
            await is_answered(visitor)
        visitor.forward("/terms", boris)
        await visitor.hears("terms of sale")
    assert await count(stage, case, "message_received") == 4
    assert await stage.pool.fetchval("SELECT count(*) FROM customers") == 1  # who forwarded
    assert await failed(stage) == []


async def test_buttons_that_were_never_sent_or_are_of_what_is_gone_are_answered(
    stage: Stage,
) -> None:
    case, visitor = await opened(stage)
    gone = await stage.pool.fetchval(
        "UPDATE products SET is_active = false WHERE title = 'Puer' RETURNING id"
    )
    foreign = [b"buy:1" + b"0" * 40, b"order:1", b"gone:1", b"\xff\xfe", b"", b"product:\0"]
    with visitor.listening():
        visitor.start()
        await is_answered(visitor)
        menu = visitor.seen[0].entry.id
        for data in [*foreign, f"product:{gone}".encode(), f"buy:{gone}".encode()]:
            await visitor.press(Button(menu, repr(data), data))
            await visitor.until(lambda: True if visitor.has_news else None, f"a word on {data!r}")
        # Out of date, as of a question that was answered: nobody is blamed for a late press.
        for data in (f"{CANCEL}:1".encode(), f"{CHOOSE}:1.0".encode()):
            await visitor.press(Button(menu, repr(data), data))
            await visitor.until(lambda: True if visitor.has_news else None, f"a word on {data!r}")
    assert await count(stage, case, "button_pressed") == len(foreign) + 4
    made_up = await stage.pool.fetchval(
        "SELECT count(*) FROM outbox WHERE event = 'update_handled' "
        "AND props::jsonb -> 'made_up' = 'true'"
    )
    assert made_up == len([b"gone:1", b"\xff\xfe", b""])
    assert await failed(stage) == []


async def test_who_blocks_the_bot_is_counted_and_welcome_again(stage: Stage) -> None:
    case, visitor = await opened(stage)
    world = stage.telegram.world
    with visitor.listening():
        visitor.start()
        await is_answered(visitor)
        with world.change() as change:
            blocks.put(change, visitor.person, visitor.bot, stopped=True)

        async def is_blocked() -> bool:
            return await count(stage, case, "bot_blocked") == 1

        await until(is_blocked, "it is counted")
        with world.change() as change:
            blocks.put(change, visitor.person, visitor.bot, stopped=False)
        visitor.start()
        await is_answered(visitor)

    async def is_counted() -> bool:
        return await count(stage, case, "bot_unblocked", "bot_started") == 3

    await until(is_counted, "they are back")
    assert await failed(stage) == []

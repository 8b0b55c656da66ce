"""Questions and their answers, on their way through a worker, or through two."""

from collections.abc import Mapping
from typing import Any

import pytest

from bots.runtime import leases
from bots.sdk.answers import AnyAnswer, MessageAnswer, TextAnswer
from bots.sdk.dialogs import Dialogs
from bots.sdk.loading import EnabledModule
from bots.sdk.router import Router
from bots.sdk.updates import Message
from core.postgres import Pool
from tests.bots.runtime.dispatched import Bot, Notes, a_bot
from tests.bots.sdk.modules import NoteSettings, switched_on

pytestmark = pytest.mark.usefixtures("quiet")


def asking(kind: AnyAnswer = TextAnswer()) -> EnabledModule:
    """A module as a worker loads it anew."""
    router, dialogs = Router[NoteSettings](), Dialogs[NoteSettings]()

    @router.message
    async def message(context: Notes, update: Message) -> None:
        await context.ask("address", "Where to?", data={"said": update.text})

    @dialogs.ask("address", kind=kind)
    async def address(context: Notes, answer: object, data: Mapping[str, Any]) -> None:
        context.reply(f"{data['said']} to {answer}")

    return switched_on("a", router=router, dialogs=dialogs)


async def test_a_bot_changes_hands_in_mid_dialog(pool: Pool) -> None:
    async with a_bot(pool, [asking()]) as first:
        first.push("tea", first_id=1)
        await first.settle()
        assert first.texts == ["Where to?"]
        config = first.dispatcher.config
        async with pool.acquire() as connection:
            await leases.release(connection, first.lease)
            (lease,) = await leases.take(connection, "w2", limit=1)
        again = type(config)(config.bot, config.shop, (asking(),))
        second = Bot(pool, lease, again)
        first.push("stale street", first_id=2)  # the holder before is fenced
        second.push("Tverskaya 1", first_id=2)
        await second.settle()
        assert second.texts == ["tea to Tverskaya 1"]
        assert first.texts == ["Where to?"]
        assert await pool.fetchval("SELECT count(*) FROM dialogs") == 0
        await second.dispatcher.drain(5)


@pytest.mark.parametrize(
    ("kind", "counted"), [(TextAnswer(max_length=40), False), (MessageAnswer(), True)]
)
async def test_how_an_answer_reads_is_counted_of_letters_alone(
    pool: Pool, kind: AnyAnswer, counted: bool
) -> None:
    async with a_bot(pool, [asking(kind)]) as bot:
        bot.push("tea", "Tverskaya 1, see https://example.org")
        bot.push("coffee", "Tverskaya 1 " * 4, first_id=3)  # too long for one of them
        await bot.settle()
        rows = await pool.fetch(
            "SELECT props::jsonb ? 'likeness', (props::jsonb ->> 'link')::boolean FROM outbox "
            "WHERE event = 'message_received' ORDER BY pos"
        )
        asked, answer, again, other = map(tuple, rows)
        assert asked == again == (True, False)
        assert (answer, other) == ((counted, True), (counted, False))

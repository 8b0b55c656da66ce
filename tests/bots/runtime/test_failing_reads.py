"""A module's reading that fails takes nothing with it but what it would have offered, although
nothing that reads has a savepoint at first."""

from contextlib import suppress
from typing import Any

import pytest

from bots.sdk import updates as sdk
from bots.sdk.context import Context, Scope
from bots.sdk.loading import EnabledModule
from bots.sdk.offers import Offers
from bots.sdk.points import MenuEntry
from bots.sdk.reactions import Reactions
from bots.sdk.router import Router
from core.events import MESSAGE_RECEIVED, Event
from core.postgres import Pool
from tests.bots.runtime.dispatched import a_bot
from tests.bots.sdk.modules import NoteSettings, switched_on

Notes = Context[NoteSettings]
_COUNT = "SELECT count(*) FROM customers"
_IN_SAVEPOINT = """
UPDATE customers SET username = 'x' RETURNING CASE
    WHEN xmin::text::bigint = pg_current_xact_id()::text::bigint & 4294967295 THEN 'no' ELSE 'yes'
END
"""


def offering(key: str, sql: str, *, fails_in_python: bool = False) -> EnabledModule:
    offers = Offers[NoteSettings]()

    @offers.provide(MenuEntry)
    async def entry(scope: Scope[NoteSettings]) -> list[MenuEntry]:
        value = await scope.connection.fetchval(sql)
        if fails_in_python:
            raise RuntimeError("not for shoppers")
        return [MenuEntry(label=f"{key} {value}", action="buy")]

    return switched_on(key, offers=offers)


def listing(*, catching: bool = False, reaction: bool = False) -> EnabledModule:
    """Says what there is: in answer to a message, or in a reaction to its being counted."""
    router, reactions = Router[NoteSettings](), Reactions[NoteSettings]()

    async def say(scope: Scope[Any]) -> str:
        return ", ".join(offer.label for offer in await scope.offered(MenuEntry)) or "nothing"

    @router.message
    async def answer(context: Notes, _: sdk.Message) -> None:
        if reaction:
            return
        await context.connection.execute("UPDATE shops SET name = name || '+'")
        with suppress(Exception if catching else KeyError):
            context.reply(await say(context))

    @reactions.on(MESSAGE_RECEIVED)
    async def react(scope: Scope[NoteSettings], _: Event) -> None:
        if reaction:
            await scope.send_durably("listed", await say(scope), "1")

    return switched_on("listing", router=router, reactions=reactions)


GOOD, BAD_SQL = offering("good", _COUNT), offering("bad", "SELECT 1 / 0")
BAD_PYTHON = offering("worse", _COUNT, fails_in_python=True)


@pytest.mark.parametrize("catching", [False, True])
@pytest.mark.parametrize(
    ("modules", "said"),
    [
        ([GOOD], "good 1"),
        ([BAD_SQL, GOOD], "good 1"),
        ([GOOD, BAD_PYTHON], "good 1"),
        ([BAD_SQL, BAD_PYTHON], "nothing"),
    ],
    ids=["all_well", "sql", "python", "both"],
)
async def test_the_others_offers_are_shown_and_all_is_done_once(
    pool: Pool, modules: list[EnabledModule], said: str, catching: bool
) -> None:
    async with a_bot(pool, [listing(catching=catching), *modules]) as bot:
        name = bot.dispatcher.config.shop.name
        bot.push("hello")
        await bot.settle()
        assert bot.texts == [said]
        assert await bot.events() == ["message_received", "update_handled"]
        assert await pool.fetchval("SELECT name FROM shops") == f"{name}+"
        assert await pool.fetchval("SELECT outcome FROM outbox WHERE event = 'update_handled'") == (
            "ok"
        )


async def test_in_a_reaction_too(pool: Pool) -> None:
    async with a_bot(pool, [listing(reaction=True), BAD_SQL, GOOD]) as bot:
        bot.push("hello")
        await bot.settle()
        message = await pool.fetchval("SELECT message FROM outgoing")
        assert message["text"]["plain"] == "good 1"
        assert (await bot.events()).count("message_received") == 1


async def test_what_goes_well_needs_no_savepoint(pool: Pool) -> None:
    offers = Offers[NoteSettings]()

    @offers.provide(MenuEntry)
    async def entry(scope: Scope[NoteSettings]) -> list[MenuEntry]:
        """A row's own transaction is the savepoint's if there is one."""
        return [MenuEntry(label=await scope.connection.fetchval(_IN_SAVEPOINT), action="buy")]

    async with a_bot(pool, [listing(), switched_on("own", offers=offers)]) as bot:
        bot.push("hello")
        await bot.settle()
        assert bot.texts == ["no"]

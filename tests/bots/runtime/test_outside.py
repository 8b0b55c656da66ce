"""Who else uses a bot's token is noticed; the bot itself is not."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from pyrogram import raw

from bots.runtime import chores, others_messages, outside
from bots.runtime.cancelling import cancel_all
from bots.runtime.others_messages import OthersMessages
from core.shop import bot_profiles, bots
from core.shop.bots import Bot
from simulator.world.accounts import Account
from tests.bots.runtime.conftest import Stage, until
from tests.bots.runtime.difference import message
from tests.bots.runtime.test_commands import listed


@pytest.fixture(name="others")
def opened_long_ago(monkeypatch: pytest.MonkeyPatch) -> OthersMessages:
    monkeypatch.setattr(OthersMessages, "margin_seconds", -3600.0)
    monkeypatch.setattr(OthersMessages, "settles_seconds", 0.0)
    return OthersMessages()


def now() -> int:
    """When it is called: tests may run long after they were collected."""
    return int(time.time())


def told(number: int, **values: object) -> raw.types.UpdateNewMessage:
    said = message(number, **({"out": True, "date": now()} | values))
    return raw.types.UpdateNewMessage(message=said, pts=number, pts_count=1)


def sent(number: int) -> raw.types.UpdateShortSentMessage:
    return raw.types.UpdateShortSentMessage(id=number, pts=number, pts_count=1, date=now())


def test_a_message_that_we_did_not_send_is_counted_once(others: OthersMessages) -> None:
    others.answered(sent(1))
    for update in (told(1), told(2), told(2), told(3, out=False)):
        others.seen(update)
    assert (others.settled(), others.settled()) == (1, 0)


def test_an_answer_may_be_read_after_the_difference(others: OthersMessages) -> None:
    others.seen(told(1))
    others.answered(sent(1))
    others.seen(told(2))
    others.answered(raw.types.Updates(updates=[told(2)], users=[], chats=[], date=now(), seq=0))
    assert others.settled() == 0


@pytest.mark.parametrize(
    "values",
    [
        {"date": now() - 7200},  # of the session before
        {"peer_id": raw.types.PeerChannel(channel_id=5)},
    ],
)
def test_what_may_be_our_own_is_not_counted(
    others: OthersMessages, values: dict[str, object]
) -> None:
    others.seen(told(1, **values))
    assert others.settled() == 0


def broadcast(others: OthersMessages, numbers: Iterable[int]) -> None:
    for number in numbers:
        others.answered(sent(number))


def test_the_difference_may_be_minutes_behind_a_broadcast(others: OthersMessages) -> None:
    broadcast(others, range(2, 10_000))
    for number in (1, 2, 9_999):
        others.seen(told(number))
    assert others.settled() == 1


@pytest.mark.parametrize(("name", "value"), [("seconds", -1.0), ("most", 3)])
def test_what_may_have_been_forgotten_is_not_suspected(
    others: OthersMessages, monkeypatch: pytest.MonkeyPatch, name: str, value: float
) -> None:
    if name == "most":
        monkeypatch.setattr(others_messages, "_MOST_OWN", value)
    else:
        others.remembers_seconds = value
    post = message(900_000, peer_id=raw.types.PeerChannel(channel_id=5))
    posted: list[Any] = [
        raw.types.UpdateMessageID(id=post.id, random_id=1),
        raw.types.UpdateNewChannelMessage(message=post, pts=1, pts_count=1),
    ]
    others.answered(raw.types.Updates(updates=posted, users=[], chats=[], date=now(), seq=0))
    broadcast(others, range(1, 21))
    for number in (1, 20, 21):
        others.seen(told(number))
    assert others.settled() == 1


def test_a_long_outage_is_in_doubt_from_its_beginning(others: OthersMessages) -> None:
    others.margin_seconds = 60.0
    for second in range(3000):
        others.unanswered(time.time() - 3000 + second)
    others.seen(told(1, date=now() - 2990))
    assert others.settled() == 0


def test_while_an_answer_is_missing_nobody_is_suspected(others: OthersMessages) -> None:
    others.margin_seconds = 60.0
    others.unanswered(time.time() - 10)
    others.seen(told(1))
    assert others.settled() == 0


def test_what_was_not_read_before_has_not_changed() -> None:
    new: bot_profiles.Profile = {"name": "Tea", "about": "New"}
    assert bot_profiles.changed(None, new) == []
    assert bot_profiles.changed({"name": "Tea"}, new) == []
    assert bot_profiles.changed({"name": "Tea", "about": ""}, new) == ["about"]


async def once_failing(
    watching: Callable[[Any], Awaitable[None]], monkeypatch: pytest.MonkeyPatch, target: str
) -> list[float]:
    """When `target` was called by what watches a bot; the first call fails in an unknown way."""
    times: list[float] = []

    async def look(*_: object) -> None:
        times.append(time.monotonic())
        if len(times) == 1:
            raise ValueError("not thought of")

    async def is_called_again() -> bool:
        return len(times) > 1 or task.done()

    monkeypatch.setattr(target, look)
    stream = SimpleNamespace(others=OthersMessages())
    dispatcher = SimpleNamespace(stream=stream, config=object(), hear_jobs=asyncio.Event)
    task = asyncio.ensure_future(watching(dispatcher))
    try:
        await until(is_called_again, "it is tried again")
        assert not task.done(), task
    finally:
        await cancel_all((task,))
    return times


@pytest.mark.usefixtures("quiet")
async def test_an_unknown_error_ends_no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    unused: Any = SimpleNamespace(bot_id=1)
    for name, seconds in (("LOOK_SECONDS", 0.01), ("FIRST_SECONDS", 0.0), ("RETRY_SECONDS", 0.02)):
        monkeypatch.setattr(outside, name, seconds)
    monkeypatch.setattr(chores, "_COMMANDS_SECONDS", 0.02)
    for watching, target in (
        (
            lambda dispatcher: outside.watch(unused, unused, unused, dispatcher, unused),
            "bots.runtime.outside.look_at_profile",
        ),
        (
            lambda dispatcher: chores.keep_commands(unused, unused, unused, dispatcher),
            "bots.runtime.chores.set_commands",
        ),
    ):
        assert len(await once_failing(watching, monkeypatch, target)) == 2


@dataclass
class Watched:
    """A bot whose worker looks often, and somebody who writes to it."""

    stage: Stage
    bot: Bot
    anna: Account

    async def answers(self, times: int) -> None:
        async def has_come() -> bool:
            return len(self.stage.telegram.heard(self.anna, self.bot)) >= times

        self.stage.telegram.say(self.anna, self.bot, "/start")
        await until(has_come, f"answer {times}")

    async def is_read(self, times: int) -> None:
        calls = self.stage.telegram.world.calls
        enough = calls["users.getFullUser"] + times

        async def are_made() -> bool:
            return calls["users.getFullUser"] >= enough

        await until(are_made, "the bot's profile is read")

    async def loses_a_module(self) -> None:
        async with self.stage.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "UPDATE bot_modules SET enabled = false WHERE bot_id = $1 AND module = 'catalogue'",
                self.bot.id,
            )
            await bots.announce(connection, self.bot.id)

    async def told(self) -> set[str]:
        rows = await self.stage.pool.fetch(
            "SELECT reason FROM bot_notices WHERE kind = 'bot_used_elsewhere'"
        )
        return {row["reason"] for row in rows}


@pytest.fixture(name="watched")
async def watched_bot(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Watched:
    for name, seconds in (("LOOK_SECONDS", 0.05), ("FIRST_SECONDS", 0.0), ("READ_SECONDS", 0.1)):
        monkeypatch.setattr(outside, name, seconds)
    monkeypatch.setattr(outside, "RETRY_SECONDS", 0.1)
    monkeypatch.setattr(OthersMessages, "settles_seconds", 0.3)
    monkeypatch.setattr(OthersMessages, "margin_seconds", -1.0)
    bot = await stage.bot(modules=["menu", "catalogue"])
    return Watched(stage, bot, stage.telegram.person())


@pytest.mark.usefixtures("quiet")
async def test_only_a_thief_is_told_of(stage: Stage, watched: Watched) -> None:
    """Not the bot's own answers and commands, and not those of the worker before."""
    bot, ask = watched.bot, stage.telegram.ask
    async with stage.working("w1"):
        await stage.runs(bot)
        await watched.answers(1)
        await watched.is_read(2)
        await watched.loses_a_module()
        await watched.is_read(2)
    async with stage.working("w2"):
        await stage.runs(bot)
        await ask("lose_updates", account=bot.id)  # a difference with its own messages
        await watched.answers(2)
        await watched.is_read(4)
        assert await watched.told() == set()
        await ask("use_token", bot=bot.id, person=watched.anna.id, name="Tee", commands=["prize"])

        async def all_is_told() -> bool:
            return await watched.told() == {"message", "name", "commands"}

        async def are_back() -> bool:
            return await listed(stage, bot.id) == ["menu"]

        await until(all_is_told, "the owner is told of all three")
        await until(are_back, "the bot's commands are back")
        await watched.is_read(2)
        assert await stage.pool.fetchval("SELECT max(times) FROM bot_notices") == 1
        assert await stage.count("bot_used_elsewhere") == 3


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("scope", ["everybody", "private"])
async def test_commands_in_one_language_are_taken_back(
    stage: Stage, watched: Watched, scope: str
) -> None:
    """Also if Telegram refuses that once."""
    bot, ask = watched.bot, stage.telegram.ask

    async def are_ours() -> bool:
        return await listed(stage, bot.id) == ["menu", "catalogue"]

    async def are_back() -> bool:
        return await watched.told() == {"commands"} and await are_ours()

    async with stage.working():
        await stage.runs(bot)
        await watched.is_read(2)
        assert await are_ours()
        await ask("refuse", method="bots.setBotCommands", code=420, error="FLOOD_WAIT_1")
        await ask("use_token", bot=bot.id, commands=["prize"], scope=scope, language="en")
        assert await listed(stage, bot.id) == ["prize"]
        await until(are_back, "the owner is told, and the commands are back")

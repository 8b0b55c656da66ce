"""Channels and supergroups have their own update counts: gaps are noticed and filled."""

from typing import Any

import pytest
from pyrogram import raw
from pyrogram.errors import ChannelPrivate

from bots.runtime.channels import Channels, stretch_of
from bots.runtime.watermark import InFlight
from core.shop.bots import Bot
from simulator.world import channel_box, channels, members
from simulator.world.mailbox import Content
from tests.bots.runtime.conftest import Stage, until
from tests.bots.runtime.difference import Telegram as Account
from tests.bots.runtime.difference import message, open_stream, pushed

CHANNEL = 77
PEER = raw.types.PeerChannel(channel_id=CHANNEL)


def post(pts: int, number: int | None = None) -> raw.types.UpdateNewChannelMessage:
    return raw.types.UpdateNewChannelMessage(
        message=message(number or pts, peer_id=PEER), pts=pts, pts_count=1
    )


def part(numbers: list[int], pts: int, *, final: bool = True) -> Any:
    return raw.types.updates.ChannelDifference(
        pts=pts,
        new_messages=[message(number, peer_id=PEER) for number in numbers],
        other_updates=[],
        chats=[],
        users=[],
        final=final,
    )


class Telegram:
    """Answers `getChannelDifference` with what the test says, and notes from where was asked."""

    def __init__(self, *answers: Any) -> None:
        self.asked: list[int] = []
        self.missed: list[tuple[int, InFlight]] = []
        self._answers = iter(answers)
        self.channels = Channels(self._call, self._note)

    async def _call(self, query: Any) -> Any:
        assert query.channel.channel_id == CHANNEL
        self.asked.append(query.pts)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _note(
        self, update: Any, _part: object, channel_id: int, update_in_flight: InFlight
    ) -> None:
        assert channel_id == CHANNEL
        self.missed.append((update.message.id, update_in_flight))

    def hear(self, update: raw.types.UpdateNewChannelMessage) -> None:
        stretch = stretch_of(update)
        assert stretch is not None
        self.channels.cover(stretch, 0.0)

    async def asked_from(self, *pts: int) -> None:
        async def is_asked() -> bool:
            return self.asked == list(pts)

        await until(is_asked, f"asked from {pts}")


def test_what_is_in_a_channels_count() -> None:
    assert stretch_of(post(9)) == (CHANNEL, 8, 9)
    deleted = raw.types.UpdateDeleteChannelMessages(
        channel_id=CHANNEL, messages=[1, 2], pts=11, pts_count=2
    )
    assert stretch_of(deleted) == (CHANNEL, 9, 11)
    private = raw.types.UpdateNewMessage(message=message(1), pts=1, pts_count=1)
    assert stretch_of(private) is None
    assert stretch_of(raw.types.UpdateChannel(channel_id=CHANNEL)) is None


async def test_the_first_that_is_heard_of_a_channel_is_where_it_begins() -> None:
    telegram = Telegram()
    telegram.hear(post(500))
    assert (telegram.channels.unsaved(), telegram.asked) == (((CHANNEL, 500),), [])
    telegram.channels.saved([(CHANNEL, 500)])
    assert not telegram.channels.unsaved()


async def test_a_gap_is_fetched_part_by_part_and_holds_the_mark() -> None:
    telegram = Telegram(part([11], 11, final=False), part([12], 13))
    telegram.channels.begin([(CHANNEL, 10)])
    telegram.hear(post(13))
    assert not telegram.channels.unsaved()  # the mark stays where it is stored
    await telegram.asked_from(10, 11)

    async def is_filled() -> bool:
        return [number for number, _ in telegram.missed] == [11, 12]

    await until(is_filled, "both have come")
    for _, in_flight in telegram.missed[:1]:
        in_flight.is_finished = True
    assert telegram.channels.unsaved() == ((CHANNEL, 11),)
    assert telegram.channels.unsaved([(CHANNEL, telegram.missed[1][1])]) == ((CHANNEL, 13),)


async def test_after_a_reconnect_every_known_channel_is_asked_for() -> None:
    telegram = Telegram(raw.types.updates.ChannelDifferenceEmpty(pts=10, final=True))
    telegram.channels.begin([(CHANNEL, 10)])
    telegram.channels.fetch_all()
    await telegram.asked_from(10)
    assert not telegram.channels.unsaved()


async def test_a_channel_that_the_bot_has_left_is_forgotten() -> None:
    telegram = Telegram(ChannelPrivate())
    telegram.channels.begin([(CHANNEL, 10)])
    telegram.channels.fetch_all()
    await telegram.asked_from(10)
    telegram.hear(post(90))  # it is in again: no gap, but a new beginning
    assert telegram.channels.unsaved() == ((CHANNEL, 90),)


@pytest.mark.parametrize("pts", [None, 400])
async def test_what_telegram_no_longer_keeps_is_passed_over(pts: int | None) -> None:
    dialog = raw.types.Dialog(
        peer=PEER,
        top_message=1,
        read_inbox_max_id=0,
        read_outbox_max_id=0,
        unread_count=0,
        unread_mentions_count=0,
        unread_reactions_count=0,
        unread_poll_votes_count=0,
        notify_settings=raw.types.PeerNotifySettings(),
        pts=pts,
    )
    telegram = Telegram(
        raw.types.updates.ChannelDifferenceTooLong(
            dialog=dialog, messages=[], chats=[], users=[], final=True
        )
    )
    telegram.channels.begin([(CHANNEL, 10)])
    telegram.hear(post(300))

    async def is_passed() -> bool:
        return telegram.channels.unsaved() == ((CHANNEL, pts or 300),)

    await until(is_passed, "the mark has jumped")


async def test_the_intake_keeps_the_counts_apart() -> None:
    account = Account()
    stream = open_stream(account)
    stream.take(pushed(post(900)))
    position = stream.position()
    assert (position.pts, position.channels) == (10, ((CHANNEL, 900),))
    assert not stream.is_stored(position)
    stream.stored(position)
    assert stream.is_stored(stream.position())
    stream.close()


class Group:
    """A channel or a forum of the simulator with the bot in it, and what the bot has noted."""

    def __init__(self, stage: Stage, bot: Bot, *, forum: bool) -> None:
        self._stage = stage
        self._bot_id = bot.id
        world = stage.telegram.world
        self._owner = stage.telegram.person("Owner")
        with world.change() as change:
            account = world.account(bot.id)
            self._channel = members.found(
                change, self._owner, title="News", megagroup=forum, forum=forum
            )
            if forum:
                members.invite(change, self._owner, self._channel, account)
            else:
                rights = raw.types.ChatAdminRights(post_messages=True)
                members.promote(change, self._owner, self._channel, account, rights)

    def post(self, *texts: str) -> None:
        for text in texts:
            with self._stage.telegram.world.change() as change:
                channel_box.post(change, self._owner, self._channel, Content(text))

    async def asked(self) -> int:
        calls = (await self._stage.telegram.ask("stats"))["calls"]
        return int(calls.get("updates.getChannelDifference", 0))

    async def is_marked_to_the_end(self) -> bool:
        """As stored when the bot was let go."""
        mark = await self._stage.pool.fetchval(
            "SELECT pts FROM bot_update_states WHERE bot_id = $1 AND state_id = $2",
            self._bot_id,
            self._channel.id,
        )
        now, _ = channels.position(self._stage.telegram.world.db, self._channel.id)
        return bool(mark == now)

    async def asks(self, more_than: int) -> None:
        async def has_asked() -> bool:
            return await self.asked() > more_than

        await until(has_asked, "the channel's difference is asked for")


async def hears_all(stage: Stage, bot: Bot, number: int) -> None:
    """All that was sent to the bot before has come to it."""
    stage.telegram.say(stage.telegram.person(), bot, "/start")

    async def is_counted() -> bool:
        return await stage.count("bot_started") == number

    await until(is_counted, "the private message is handled")


async def test_a_channel_on_telegram_is_followed_over_losses_and_restarts(stage: Stage) -> None:
    bot = await stage.bot()
    async with stage.working():
        await stage.runs(bot)
        channel = Group(stage, bot, forum=False)
        channel.post("one", "two")
        await hears_all(stage, bot, 1)
    assert await channel.is_marked_to_the_end()
    asked = await channel.asked()
    channel.post("three", "four")
    async with stage.working():
        await channel.asks(more_than=asked)
        await stage.runs(bot)
        asked = await channel.asked()
        await stage.telegram.ask("lose_updates", account=bot.id, count=1)
        channel.post("five")  # it is told that there is too much to tell
        await channel.asks(more_than=asked)
        await hears_all(stage, bot, 2)
    assert await channel.is_marked_to_the_end()
    assert await stage.count("message_received") == 0  # a channel is no shopper


async def test_what_is_not_meant_for_the_bot_in_a_forum_is_passed_over(stage: Stage) -> None:
    bot = await stage.bot()
    async with stage.working():
        await stage.runs(bot)
        forum = Group(stage, bot, forum=True)
        forum.post("/help")
        await hears_all(stage, bot, 1)
        asked = await forum.asked()
        forum.post("to each other", "and again", "/help")
        await forum.asks(more_than=asked)
        await hears_all(stage, bot, 2)
    assert await forum.is_marked_to_the_end()
    assert await stage.count("message_received") == 0

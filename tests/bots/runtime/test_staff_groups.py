"""Staff's groups through the real client: bound by a code, told once each, moved, lost, found."""

from dataclasses import dataclass
from typing import Any

import pytest
from pyrogram import raw

from bots.sdk.context import Scope
from bots.sdk.loading import load
from bots.sdk.points import NeedsYou
from bots.sdk.reacting import acting
from core.modules import Modules
from core.shop import bots, fulfilment, orders, staff
from core.shop.bots import Bot
from simulator.clients.check import buy_once
from simulator.world import (
    channel_box,
    channels,
    gestures,
    group_box,
    group_members,
    groups,
    mailbox,
    members,
    topics,
)
from simulator.world.accounts import Account
from simulator.world.channels import Channel
from simulator.world.groups import Group
from simulator.world.mailbox import Content
from simulator.world.world import World
from tests.bots.runtime.conftest import Stage, until
from tests.factories import KEYS

pytestmark = pytest.mark.usefixtures("quiet")


@dataclass
class Chat:
    """A group in Telegram, as one of its people has it before them."""

    world: World
    place: Group | Channel
    person: Account
    topic: int | None = None

    @property
    def id(self) -> int:
        """As bots know it."""
        return -self.place.id if isinstance(self.place, Group) else -(10**12) - self.place.id

    def by(self, person: Account) -> "Chat":
        return Chat(self.world, self.place, person, self.topic)

    def say(self, text: str, reply_to: int | None = None) -> None:
        with self.world.change() as change:
            if isinstance(self.place, Group):
                content = Content(text, reply_to=reply_to)
                group_box.post(change, self.person, self.place, content)
            else:
                content = Content(text, reply_to=reply_to, top=self.topic)
                channel_box.post(change, self.person, self.place, content)

    def messages(self) -> list[Any]:
        """What bots wrote, the oldest first."""
        db = self.world.db
        found: list[Any] = (
            [e.message for e in mailbox.history(db, self.person.id, -self.place.id, limit=200)]
            if isinstance(self.place, Group)
            else [e.message for e in channel_box.history(db, self.place.id, limit=200)]
        )
        written = [each for each in reversed(found) if hasattr(each, "message")]
        return [each for each in written if self._is_by_bot(each)]

    def _is_by_bot(self, message: Any) -> bool:
        return self.world.account(message.from_id.user_id).is_bot

    def cards(self, order_no: int) -> list[Any]:
        return [
            each
            for each in self.messages()
            if each.message.startswith(f"Заказ № {order_no} ") and each.reply_markup
        ]

    async def press(self, message: Any, button: str) -> str:
        """Presses a button of an order's card; gives what is shown over the chat."""
        data = next(
            each.type.data
            for row in message.reply_markup.rows
            for each in row.buttons
            if each.type.data.decode().endswith(button)
        )
        return await self.press_data(message.id, data)

    async def press_data(self, message_id: int, data: bytes) -> str:
        answer = (
            await gestures.press(self.world, self.person, message_id, data)
            if isinstance(self.place, Group)
            else await gestures.press_in(self.world, self.person, self.place, message_id, data)
        )
        return answer.message or ""


def basic_group(stage: Stage, owner: Account, bot: Bot, *others: Account) -> Chat:
    world = stage.telegram.world
    with world.change() as change:
        people = [world.account(bot.id), *others]
        return Chat(world, group_members.found(change, owner, people, "Tea staff"), owner)


def forum(stage: Stage, owner: Account, bot: Bot, *others: Account) -> Chat:
    """A supergroup with topics; the person is in the topic "Orders"."""
    world = stage.telegram.world
    with world.change() as change:
        place = members.found(change, owner, title="Tea forum", megagroup=True, forum=True)
        for each in (world.account(bot.id), *others):
            members.invite(change, owner, place, each)
        action = raw.types.MessageActionTopicCreate(title="Orders", icon_color=1)
        topic = channel_box.announce(change, owner, place, action).message_id
        topics.add(change.db, place, owner.id, topic, action)
    return Chat(world, place, owner, topic)


def plain_supergroup(stage: Stage, owner: Account, bot: Bot, *others: Account) -> Chat:
    """One without topics."""
    world = stage.telegram.world
    with world.change() as change:
        place = members.found(change, owner, title="Tea supergroup", megagroup=True)
        for each in (world.account(bot.id), *others):
            members.invite(change, owner, place, each)
    return Chat(world, place, owner)


async def code_for(stage: Stage, bot: Bot) -> str:
    async with stage.pool.acquire() as connection, connection.transaction():
        return (await staff.create_code(connection, bot.id, "owner"))[0]


async def bound(stage: Stage, bot: Bot) -> list[staff.StaffChat]:
    async with stage.pool.acquire() as connection:
        return await staff.chats_of(connection, bot.id)


async def becomes(stage: Stage, bot: Bot, chat_id: int, trouble: str | None) -> None:
    """Waits until one group is bound, under this id and with this trouble."""

    async def is_so() -> bool:
        found = [(each.chat_id, each.trouble) for each in await bound(stage, bot)]
        return found == [(chat_id, trouble)]

    await until(is_so, f"the group is {chat_id}, trouble {trouble}")


async def bind(stage: Stage, chat: Chat, bot: Bot) -> None:
    chat.say(f"/staff@test_{bot.id}_bot {await code_for(stage, bot)}")

    async def is_bound() -> bool:
        return chat.id in [each.chat_id for each in await bound(stage, bot)]

    await until(is_bound, "the group is bound")


async def buy(stage: Stage, bot: Bot) -> int:
    """Somebody buys in the bot; the order's id."""
    bought = await buy_once(
        stage.telegram.address,
        stage.telegram.key,
        f"test_{bot.id}_bot",
        control_port=stage.telegram.control_port,
    )
    assert bought.order_id is not None
    return bought.order_id


async def has_card(chat: Chat, order_no: int) -> Any:
    async def found() -> list[Any]:
        return chat.cards(order_no)

    return (await until(found, f"order {order_no} is told in the group"))[0]


async def says(chat: Chat, words: str) -> None:
    async def said() -> bool:
        return any(words in each.message for each in chat.messages())

    await until(said, f"the bot says {words!r}")


async def test_two_groups_are_told_once_each_and_do_what_staff_may(stage: Stage) -> None:
    bot = await stage.bot()
    olga, boris, eve = (stage.telegram.person(name) for name in ("Olga", "Boris", "Eve"))
    await stage.worker()
    await stage.runs(bot)
    small = basic_group(stage, olga, bot, boris, eve)
    large = forum(stage, olga, bot, boris)
    foreign = basic_group(stage, eve, bot)
    code = await code_for(stage, bot)
    small.say(f"/staff {code}")
    await says(small, "Группа привязана")
    foreign.say(f"/staff {code}")  # used
    await says(foreign, "не действует")
    code = await code_for(stage, bot)
    await stage.pool.execute("UPDATE staff_codes SET expires_at = now() WHERE used_at IS NULL")
    large.say(f"/staff {code}")
    await says(large, "не действует")
    await bind(stage, large, bot)
    assert {(each.title, each.has_topics) for each in await bound(stage, bot)} == {
        ("Tea staff", False),
        ("Tea forum", True),
    }
    async with stage.pool.acquire() as connection:
        await staff.add_member(connection, bot.shop_id, boris.id, "Boris", added_by="owner")

    order_id = await buy(stage, bot)
    card, other = await has_card(small, 1), await has_card(large, 1)
    assert other.reply_to.reply_to_msg_id == large.topic
    assert "нельзя" in await small.by(eve).press(small.by(eve).cards(1)[0], ".processing")
    assert "нельзя" in await foreign.press_data(*await _foreign_card(foreign, bot, order_id))
    assert "Olga" in await small.press(card, ".processing")
    assert "Уже сделано" in await large.by(boris).press(other, ".processing")
    assert "Boris" in await large.by(boris).press(other, ".shipped")
    small.by(eve).say("/note 1 mine")
    small.by(boris).say("/note call first", reply_to=small.by(boris).cards(1)[0].id)
    await says(small, "Записано к заказу № 1")
    async with stage.pool.acquire() as connection:
        assert await fulfilment.note_of(connection, order_id) == "call first"
        assert (await orders.get(connection, order_id)).stage == "shipped"
    assert await _done(stage) == [
        ("Olga", "orders.processing"),
        ("Boris", "orders.shipped"),
        ("Boris", "orders.note"),
    ]
    assert [len(each.cards(1)) for each in (small, large, foreign)] == [1, 1, 1]
    assert await stage.pool.fetchval("SELECT count(*) FROM customers") == 1  # who bought


async def test_a_supergroup_without_topics_is_told_in_the_group_itself(stage: Stage) -> None:
    bot = await stage.bot()
    olga, boris = stage.telegram.person("Olga"), stage.telegram.person("Boris")
    await stage.worker()
    await stage.runs(bot)
    chat = plain_supergroup(stage, olga, bot, boris)
    await bind(stage, chat, bot)
    (found,) = await bound(stage, bot)
    assert (found.chat_id, found.title, found.has_topics) == (chat.id, "Tea supergroup", False)
    chat.say("/topic orders")  # there are none to choose
    order_id = await buy(stage, bot)
    card = await has_card(chat, 1)
    assert card.reply_to is None
    assert "нельзя" in await chat.by(boris).press(card, ".processing")
    assert "Olga" in await chat.press(card, ".processing")
    chat.say("/note call first", reply_to=card.id)
    await says(chat, "Записано к заказу № 1")
    async with stage.pool.acquire() as connection:
        assert await fulfilment.note_of(connection, order_id) == "call first"
    assert len(chat.cards(1)) == 1


async def _done(stage: Stage) -> list[tuple[str, str]]:
    rows = await stage.pool.fetch(
        "SELECT actor, action FROM staff_actions WHERE subject LIKE 'order:%' ORDER BY id"
    )
    return [(row["actor"], row["action"]) for row in rows]


async def _foreign_card(foreign: Chat, bot: Bot, order_id: int) -> tuple[int, bytes]:
    """A message of the bot's in a group that is not bound, with an order's button under it."""
    data = f"staff_order:{order_id}.shipped".encode()
    button = raw.types.KeyboardInlineButton(
        text="x", type=raw.types.InlineButtonTypeCallback(data=data)
    )
    markup = raw.types.ReplyInlineMarkup(rows=[raw.types.KeyboardInlineButtonRow(buttons=[button])])
    with foreign.world.change() as change:
        content = Content("Заказ № 1 forged", markup=markup)
        assert isinstance(foreign.place, Group)
        group_box.post(change, foreign.world.account(bot.id), foreign.place, content)
    return foreign.cards(1)[0].id, data


async def test_a_group_that_moves_or_loses_the_bot(stage: Stage) -> None:
    bot = await stage.bot()
    olga = stage.telegram.person("Olga")
    world = stage.telegram.world
    async with stage.working("w1"):
        await stage.runs(bot)
        group = basic_group(stage, olga, bot)
        await bind(stage, group, bot)
        await buy(stage, bot)
        await has_card(group, 1)
    assert isinstance(group.place, Group)
    with world.change() as change:  # while nobody runs the bot
        supergroup = group_members.migrate(change, olga, group.place)
    moved = Chat(world, channels.by_id(world.db, supergroup.id), olga)
    async with stage.working("w2"):
        await becomes(stage, bot, moved.id, None)
        order_id = await buy(stage, bot)
        card = await has_card(moved, 2)
        assert "Olga" in await group.press(group.cards(1)[0], ".shipped")  # an old button
        await moved.press(card, "staff_refund:" + str(order_id))
        await says(moved, "Вернуть все деньги по заказу № 2")
        with world.change() as change:
            members.ban(change, olga, supergroup, world.account(bot.id), banned=True)
        await becomes(stage, bot, moved.id, staff.REMOVED)
        assert await needs_you(stage, bot) == ["staff_groups"]
        await buy(stage, bot)
        with world.change() as change:
            members.ban(change, olga, supergroup, world.account(bot.id), banned=False)
            members.invite(change, olga, supergroup, world.account(bot.id))
        await becomes(stage, bot, moved.id, None)
        assert await needs_you(stage, bot) == []
        await buy(stage, bot)
        await has_card(moved, 4)
        await until(lambda: all_are_sent(stage), "what the group has is noted as sent")
    told = await stage.pool.fetch(
        "SELECT chat_id, state FROM outgoing WHERE purpose = 'staff_order' ORDER BY id"
    )
    assert [tuple(row) for row in told] == [
        (group.id, "sent"),
        (moved.id, "sent"),
        (moved.id, "sent"),
    ]
    assert (len(group.cards(1)), len(moved.cards(4)), moved.cards(3)) == (1, 1, [])


async def all_are_sent(stage: Stage) -> bool:
    return bool(
        await stage.pool.fetchval(
            "SELECT NOT EXISTS (SELECT FROM outgoing WHERE state = 'pending' "
            "AND purpose = 'staff_order')"
        )
    )


async def needs_you(stage: Stage, bot: Bot) -> list[str]:
    """What the owner is told of the bot's modules."""
    async with stage.pool.acquire() as connection, connection.transaction():
        async with acting(connection, load(Modules.discover()), bot.id, KEYS) as transaction:
            scope: Any = Scope(transaction, transaction.enabled[0])
            return [each.kind for each in await scope.offered(NeedsYou)]


async def test_what_waits_for_a_group_that_moves_goes_there_once(stage: Stage) -> None:
    """An order is paid after Telegram has moved the group and before the bot hears of it; then the
    bot changes hands, and its topic is gone."""
    bot = await stage.bot()
    olga = stage.telegram.person("Olga")
    world = stage.telegram.world
    async with stage.working("w1"):
        await stage.runs(bot)
        group = basic_group(stage, olga, bot)
        await bind(stage, group, bot)
    assert isinstance(group.place, Group)
    with world.change() as change:
        supergroup = group_members.migrate(change, olga, group.place)
        change.db.execute("UPDATE channels SET forum = 1 WHERE id = ?", (supergroup.id,))
    moved = Chat(world, channels.by_id(world.db, supergroup.id), olga)
    async with stage.pool.acquire() as connection, connection.transaction():
        origin = await bots.origin_of(connection, bot.id)
        await connection.execute(
            "INSERT INTO outgoing (bot_id, chat_id, random_id, purpose, message, state, error) "
            "VALUES ($1, $2, 5, 'staff_order', $3, 'failed', 'PEER_ID_INVALID')",
            origin.bot_id,
            group.id,
            {"kind": "send_text", "text": {"plain": "refused there"}, "thread_id": None},
        )
        await connection.execute(
            "INSERT INTO outgoing (bot_id, chat_id, random_id, purpose, message) "
            "VALUES ($1, $2, 6, 'staff_order', $3)",
            origin.bot_id,
            moved.id,
            {"kind": "send_text", "text": {"plain": "of a topic"}, "thread_id": 999},
        )
    for name in ("w2", "w3"):
        async with stage.working(name):
            await stage.runs(bot)
            await says(moved, "refused there")
            await says(moved, "of a topic")
    texts = [each.message for each in moved.messages()]
    assert sorted(texts) == ["of a topic", "refused there"]
    assert groups.by_id(world.db, group.place.id).migrated_to == supergroup.id

"""The clerk of a demo shop, who answers questions in the staff's group, and gives the money of some
orders back."""

import asyncio
from collections.abc import Coroutine
from random import Random
from typing import Any

from pyrogram.raw import types

from simulator.crowd.options import CrowdOptions
from simulator.crowd.phone import callback_data
from simulator.demo import CLERK_NAME, DemoBot
from simulator.wire.rpc import RpcError
from simulator.world import accounts, gestures, group_box, groups
from simulator.world.channels import Status
from simulator.world.groups import GroupMember
from simulator.world.mailbox import Content
from simulator.world.world import Change, World

CLOSE, REFUND, YES = b"ticket_close:", b"staff_refund:", b".yes"
MARK = b"\x1f"  # that a bot may put behind a button's data
ANSWERS = (
    "Здравствуйте! Да, всё верно. Если что, пишите.",
    "Уточнили: доставим за два-три дня.",
    "Hello! Yes, we do. It takes about a week.",
    "Спасибо за вопрос! Да, конечно.",
)


def settle(change: Change, bot: DemoBot) -> None:
    """The staff's group of a demo bot, with its clerk; nothing if they are there."""
    if accounts.by_id(change.db, bot.clerk) is not None:
        return
    accounts.add_person(change.db, first_name=CLERK_NAME, language="ru", wished_id=bot.clerk)
    group = groups.add(change.db, f"{bot.name}: staff", bot.staff_group)
    for user, status in ((bot.clerk, Status.CREATOR), (bot.id, Status.MEMBER)):
        member = GroupMember(user, status, bot.clerk, group.created_at)
        groups.put_member(change.db, group.id, member)


class Clerk:
    """Receives what the bot writes in the group, and answers questions by replying to them."""

    def __init__(self, world: World, bot: DemoBot, options: CrowdOptions, random: Random) -> None:
        self._world = world
        self._bot = bot
        self._options = options
        self._random = random
        self._account = world.account(bot.clerk)
        self._answering: set[asyncio.Task[None]] = set()

    @property
    def id(self) -> int:
        return self._account.id

    def deliver(self, updates: types.Updates) -> None:
        for update in updates.updates:
            message = update.message if isinstance(update, types.UpdateNewMessage) else None
            if not isinstance(message, types.Message) or message.out:
                continue
            for data in callback_data(message.reply_markup):
                if data.startswith(CLOSE):
                    self._begin(self._answer(message.id, data))
                elif data.startswith(REFUND):
                    self._begin(self._give_back(message.id, data.rstrip(MARK)))

    def _begin(self, doing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(doing)
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, message_id: int, closing: bytes) -> None:
        await self._think()
        try:
            with self._world.change() as change:
                group = groups.by_id(change.db, self._bot.staff_group)
                words = Content(self._random.choice(ANSWERS), reply_to=message_id)
                group_box.post(change, self._account, group, words)
            if self._random.random() < self._options.clerk_closes_share:
                await self._think()
                await gestures.press(self._world, self._account, message_id, closing)
        except RpcError:
            return  # the bot is away, or the group is gone: the shopper waits

    async def _give_back(self, message_id: int, data: bytes) -> None:
        """What a wallet or Stars have paid is back at once; the rest waits for the owner."""
        if self._random.random() >= self._options.clerk_refunds_share:
            return
        try:
            for pressed in (data, data + YES):
                await self._think()
                await gestures.press(self._world, self._account, message_id, pressed)
        except RpcError:
            return  # the bot is away, or the card is gone

    async def _think(self) -> None:
        await asyncio.sleep(self._random.expovariate(1 / self._options.clerk_seconds))

    def leave(self) -> None:
        """Ends what has begun."""
        for task in self._answering:
            task.cancel()

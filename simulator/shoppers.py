"""Scripted shoppers: they act on the world as Telegram's users do, and follow what the bot shows.

A shopper relies on callback data only (`catalogue:`, `product:`, `buy:`), never on texts.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any, TypeVar

import structlog
from pyrogram.raw import types

from simulator import accounts, blocks, gestures, payments
from simulator.accounts import Account
from simulator.people import Intent, Persona, choose_intent, make_persona
from simulator.rpc import RpcError
from simulator.world import World

PATIENCE_SECONDS = 20.0
# How long people look at what they see before they act; the mean, with much variation.
THINKING_SECONDS = 0.8
# Share of visits paid by someone who has been there before.
RETURN_SHARE = 0.25
PEOPLE_REMEMBERED = 500
# No more visits at once than this: a bot that is away must not pile them up.
MAX_VISITS = 60

Found = TypeVar("Found")

log = structlog.get_logger()


class GaveUp(Exception):
    """The bot did not show what the shopper waited for."""


class Crowd:
    """The shoppers of all demo shops."""

    def __init__(self, world: World, seed: int, visitors_per_minute: float) -> None:
        self._world = world
        self._random = Random(seed)
        self._interval = 60.0 / visitors_per_minute
        self._visits: set[asyncio.Task[None]] = set()
        self._known: dict[int, deque[int]] = {}

    async def run(self, bot_ids: list[int]) -> None:
        """Let people come, at random moments, until cancelled."""
        try:
            async with asyncio.TaskGroup() as shops:
                for bot_id in bot_ids:
                    shops.create_task(self._visitors(bot_id))
        finally:
            for visit in self._visits:
                visit.cancel()
            await asyncio.gather(*self._visits, return_exceptions=True)

    async def _visitors(self, bot_id: int) -> None:
        bot = self._world.account(bot_id)
        known = _known_people(self._world.db, bot_id)
        self._known[bot_id] = deque(known, maxlen=PEOPLE_REMEMBERED)
        while True:
            await asyncio.sleep(self._random.expovariate(1 / self._interval))
            # Nobody comes to a shop that has never opened or is closed.
            if len(self._visits) < MAX_VISITS and self._world.is_listening(bot_id):
                visit = asyncio.create_task(self._visit(bot))
                self._visits.add(visit)
                visit.add_done_callback(self._visits.discard)

    async def _visit(self, bot: Account) -> None:
        person, source = self._someone(bot)
        intent = choose_intent(self._random)
        try:
            await Visitor(self._world, person, bot, self._random).visit(intent, source)
        except GaveUp as reason:
            log.debug("shopper_gave_up", person=person.id, bot=bot.id, reason=str(reason))
        except RpcError as error:
            log.debug("shopper_refused", person=person.id, bot=bot.id, error=str(error))
        except Exception:  # pylint: disable=broad-exception-caught  # one shopper, not the server
            log.exception("shopper_failed", person=person.id, bot=bot.id)

    def _someone(self, bot: Account) -> tuple[Account, str]:
        """Someone new with the code of their link, or someone known, without one."""
        known = self._known[bot.id]
        if known and self._random.random() < RETURN_SHARE:
            return self._world.account(self._random.choice(known)), ""
        persona = make_persona(self._random)
        person = _add(self._world, persona)
        known.append(person.id)
        return person, persona.source


def _known_people(db: sqlite3.Connection, bot_id: int) -> list[int]:
    """Who was here lately, in earlier runs, the latest last; people who sign in are left alone."""
    rows = db.execute(
        "SELECT peer FROM (SELECT peer, max(id) AS newest FROM messages WHERE box = ?1"
        " GROUP BY peer) JOIN accounts ON accounts.id = peer WHERE phone IS NULL"
        " ORDER BY newest DESC LIMIT ?2",
        (bot_id, PEOPLE_REMEMBERED),
    )
    return [int(peer) for (peer,) in reversed(rows.fetchall())]


def _add(world: World, persona: Persona) -> Account:
    with world.change() as change:
        return accounts.add_person(
            change.db,
            first_name=persona.first_name,
            last_name=persona.last_name,
            language=persona.language,
            premium=persona.premium,
        )


class Visitor:
    """One person during one visit; sees only what the bot sends or changes during it."""

    def __init__(self, world: World, person: Account, bot: Account, random: Random) -> None:
        self._world = world
        self._person = person
        self._bot = bot
        self._random = random
        self._shown: dict[int, types.Message] = {}
        self._news = asyncio.Event()

    def deliver(self, updates: types.Updates) -> None:
        for update in updates.updates:
            message = getattr(update, "message", None)
            if not isinstance(message, types.Message) or message.out:
                continue
            if isinstance(message.peer_id, types.PeerUser):
                if message.peer_id.user_id == self._bot.id:
                    # What was changed last is what the person looks at.
                    self._shown.pop(message.id, None)
                    self._shown[message.id] = message
                    self._news.set()

    async def visit(self, intent: Intent, source: str) -> None:
        """Raises GaveUp, RpcError."""
        self._world.listen(self._person.id, self)
        try:
            with self._world.change() as change:
                # Someone who had blocked the bot presses Restart.
                blocks.put(change, self._person, self._bot, stopped=False)
                gestures.start(change, self._person, self._bot, source)
            await self._shop(intent)
        finally:
            self._world.unlisten(self._person.id, self)

    async def _shop(self, intent: Intent) -> None:
        catalogue = await self._until("catalogue", lambda: self._buttons("catalogue"))
        if intent is Intent.BLOCK:
            await self._think()
            with self._world.change() as change:
                blocks.put(change, self._person, self._bot, stopped=True)
            return
        if intent is Intent.LOOK_IN:
            return
        await self._press(catalogue)
        products = await self._until("products", lambda: self._buttons("product:"))
        await self._press(products)
        buy = await self._until("product card", lambda: self._buttons("buy:"))
        if intent is Intent.WINDOW_SHOP:
            return
        await self._press(buy)
        invoice_id = await self._until("invoice", self._invoice)
        await self._think()
        invoice = payments.find_invoice(self._world.db, self._person, invoice_id)
        await payments.pay(self._world, self._person, invoice)

    async def _think(self) -> None:
        await asyncio.sleep(self._random.expovariate(1 / THINKING_SECONDS))

    async def _press(self, buttons: list[tuple[int, bytes]]) -> None:
        await self._think()
        message_id, data = self._random.choice(buttons)
        await gestures.press(self._world, self._person, message_id, data)

    async def _until(self, what: str, find: Callable[[], Found | None]) -> Found:
        """Raises GaveUp after PATIENCE_SECONDS."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (found := find()) is None:
                    self._news.clear()
                    await self._news.wait()
                return found
        except TimeoutError as error:
            raise GaveUp(f"no {what} within {PATIENCE_SECONDS:g} s") from error

    def _buttons(self, prefix: str) -> list[tuple[int, bytes]] | None:
        """Buttons with such callback data in the message changed last that has any."""
        for message in reversed(self._shown.values()):
            found = [
                (message.id, data)
                for data in _callback_data(message.reply_markup)
                if data.startswith(prefix.encode())
            ]
            if found:
                return found
        return None

    def _invoice(self) -> int | None:
        for message in reversed(self._shown.values()):
            media = message.media
            if isinstance(media, types.MessageMediaInvoice) and media.receipt_msg_id is None:
                return message.id
        return None


def _callback_data(markup: Any) -> list[bytes]:
    if not isinstance(markup, types.ReplyInlineMarkup):
        return []
    buttons = (button.type for row in markup.rows for button in row.buttons)
    return [
        bytes(each.data) for each in buttons if isinstance(each, types.InlineButtonTypeCallback)
    ]

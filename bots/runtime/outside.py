"""Whether somebody else uses the bot's token: what is said in its name, and what it says of itself.

Of a bot that only observes another program answers, so nothing about it is unusual.
"""

import asyncio
import time
from random import uniform
from typing import Any

import structlog
from pyrogram import raw
from pyrogram.errors import RPCError

from bots.runtime import leases
from bots.runtime.client import BotClient
from bots.runtime.commands import AGAIN, are_listed, are_told, note_told, set_commands
from bots.runtime.dispatch import Dispatcher
from bots.runtime.leases import Lease, LeaseLost
from bots.runtime.outage import AWAY
from bots.runtime.sending import OutgoingSender
from core.events import BOT_USED_ELSEWHERE, NOBODY, Event, emit
from core.postgres import Pool
from core.shop import bot_profiles, notices
from core.shop.bot_profiles import Part
from core.shop.notices import Notice

log = structlog.get_logger()

LOOK_SECONDS = 15.0  # at messages; costs no call
FIRST_SECONDS = 60.0  # until what the bot says of itself is read, up to twice as long
RETRY_SECONDS = 120.0  # after one that failed, up to twice as long; doubled if it fails again
READ_SECONDS = 6 * 3600.0  # between two readings, up to a quarter longer


async def watch(
    pool: Pool, lease: Lease, client: BotClient, dispatcher: Dispatcher, sender: OutgoingSender
) -> None:
    """Until cancelled; raises LeaseLost."""
    read_at = time.monotonic() + FIRST_SECONDS * uniform(1, 2)
    retry_after = RETRY_SECONDS
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        config = dispatcher.config
        found = dispatcher.stream.others.settled()
        if found and not config.is_observed:
            log.warning("somebody else writes in the bot's name", bot_id=lease.bot_id, count=found)
            sender.note(_used("message", found))
            sender.tell_owner(Notice("bot_used_elsewhere", "message", times=found))
        if time.monotonic() < read_at:
            continue
        try:
            await look_at_profile(pool, lease, client, dispatcher)
        except LeaseLost:
            raise
        except Exception as error:  # pylint: disable=broad-exception-caught  # the bot runs on
            log.warning(
                "the bot's profile was not read, or its commands not set",
                bot_id=lease.bot_id,
                error=repr(error),
                exc_info=not isinstance(error, (RPCError, *AWAY)),
            )
            read_at = time.monotonic() + retry_after * uniform(1, 2)
            retry_after = min(2 * retry_after, READ_SECONDS)
        else:
            read_at = time.monotonic() + READ_SECONDS * uniform(1, 1.25)
            retry_after = RETRY_SECONDS


async def look_at_profile(
    pool: Pool, lease: Lease, client: BotClient, dispatcher: Dispatcher
) -> list[Part]:
    """Sets what the bot says of itself against what it said the last time, and its commands against
    those that we have set; tells the owner what somebody has changed. The commands are set again,
    also those that could not be set before.

    Raises like `client.call`, or LeaseLost.
    """
    config = dispatcher.config
    now = None if config.is_observed else await _profile(client)
    async with pool.acquire() as connection:
        is_told = await are_told(connection, config)
    is_replaced = is_told and not await are_listed(client, config)
    async with pool.acquire() as connection, connection.transaction():
        await leases.check(connection, lease)
        before = await bot_profiles.read_before(connection, lease.bot_id)
        await bot_profiles.keep(connection, lease.bot_id, now)
        changed = bot_profiles.changed(before, now) if now is not None else []
        if is_replaced and dispatcher.config is config:  # else we may be changing them ourselves
            changed.append("commands")
            await note_told(connection, lease.bot_id, AGAIN)
        for part in changed:
            await notices.leave(connection, lease.bot_id, Notice("bot_used_elsewhere", part))
        if changed:
            await emit(connection, config.origin, NOBODY, [_used(part, 1) for part in changed])
    if changed:
        log.warning("somebody has changed the bot", bot_id=lease.bot_id, what=changed)
    await set_commands(pool, lease, client, dispatcher)
    return changed


def _used(what: str, count: int) -> Event:
    return Event(BOT_USED_ELSEWHERE, quantity=count, props={"what": what})


async def _profile(client: BotClient) -> dict[Part, str]:
    answer = await client.call(raw.functions.users.GetFullUser(id=raw.types.InputUserSelf()))
    full, user = answer.full_user, answer.users[0]
    bot = full.bot_info
    return {
        "name": " ".join(filter(None, (user.first_name, user.last_name))),
        "username": user.username or "",
        "about": full.about or "",
        "description": getattr(bot, "description", None) or "",
        "menu": _menu(getattr(bot, "menu_button", None)),
    }


def _menu(button: Any) -> str:
    match button:
        case raw.types.BotMenuButton(text=text, url=url):
            return f"{text} {url}"
        case raw.types.BotMenuButtonCommands():
            return "commands"
        case _:
            return ""

"""A host's tasks besides handling updates, each until its bot stops."""

import asyncio

import structlog
from pyrogram.errors import RPCError

from bots.runtime import outside
from bots.runtime.bot_config import BotConfig
from bots.runtime.client import BotClient
from bots.runtime.commands import set_commands
from bots.runtime.dispatch import Dispatcher
from bots.runtime.fetching import fetch_wanted
from bots.runtime.jobs import JobRunner
from bots.runtime.leases import Lease, LeaseLost
from bots.runtime.outage import AWAY
from bots.runtime.photo import keep_photo
from bots.runtime.sending import OutgoingSender
from core.postgres import Pool

log = structlog.get_logger()

_PHOTO_SECONDS = 20.0
_COMMANDS_SECONDS = 60.0  # until what Telegram refused is tried again


async def book_late(dispatcher: Dispatcher) -> None:
    """Offers payments that nobody has booked to the modules again."""
    try:
        await dispatcher.book_late()
    except LeaseLost:
        dispatcher.lost.set()


async def deliver(sender: OutgoingSender, dispatcher: Dispatcher) -> None:
    """Sends durable messages; an observed bot sends nothing."""
    try:
        if dispatcher.config.is_observed:
            await sender.keep_writing()
        else:
            await sender.run()
    except LeaseLost:
        dispatcher.lost.set()


async def keep_photo_behind(pool: Pool, lease: Lease, client: BotClient) -> None:
    """Fetches the bot's photo for the panel; the bot also runs without it. Never returns."""
    try:
        async with asyncio.timeout(_PHOTO_SECONDS):
            await keep_photo(pool, lease, client)
    except Exception as error:  # pylint: disable=broad-exception-caught  # only a photo
        log.info("no photo of the bot", bot_id=lease.bot_id, error=repr(error))
    await asyncio.Event().wait()


async def run_jobs(runner: JobRunner, dispatcher: Dispatcher) -> None:
    """Runs the jobs of the bot's modules; never returns."""
    try:
        await runner.run()
    except LeaseLost:
        dispatcher.lost.set()
    await asyncio.Event().wait()


async def keep_commands(
    pool: Pool, lease: Lease, client: BotClient, dispatcher: Dispatcher
) -> None:
    """Has Telegram list the commands of the modules that are on; never returns."""
    changed = dispatcher.hear_jobs()
    announced: BotConfig | None = None
    while True:
        changed.clear()
        seconds: float | None = None
        config = dispatcher.config
        try:
            if config is not announced:
                await set_commands(pool, lease, client, dispatcher)
                announced = config
        except LeaseLost:
            dispatcher.lost.set()
        except Exception as error:  # pylint: disable=broad-exception-caught  # only a list
            log.warning(
                "the bot's commands could not be set",
                bot_id=lease.bot_id,
                error=repr(error),
                exc_info=not isinstance(error, (RPCError, *AWAY)),
            )
            seconds = _COMMANDS_SECONDS
        try:
            async with asyncio.timeout(seconds):
                await changed.wait()
        except TimeoutError:
            pass


async def watch_outside(
    pool: Pool, lease: Lease, client: BotClient, dispatcher: Dispatcher, sender: OutgoingSender
) -> None:
    """Looks for whoever else uses the bot's token; never returns."""
    try:
        await outside.watch(pool, lease, client, dispatcher, sender)
    except LeaseLost:
        dispatcher.lost.set()
    await asyncio.Event().wait()


async def fetch_files(pool: Pool, lease: Lease, client: BotClient, dispatcher: Dispatcher) -> None:
    """Fetches what shoppers sent, when somebody wants it; never returns."""
    try:
        await fetch_wanted(pool, lease, client, dispatcher.hear_jobs())
    except LeaseLost:
        dispatcher.lost.set()
    await asyncio.Event().wait()

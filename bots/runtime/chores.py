"""What a host does beside handling updates, each until its bot stops."""

import asyncio

import structlog

from bots.runtime.client import BotClient
from bots.runtime.dispatch import Dispatcher
from bots.runtime.leases import Lease, LeaseLost
from bots.runtime.photo import keep_photo
from bots.runtime.sending import Outbox
from core.postgres import Pool

log = structlog.get_logger()

_PHOTO_SECONDS = 20.0


async def book_late(dispatcher: Dispatcher) -> None:
    """Offers payments that nobody has booked to the modules again."""
    try:
        await dispatcher.book_late()
    except LeaseLost:
        dispatcher.lost.set()


async def deliver(outbox: Outbox, dispatcher: Dispatcher) -> None:
    """Sends what must arrive; an observed bot sends nothing."""
    try:
        if dispatcher.tenancy.is_observed:
            await outbox.keep_writing()
        else:
            await outbox.run()
    except LeaseLost:
        dispatcher.lost.set()


async def keep_photo_behind(pool: Pool, lease: Lease, client: BotClient) -> None:
    """Fetches the bot's photo for the panel; without it the bot runs as well. Never returns."""
    try:
        async with asyncio.timeout(_PHOTO_SECONDS):
            await keep_photo(pool, lease, client)
    except Exception as error:  # pylint: disable=broad-exception-caught  # only a photo
        log.info("no photo of the bot", bot_id=lease.bot_id, error=repr(error))
    await asyncio.Event().wait()

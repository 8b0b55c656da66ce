"""Fetching files that shoppers sent, when somebody wants them: `core.shop.sent_files`."""

import asyncio
import io

import structlog
from pyrogram.errors import FloodWait, RPCError

from bots.runtime import leases
from bots.runtime.client import BotClient
from bots.runtime.leases import Lease
from bots.runtime.outage import AWAY
from core.postgres import Pool
from core.shop import sent_files
from core.shop.sent_files import SentFile

log = structlog.get_logger()

LONGEST_LOOK = 60.0  # seconds; whoever wants a file wakes the bot
FETCH_SECONDS = 120.0


async def fetch_wanted(pool: Pool, lease: Lease, client: BotClient, changed: asyncio.Event) -> None:
    """Fetches what is wanted of the bot, until cancelled; `changed` is set when there may be more.

    Raises LeaseLost.
    """
    while True:
        changed.clear()
        try:
            while await _fetch_next(pool, lease, client):
                pass
        except AWAY as error:
            log.warning("files that shoppers sent wait", bot_id=lease.bot_id, error=repr(error))
        try:
            async with asyncio.timeout(LONGEST_LOOK):
                await changed.wait()
        except TimeoutError:
            pass


async def _fetch_next(pool: Pool, lease: Lease, client: BotClient) -> bool:
    async with pool.acquire() as connection, connection.transaction():
        await leases.check(connection, lease)
        wanted = await sent_files.take_wanted(connection, [lease.bot_id])
    if wanted is None:
        return False
    content = await _content(client, wanted)
    async with pool.acquire() as connection, connection.transaction():
        await leases.check(connection, lease)
        if isinstance(content, str):
            log.warning("a file could not be fetched", bot_id=lease.bot_id, error=content)
            await sent_files.failed(connection, wanted, content)
        else:
            await sent_files.fetched(connection, wanted, io.BytesIO(content))
    return True


async def _content(client: BotClient, wanted: SentFile) -> bytes | str:
    """The content, or why it cannot be had now."""
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            return await client.fetch(wanted.file_id)
    except FloodWait:
        return "FLOOD_WAIT"
    except RPCError as error:
        return str(error.ID or error.CODE)
    except (OSError, ValueError) as error:  # TimeoutError among them
        return repr(error)

"""The bot's own photo, fetched once a session for the panel; small, about 160 × 160."""

from typing import Any

import structlog
from pyrogram import raw
from pyrogram.errors import RPCError
from pyrogram.file_id import FileId
from pyrogram.types import User

from bots.runtime import leases
from bots.runtime.client import BotClient
from bots.runtime.leases import Lease
from core.postgres import Pool
from core.shop import bots

log = structlog.get_logger()

_BYTES = 65_536  # upload.getFile takes multiples of 4 KiB; what is larger is no small photo
_ELSEWHERE = 303  # the file is in another data centre


async def keep_photo(pool: Pool, lease: Lease, client: BotClient) -> None:
    """Stores the photo unless it is known already; raises like `client.call`, or LeaseLost."""
    file = _file_of(client.me)
    async with pool.acquire() as connection:
        bot = await bots.get(connection, lease.bot_id)
    if (str(file.media_id) if file is not None else None) == bot.photo_id:
        return
    jpeg = await photo_of(client, client.me)
    if file is not None and not jpeg:
        log.info("a bot's photo is too large to keep", bot_id=lease.bot_id)
        return
    async with pool.acquire() as connection, connection.transaction():
        await leases.check(connection, lease)
        if file is not None and file.media_id is not None and jpeg:
            await bots.set_photo(connection, lease.bot_id, file.media_id, jpeg)
        else:
            await bots.drop_photo(connection, lease.bot_id)


async def photo_of(client: BotClient, me: User | None) -> bytes:
    """The bot's own, small; empty: it has none, or one that is too large. Raises like
    `client.call`."""
    file = _file_of(me)
    if me is None or me.photo is None or file is None:
        return b""
    jpeg = await _fetch(client, me.photo.small_file_id, file)
    return jpeg if len(jpeg) < _BYTES else b""


def _file_of(me: User | None) -> FileId | None:
    return FileId.decode(me.photo.small_file_id) if me is not None and me.photo else None


async def _fetch(client: BotClient, file_id: str, file: FileId) -> bytes:
    location = raw.types.InputPeerPhotoFileLocation(
        peer=raw.types.InputPeerSelf(), photo_id=file.media_id or 0
    )
    try:
        part = await client.call(
            raw.functions.upload.GetFile(location=location, offset=0, limit=_BYTES)
        )
    except RPCError as error:
        if error.CODE != _ELSEWHERE:
            raise
        # The library knows how to ask another data centre.
        downloaded: Any = await client.download_media(file_id, in_memory=True)
        return bytes(downloaded.getbuffer())
    return bytes(part.bytes)

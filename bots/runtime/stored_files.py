"""The shop's own files at Telegram: uploaded once for a bot, and named by their id from then on."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from pyrogram import raw

from bots.runtime.calls import InputMedia
from bots.runtime.media import by_id, of_telegram
from bots.runtime.received import content_of
from bots.sdk.replies import Media, StoredFile
from core.postgres import Pool
from core.shop import files
from core.shop.bots import Bot
from core.shop.files import File, SentAs

# Telegram takes parts of one size that divides 512 KiB: ours are 256 KiB (`files.PART_BYTES`).
# Beyond 10 MB a file is "big", and goes by another call.
_BIG_BYTES = 10 * 1024 * 1024
_PART_SECONDS = 30.0
_REMEMBERED = 1_000  # ids that a bot's worker has at hand, of some 100 bytes each

Call = Callable[..., Awaitable[Any]]  # the client's `call`


class StoredFiles:
    """Finds a bot's files at Telegram, and uploads what is not there yet, one after another."""

    def __init__(self, pool: Pool, bot: Bot, call: Call) -> None:
        self._pool = pool
        self._bot_id = bot.id
        self._shop_id = bot.shop_id
        self._call = call
        self._uploading = asyncio.Lock()
        self._ids: dict[tuple[str, SentAs], str] = {}

    async def media(self, media: Media, sent_as: SentAs, *, anew: bool = False) -> InputMedia:
        """A file as a message takes it; `anew`: Telegram does not know its id any more.

        Raises ValueError for a file that the shop does not have, and like the client's `call`.
        """
        if not isinstance(media, StoredFile):
            return await of_telegram(media)
        key = media.sha256, sent_as
        if anew:
            self._ids = {each: id_ for each, id_ in self._ids.items() if each[0] != media.sha256}
        elif known := self._ids.get(key):
            return by_id(known)
        async with self._uploading:  # another message may be uploading the same
            file_id = await self._find(media, sent_as, anew=anew) or await self._upload(
                media, sent_as
            )
            if len(self._ids) >= _REMEMBERED:
                self._ids.clear()
            self._ids[key] = file_id
        return by_id(file_id)

    async def _find(self, media: StoredFile, sent_as: SentAs, *, anew: bool) -> str | None:
        """The id of an earlier upload, by any worker."""
        async with self._pool.acquire() as connection:
            if anew:
                await files.forget_telegram_id(connection, self._bot_id, media.sha256)
            return await files.telegram_id(connection, self._bot_id, media.sha256, sent_as)

    async def _upload(self, media: StoredFile, sent_as: SentAs) -> str:
        async with self._pool.acquire() as connection:
            try:
                file = await files.get(connection, self._shop_id, media.sha256)
            except files.FileNotFound as error:
                raise ValueError(error.detail) from error
        uploaded = await self._upload_parts(file, media.name or file.file_name)
        answer = await self._call(
            raw.functions.messages.UploadMedia(
                peer=raw.types.InputPeerEmpty(),
                media=_as_photo(uploaded) if sent_as == "photo" else _as_document(file, uploaded),
            ),
            seconds=_PART_SECONDS,
        )
        found = content_of(answer).file
        if found is None:
            raise ValueError(f"Telegram made no file of {media.sha256}")
        async with self._pool.acquire() as connection:
            await files.remember_telegram_id(
                connection, self._bot_id, media.sha256, sent_as, found.file_id
            )
        return found.file_id

    async def _upload_parts(self, file: File, name: str) -> raw.base.InputFile:
        """Sends the content part by part, no connection to PostgreSQL being held meanwhile."""
        upload_id = int.from_bytes(bytes.fromhex(file.sha256)[:8], "big", signed=True)
        count = -(-file.size // files.PART_BYTES)
        is_big = file.size > _BIG_BYTES
        for number in range(count):
            async with self._pool.acquire() as connection:
                content = await files.part(connection, file.sha256, number)
            if content is None:
                raise ValueError(f"part {number} of {file.sha256} is missing")
            await self._call(
                _part(upload_id, number, count, content, is_big), seconds=_PART_SECONDS
            )
        name = name or f"{file.sha256[:12]}.{file.media_type.rsplit('/', 1)[-1]}"
        if is_big:
            return raw.types.InputFileBig(id=upload_id, parts=count, name=name)
        return raw.types.InputFile(id=upload_id, parts=count, name=name, md5_checksum="")


def _part(upload_id: int, number: int, count: int, content: bytes, is_big: bool) -> Any:
    if is_big:
        return raw.functions.upload.SaveBigFilePart(
            file_id=upload_id, file_part=number, file_total_parts=count, bytes=content
        )
    return raw.functions.upload.SaveFilePart(file_id=upload_id, file_part=number, bytes=content)


def _as_photo(uploaded: raw.base.InputFile) -> raw.base.InputMedia:
    return raw.types.InputMediaUploadedPhoto(file=uploaded)


def _as_document(file: File, uploaded: raw.base.InputFile) -> raw.base.InputMedia:
    name = getattr(uploaded, "name", "")
    return raw.types.InputMediaUploadedDocument(
        file=uploaded,
        mime_type=file.media_type,
        attributes=[raw.types.DocumentAttributeFilename(file_name=name)],
        force_file=True,
    )

"""A reply's files, in the form that Telegram accepts."""

from pyrogram import raw
from pyrogram.file_id import FileId, FileType

from bots.sdk.replies import LinkedFile, Media, TelegramFile


async def of_telegram(media: Media) -> raw.base.InputMedia:
    """A file that lies at Telegram, or that Telegram fetches itself.

    Raises ValueError for one that has to be uploaded first, or that is no file's id.
    """
    match media:
        case TelegramFile(file_id=file_id):
            return by_id(file_id)
        case LinkedFile(url=url):
            return raw.types.InputMediaPhotoExternal(url=url)
        case _:
            raise ValueError(f"{media.sha256} is not at Telegram")


def by_id(file_id: str) -> raw.base.InputMedia:
    """What Telegram's file id names; raises ValueError if it names no file."""
    try:
        file = FileId.decode(file_id)
    except Exception as error:
        raise ValueError("not one of Telegram's file ids") from error
    reference = file.file_reference or b""
    if file.file_type == FileType.PHOTO:
        photo = raw.types.InputPhoto(
            id=file.media_id or 0, access_hash=file.access_hash or 0, file_reference=reference
        )
        return raw.types.InputMediaPhoto(id=photo)
    document = raw.types.InputDocument(
        id=file.media_id or 0, access_hash=file.access_hash or 0, file_reference=reference
    )
    return raw.types.InputMediaDocument(id=document)

"""The content of a shopper's message in our types: files, contacts, places."""

from dataclasses import dataclass, replace

from pyrogram import raw
from pyrogram.file_id import FileId, FileType, ThumbnailSource

from bots.sdk.updates import Contact, FileKind, Location, MessageKind, ReceivedFile

_FILE_TYPES: dict[FileKind, FileType] = {
    "video": FileType.VIDEO,
    "voice": FileType.VOICE,
    "document": FileType.DOCUMENT,
}


def plain(text: str | None) -> str:
    """Without NUL, which no store holds; nobody can type it, but a client can send it."""
    return (text or "").replace("\0", "")


@dataclass(frozen=True, slots=True)
class Content:
    """What a message is, besides its text. Of a contact: `owner`, by Telegram's id, 0 if none."""

    kind: MessageKind
    file: ReceivedFile | None = None
    contact: Contact | None = None
    owner: int = 0
    location: Location | None = None

    def contact_for(self, chat_id: int) -> Contact | None:
        """The contact as this person sent it."""
        if self.contact is None:
            return None
        return replace(self.contact, is_own=self.owner == chat_id)


_TEXT = Content("text")


# pylint: disable-next=too-many-return-statements  # one for each kind of media
def content_of(media: raw.base.MessageMedia | None) -> Content:
    """What a message's media are."""
    match media:
        case None | raw.types.MessageMediaEmpty() | raw.types.MessageMediaWebPage():
            return _TEXT
        case raw.types.MessageMediaPhoto(photo=raw.types.Photo() as photo):
            return Content("photo", file=_photo(photo))
        case raw.types.MessageMediaPhoto():
            return Content("photo")
        case raw.types.MessageMediaDocument(document=raw.types.Document() as document):
            return _document(document)
        case raw.types.MessageMediaGeo(geo=raw.types.GeoPoint() as geo):
            return Content("location", location=Location(latitude=geo.lat, longitude=geo.long))
        case raw.types.MessageMediaVenue(geo=raw.types.GeoPoint() as geo):
            place = Location(
                latitude=geo.lat,
                longitude=geo.long,
                title=plain(media.title),
                address=plain(media.address),
            )
            return Content("location", location=place)
        case raw.types.MessageMediaContact():
            contact = Contact(
                phone=plain(media.phone_number),
                first_name=plain(media.first_name),
                last_name=plain(media.last_name),
            )
            return Content("contact", contact=contact, owner=media.user_id)
        case _:
            return Content("other")


def _photo(photo: raw.types.Photo) -> ReceivedFile:
    """The largest size of it."""
    largest, size = "", 0
    for each in photo.sizes:
        match each:
            case raw.types.PhotoSize():
                found = each.size
            case raw.types.PhotoSizeProgressive():
                found = max(each.sizes)
            case _:
                continue
        if found >= size:
            largest, size = each.type, found
    return ReceivedFile(
        kind="photo",
        file_id=_photo_id(photo, largest),
        unique_id=str(photo.id),
        size=size,
        media_type="image/jpeg",
    )


def _document(document: raw.types.Document) -> Content:
    kind: FileKind = "document"
    name = ""
    for attribute in document.attributes:
        match attribute:
            case raw.types.DocumentAttributeSticker():
                return Content("sticker")
            case raw.types.DocumentAttributeAudio(voice=True):
                kind = "voice"
            case raw.types.DocumentAttributeVideo():
                kind = "video"
            case raw.types.DocumentAttributeFilename():
                name = plain(attribute.file_name)
            case _:
                continue
    file = ReceivedFile(
        kind=kind,
        file_id=_document_id(kind, document),
        unique_id=str(document.id),
        size=document.size,
        name=name[:200],
        media_type=plain(document.mime_type)[:100],
    )
    return Content(kind, file=file)


def _photo_id(photo: raw.types.Photo, size: str) -> str:
    """Telegram's file id in the form that Kurigram reads again."""
    return str(
        FileId(
            file_type=FileType.PHOTO,
            dc_id=photo.dc_id,
            file_reference=photo.file_reference,
            media_id=photo.id,
            access_hash=photo.access_hash,
            thumbnail_source=ThumbnailSource.THUMBNAIL,
            thumbnail_file_type=FileType.PHOTO,
            thumbnail_size=size or "x",
            volume_id=0,
            local_id=0,
        ).encode()
    )


def _document_id(kind: FileKind, document: raw.types.Document) -> str:
    return str(
        FileId(
            file_type=_FILE_TYPES[kind],
            dc_id=document.dc_id,
            file_reference=document.file_reference,
            media_id=document.id,
            access_hash=document.access_hash,
        ).encode()
    )


def place_of(header: object) -> tuple[int, int | None]:
    """The message that one replies to, 0 if none, and the topic in which it is written."""
    if not isinstance(header, raw.types.MessageReplyHeader):
        return 0, None
    reply_to = header.reply_to_msg_id or 0
    return reply_to, (header.reply_to_top_id or reply_to) if header.forum_topic else None

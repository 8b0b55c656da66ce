"""The media of a message, from the media that a client sends."""

from typing import Any

from pyrogram.raw import types

from simulator.wire.rpc import RpcError
from simulator.world import accounts, files, payments
from simulator.world.world import Change, World


# pylint: disable-next=too-many-return-statements  # one for each kind of media
def shown(world: World, change: Change, sender_id: int, media: Any) -> Any:
    """The message media for an input media; uploaded files are kept. Raises RpcError."""
    match media:
        case types.InputMediaUploadedPhoto():
            photo = files.add_photo(change, uploaded(world, sender_id, media.file))
            return types.MessageMediaPhoto(photo=photo, spoiler=media.spoiler)
        case types.InputMediaPhoto():
            if not isinstance(media.id, types.InputPhoto):
                raise RpcError(400, "MEDIA_EMPTY")
            photo = files.photo(change.db, media.id.id)
            return types.MessageMediaPhoto(photo=photo, spoiler=media.spoiler)
        case types.InputMediaUploadedDocument():
            data = uploaded(world, sender_id, media.file)
            document = files.add_document(change, data, media.mime_type, media.attributes)
            return types.MessageMediaDocument(document=document, spoiler=media.spoiler)
        case types.InputMediaDocument():
            if not isinstance(media.id, types.InputDocument):
                raise RpcError(400, "MEDIA_EMPTY")
            document = files.document(change.db, media.id.id)
            return types.MessageMediaDocument(document=document, spoiler=media.spoiler)
        case types.InputMediaContact():
            return _contact(change, media)
        case types.InputMediaGeoPoint():
            return types.MessageMediaGeo(geo=_point(media.geo_point))
        case types.InputMediaVenue():
            return types.MessageMediaVenue(
                geo=_point(media.geo_point),
                title=media.title,
                address=media.address,
                provider=media.provider,
                venue_id=media.venue_id,
                venue_type=media.venue_type,
            )
        case types.InputMediaInvoice():
            payments.check_invoice(media)
            return payments.invoice_media(media)
        case types.InputMediaEmpty():
            raise RpcError(400, "MEDIA_EMPTY")
    raise RpcError(400, "MEDIA_INVALID")


def uploaded(world: World, uploader_id: int, file: Any) -> bytes:
    """The bytes of a file that has been uploaded in parts. Raises RpcError."""
    if not isinstance(file, (types.InputFile, types.InputFileBig)):
        raise RpcError(400, "MEDIA_INVALID")
    return world.uploads.take(uploader_id, file.id, file.parts)


def _contact(change: Change, media: types.InputMediaContact) -> types.MessageMediaContact:
    """A contact names the account that has its number, if there is one."""
    phone = "".join(filter(str.isdigit, media.phone_number))
    if not phone or not media.first_name:
        raise RpcError(400, "MEDIA_EMPTY")
    known = accounts.by_phone(change.db, phone)
    return types.MessageMediaContact(
        phone_number=phone,
        first_name=media.first_name,
        last_name=media.last_name,
        vcard=media.vcard,
        user_id=known.id if known else 0,
    )


def _point(point: Any) -> types.GeoPoint:
    if not isinstance(point, types.InputGeoPoint) or not (
        -90 <= point.lat <= 90 and -180 <= point.long <= 180
    ):
        raise RpcError(400, "MEDIA_INVALID")
    return types.GeoPoint(
        long=point.long, lat=point.lat, access_hash=0, accuracy_radius=point.accuracy_radius
    )

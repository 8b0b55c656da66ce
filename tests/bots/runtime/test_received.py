"""What shoppers send, as modules see it: files, contacts, places, and hostile text."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pyrogram import raw
from pyrogram.file_id import FileId

from bots.runtime.calls import ON_MEDIA, call_of
from bots.runtime.media import by_id
from bots.runtime.translate import translate
from bots.sdk.keyboards import NoKeyboard, RequestKeyboard, button, keyboard
from bots.sdk.replies import SendAlbum, SendPhoto, SendText, TelegramFile, Text
from bots.sdk.updates import (
    Button,
    Command,
    Contact,
    Edited,
    Location,
    Message,
    PreCheckout,
    Update,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ANNA = 9001
PEER = raw.types.InputPeerUser(user_id=ANNA, access_hash=1)


def seen(media: Any = None, text: str = "", **more: Any) -> Update:
    message = raw.types.Message(
        id=5,
        peer_id=raw.types.PeerUser(user_id=ANNA),
        date=int(NOW.timestamp()),
        message=text,
        media=media,
        **more,
    )
    update = raw.types.UpdateNewMessage(message=message, pts=1, pts_count=1)
    translation = translate(update, {}, NOW)
    assert translation is not None
    return translation.update


@pytest.mark.parametrize(
    ("change", "is_told"),
    [
        ({"edit_date": 1_767_225_600}, True),
        ({"edit_date": 1_767_225_600, "out": True}, False),  # the bot's own screens
        ({"edit_date": 1_767_225_600, "edit_hide": True}, False),  # a link got its preview
        ({}, False),
        (
            {
                "edit_date": 1_767_225_600,
                "media": raw.types.MessageMediaGeoLive(
                    geo=raw.types.GeoPointEmpty(), period=60, heading=0
                ),
            },
            False,
        ),
    ],
    ids=["a person's", "the bot's", "a preview", "no edit", "a place that moves"],
)
def test_what_a_person_has_changed_is_told_once(change: dict[str, Any], is_told: bool) -> None:
    message = raw.types.Message(
        id=5, peer_id=raw.types.PeerUser(user_id=ANNA), date=0, message="new", **change
    )
    update = raw.types.UpdateEditMessage(message=message, pts=1, pts_count=1)
    first, again = translate(update, {}, NOW), translate(update, {}, NOW)
    assert first == again
    if not is_told:
        assert first is None
        return
    assert first is not None and (first.kind, first.natural_key) == ("edited", "5:1767225600")
    assert isinstance(first.update, Edited) and first.update.message_id == 5


def photo() -> raw.types.MessageMediaPhoto:
    sizes: list[raw.base.PhotoSize] = [
        raw.types.PhotoSize(type="m", w=10, h=10, size=900),
        raw.types.PhotoSizeProgressive(type="y", w=90, h=90, sizes=[100, 5000]),
    ]
    picture = raw.types.Photo(
        id=77, access_hash=78, file_reference=b"ref", date=0, sizes=sizes, dc_id=2
    )
    return raw.types.MessageMediaPhoto(photo=picture)


def document(*attributes: Any, media_type: str = "application/pdf") -> Any:
    return raw.types.MessageMediaDocument(
        document=raw.types.Document(
            id=88,
            access_hash=89,
            file_reference=b"ref",
            date=0,
            mime_type=media_type,
            size=1234,
            dc_id=2,
            attributes=list(attributes),
        )
    )


def test_a_picture_comes_with_its_largest_size_and_can_be_sent_again() -> None:
    update = seen(photo(), "caption", grouped_id=42)
    assert isinstance(update, Message) and update.file is not None
    assert (update.kind, update.text, update.album_id) == ("photo", "caption", 42)
    assert (update.file.size, update.file.unique_id) == (5000, "77")
    file = FileId.decode(update.file.file_id)
    assert (file.media_id, file.access_hash, file.file_reference) == (77, 78, b"ref")
    again = by_id(update.file.file_id)
    assert isinstance(again, raw.types.InputMediaPhoto)
    assert isinstance(again.id, raw.types.InputPhoto) and again.id.id == 77


def test_a_file_comes_with_its_name_without_what_no_store_holds() -> None:
    update = seen(document(raw.types.DocumentAttributeFilename(file_name="a\0b.pdf")))
    assert isinstance(update, Message) and update.file is not None
    assert (update.kind, update.file.name, update.file.media_type) == (
        "document",
        "ab.pdf",
        "application/pdf",
    )
    again = by_id(update.file.file_id)
    assert isinstance(again, raw.types.InputMediaDocument)


@pytest.mark.parametrize(("owner", "is_own"), [(ANNA, True), (5, False), (0, False)])
def test_a_contact_says_whether_it_is_the_shoppers_own(owner: int, is_own: bool) -> None:
    media = raw.types.MessageMediaContact(
        phone_number="+1\0", first_name="A", last_name="", vcard="", user_id=owner
    )
    update = seen(media)
    assert isinstance(update, Message)
    assert update.contact == Contact(phone="+1", first_name="A", is_own=is_own)


def test_a_place_comes_in_degrees() -> None:
    geo = raw.types.GeoPoint(long=37.6, lat=55.7, access_hash=0)
    update = seen(raw.types.MessageMediaGeo(geo=geo))
    assert isinstance(update, Message)
    assert update.location == Location(latitude=55.7, longitude=37.6)


@pytest.mark.parametrize("text", ["\0", "a\0b", "\u202eevil", "😀" * 2048, "שלום", "/\0"])
def test_no_text_carries_nul(text: str) -> None:
    update = seen(text=text)
    assert isinstance(update, Message | Command)
    said = update.text if isinstance(update, Message) else update.name + update.argument
    assert "\0" not in said


def test_a_foreign_button_and_a_foreign_payload_carry_no_nul() -> None:
    press = raw.types.UpdateBotCallbackQuery(
        query_id=1,
        user_id=ANNA,
        peer=raw.types.PeerUser(user_id=ANNA),
        msg_id=2,
        chat_instance=3,
        data=b"bu\0y:\xff\0",
    )
    translation = translate(press, {}, NOW)
    assert translation is not None and isinstance(translation.update, Button)
    assert (translation.update.action, translation.update.argument) == ("buy", "\ufffd")
    check = raw.types.UpdateBotPrecheckoutQuery(
        query_id=1, user_id=ANNA, payload=b"order:\0001", currency="XTR", total_amount=1
    )
    translation = translate(check, {}, NOW)
    assert translation is not None and isinstance(translation.update, PreCheckout)
    assert translation.update.payload == "order:1"


def test_a_button_under_a_picture_says_so_when_it_is_pressed() -> None:
    reply = SendPhoto(
        photo=TelegramFile(file_id="x"), keyboard=keyboard([button("Buy", "buy", "a" * 59)])
    )
    call = call_of(reply, PEER, 1, [raw.types.InputMediaEmpty()])
    data = call.reply_markup.rows[0].buttons[0].type.data
    assert len(data) == 64 and data.endswith(ON_MEDIA)
    press = raw.types.UpdateBotCallbackQuery(
        query_id=1,
        user_id=ANNA,
        peer=raw.types.PeerUser(user_id=ANNA),
        msg_id=2,
        chat_instance=3,
        data=data,
    )
    translation = translate(press, {}, NOW)
    assert translation is not None and isinstance(translation.update, Button)
    assert translation.update.is_on_media and translation.update.argument == "a" * 59


def test_an_album_has_ids_of_its_own_that_stay_the_same() -> None:
    files = (TelegramFile(file_id="x"), TelegramFile(file_id="y"))
    album = SendAlbum(photos=files, caption=Text(plain="two"))
    media = [raw.types.InputMediaEmpty(), raw.types.InputMediaEmpty()]
    first, again = (call_of(album, PEER, 2**63 - 1, media) for _ in range(2))
    ids = [each.random_id for each in first.multi_media]
    assert ids == [each.random_id for each in again.multi_media] and len(set(ids)) == 2
    assert [each.message for each in first.multi_media] == ["two", ""]
    assert len(first.write()) > 0  # they fit into Telegram's 64 bits


def test_a_request_is_telegrams_own_keyboard_and_goes_away() -> None:
    ask = RequestKeyboard(request="contact", text="Share", others=("Cancel",))
    call = call_of(SendText(text=Text(plain="?"), keyboard=ask), PEER, 1)
    first, second = (row.buttons[0] for row in call.reply_markup.rows)
    assert isinstance(first.type, raw.types.ButtonTypeRequestPhone) and second.text == "Cancel"
    gone = call_of(SendText(text=Text(plain="ok"), keyboard=NoKeyboard()), PEER, 1)
    assert isinstance(gone.reply_markup, raw.types.ReplyKeyboardHide)

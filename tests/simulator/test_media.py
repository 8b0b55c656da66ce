from io import BytesIO
from typing import Any

import pytest
from pyrogram import Client, raw, types
from pyrogram.errors import (
    ButtonDataInvalid,
    ButtonUrlInvalid,
    MediaCaptionTooLong,
    MediaEmpty,
    MessageAuthorRequired,
    MessageEmpty,
    MessageTooLong,
    MultiMediaTooLong,
    PeerIdInvalid,
)

from simulator.demo import DEMO_BOTS
from simulator.simulator import Simulator
from tests.simulator.clients import TinyShop, call, client_of, keyboard, started, until
from tests.simulator.test_messages import incoming, latest

BOT = DEMO_BOTS[0]


def file_of(data: bytes, name: str) -> BytesIO:
    file = BytesIO(data)
    file.name = name
    return file


async def met(buyer: Client) -> int:
    """The buyer's id, once the bot may write to them."""
    await buyer.send_message(BOT.username, "hello")
    await incoming(buyer)
    assert buyer.me is not None
    return buyer.me.id


async def loaded(client: Client, what: Any) -> bytes:
    file = await client.download_media(what, in_memory=True)
    assert isinstance(file, BytesIO)
    return file.getvalue()


async def test_a_documents_file_id_is_good_in_another_session(
    simulator: Simulator, data_dir: Any, shop: TinyShop, buyer: Client
) -> None:
    user_id = await met(buyer)
    book = bytes(range(256)) * 5000
    sent = await shop.client.send_document(
        user_id, file_of(book, "book.pdf"), caption="A book", file_name="book.pdf"
    )
    assert sent is not None and sent.document is not None
    received = (await incoming(buyer, 2))[0]
    assert received.document is not None
    assert (received.caption, received.document.file_name) == ("A book", "book.pdf")
    assert (received.document.file_size, received.document.mime_type) == (
        len(book),
        "application/pdf",
    )
    assert await loaded(buyer, received) == book
    file_id = sent.document.file_id
    other = client_of(simulator.port, data_dir, bot_token=BOT.token)
    async with started(other):
        assert await loaded(other, file_id) == book
        await other.send_document(user_id, file_id)
    again = (await incoming(buyer, 3))[0]
    assert again.document is not None and again.document.file_name == "book.pdf"


async def test_an_album_is_one_group_in_order(shop: TinyShop, buyer: Client) -> None:
    user_id = await met(buyer)
    album: list[Any] = [
        types.InputMediaPhoto(file_of(bytes([number]) * 100, f"{number}.jpg"), caption=str(number))
        for number in range(3)
    ]
    sent = await shop.client.send_media_group(user_id, album)
    assert [message.caption for message in sent] == ["0", "1", "2"]
    received = (await incoming(buyer, 4))[:3]
    assert len({message.media_group_id for message in received}) == 1
    assert [await loaded(buyer, message) for message in reversed(received)] == [
        bytes([number]) * 100 for number in range(3)
    ]


async def test_an_album_has_two_to_ten_items(shop: TinyShop, buyer: Client) -> None:
    user_id = await met(buyer)
    photo = await shop.client.send_photo(user_id, file_of(b"x", "x.jpg"))
    assert photo is not None and photo.photo is not None
    with pytest.raises(MultiMediaTooLong):
        await shop.client.send_media_group(
            user_id, [types.InputMediaPhoto(photo.photo.file_id)] * 11
        )


async def test_places_and_contacts_arrive(shop: TinyShop, buyer: Client) -> None:
    user_id = await met(buyer)
    await shop.client.send_location(user_id, 55.75, 37.61)
    await shop.client.send_venue(user_id, 59.93, 30.33, "The shop", "Nevsky 1")
    await buyer.send_contact(BOT.username, "+79990000001", "Me")
    venue, location = (await incoming(buyer, 3))[:2]
    assert location.location is not None and location.location.latitude == 55.75
    assert venue.venue is not None and venue.venue.title == "The shop"

    def contact() -> Any:
        for update in shop.raw:
            message = getattr(update, "message", None)
            shown = getattr(message, "media", None)
            if isinstance(shown, raw.types.MessageMediaContact):
                return shown
        return None

    shared = await until(contact, "the contact")
    assert (shared.phone_number, shared.user_id) == ("79990000001", user_id)


async def test_reply_keyboards_come_and_go(shop: TinyShop, buyer: Client) -> None:
    user_id = await met(buyer)
    rows: list[list[types.KeyboardButton | str]] = [
        [types.KeyboardButton("My number", request_contact=True)],
        [types.KeyboardButton("Where I am", request_location=True), types.KeyboardButton("Menu")],
    ]
    await shop.client.send_message(
        user_id, "choose", reply_markup=types.ReplyKeyboardMarkup(rows, resize_keyboard=True)
    )
    await shop.client.send_message(user_id, "done", reply_markup=types.ReplyKeyboardRemove())
    gone, shown = (await incoming(buyer, 3))[:2]
    assert isinstance(shown.reply_markup, types.ReplyKeyboardMarkup)
    number, place = shown.reply_markup.keyboard[0][0], shown.reply_markup.keyboard[1][0]
    assert isinstance(number, types.KeyboardButton) and number.request_contact
    assert isinstance(place, types.KeyboardButton) and place.request_location
    assert isinstance(gone.reply_markup, types.ReplyKeyboardRemove)


async def test_captions_media_and_keyboards_are_edited(shop: TinyShop, buyer: Client) -> None:
    user_id = await met(buyer)
    sent = await shop.client.send_photo(user_id, file_of(b"one", "1.jpg"), caption="first")
    assert sent is not None
    await sent.edit_caption("second", reply_markup=keyboard("a"))
    edited = (await incoming(buyer, 2))[0]
    assert edited.caption == "second" and await loaded(buyer, edited) == b"one"
    await shop.client.edit_message_reply_markup(user_id, sent.id, reply_markup=keyboard("b"))
    await shop.client.edit_message_media(
        user_id, sent.id, types.InputMediaPhoto(file_of(b"two", "2.jpg"), caption="third")
    )
    edited = (await incoming(buyer, 2))[0]
    assert edited.caption == "third" and await loaded(buyer, edited) == b"two"
    assert edited.reply_markup is None


async def test_a_person_deletes_what_they_wrote(shop: TinyShop, buyer: Client) -> None:
    await met(buyer)
    (mine,) = [message for message in await latest(buyer) if message.outgoing]
    await mine.delete()
    assert [message.text for message in await latest(buyer)] == ["Welcome"]
    told = await until(
        lambda: [u for u in shop.raw if isinstance(u, raw.types.UpdateDeleteMessages)],
        "the deletion",
    )
    assert len(told[0].messages) == 1


async def test_bad_messages_are_refused_by_telegrams_names(shop: TinyShop, buyer: Client) -> None:
    user_id = await met(buyer)
    bot = shop.client
    with pytest.raises(MessageTooLong):
        await call(bot, await _message(bot, user_id, "x" * 4097))
    with pytest.raises(MessageEmpty):
        await call(bot, await _message(bot, user_id, " "))
    with pytest.raises(MediaCaptionTooLong):
        await bot.send_photo(user_id, file_of(b"x", "x.jpg"), caption="x" * 1025)
    with pytest.raises(ButtonDataInvalid):
        await bot.send_message(user_id, "x", reply_markup=keyboard("x" * 65))
    with pytest.raises(ButtonUrlInvalid):
        link = types.InlineKeyboardButton("x", url="nowhere")
        markup = types.InlineKeyboardMarkup([[link]])
        await bot.send_message(user_id, "x", reply_markup=markup)
    with pytest.raises(PeerIdInvalid):
        stranger = raw.types.InputPeerUser(user_id=5, access_hash=1)
        send: Any = raw.functions.messages.SendMessage
        await call(bot, send(peer=stranger, message="x", random_id=1))
    with pytest.raises(MediaEmpty):
        photo = raw.types.InputPhoto(id=1, access_hash=1, file_reference=b"")
        send = raw.functions.messages.SendMedia
        peer = await bot.resolve_peer(user_id)
        media = raw.types.InputMediaPhoto(id=photo)
        await call(bot, send(peer=peer, media=media, message="", random_id=2))
    theirs = next(m for m in shop.raw if isinstance(m, raw.types.UpdateNewMessage)).message
    with pytest.raises(MessageAuthorRequired):
        await bot.edit_message_text(user_id, theirs.id, "mine now")


async def _message(client: Client, user_id: int, text: str) -> Any:
    send: Any = raw.functions.messages.SendMessage
    return send(peer=await client.resolve_peer(user_id), message=text, random_id=len(text))

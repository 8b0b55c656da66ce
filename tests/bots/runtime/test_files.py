"""The shop's files at Telegram, through the real client: up once, down when somebody wants them."""

import io
import itertools
from typing import Any

from PIL import Image
from pyrogram import raw

from bots.runtime.received import content_of
from bots.sdk.replies import (
    DURABLE,
    DurableReply,
    SendAlbum,
    SendDocument,
    SendPhoto,
    StoredFile,
    Text,
)
from core.shop import customers, files, sent_files
from core.shop.bots import Bot
from core.shop.files import Use
from simulator.world import files as simulated
from simulator.world import gestures, mailbox
from simulator.world.accounts import Account
from simulator.world.mailbox import Content
from tests.bots.runtime.conftest import Stage, until

LARGE = b"%PDF-1.7\n" + bytes(range(256)) * 2048 * 21  # over 10 MB: Telegram calls it big
_numbers = itertools.count(1000, 1000)  # an album takes some


def picture(color: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), color).save(file, "PNG")
    return file.getvalue()


async def kept(stage: Stage, bot: Bot, kind: files.Kind, content: bytes) -> StoredFile:
    async with stage.pool.acquire() as connection, connection.transaction():
        use = Use("gift", "gift:1", "подарок.pdf")
        file = await files.keep(connection, bot.shop_id, kind, content, use)
    return StoredFile(sha256=file.sha256, name=file.file_name)


async def queue(stage: Stage, bot: Bot, person: Account, message: DurableReply) -> None:
    await stage.pool.execute(
        "INSERT INTO outgoing (bot_id, chat_id, random_id, purpose, message) "
        "VALUES ($1, $2, $3, 'receipt', $4)",
        bot.id,
        person.id,
        next(_numbers),
        DURABLE.dump_python(message, mode="json"),
    )


def shown(stage: Stage, bot: Bot, person: Account) -> list[Any]:
    """The media that the person has from the bot, the oldest first."""
    stored = mailbox.history(stage.telegram.world.db, person.id, bot.id, limit=100)
    return [
        each.message.media
        for each in reversed(stored)
        if isinstance(each.message, raw.types.Message) and not each.message.out
    ]


def bytes_of(stage: Stage, media: Any) -> bytes:
    described: Any = media.document if hasattr(media, "document") else media.photo
    db, parts, offset = stage.telegram.world.db, [], 0
    while part := simulated.part(db, described.id, offset, 1024 * 1024):
        parts.append(part)
        offset += len(part)
    return b"".join(parts)


def uploads(stage: Stage) -> int:
    calls = stage.telegram.world.calls
    return sum(
        count for name, count in calls.items() if "UploadMedia" in name or "uploadMedia" in name
    )


async def test_a_file_is_uploaded_once_and_again_when_telegram_forgets_it(stage: Stage) -> None:
    bot = await stage.bot()
    anna = stage.telegram.person()
    red, blue = picture("red"), picture("blue")
    one, other = await kept(stage, bot, "picture", red), await kept(stage, bot, "picture", blue)
    await stage.worker()
    await stage.runs(bot)
    stage.telegram.say(anna, bot, "hello")

    async def arrived(count: int) -> list[Any]:
        async def is_there() -> bool:
            return len([each for each in shown(stage, bot, anna) if each is not None]) >= count

        await until(is_there, f"{count} files are there")
        return [each for each in shown(stage, bot, anna) if each is not None]

    await queue(stage, bot, anna, SendPhoto(photo=one, caption=Text(plain="Red")))
    (first,) = await arrived(1)
    assert bytes_of(stage, first) == red
    await queue(stage, bot, anna, SendAlbum(photos=(one, other)))
    found = await arrived(3)
    assert [bytes_of(stage, each) for each in found[1:]] == [red, blue]
    assert uploads(stage) == 2
    await stage.telegram.ask(
        "refuse", method="messages.sendMedia", code=400, error="FILE_REFERENCE_EXPIRED"
    )
    await queue(stage, bot, anna, SendPhoto(photo=one))
    found = await arrived(4)
    assert bytes_of(stage, found[3]) == red and uploads(stage) == 3


async def test_a_large_document_keeps_its_name(stage: Stage) -> None:
    bot = await stage.bot()
    anna = stage.telegram.person()
    file = await kept(stage, bot, "document", LARGE)
    await stage.worker()
    await stage.runs(bot)
    stage.telegram.say(anna, bot, "hello")
    await queue(stage, bot, anna, SendDocument(document=file))

    async def is_there() -> Any:
        return next((each for each in shown(stage, bot, anna) if each is not None), None)

    media = await until(is_there, "the document is there")
    assert bytes_of(stage, media) == LARGE
    (name,) = [
        each.file_name
        for each in media.document.attributes
        if isinstance(each, raw.types.DocumentAttributeFilename)
    ]
    assert (name, media.document.mime_type) == ("подарок.pdf", "application/pdf")


async def test_what_was_sent_is_fetched_when_it_is_wanted(stage: Stage) -> None:
    bot = await stage.bot()
    telegram = stage.telegram
    anna = telegram.person()
    proof = picture("green")
    await stage.worker()
    await stage.runs(bot)
    with telegram.world.change() as change:
        media = raw.types.MessageMediaPhoto(photo=simulated.add_photo(change, proof))
        gestures.write(change, anna, telegram.world.account(bot.id), Content(media=media))
    received = content_of(media).file
    assert received is not None

    async def known() -> Any:
        async with stage.pool.acquire() as connection:
            return await customers.find(connection, bot.shop_id, anna.id)

    customer = await until(known, "the bot has seen her")
    async with stage.pool.acquire() as connection, connection.transaction():
        number = await sent_files.note(
            connection,
            bot.id,
            customer,
            "proof",
            Use("pay", "order:1", buyer_no=customer.buyer_no),
            file_id=received.file_id,
            unique_id=received.unique_id,
            size=received.size,
            want_it=True,
        )

    async def fetched() -> Any:
        async with stage.pool.acquire() as connection:
            sent = await sent_files.get(connection, bot.shop_id, number)
        return sent if sent.state != "wanted" else None

    sent = await until(fetched, "the proof is fetched")
    assert sent.state == "fetched", sent.error
    async with stage.pool.acquire() as connection:
        assert await files.read(connection, bot.shop_id, sent.sha256) == proof

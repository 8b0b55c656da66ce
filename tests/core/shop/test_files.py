"""Files by their content: stored once, seen by those who use them, refused by what they are."""

import io
import random
import struct
import zlib
from collections.abc import Sequence

import imagehash
import pytest
from PIL import Image, ImageDraw

from core.postgres import Connection
from core.shop import files, picture_likeness, sent_files
from core.shop.file_contents import LIMITS, PIXELS, FileRefused, Kind, examine
from core.shop.files import FileNotFound, Use
from tests.factories import create_bot, create_customer, create_shop

PDF = b"%PDF-1.7\n" + b"x" * 100
LETTER = Use("gift", "gift:1", "letter.pdf")


def picture(
    text: str = "A", size: tuple[int, int] = (200, 120), kind: str = "PNG", quality: int = 90
) -> bytes:
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for number, letter in enumerate(text):
        code = ord(letter)
        x, y = (number * 53) % size[0], (code * 31) % size[1]
        draw.rectangle((x, y, x + 40, y + 25), fill=(code % 200, 40, 90))
    file = io.BytesIO()
    image.save(file, kind, quality=quality)
    return file.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG whose head promises so many pixels, and which is small."""

    def chunk(name: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + check

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * (height * (1 + (width + 7) // 8)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


async def test_the_same_content_is_stored_once_and_each_shop_sees_its_own(
    connection: Connection,
) -> None:
    one, other = await create_shop(connection), await create_shop(connection)
    large = PDF * 9000  # several parts
    first = await files.keep(connection, one.id, "document", large, LETTER)
    again = await files.keep(connection, one.id, "document", io.BytesIO(large), LETTER)
    assert first == again and first.size == len(large)
    assert (first.media_type, first.file_name) == ("application/pdf", "letter.pdf")
    assert await files.read(connection, one.id, first.sha256) == large
    with pytest.raises(FileNotFound):
        await files.read(connection, other.id, first.sha256)
    with pytest.raises(FileNotFound):
        await files.add_use(connection, other.id, first.sha256, LETTER)
    await files.keep(connection, other.id, "document", large, LETTER)
    assert await files.read(connection, other.id, first.sha256) == large
    assert await connection.fetchval("SELECT count(*) FROM files") == 1


@pytest.mark.parametrize("sha256", ["", "zz", "a" * 63, "A" * 64, "é" * 64])
async def test_what_is_no_digest_is_no_file(connection: Connection, sha256: str) -> None:
    shop = await create_shop(connection)
    with pytest.raises(FileNotFound):
        await files.get(connection, shop.id, sha256)


async def test_a_file_goes_when_nothing_uses_it_any_more(connection: Connection) -> None:
    shop = await create_shop(connection)
    file = await files.keep(connection, shop.id, "document", PDF, LETTER)
    await files.add_use(connection, shop.id, file.sha256, Use("shop", "logo"))
    await connection.execute("UPDATE files SET created_at = now() - interval '2 days'")
    await files.let_go(connection, shop.id, "gift", "gift:1")
    assert await files.of(connection, shop.id, "gift", "gift:1") == []
    assert await files.sweep(connection) == 0
    await files.let_go(connection, shop.id, "shop", "logo", file.sha256)
    assert await files.sweep(connection) == 1
    assert await connection.fetchval("SELECT count(*) FROM file_parts") == 0


@pytest.mark.parametrize(
    ("content", "kind", "media_type", "sides"),
    [
        (picture(kind="PNG"), "picture", "image/png", (200, 120)),
        (picture(kind="JPEG"), "picture", "image/jpeg", (200, 120)),
        (picture(kind="WEBP"), "proof", "image/webp", (200, 120)),
        (PDF, "proof", "application/pdf", (None, None)),
        (picture(kind="PNG"), "document", "image/png", (None, None)),
        ("Ключ: 1".encode() * 30_000, "document", "text/plain", (None, None)),
        (b"\x00\x01\xff", "document", "application/octet-stream", (None, None)),
        (b"<html><script>", "document", "text/plain", (None, None)),
    ],
)
def test_a_file_is_what_its_content_says(
    content: bytes, kind: Kind, media_type: str, sides: Sequence[int | None]
) -> None:
    found = examine(io.BytesIO(content), kind)
    assert (found.media_type, (found.width, found.height)) == (media_type, sides)


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"", "document", "empty"),
        (b"x" * (LIMITS["document"].size + 1), "document", "over 50 MB"),
        (b"\xff\xd8\xff" + b"x" * LIMITS["picture"].size, "picture", "over 10 MB"),
        (PDF, "picture", "a picture"),
        (b"MZ\x90 an executable.jpg", "proof", "a picture or a PDF"),
        (picture(kind="GIF"), "picture", "a picture"),
        (picture(kind="PNG")[:150], "picture", "damaged"),
        (picture(kind="JPEG")[:-900], "picture", "damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 50, "picture", "damaged"),
        (picture(size=(2100, 100)), "picture", "its sides"),
        (bomb(6000, 5000), "picture", "megapixels"),
        (bomb(12_000, 10_000), "picture", "megapixels"),
        (bomb(30_000, 30_000), "proof", "megapixels"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_a_word(
    content: bytes, kind: Kind, words: str
) -> None:
    assert 6000 * 5000 > PIXELS
    with pytest.raises(FileRefused, match=words) as caught:
        examine(io.BytesIO(content), kind)
    assert caught.value.explained.ru != caught.value.explained.en


async def test_a_bot_uploads_a_file_once(connection: Connection) -> None:
    shop = await create_shop(connection)
    one, other = await create_bot(connection, shop), await create_bot(connection, shop)
    file = await files.keep(connection, shop.id, "document", PDF, LETTER)
    await files.remember_telegram_id(connection, one.id, file.sha256, "document", "BQAC1")
    await files.remember_telegram_id(connection, one.id, file.sha256, "document", "BQAC2")
    known = files.telegram_id
    assert await known(connection, one.id, file.sha256, "document") == "BQAC2"
    assert await known(connection, one.id, file.sha256, "photo") is None
    assert await known(connection, other.id, file.sha256, "document") is None
    await files.forget_telegram_id(connection, one.id, file.sha256)
    assert await known(connection, one.id, file.sha256, "document") is None


def test_a_likeness_survives_compression_and_scaling() -> None:
    proof = picture("Перевод 1500 рублей", (600, 900))
    other = picture("Receipt of another payment", (600, 900))
    image = Image.open(io.BytesIO(proof))
    smaller = io.BytesIO()
    image.resize((300, 450)).save(smaller, "JPEG", quality=60)
    one, near, far = [
        picture_likeness.fingerprint(io.BytesIO(content))
        for content in (proof, smaller.getvalue(), other)
    ]
    assert -(2**63) <= one < 2**63
    assert picture_likeness.distance(one, near) <= picture_likeness.NEAR
    assert picture_likeness.distance(one, far) > 2 * picture_likeness.NEAR
    assert picture_likeness.distance(-1, 0) == 64
    with pytest.raises(FileRefused):
        picture_likeness.fingerprint(io.BytesIO(PDF))


@pytest.mark.parametrize("size", [(32, 32), (417, 90), (600, 900)])
@pytest.mark.parametrize("ground", [b"", b"\x00\xff\x40"])
def test_a_likeness_is_that_of_imagehash(size: tuple[int, int], ground: bytes) -> None:
    points = random.Random(str(size)).randbytes(48)
    image = Image.frombytes("L", (8, 6), points).resize(size)
    if ground:
        image.paste(Image.frombytes("L", (3, 1), ground).resize((size[0], 9)), (0, 4))
    kept = io.BytesIO()
    image.save(kept, "PNG")
    theirs = int(str(imagehash.phash(image)), 16)
    assert picture_likeness.distance(picture_likeness.fingerprint(kept), theirs) == 0


async def noted(connection: Connection, kind: Kind = "proof", **values: int) -> sent_files.SentFile:
    shop = await create_shop(connection)
    bot = await create_bot(connection, shop)
    customer = await create_customer(connection, shop.id)
    number = await sent_files.note(
        connection,
        bot.id,
        customer,
        kind,
        Use("pay", "order:1", "../check.pdf", customer.buyer_no),
        file_id="BQAC",
        unique_id="AQAD",
        size=values.get("size", len(PDF)),
    )
    return await sent_files.get(connection, shop.id, number)


async def test_what_was_sent_is_fetched_when_it_is_wanted(connection: Connection) -> None:
    sent = await noted(connection)
    assert (sent.state, sent.file_name) == ("noted", "check.pdf")
    assert await sent_files.take_wanted(connection, [sent.bot_id]) is None
    assert (await sent_files.want(connection, sent.shop_id, sent.id)).state == "wanted"
    taken = await sent_files.take_wanted(connection, [sent.bot_id])
    assert taken and taken.id == sent.id
    assert await sent_files.take_wanted(connection, [sent.bot_id]) is None
    done = await sent_files.fetched(connection, taken, io.BytesIO(PDF))
    assert done.state == "fetched" and done.sha256
    assert await files.read(connection, sent.shop_id, done.sha256) == PDF
    (file,) = await files.of(connection, sent.shop_id, "pay", "order:1")
    assert file.sha256 == done.sha256


async def test_what_is_not_of_its_kind_is_lost_for_good(connection: Connection) -> None:
    sent = await noted(connection)
    await sent_files.want(connection, sent.shop_id, sent.id)
    lost = await sent_files.fetched(connection, sent, io.BytesIO(b"MZ"))
    assert lost.state == "lost" and lost.error and lost.error.startswith("refused:")
    assert (await sent_files.want(connection, sent.shop_id, sent.id)).state == "lost"
    with pytest.raises(FileRefused):
        await noted(connection, size=LIMITS["proof"].size + 1)


async def test_one_that_fails_is_tried_again_and_then_lost(connection: Connection) -> None:
    sent = await noted(connection)
    await sent_files.want(connection, sent.shop_id, sent.id)
    attempts = 0
    while (taken := await sent_files.take_wanted(connection, [sent.bot_id])) is not None:
        attempts += 1
        await sent_files.failed(connection, taken, "FILE_REFERENCE_EXPIRED")
        await connection.execute("UPDATE sent_files SET not_before = now()")
    assert attempts == 8
    lost = await sent_files.get(connection, sent.shop_id, sent.id)
    assert (lost.state, lost.error) == ("lost", "FILE_REFERENCE_EXPIRED")
    assert (await sent_files.want(connection, sent.shop_id, sent.id)).state == "wanted"

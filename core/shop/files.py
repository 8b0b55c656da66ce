"""Files by their content (SHA-256), in PostgreSQL: see docs/decisions/0008-files-in-postgres.md.

A file is kept as long as something uses it (`file_uses`), and a shop sees only the files that it
uses. A bot uploads a file to Telegram once (`telegram_files`).
"""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Literal

import asyncpg
from pydantic import BaseModel, ConfigDict

from core.errors import NotFound
from core.postgres import Connection
from core.shop.file_contents import LIMITS, Contents, FileRefused, Kind, examine

__all__ = ["LIMITS", "FileRefused", "Kind"]

SentAs = Literal["photo", "document"]
PART_BYTES = 256 * 1024
# The use of a file that was uploaded in the panel, until something shows it or a day has passed.
UPLOADED = "uploaded"
NAME_CHARACTERS = 120
_UNUSED = timedelta(days=1)
_HEX = frozenset("0123456789abcdef")


class FileNotFound(NotFound):
    """There is no such file, or the shop does not use it."""

    code = "file_not_found"


@dataclass(frozen=True, slots=True)
class Use:
    """What uses a file: the module's key (or a noun of core) and the row that shows it, like
    `product:17`. `buyer_no`: the shopper who sent it, if one did; the file is deleted when they are
    erased."""

    owner: str
    natural_key: str
    file_name: str = ""
    buyer_no: int | None = None


class File(BaseModel):
    """A stored file; `sha256` in hexadecimal, size in bytes, sides in pixels."""

    model_config = ConfigDict(frozen=True)

    sha256: str
    size: int
    media_type: str
    width: int | None
    height: int | None
    file_name: str
    created_at: datetime


_SELECT = """
SELECT encode(f.sha256, 'hex') AS sha256, f.size, f.media_type, f.width, f.height, u.file_name,
    u.created_at
FROM file_uses AS u JOIN files AS f ON f.sha256 = u.sha256
"""


async def keep(
    connection: Connection, shop_id: int, kind: Kind, content: bytes | IO[bytes], use: Use
) -> File:
    """Stores a file, unless it is already stored, and records its use. Raises FileRefused."""
    file = io.BytesIO(content) if isinstance(content, bytes) else content
    contents = await asyncio.to_thread(examine, file, kind)
    digest = await asyncio.to_thread(_digest, file)
    if await _enter(connection, digest, contents):
        number = 0
        while data := await asyncio.to_thread(file.read, PART_BYTES):
            await connection.execute(
                "INSERT INTO file_parts (sha256, part, content) VALUES ($1, $2, $3)",
                digest,
                number,
                data,
            )
            number += 1
    await _use(connection, shop_id, digest, use)
    return await get(connection, shop_id, digest.hex())


def _digest(file: IO[bytes]) -> bytes:
    found = hashlib.sha256()
    while data := file.read(PART_BYTES):
        found.update(data)
    file.seek(0)
    return found.digest()


async def _enter(connection: Connection, digest: bytes, contents: Contents) -> bool:
    """Whether it is new; locked in either case, so that it is not swept away meanwhile."""
    is_new: bool = await connection.fetchval(
        "INSERT INTO files (sha256, size, media_type, width, height) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (sha256) DO UPDATE SET created_at = now(), "
        "width = coalesce(files.width, $4), height = coalesce(files.height, $5) "
        "RETURNING xmax = 0",
        digest,
        contents.size,
        contents.media_type,
        contents.width,
        contents.height,
    )
    return is_new


async def _use(connection: Connection, shop_id: int, digest: bytes, use: Use) -> None:
    await connection.execute(
        "INSERT INTO file_uses (shop_id, owner, natural_key, sha256, file_name, buyer_no) "
        "VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (shop_id, owner, natural_key, sha256) DO UPDATE SET file_name = $5",
        shop_id,
        use.owner,
        use.natural_key,
        digest,
        safe_name(use.file_name),
        use.buyer_no,
    )


async def add_use(connection: Connection, shop_id: int, sha256: str, use: Use) -> None:
    """Adds a use of a file of the shop by another row; raises FileNotFound."""
    await get(connection, shop_id, sha256)
    await _use(connection, shop_id, bytes.fromhex(sha256), use)


async def let_go(
    connection: Connection, shop_id: int, owner: str, natural_key: str, sha256: str | None = None
) -> None:
    """Removes a row's use of a file (None: of all its files); an unused file is deleted later."""
    await connection.execute(
        "DELETE FROM file_uses WHERE shop_id = $1 AND owner = $2 AND natural_key = $3 "
        "AND ($4::bytea IS NULL OR sha256 = $4)",
        shop_id,
        owner,
        natural_key,
        bytes.fromhex(sha256) if sha256 else None,
    )


async def get(connection: Connection, shop_id: int, sha256: str) -> File:
    """A file that the shop uses; raises FileNotFound."""
    row = None
    if is_digest(sha256):
        row = await connection.fetchrow(
            f"{_SELECT} WHERE u.shop_id = $1 AND u.sha256 = $2 ORDER BY u.created_at LIMIT 1",
            shop_id,
            bytes.fromhex(sha256),
        )
    if row is None:
        raise FileNotFound(f"shop {shop_id} has no file {sha256!r:.80}")
    return File(**row)


async def is_personal(connection: Connection, shop_id: int, sha256: str) -> bool:
    """Whether the shop has the file only from shoppers."""
    found: bool = await connection.fetchval(
        "SELECT NOT EXISTS (SELECT FROM file_uses "
        "WHERE shop_id = $1 AND sha256 = $2 AND buyer_no IS NULL)",
        shop_id,
        bytes.fromhex(sha256),
    )
    return found


async def of(connection: Connection, shop_id: int, owner: str, natural_key: str) -> list[File]:
    """The files that a row uses, in the order in which they came."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE u.shop_id = $1 AND u.owner = $2 AND u.natural_key = $3 "
        "ORDER BY u.created_at, u.sha256",
        shop_id,
        owner,
        natural_key,
    )
    return [File(**row) for row in rows]


async def part(connection: Connection, sha256: str, number: int) -> bytes | None:
    """A part of the content, counted from 0: 256 KiB, or the rest for the last part; None beyond
    it."""
    content: bytes | None = await connection.fetchval(
        "SELECT content FROM file_parts WHERE sha256 = $1 AND part = $2",
        bytes.fromhex(sha256),
        number,
    )
    return content


async def parts(connection: Connection, sha256: str) -> AsyncIterator[bytes]:
    """The content, part by part; nothing if there is no such file."""
    number = 0
    while (content := await part(connection, sha256, number)) is not None:
        yield content
        number += 1


async def read(connection: Connection, shop_id: int, sha256: str) -> bytes:
    """The whole content of a file that the shop uses; raises FileNotFound."""
    await get(connection, shop_id, sha256)
    return b"".join([each async for each in parts(connection, sha256)])


async def sweep(connection: Connection) -> int:
    """Deletes the files that nothing has used for a day; returns how many. Each is a savepoint: a
    file that somebody begins to use at this moment is kept."""
    await connection.execute(
        "DELETE FROM file_uses WHERE owner = $1 AND created_at < now() - $2::interval",
        UPLOADED,
        _UNUSED,
    )
    rows = await connection.fetch(
        "SELECT sha256 FROM files AS f WHERE created_at < now() - $1::interval "
        "AND NOT EXISTS (SELECT FROM file_uses WHERE sha256 = f.sha256) "
        "AND NOT EXISTS (SELECT FROM sent_files WHERE sha256 = f.sha256) LIMIT 1000",
        _UNUSED,
    )
    swept = 0
    for row in rows:
        try:
            async with connection.transaction():
                gone = await connection.execute(
                    "DELETE FROM files WHERE sha256 = $1 AND created_at < now() - $2::interval",
                    row["sha256"],
                    _UNUSED,
                )
        except asyncpg.ForeignKeyViolationError:
            continue
        swept += gone == "DELETE 1"
    return swept


async def telegram_id(
    connection: Connection, bot_id: int, sha256: str, sent_as: SentAs
) -> str | None:
    """Telegram's id of a file that this bot has uploaded before."""
    found: str | None = await connection.fetchval(
        "SELECT file_id FROM telegram_files WHERE bot_id = $1 AND sha256 = $2 AND sent_as = $3",
        bot_id,
        bytes.fromhex(sha256),
        sent_as,
    )
    return found


async def remember_telegram_id(
    connection: Connection, bot_id: int, sha256: str, sent_as: SentAs, file_id: str
) -> None:
    """Records that the bot has uploaded it: the next message refers to it by this id."""
    await connection.execute(
        "INSERT INTO telegram_files (bot_id, sha256, sent_as, file_id) "
        "SELECT $1, sha256, $3, $4 FROM files WHERE sha256 = $2 "
        "ON CONFLICT (bot_id, sha256, sent_as) DO UPDATE SET file_id = $4",
        bot_id,
        bytes.fromhex(sha256),
        sent_as,
        file_id,
    )


async def forget_telegram_id(connection: Connection, bot_id: int, sha256: str) -> None:
    """Telegram does not know the file any more: it will be uploaded again."""
    await connection.execute(
        "DELETE FROM telegram_files WHERE bot_id = $1 AND sha256 = $2",
        bot_id,
        bytes.fromhex(sha256),
    )


def is_digest(text: str) -> bool:
    """Whether a text is a SHA-256 in hexadecimal, as we write it."""
    return len(text) == 64 and set(text) <= _HEX


def safe_name(name: str) -> str:
    """A file's name without folders and without characters that break a file system or a header."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    printable = "".join(letter for letter in last if letter.isprintable())
    return printable.strip(" .")[:NAME_CHARACTERS]

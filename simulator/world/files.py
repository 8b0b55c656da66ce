"""Photos and documents, kept for ever: their bytes, and their descriptions in messages."""

import secrets
import sqlite3
import time
from collections.abc import Sequence
from typing import Any

from pyrogram.raw import types

from simulator.wire.rpc import RpcError
from simulator.wire.tl import decode
from simulator.world.accounts import PHOTO_CENTRE
from simulator.world.world import Change

PHOTO_SIDES = (800, 800)
MAX_PHOTO_BYTES = 10 * 1024 * 1024
REFERENCE = b"simulator"


def _add(change: Change, data: bytes) -> int:
    file_id = secrets.randbits(62)
    change.db.execute("INSERT INTO files (id, bytes) VALUES (?, ?)", (file_id, data))
    return file_id


def _keep(change: Change, described: types.Photo | types.Document) -> None:
    change.db.execute(
        "INSERT INTO media (id, body) VALUES (?, ?)", (described.id, described.write())
    )


def add_photo(change: Change, data: bytes) -> types.Photo:
    """Raises RpcError."""
    if not data or len(data) > MAX_PHOTO_BYTES:
        raise RpcError(400, "PHOTO_INVALID")
    file_id = _add(change, data)
    added = _describe_photo(file_id, len(data))
    _keep(change, added)
    return added


def _describe_photo(file_id: int, size: int) -> types.Photo:
    width, height = PHOTO_SIDES
    return types.Photo(
        id=file_id,
        access_hash=file_id,
        file_reference=REFERENCE,
        date=int(time.time()),
        sizes=[types.PhotoSize(type="x", w=width, h=height, size=size)],
        dc_id=PHOTO_CENTRE,
    )


def add_document(
    change: Change, data: bytes, mime_type: str, attributes: Sequence[Any]
) -> types.Document:
    """Raises RpcError."""
    if not data:
        raise RpcError(400, "MEDIA_EMPTY")
    file_id = _add(change, data)
    added = types.Document(
        id=file_id,
        access_hash=file_id,
        file_reference=REFERENCE,
        date=int(time.time()),
        mime_type=mime_type,
        size=len(data),
        dc_id=PHOTO_CENTRE,
        attributes=list(attributes),
    )
    _keep(change, added)
    return added


def photo(db: sqlite3.Connection, file_id: int) -> types.Photo:
    """Raises RpcError if there is no such photo."""
    found = _described(db, file_id)
    if found is None:
        # A photo from a journal of before files were described.
        query = "SELECT length(bytes) AS size FROM files WHERE id = ?"
        row = db.execute(query, (file_id,)).fetchone()
        found = _describe_photo(file_id, row["size"]) if row else None
    if not isinstance(found, types.Photo):
        raise RpcError(400, "MEDIA_EMPTY")
    return found


def document(db: sqlite3.Connection, file_id: int) -> types.Document:
    """Raises RpcError if there is no such document."""
    found = _described(db, file_id)
    if not isinstance(found, types.Document):
        raise RpcError(400, "MEDIA_EMPTY")
    return found


def _described(db: sqlite3.Connection, file_id: int) -> Any:
    row = db.execute("SELECT body FROM media WHERE id = ?", (file_id,)).fetchone()
    return decode(row["body"]) if row else None


def part(db: sqlite3.Connection, file_id: int, offset: int, limit: int) -> bytes:
    """Some bytes of a file. Raises RpcError if there is no such file."""
    query = "SELECT substr(bytes, ?, ?) AS part FROM files WHERE id = ?"
    row = db.execute(query, (offset + 1, limit, file_id)).fetchone()
    if row is None:
        raise RpcError(400, "LOCATION_INVALID")
    return bytes(row["part"])

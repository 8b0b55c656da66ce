"""Photos, kept for ever."""

import secrets
import time

from pyrogram.raw import types

from simulator.rpc import RpcError
from simulator.world import Change

PHOTO_SIDES = (800, 800)


def add(change: Change, data: bytes) -> int:
    """Keep a file; returns its id."""
    file_id = secrets.randbits(62)
    change.db.execute("INSERT INTO files (id, bytes) VALUES (?, ?)", (file_id, data))
    return file_id


def photo(change: Change, file_id: int) -> types.MessageMediaPhoto:
    """A message's photo. Raises RpcError if there is no such file."""
    query = "SELECT length(bytes) AS size FROM files WHERE id = ?"
    row = change.db.execute(query, (file_id,)).fetchone()
    if row is None:
        raise RpcError(400, "MEDIA_EMPTY")
    width, height = PHOTO_SIDES
    size = types.PhotoSize(type="x", w=width, h=height, size=row["size"])
    return types.MessageMediaPhoto(
        photo=types.Photo(
            id=file_id,
            access_hash=file_id,
            file_reference=b"simulator",
            date=int(time.time()),
            sizes=[size],
            dc_id=2,
        )
    )

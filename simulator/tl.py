"""TL, Telegram's binary language: decoding that is safe for a server, and ready-made bytes."""

from collections.abc import Sequence
from gzip import decompress
from io import BytesIO
from typing import Any

from pyrogram.raw.core import Bool, Bytes, GzipPacked, TLObject, Vector

Object = TLObject[Any]


class UnknownConstructor(ValueError):
    """A constructor id that layer 229 does not know."""


# Kurigram's objects are called by nobody here, least of all this one.
class Encoded(TLObject[Any]):  # pylint: disable=abstract-method  # `__call__`, see above
    """Bytes that are TL already, where an object is asked for (`Bool` and `Vector` are such)."""

    __slots__ = ["data"]

    def __init__(self, data: bytes) -> None:
        self.data = data

    def write(self, *args: Any) -> bytes:
        return self.data


def decode(data: bytes) -> Any:
    """Decode one boxed object; packed ones are unpacked.

    `Vector.read` takes a trailing vector for one of bare integers when the bytes left divide into
    4 or 8 an element. TL comes in multiples of 4 bytes, so one odd byte behind it rules that out.

    Raises UnknownConstructor.
    """
    if data[:4] == GzipPacked.ID.to_bytes(4, "little"):
        data = decompress(Bytes.read(BytesIO(data[4:])))
    try:
        return TLObject.read(BytesIO(data + b"\0"))
    except KeyError as error:
        raise UnknownConstructor(f"constructor {error.args[0]:#x} is not known") from error


def vector(items: Sequence[Object]) -> Encoded:
    return Encoded(bytes(Vector(list(items))))


def true() -> Encoded:
    return Encoded(bytes(Bool(True)))


def same(one: Object | None, other: Object | None) -> bool:
    """Equality of content: Kurigram's own `==` takes objects of unlike types for equal."""
    if one is None or other is None:
        return one is other
    return one.write() == other.write()

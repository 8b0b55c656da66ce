"""TL, Telegram's binary language: decoding that is safe for a server, and pre-encoded objects."""

import gzip
import zlib
from collections.abc import Sequence
from io import BytesIO
from struct import error as StructError
from typing import Any

from pyrogram.raw.core import Bool, Bytes, GzipPacked, TLObject, Vector

GZIP_ID = GzipPacked.ID.to_bytes(4, "little")
# A length beyond what a frame can contain is an attack or an error.
MAX_UNPACKED_BYTES = 8 * 1024 * 1024
# Results of this size and more are compressed. Telegram's limit is lower; on loopback the network
# is not the bottleneck.
PACK_FROM_BYTES = 4096

Object = TLObject[Any]

# Kurigram's readers check nothing; the exceptions that invalid bytes cause need not be
# distinguished.
READ_ERRORS = (
    AttributeError,
    EOFError,
    IndexError,
    OSError,
    RecursionError,
    StructError,
    TypeError,
    ValueError,
)


class UnknownConstructor(ValueError):
    """A constructor id that layer 229 does not know."""


class Malformed(ValueError):
    """Bytes that do not form the object that they begin as."""


# Kurigram's objects are never called here, least of all this one.
class Encoded(TLObject[Any]):  # pylint: disable=abstract-method  # `__call__`, see above
    """Encoded TL in place of an object (`Bool` and `Vector` are such)."""

    __slots__ = ["data"]

    def __init__(self, data: bytes) -> None:
        self.data = data

    def write(self, *args: Any) -> bytes:
        return self.data


def unpacked(data: bytes) -> bytes:
    """The contents of gzip_packed; other bytes as they are. Raises Malformed."""
    if data[:4] != GZIP_ID:
        return data
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = inflater.decompress(Bytes.read(BytesIO(data[4:])), MAX_UNPACKED_BYTES)
    except zlib.error as error:
        raise Malformed(f"gzip_packed: {error}") from error
    if not inflater.eof:
        raise Malformed(f"gzip_packed: cut short, or beyond {MAX_UNPACKED_BYTES} bytes")
    return plain


def packed(data: bytes) -> bytes:
    """As gzip_packed if that makes it smaller."""
    if len(data) < PACK_FROM_BYTES:
        return data
    small = GZIP_ID + bytes(Bytes(gzip.compress(data, compresslevel=1)))
    return small if len(small) < len(data) else data


def decode(data: bytes) -> Any:
    """Decode one boxed object; packed ones are unpacked.

    `Vector.read` takes a trailing vector for one of bare integers when the bytes left divide into 4
    or 8 an element. TL comes in multiples of 4 bytes, so one odd byte behind it rules that out.

    Raises UnknownConstructor, Malformed.
    """
    plain = unpacked(data)
    try:
        return TLObject.read(BytesIO(plain + b"\0"))
    except KeyError as error:
        raise UnknownConstructor(f"constructor {error.args[0]:#x} is not known") from error
    except READ_ERRORS as error:
        raise Malformed(f"{type(error).__name__}: {error}") from error


def vector(items: Sequence[Object]) -> Encoded:
    return Encoded(bytes(Vector(list(items))))


def boolean(value: bool) -> Encoded:
    return Encoded(bytes(Bool(value)))


def true() -> Encoded:
    return boolean(True)


def same(one: Object | None, other: Object | None) -> bool:
    """Equality of content: Kurigram's own `==` takes objects of different types for equal."""
    if one is None or other is None:
        return one is other
    return one.write() == other.write()

"""Request bodies: read up to one limit, decoded up to another; a decompression bomb is refused."""

import gzip
import io
import zlib
from collections.abc import AsyncIterable, Callable, Iterator
from typing import IO, Literal, TypeAlias

import zstandard
from starlette.requests import Request

from core.errors import VitrinaError

Encoding: TypeAlias = Literal["identity", "gzip", "zstd"]

_ENCODINGS: dict[str, Encoding] = {
    "": "identity",
    "identity": "identity",
    "gzip": "gzip",
    "x-gzip": "gzip",
    "zstd": "zstd",
}
# The window that a decoder may allocate before it has seen any data. RFC 8878 recommends 8 MiB.
_ZSTD_WINDOW = 8 * 1024 * 1024
# Files joined with `cat` have a few members. Half a million empty ones, 8 MiB without content,
# would keep the service busy for a minute.
_GZIP_MEMBERS = 100
_CHUNK = 64 * 1024
_BAD_DATA = (zlib.error, gzip.BadGzipFile, EOFError, zstandard.ZstdError)


class BodyTooLarge(VitrinaError):
    code = "body_too_large"
    status = 413


class BodyUnreadable(VitrinaError):
    code = "body_unreadable"
    status = 400


class EncodingUnknown(VitrinaError):
    code = "encoding_unknown"
    status = 415


def encoding_of(request: Request) -> Encoding:
    """The body's compression; raises EncodingUnknown."""
    named = request.headers.get("content-encoding", "").strip().lower()
    if named not in _ENCODINGS:
        raise EncodingUnknown(
            f"Content-Encoding {named!r:.40} is not known: send gzip, zstd, or none"
        )
    return _ENCODINGS[named]


async def receive(
    request: Request, file: IO[bytes], limit: int, arrived: Callable[[int], None]
) -> None:
    """Writes the body as received into `file`, and calls `arrived` with the number of bytes so far;
    raises BodyTooLarge as soon as it exceeds `limit`."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    await _copy(request.stream(), file, limit, arrived)
    file.seek(0)


async def _copy(
    chunks: AsyncIterable[bytes], file: IO[bytes], limit: int, arrived: Callable[[int], None]
) -> None:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        file.write(chunk)
        arrived(size)


def _gunzipped(body: IO[bytes]) -> Iterator[bytes]:
    """The contents of a gzip file's members, piece by piece; raises what is in _BAD_DATA."""
    coming = body.read(_CHUNK)
    members = 0
    while coming:
        members += 1
        if members > _GZIP_MEMBERS:
            raise gzip.BadGzipFile(f"over {_GZIP_MEMBERS} members")
        decoder = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        while not decoder.eof:
            piece = decoder.decompress(coming, _CHUNK)
            coming = decoder.unconsumed_tail or (b"" if decoder.eof else body.read(_CHUNK))
            if not (piece or coming or decoder.eof):
                raise EOFError("cut off")
            yield piece
        coming = decoder.unused_data or body.read(_CHUNK)


class _Gunzipped:
    """The pieces as a file."""

    def __init__(self, body: IO[bytes]) -> None:
        self._pieces = _gunzipped(body)
        self._rest = b""

    def read(self, size: int) -> bytes:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = piece
        data, self._rest = self._rest[:size], self._rest[size:]
        return data


class Decoded(io.RawIOBase):
    """A body decoded as it is read. Raises BodyTooLarge past `limit` bytes, BodyUnreadable."""

    def __init__(self, body: IO[bytes], encoding: Encoding, limit: int) -> None:
        super().__init__()
        self._limit = limit
        self._left = limit
        self._source: IO[bytes] | _Gunzipped = body
        if encoding == "gzip":
            self._source = _Gunzipped(body)
        elif encoding == "zstd":
            decoder = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
            self._source = decoder.stream_reader(body, read_across_frames=True, closefd=False)

    def readable(self) -> bool:
        return True

    # RawIOBase only ever calls it with a memoryview.
    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # see above
        try:
            data = self._source.read(min(len(buffer), self._left + 1))
        except _BAD_DATA as error:
            raise BodyUnreadable(
                "the body is not what Content-Encoding says, or it was cut off: send it again"
            ) from error
        if len(data) > self._left:
            raise _too_large(self._limit)
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)


def decode(body: IO[bytes], encoding: Encoding, limit: int) -> bytes:
    """The whole body; raises BodyTooLarge if it exceeds `limit` bytes decoded, BodyUnreadable."""
    return Decoded(body, encoding, limit).readall()


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(
        f"the body is over {limit // 1024} KiB, compressed or not: send it in several calls"
    )

"""What is put around a file of ClickHouse's: the mark of UTF-8, gzip or zstd."""

import asyncio
import codecs
import zlib
from collections.abc import AsyncIterator
from typing import Protocol

import zstandard

from api.exporting.engine import Reader
from api.exporting.formats import Layout, Packing

_GZIP_LEVEL = 5
_GZIP_WINDOW = 31  # of zlib: the largest, with gzip's header
_ZSTD_LEVEL = 3


class Stream(Protocol):
    """A file on its way: `chunks` ends when it is whole, and raises ExportFailed if it breaks
    off."""

    def chunks(self) -> AsyncIterator[bytes]: ...

    def hand_on(self, reader: Reader) -> AsyncIterator[int] | None:
        """The file straight to its reader, told in sizes; None where its bytes pass through."""

    def close(self) -> None: ...


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


def _compressor(packing: Packing) -> _Compressor | None:
    match packing:
        case "none":
            return None
        case "gzip":
            return zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
        case "zstd":
            return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj()


class Packed:
    """A stream with what its layout puts around it. What breaks off stays without its end, which
    every program that unpacks it notices."""

    def __init__(self, stream: Stream, layout: Layout) -> None:
        self._stream = stream
        self._mark = codecs.BOM_UTF8 if layout.bom else b""
        self._compressor = _compressor(layout.packing)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The file in pieces."""
        if self._compressor is None:
            if self._mark:
                yield self._mark
            async for piece in self._stream.chunks():
                yield piece
            return
        if self._mark:
            yield self._compressor.compress(self._mark)
        async for piece in self._stream.chunks():
            if packed := await asyncio.to_thread(self._compressor.compress, piece):
                yield packed
        yield self._compressor.flush()

    def hand_on(self, reader: Reader) -> AsyncIterator[int] | None:
        """Only what is not packed."""
        rest = self._stream.hand_on(reader) if self._compressor is None else None
        return self._marked(reader, rest) if rest and self._mark else rest

    async def _marked(self, reader: Reader, rest: AsyncIterator[int]) -> AsyncIterator[int]:
        yield len(self._mark)
        await reader.send(self._mark)
        async for size in rest:
            yield size

    def close(self) -> None:
        self._stream.close()

"""Files of past orders are read in a separate process, so that no file, whatever it contains,
delays other calls: the process has limits of memory and processor time, and ends with its call.

The process writes frames to its output: four bytes of length, and a pickle of that length.
"""

import asyncio
import contextlib
import os
import pickle
import resource
import struct
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import IO, Any

from pydantic import TypeAdapter

from core import csv_text, zones
from core.csv_readings import Encoding, Stated
from core.csv_text import FileUnreadable
from core.errors import VitrinaError
from ingestion import bodies
from ingestion.past_orders import Bounds, OrdersFile, PastOrder, RowProblem

_MEMORY = 1536 * 1024 * 1024  # bytes of address space
_CPU_SECONDS = 120
_NICENESS = 10  # live events go first
_ITEMS_A_FRAME = 100
# By its name in the package: what it pickles is then the same class on both sides.
_MAIN = "from ingestion.order_reader import main; main()"
_LENGTH = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class FileOptions:
    """How a file was sent, what the caller states about it, and the bounds of its times."""

    encoding: bodies.Encoding
    max_decoded: int  # bytes
    now: datetime
    keep_days: int
    zone: str | None = None
    charset: Encoding | None = None
    stated: Stated = Stated()


@dataclass(frozen=True, slots=True)
class FileSummary:
    """What the file was, known at its end."""

    rows: int
    separator: str
    decimal: str
    dates: str


_OPTIONS = TypeAdapter(FileOptions)


@contextlib.asynccontextmanager
async def reading(
    file: IO[bytes], options: FileOptions
) -> AsyncIterator[AsyncIterator[PastOrder | RowProblem | FileSummary]]:
    """The file's orders and problems as they are read, and its summary at the end.

    Raises FileUnreadable, bodies.BodyTooLarge, bodies.BodyUnreadable. If the caller stops early,
    the process ends.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _MAIN,
        _OPTIONS.dump_json(options).decode(),
        stdin=file.fileno(),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None  # a pipe was requested
    try:
        yield _items(process.stdout)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        # What it has said and nobody has read would keep its pipe open, and this waiting for ever.
        await process.communicate()


async def _items(
    stream: asyncio.StreamReader,
) -> AsyncIterator[PastOrder | RowProblem | FileSummary]:
    while True:
        try:
            (length,) = _LENGTH.unpack(await stream.readexactly(_LENGTH.size))
            frame = await stream.readexactly(length)
        except asyncio.IncompleteReadError as error:
            raise FileUnreadable(
                "reading the file took too much memory or time: send it in several parts"
            ) from error
        items = pickle.loads(frame)  # of our own process
        for item in items:
            if isinstance(item, VitrinaError):
                raise item
            yield item
        if items and isinstance(items[-1], FileSummary):
            return


class _Lines:
    """A file's lines, read from the beginning at each iteration."""

    def __init__(self, file: IO[bytes], options: FileOptions) -> None:
        self._file = file
        self._options = options

    def __iter__(self) -> Iterator[str]:
        self._file.seek(0)
        options = self._options
        decoded = bodies.Decoded(self._file, options.encoding, options.max_decoded)
        return csv_text.lines(decoded, options.charset)


def _read(file: IO[bytes], options: FileOptions) -> Iterator[list[Any]]:
    zone = zones.zone(options.zone) if options.zone else None
    bounds = Bounds(options.now, timedelta(days=options.keep_days), zone)
    orders = OrdersFile(_Lines(file, options), bounds, options.stated)
    try:
        items = iter(orders)
        while some := list(islice(items, _ITEMS_A_FRAME)):
            yield some
        reading_ = orders.reading
        yield [FileSummary(orders.rows, orders.separator, reading_.decimal, reading_.dates)]
    except VitrinaError as error:
        yield [error]
    except MemoryError:
        yield [FileUnreadable("the file takes too much memory: send it in several parts")]


def main() -> None:
    """Reads the file on standard input."""
    os.nice(_NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    options = _OPTIONS.validate_json(sys.argv[1])
    with open(0, "rb") as file, open(1, "wb") as output, contextlib.suppress(BrokenPipeError):
        for items in _read(file, options):
            frame = pickle.dumps(items)
            output.write(_LENGTH.pack(len(frame)) + frame)
            output.flush()

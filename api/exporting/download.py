"""A file's bytes as they come from ClickHouse, and how it is noticed that they broke off."""

import contextlib
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator

import aiohttp

from api.exporting.engine import REPORT_BYTES, EngineAnswer, Reader
from api.exporting.pace import Pace
from core.errors import VitrinaError


class ExportFailed(VitrinaError):
    """ClickHouse refused the query or broke off; its message is in the log."""

    code = "export_failed"
    status = 503


def _rows_of(last: bytes, tag: str) -> tuple[bytes, ExportFailed | None]:
    """The end of a body without the report of an error, and the error.

    An error after the first bytes is told at the end of the body itself, between marks with the
    answer's own tag.
    """
    rows, mark, report = last.partition(f"__exception__\r\n{tag}".encode())
    if mark:
        return rows, ExportFailed(report.decode(errors="replace").strip())
    if last.endswith(f"{tag}\r\n__exception__\r\n".encode()):
        return b"", ExportFailed("the report of the error is longer than any of the engine's")
    return rows, None


async def unless_broken(body: AsyncIterator[bytes], tag: str) -> AsyncIterator[bytes]:
    """The body without the report of an error, after which ExportFailed has the engine's message.

    Pieces are passed on, uncopied and unread, once as many bytes have followed as a report can
    have.
    """
    held: deque[bytes] = deque()
    size = 0
    async for piece in body:
        held.append(piece)
        size += len(piece)
        while size - len(held[0]) >= REPORT_BYTES:
            size -= len(held[0])
            yield held.popleft()
    rows, error = _rows_of(b"".join(held), tag)
    if rows:
        yield rows
    if error is not None:
        raise error


class Download:
    """A running query's answer. Its two ways to read it raise ExportFailed if the engine breaks
    off."""

    def __init__(
        self,
        answer: aiohttp.ClientResponse | EngineAnswer,
        ended: Callable[[], None],
        pace: Pace,
    ) -> None:
        self._answer = answer
        self._pace = pace
        self._tag = answer.headers.get("X-ClickHouse-Exception-Tag", "")
        self._ended: Callable[[], None] | None = ended

    @property
    def rows(self) -> int:
        """How many rows there are; only of an answer that ClickHouse kept until it was whole."""
        summary = json.loads(self._answer.headers.get("X-ClickHouse-Summary", "{}"))
        return int(summary.get("result_rows", 0))

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body in pieces."""
        with _as_failure():
            async for piece in unless_broken(self._pieces(), self._tag):
                yield piece

    async def _pieces(self) -> AsyncIterator[bytes]:
        while True:
            async with self._pace.turn():
                if isinstance(self._answer, EngineAnswer):
                    piece = await self._answer.read()
                else:
                    piece = await self._answer.content.readany()
            if not piece:
                return
            yield piece

    def hand_on(self, reader: Reader) -> AsyncIterator[int] | None:
        """The body straight to a reader, told in sizes; None where it has to be read here."""
        answer = self._answer
        return self._handed_on(answer, reader) if isinstance(answer, EngineAnswer) else None

    async def _handed_on(self, answer: EngineAnswer, reader: Reader) -> AsyncIterator[int]:
        last: list[bytes] = []
        with _as_failure():
            async for size in answer.hand_on(reader, self._pace.turn, last):
                yield size
        rows, error = _rows_of(b"".join(last), self._tag)
        if rows:
            yield len(rows)
            await reader.send(rows)
        if error is not None:
            raise error

    def close(self) -> None:
        """Drops the connection; a query that still runs is cancelled by the server."""
        self._answer.close()
        if self._ended is not None:
            self._ended()
            self._ended = None


@contextlib.contextmanager
def _as_failure() -> Iterator[None]:
    try:
        yield
    except (aiohttp.ClientError, OSError) as error:  # or TimeoutError, which is one
        raise ExportFailed(f"ClickHouse broke off: {error}") from error

"""Files on their way: what was taken is noted, and nobody keeps others from theirs."""

import asyncio
import contextlib
import json
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import exports
from api.exporting import answers, files
from api.exporting.answers import DownloadResponse
from api.exporting.columns import Column
from api.exporting.copying import copied
from api.exporting.download import Download, ExportFailed, unless_broken
from api.exporting.engine import Reader
from api.exporting.formats import Layout
from api.exports import Exporter, ExportsBusy, Query
from core.events import Bilingual
from core.postgres import Pool
from tests import patience
from tests.api.conftest import until

PIECE = b"x" * (1 << 17)


class Copy:
    """A pool, its connection and its transaction; rows that never end."""

    def __init__(self) -> None:
        self.sent = 0
        self.is_over = False

    @contextlib.asynccontextmanager
    async def acquire(self) -> AsyncIterator["Copy"]:
        try:
            yield self
        finally:
            self.is_over = True

    @contextlib.asynccontextmanager
    async def transaction(self, **_options: Any) -> AsyncIterator[None]:
        yield

    async def execute(self, _sql: str) -> None:
        pass

    async def copy_from_query(self, _sql: str, output: Any, **_options: Any) -> None:
        while True:
            await output(PIECE)
            self.sent += 1


async def test_a_copy_that_nobody_reads_on_ends() -> None:
    source = Copy()
    rows = copied(cast(Pool, source), "SELECT 1")
    assert await anext(rows) == PIECE
    await until(lambda: source.sent > 8)  # as much waits as may
    async with asyncio.timeout(patience.SECONDS):
        await cast(Any, rows).aclose()
    assert source.is_over


class File:
    """A stream of two pieces and then whatever `then` does."""

    def __init__(self, then: Callable[[], Any]) -> None:
        self.then = then
        self.is_closed = False

    async def chunks(self) -> AsyncIterator[bytes]:
        yield b"abc"
        yield b"de"
        await self.then()

    def hand_on(self, _reader: Reader) -> None:
        pass

    def close(self) -> None:
        self.is_closed = True


async def _answered(then: Callable[[], Any], *, takes: int = 9) -> tuple[list[int], list[bytes]]:
    """The sizes that were noted and the pieces that arrived, of a reader who takes so many and
    leaves when the stream waits."""
    left = asyncio.Event()
    noted: list[int] = []
    arrived: list[Any] = []

    async def waits() -> None:
        left.set()
        await then()

    async def note(size: int) -> None:
        await asyncio.sleep(0)
        noted.append(size)

    async def receive() -> dict[str, str]:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if len(arrived) > takes:
            await asyncio.Event().wait()
        arrived.append(message)

    file = File(waits)
    response = DownloadResponse(file, "a.csv", "text/csv", note)
    async with asyncio.timeout(patience.SECONDS):
        await response({"type": "http"}, cast(Any, receive), send)
    assert file.is_closed
    assert all(each.get("more_body", True) for each in arrived)  # it never ends as if it were whole
    return noted, [each["body"] for each in arrived[1:]]


async def test_what_was_taken_before_it_broke_off_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await _answered(asyncio.Event().wait) == ([5], [b"abc", b"de"])

    async def breaks() -> None:
        raise ValueError("what nobody thought of")

    assert await _answered(breaks) == ([5], [b"abc", b"de"])
    monkeypatch.setattr(answers, "SEND_SECONDS", 0.01)
    assert await _answered(asyncio.Event().wait, takes=1) == ([5], [b"abc"])


async def test_no_link_takes_all_turns(clickhouse_url: str) -> None:
    exporter = Exporter(clickhouse_url)
    one = Query("SELECT 1", {})
    try:
        held = [await exporter.start_as(one, "CSV", link_id=1) for _ in range(6)]
        with pytest.raises(ExportsBusy):
            await exporter.start_as(one, "CSV", link_id=1)
        held.append(await exporter.start_as(one, "CSV", link_id=2))
        held.pop(0).close()
        held.append(await exporter.start_as(one, "CSV", link_id=1))
        for each in held:
            each.close()
    finally:
        await exporter.close()


async def test_copies_leave_connections_to_the_panel(monkeypatch: pytest.MonkeyPatch) -> None:
    exporter = Exporter("http://nowhere:8123/none")
    monkeypatch.setattr(exports, "_TURN_SECONDS", 0.01)
    async with exporter.copying():
        async with exporter.copying():
            with pytest.raises(ExportsBusy):
                async with exporter.copying():
                    raise AssertionError("a third one")
        async with exporter.copying():
            pass


class Rows:
    """An answer with two rows."""

    is_closed = False

    async def chunks(self) -> AsyncIterator[bytes]:
        yield b"".join(json.dumps([each]).encode() + b"\n" for each in ("tea", "milk"))

    def close(self) -> None:
        self.is_closed = True


async def test_a_workbook_is_written_where_exports_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    columns = [Column("title", "text", Bilingual("Название", "Title"))]
    layout = Layout(file_format="xlsx")
    rows = Rows()
    space = tmp_path / "exports"
    stream = await files.finished(cast(Download, rows), columns, layout, space)
    assert rows.is_closed
    assert (b"".join([piece async for piece in stream.chunks()])).startswith(b"PK")
    stream.close()
    assert not any(space.iterdir())
    refused = Rows()
    (tmp_path / "full").touch()  # no folder can be made
    with pytest.raises(OSError):
        await files.finished(cast(Download, refused), columns, layout, tmp_path / "full")
    assert refused.is_closed


TAG = "abcdefghijklmnop"
REPORT = f"\r\n__exception__\r\n{TAG}\r\nCode: 1. DB::Exception: no\n27 {TAG}\r\n__exception__\r\n"


@given(
    cuts=st.lists(st.integers(0, 200_000)), body=st.binary(max_size=100), times=st.integers(1, 2000)
)
async def test_an_errors_mark_is_found_however_the_answer_is_cut(
    cuts: list[int], body: bytes, times: int
) -> None:
    body *= times

    async def collect(whole: bytes) -> bytes:
        async def pieces() -> AsyncIterator[bytes]:
            edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
            for start, end in zip(edges, edges[1:], strict=False):
                yield whole[start:end]

        async for piece in unless_broken(pieces(), TAG):
            received.append(piece)
        return b"".join(received)

    received: list[bytes] = []
    assert await collect(body) == body
    received.clear()
    with pytest.raises(ExportFailed, match="Code: 1. DB::Exception: no"):
        await collect(body + REPORT.encode())
    assert (body + b"\r\n").startswith(b"".join(received))
    with pytest.raises(ExportFailed, match="longer|Code: 1"):
        await collect(body + REPORT.replace(": no", ": no" * 10_000).encode())

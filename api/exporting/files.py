"""Files of exports on their way to a visitor, and the note that one was taken."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import structlog

from api.exporting import querying, workbook
from api.exporting.columns import Column
from api.exporting.download import Download
from api.exporting.engine import Reader
from api.exporting.formats import Layout
from api.exporting.packing import Packed, Stream
from api.exporting.querying import Asked
from api.exports import Exporter
from api.problems import STORE_ERRORS
from api.step_up import StepUp
from core.heads import IS_HEAD
from core.postgres import Connection, Pool
from core.shop import export_quotas, export_runs
from core.shop.shops import Shop

log = structlog.get_logger()

_CHUNK_BYTES = 1 << 16
_PREFIX = "download-"
_WORKBOOK = "file.xlsx"
_LEFT_SECONDS = 2 * 86_400.0


async def opened(exporter: Exporter, pool: Pool, asked: Asked, space: Path) -> Stream:
    """The file as a stream that has begun. A workbook is first written to the disk, into a folder
    of its own in `space`.

    Raises ExportFailed, ExportTooLarge, ExportsBusy, TooManyRows.
    """
    download = await querying.start(exporter, pool, asked)
    return await finished(download, asked.columns, asked.layout, space)


async def finished(
    download: Download, columns: Sequence[Column], layout: Layout, space: Path
) -> Stream:
    """What a layout makes of a query's answer; raises as `opened`."""
    if layout.file_format != "xlsx":
        return Packed(download, layout)
    try:
        folder = await asyncio.to_thread(_folder, space)
        try:
            await workbook.write(download, folder / _WORKBOOK, columns, layout)
        except BaseException:
            shutil.rmtree(folder)
            raise
    finally:
        download.close()
    return _Written(folder, folder / _WORKBOOK)


def _folder(space: Path) -> Path:
    space.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in space.glob(f"{_PREFIX}*"):  # by a process that was killed
        if left.stat().st_mtime < time.time() - _LEFT_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=space))


class _Written:
    """A file in a folder that goes when the stream is closed."""

    def __init__(self, folder: Path, file: Path) -> None:
        self._folder = folder
        self._file = file

    def hand_on(self, _reader: Reader) -> None:
        """It is read here."""

    async def chunks(self) -> AsyncIterator[bytes]:
        """The file in pieces."""
        with self._file.open("rb") as source:
            while piece := await asyncio.to_thread(source.read, _CHUNK_BYTES):
                yield piece

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


async def noted(
    step_up: StepUp,
    shops: Sequence[Shop],
    dataset: str,
    file_format: str,
    begin: Callable[[], Awaitable[Stream]],
) -> tuple[Stream, Callable[[int], Awaitable[None]]]:
    """Begins an export of these shops by `begin` if it may, and notes it: what has begun, and the
    function to call with its size once it is sent. One that cannot begin uses nothing up, and to
    HEAD, which asks whether it may, nothing begins at all.

    Raises QuotaExceeded, as `confirmed`, and as `begin`.
    """
    resources, visitor = step_up.resources, step_up.visitor
    is_head = step_up.request.scope.get(IS_HEAD)
    is_unusual = not is_head and await looked_at(step_up, dataset)

    async def note(connection: Connection) -> int:
        quotas = resources.export_jobs.terms.quotas
        await export_quotas.check(connection, visitor.link_id, quotas)
        # To HEAD it is looked at here, and its alert is undone with the rest.
        if is_unusual or (is_head and await _is_unusual(connection, step_up, dataset)):
            await confirmed(connection, step_up, shops, dataset)
        return await export_runs.begin(connection, visitor, dataset, file_format)

    async with resources.pool.acquire() as connection:
        trial = connection.transaction()  # the stores work for nobody who may not have it
        await trial.start()
        try:
            await note(connection)
        finally:
            await trial.rollback()
    if is_head:
        return _Nothing(), _sent_nothing
    stream = await begin()
    try:
        # Of two at the same moment one has used the confirmation up meanwhile.
        async with resources.pool.acquire() as connection, connection.transaction():
            run = await note(connection)
    except BaseException:
        stream.close()
        raise

    async def sent(size_bytes: int) -> None:
        try:
            async with resources.pool.acquire() as connection, connection.transaction():
                ratio = resources.settings.alert_export_ratio
                await export_runs.finish(connection, run, size_bytes, ratio)
        except STORE_ERRORS as error:
            log.warning("the size of an export could not be noted", error=str(error))

    return stream, sent


async def _sent_nothing(_size_bytes: int) -> None:
    pass


class _Nothing:
    """What HEAD is answered with: no bytes."""

    def hand_on(self, _reader: Reader) -> None:
        """There is nothing."""

    async def chunks(self) -> AsyncIterator[bytes]:
        """None."""
        nothing: tuple[bytes, ...] = ()
        for piece in nothing:
            yield piece

    def close(self) -> None:
        """Nothing is open."""


async def looked_at(step_up: StepUp, dataset: str) -> bool:
    """Whether an export is unusual; its alert stays, whatever becomes of the request."""
    async with step_up.resources.pool.acquire() as connection, connection.transaction():
        return await _is_unusual(connection, step_up, dataset)


async def _is_unusual(connection: Connection, step_up: StepUp, dataset: str) -> bool:
    limit = step_up.resources.settings.alert_exports
    return await export_runs.is_unusual(connection, step_up.visitor, dataset, limit)


async def confirmed(
    connection: Connection, step_up: StepUp, shops: Sequence[Shop], dataset: str
) -> None:
    """Lets an unusual export through by the owner's button; raises as `StepUp.require`. A program
    with a key presses nothing: of it there is the alert."""
    if step_up.visitor.key_id is None and shops:
        await step_up.require(connection, "export", [shop.id for shop in shops], subject=dataset)

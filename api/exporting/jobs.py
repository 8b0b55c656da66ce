"""Works export jobs beside the API's requests: one at a time, file by file, to the disk."""

import asyncio
import contextlib
import hashlib
import os
import secrets
import shutil
import socket
import stat
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from api.exporting import catalogue, deliveries, packing, querying, workbook
from api.exporting.catalogue import ColumnsOfFigures
from api.exporting.columns import picked, seen
from api.exporting.deliveries import Means
from api.exporting.download import ExportFailed
from api.exporting.formats import Layout
from api.exporting.querying import Asked
from api.exports import Exporter, ExportsBusy
from api.problems import STORE_ERRORS, Busy
from core.errors import VitrinaError
from core.shop import export_jobs, export_quotas, export_runs, export_schedules, shops
from core.shop.export_jobs import ExportJob, JobFile, LeaseLost
from core.shop.export_quotas import Quotas

log = structlog.get_logger()

# ClickHouse keeps the answer on its disk until it is whole: a failure is no file at all, and the
# number of rows is known.
_WHOLE = {"wait_end_of_query": "1"}
_BRINGING = 3  # deliveries at once: a bucket may take long


@dataclass(frozen=True, slots=True)
class Terms:
    """Where jobs' files are, how long, how many; for how long a job is held, and how often
    somebody looks for one."""

    folder: Path
    kept: timedelta
    quotas: Quotas
    alert_ratio: float
    lease: timedelta = timedelta(seconds=60)
    poll: timedelta = timedelta(seconds=20)
    for_group: bool = False  # Nginx reads them, too


class JobRunner:
    """One for each process of the API; `run` is a task of its lifetime."""

    def __init__(
        self, means: Means, exporter: Exporter, columns: ColumnsOfFigures, terms: Terms
    ) -> None:
        self.means = means
        self._pool = means.pool
        self._exporter = exporter
        self._columns = columns
        self.terms = terms
        self._worker = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._sleepers: list[asyncio.Event] = []

    def wake(self) -> None:
        """A job was ordered, or files are to be removed."""
        for each in self._sleepers:
            each.set()

    def file(self, job_id: UUID, name: str) -> Path:
        """Where a file of a job is."""
        return self.terms.folder / str(job_id) / name

    async def run(self) -> None:
        """Works until it is cancelled. A job that is under way then is taken up again by the next
        process, after its last whole file. A slow bucket holds up no job, and a slow job no
        delivery."""
        if self.terms.for_group:  # Nginx came later than some of the files
            await asyncio.to_thread(_open_to_group, self.terms.folder)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._repeated(self.remove_overdue))
            group.create_task(self._repeated(self._order_due))
            group.create_task(self._repeated(self._work_all))
            for _ in range(_BRINGING):
                group.create_task(self._repeated(self._bring_all))

    async def _repeated(self, duty: Callable[[], Awaitable[None]]) -> None:
        woken = asyncio.Event()
        self._sleepers.append(woken)
        while True:
            woken.clear()
            try:
                await duty()
            except (*STORE_ERRORS, VitrinaError) as error:
                log.warning("an export job waits", error=str(error))
            except Exception:  # pylint: disable=broad-exception-caught  # others wait
                log.exception("an export job failed")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.terms.poll.total_seconds()):
                    await woken.wait()

    async def _work_all(self) -> None:
        while await self.work_one():
            self.wake()  # its files are to be brought, or removed

    async def _bring_all(self) -> None:
        while await deliveries.bring_next(self.means, self.terms.folder):
            pass

    async def _order_due(self) -> None:
        is_due = True
        while is_due:
            now = datetime.now(UTC)
            async with self._pool.acquire() as connection, connection.transaction():
                due = await export_schedules.take_due(connection, now)
                if due is not None:
                    await deliveries.order_due(connection, due, now)
            is_due = due is not None
            if is_due:
                self.wake()

    async def work_one(self) -> bool:
        """Works the oldest job that nobody has; False without one.

        Raises ExportFailed or what a store raises if it has to be tried again.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            job = await export_jobs.claim(connection, self._worker, self.terms.lease)
        if job is None:
            return False
        log.info("an export job begins", job=str(job.id), table=job.table_key, parts=job.parts)
        try:
            await self._holding(job.id, self._write(job))
        except LeaseLost:
            log.info("an export job was given up", job=str(job.id))
            async with self._pool.acquire() as connection, connection.transaction():
                await export_jobs.give_up(connection, job.id, self._worker)
        except ExportFailed:  # counted as an attempt: another begins when the lease has run out
            raise
        except (ExportsBusy, Busy, *STORE_ERRORS):
            with contextlib.suppress(Busy, *STORE_ERRORS):
                async with self._pool.acquire() as connection, connection.transaction():
                    await export_jobs.release(connection, job.id, self._worker)
            raise
        except VitrinaError as error:
            log.warning("an export job cannot be done", job=str(job.id), error=error.detail)
            async with self._pool.acquire() as connection, connection.transaction():
                await export_jobs.fail(connection, job.id, self._worker, error.code)
        return True

    async def _holding(self, job_id: UUID, work: Coroutine[Any, Any, None]) -> None:
        """Does the work while its lease is renewed; raises LeaseLost as soon as that is lost."""
        task = asyncio.create_task(work)
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=self.terms.lease.total_seconds() / 4)
                if not task.done():
                    async with self._pool.acquire() as connection, connection.transaction():
                        await export_jobs.renew(connection, job_id, self._worker, self.terms.lease)
            await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _write(self, job: ExportJob) -> None:
        async with self._pool.acquire() as connection:
            written = {each.part: each for each in await export_jobs.files(connection, job.id)}
        folder = self.terms.folder / str(job.id)
        mode = 0o750 if self.terms.for_group else 0o700
        await asyncio.to_thread(folder.mkdir, mode=mode, parents=True, exist_ok=True)
        asked = await self._asked(job)
        for part in range(1, job.parts + 1):
            if part in written and self._is_there(job.id, written[part]):
                continue
            await self._write_part(job, asked, part)
        for left in folder.glob(".*.writing"):
            left.unlink(missing_ok=True)
        async with self._pool.acquire() as connection, connection.transaction():
            files = await export_jobs.files(connection, job.id)
            run = await export_jobs.finish(connection, job.id, self._worker, self.terms.kept)
            if run is not None:
                size = sum(each.size_bytes for each in files)
                await export_runs.finish(connection, run, size, self.terms.alert_ratio)
        log.info("an export job is done", job=str(job.id), rows=sum(each.rows for each in files))

    def _is_there(self, job_id: UUID, written: JobFile) -> bool:
        if written.name is None:
            return True
        file = self.file(job_id, written.name)
        return file.exists() and file.stat().st_size == written.size_bytes

    async def _asked(self, job: ExportJob) -> Asked:
        table = catalogue.table(job.table_key)
        layout = Layout.model_validate(job.layout)
        visible = seen(await self._columns.of(table), with_people=job.with_people)
        columns = picked(visible, layout.columns)
        async with self._pool.acquire() as connection:
            known = await shops.all_shops(connection)
        chosen = [shop for shop in known if shop.id in job.shop_ids]
        return Asked(table, columns, chosen, job.first_day, job.last_day, layout, _WHOLE)

    async def _write_part(self, job: ExportJob, asked: Asked, part: int) -> None:
        """Writes a day, or all of a table without days, and notes it."""
        async with self._pool.acquire() as connection, connection.transaction():
            await export_jobs.renew(connection, job.id, self._worker, self.terms.lease)
            link_id = await connection.fetchval(
                "SELECT link_id FROM export_jobs WHERE id = $1", job.id
            )
            await export_quotas.check(connection, link_id, self.terms.quotas)
        day: date | None = None
        if asked.table.has_days and job.parts > 1:
            day = job.first_day + timedelta(days=part - 1)
            asked = querying.of_day(asked, day)
        days = f"-{asked.first}-{asked.last}" if asked.table.has_days else ""
        name = f"{job.table_key}{f'-{day}' if day else days}{asked.layout.suffix}"
        file = self.file(job.id, name)
        beside = file.with_name(f".{name}.{self._worker}.writing")
        try:
            rows, size, digest = await self._stored(asked, beside)
            if rows:
                await asyncio.to_thread(beside.replace, file)
        finally:
            beside.unlink(missing_ok=True)
        whole = JobFile(
            part=part,
            day=day,
            name=name if rows else None,
            rows=rows,
            size_bytes=size if rows else 0,
            sha256=digest if rows else None,
            written_at=datetime.now(UTC),
        )
        async with self._pool.acquire() as connection, connection.transaction():
            await export_jobs.add_file(connection, job.id, self._worker, whole)

    async def _stored(self, asked: Asked, file: Path) -> tuple[int, int, str]:
        """Writes the rows into the file; their number, its bytes and SHA-256."""
        download = await querying.start(self._exporter, self._pool, asked)
        try:
            if asked.layout.file_format == "xlsx":
                rows = await workbook.write(download, file, asked.columns, asked.layout)
                return rows, *await asyncio.to_thread(_digest, file)
            stream = packing.Packed(download, asked.layout)
            return download.rows, *await _to_disk(stream, file)
        finally:
            download.close()

    async def remove_overdue(self) -> None:
        """Removes the files of jobs that expired, were cancelled or failed, or hold somebody who
        was erased."""
        async with self._pool.acquire() as connection, connection.transaction():
            found = await export_jobs.overdue(connection)
        for job_id in found:
            await asyncio.to_thread(_remove, self.terms.folder / str(job_id))
            async with self._pool.acquire() as connection, connection.transaction():
                await export_jobs.removed(connection, job_id)


def _open_to_group(folder: Path) -> None:
    """Lets the group read what earlier processes wrote for themselves alone."""
    for each in (*folder.glob("*"), *folder.glob("*/*")):
        try:
            mode = stat.S_IMODE(each.stat().st_mode)
            asked = mode | (0o050 if each.is_dir() else 0o040)
            if mode != asked:
                each.chmod(asked)
        except FileNotFoundError:  # removed meanwhile
            continue
        except OSError as error:
            log.warning("a file of an export stays closed to Nginx", error=str(error))


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


async def _to_disk(stream: packing.Stream, file: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with file.open("wb") as target:

        def take(piece: bytes) -> None:
            target.write(piece)
            digest.update(piece)

        async for piece in stream.chunks():
            size += len(piece)
            await asyncio.to_thread(take, piece)
        await asyncio.to_thread(_flush, target.fileno(), target.flush)
    return size, digest.hexdigest()


def _flush(descriptor: int, flush: Callable[[], None]) -> None:
    flush()
    os.fsync(descriptor)


def _digest(file: Path) -> tuple[int, str]:
    with file.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    return file.stat().st_size, digest

"""What the benchmarks share: temporary stores, a running shipper, medians and their table."""

import argparse
import asyncio
import contextlib
import logging
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import structlog

from core.migrations import core_scripts, migrate
from core.modules import Modules
from core.postgres import Connection
from ingestion.shards import BATCH_ROWS, ShardShipper
from ingestion.store import Store
from tests.engines import Engines, Stores


async def _migrate(database_url: str, clickhouse_url: str) -> None:
    scripts = core_scripts() + Modules.discover().migrations()
    await migrate(database_url, clickhouse_url, scripts)


@contextlib.asynccontextmanager
async def stores(engines: Engines) -> AsyncIterator[Stores]:
    """Fresh, migrated databases."""
    async with engines.stores(_migrate) as fresh:
        yield fresh


@contextlib.asynccontextmanager
async def shipping(fresh: Stores, *, batch_rows: int = BATCH_ROWS) -> AsyncIterator[None]:
    """A shipper of shard 0 at work, in this process."""
    store = Store(fresh.clickhouse_url)
    task = asyncio.create_task(
        ShardShipper(fresh.database_url, store, 0, batch_rows=batch_rows).run()
    )
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await store.close()


async def until_shipped(connection: Connection, rows: int) -> None:
    """Returns when so many rows have arrived."""
    while await connection.fetchval("SELECT sum(shipped_rows) FROM shipments") < rows:
        await asyncio.sleep(0.01)


async def timed(work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Elapsed seconds, and this process's own CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    await work()
    return time.perf_counter() - wall, time.process_time() - cpu


def resident_bytes() -> int:
    """This process's memory now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096


def median(results: Sequence[dict[str, float]], key: str) -> float:
    return statistics.median(result[key] for result in results)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def quiet() -> None:
    """Only warnings: the benchmark's own lines are the output."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


def parser(description: str | None) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )

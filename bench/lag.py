"""From commit to visible in ClickHouse: at 1,000 and 10,000 events a second, and at full speed.

    python -m bench.lag [--seconds 8] [--rates 1000 10000]

A transaction every 10 ms. At full speed: transactions of 2,000 events one after the other, paused
only while more than 100,000 wait, so that the measured rate is one that can be sustained.
"""

import argparse
import asyncio
import time
from collections.abc import AsyncIterator

from clickhouse_connect.driver.asyncclient import AsyncClient

from bench import outbox
from bench.running import parser, percentile, quiet, shipping, stores
from core import clickhouse, postgres
from core.postgres import Connection
from tests.engines import Engines, Stores

_PATTERN_ROWS = 200_000
_PERIOD = 0.01
_MOST_AT_ONCE = 2_000
_MOST_WAITING = 100_000
_LOOK_SECONDS = 0.01

_PATTERN = """
CREATE UNLOGGED TABLE pattern AS SELECT row_number() OVER ()::int AS n, o.* FROM outbox AS o;
ALTER TABLE pattern DROP COLUMN xid, DROP COLUMN pos, DROP COLUMN slot, DROP COLUMN cluster,
    DROP COLUMN occurred_at, DROP COLUMN recorded_at;
CREATE UNIQUE INDEX ON pattern (n);
TRUNCATE outbox
"""
_WRITE = """
WITH written AS (
    INSERT INTO outbox (slot, occurred_at, recorded_at, {columns})
    SELECT (SELECT slot FROM outbox_slot), now(), clock_timestamp(), {columns}
    FROM pattern WHERE n > $1 AND n <= $1 + $2
    RETURNING pos
)
SELECT max(pos) FROM written
"""
_COLUMNS = """
SELECT string_agg(attname, ', ') FROM pg_attribute
WHERE attrelid = 'pattern'::regclass AND attnum > 1 AND NOT attisdropped
"""


class _Trace:
    """When each transaction's last row was committed, and when it was seen."""

    def __init__(self) -> None:
        self.committed: list[tuple[int, float]] = []
        self.lags: list[float] = []
        self.seen = 0

    def see(self, pos: int, now: float) -> None:
        self.seen = pos
        while self.committed and self.committed[0][0] <= pos:
            _, at = self.committed.pop(0)
            self.lags.append(now - at)

    @property
    def waiting(self) -> int:
        return self.committed[-1][0] - self.seen if self.committed else 0


async def _watch(client: AsyncClient, trace: _Trace) -> None:
    while True:
        result = await client.query("SELECT max(pos) FROM events")
        trace.see(result.result_rows[0][0], time.perf_counter())
        await asyncio.sleep(_LOOK_SECONDS)


async def _paces(trace: _Trace, rate: int | None, seconds: float) -> AsyncIterator[int]:
    """How many rows to write next, at the right time; without a rate as many as are accepted."""
    began = time.perf_counter()
    step = 0
    while (now := time.perf_counter() - began) < seconds:
        if rate is None:
            if trace.waiting > _MOST_WAITING:
                await asyncio.sleep(0.005)
                continue
            yield _MOST_AT_ONCE
            continue
        if now < step * _PERIOD:
            await asyncio.sleep(step * _PERIOD - now)
        step += 1
        yield max(1, int(rate * _PERIOD))


async def _write(
    connection: Connection, trace: _Trace, rate: int | None, seconds: float
) -> tuple[int, float]:
    """Writes at the rate; returns the rows and the seconds that it took."""
    columns = await connection.fetchval(_COLUMNS)
    write = await connection.prepare(_WRITE.format(columns=columns))
    rows, began = 0, time.perf_counter()
    async for count in _paces(trace, rate, seconds):
        pos = await write.fetchval(rows % (_PATTERN_ROWS - count), count)
        trace.committed.append((pos, time.perf_counter()))
        rows += count
    return rows, time.perf_counter() - began


async def _measure(
    connection: Connection, client: AsyncClient, rate: int | None, seconds: float
) -> None:
    trace = _Trace()
    trace.seen = start = await connection.fetchval("SELECT last_value FROM outbox_pos")
    watching = asyncio.create_task(_watch(client, trace))
    rows, took = await _write(connection, trace, rate, seconds)
    done = (rows if rate else trace.seen - start) / took
    while trace.committed:
        await asyncio.sleep(_LOOK_SECONDS)
    watching.cancel()
    name = f"{rate:,}/s" if rate else "the most"
    p50, p95, most = (percentile(trace.lags, share) * 1000 for share in (0.5, 0.95, 1))
    print(
        f"{name:>9}: {done:>9,.0f} events/s, from commit to visible p50 {p50:>5.0f} ms, "
        f"p95 {p95:>5.0f} ms, at most {most:>5.0f} ms"
    )


async def _run(fresh: Stores, arguments: argparse.Namespace) -> None:
    connection = await postgres.connect(fresh.database_url)
    client = await clickhouse.open_async_client(fresh.clickhouse_url)
    try:
        await outbox.fill(connection, _PATTERN_ROWS)
        await connection.execute(_PATTERN)
        async with shipping(fresh):
            for rate in (*arguments.rates, None):
                await _measure(connection, client, rate, arguments.seconds)
    finally:
        await client.close()
        await connection.close()


async def _with_stores(engines: Engines, arguments: argparse.Namespace) -> None:
    async with stores(engines) as fresh:
        await _run(fresh, arguments)


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--seconds", type=float, default=8.0)
    options.add_argument("--rates", type=int, nargs="*", default=[1_000, 10_000])
    arguments = options.parse_args()
    quiet()
    with Engines.running() as engines:
        asyncio.run(_with_stores(engines, arguments))


if __name__ == "__main__":
    main()

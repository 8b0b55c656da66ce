"""Events a second from the outbox into ClickHouse, beside COPY alone and INSERT alone.

    python -m bench.shipper [--rows 500000] [--runs 3] [--batch 50000] [--formats]

All move the same batches. The goal is 0.6 of the slower of COPY and INSERT, each in the form that
the shipper uses; beside them stand the same rows as text. CPU and memory are those of the shipper's
own process, without the two stores.
"""

import argparse
import asyncio
import time
from typing import Literal, TypeAlias

from clickhouse_connect.driver.asyncclient import AsyncClient

from bench import outbox
from bench.running import (
    median,
    parser,
    quiet,
    resident_bytes,
    shipping,
    stores,
    timed,
    until_shipped,
)
from core import clickhouse, postgres
from core.postgres import Connection
from ingestion import contents, delivery
from ingestion.batches import Position
from ingestion.contents import COLUMNS, STORED, Contents
from ingestion.shards import BATCH_ROWS
from tests.engines import Engines, Stores

_Form: TypeAlias = Literal["text", "csv"]
_TEXT_FORMS: dict[str, _Form] = {"TabSeparated": "text", "CSV": "csv"}
_TEXT = (
    "SELECT {columns} FROM outbox WHERE (xid, pos) > ('{0.xid}', {0.pos}) "
    "AND (xid, pos) <= ('{1.xid}', {1.pos}) AND shard = 0 ORDER BY xid, pos"
)
_AS_TEXT = {
    "occurred_at": "occurred_at AT TIME ZONE 'UTC'",
    "recorded_at": "(1000 * extract(epoch FROM recorded_at - occurred_at))::int",
}
_EXPRESSIONS = ", ".join(_AS_TEXT.get(column, column) for column in COLUMNS)


async def _read_all(connection: Connection, batch_rows: int) -> list[Contents]:
    found, position = [], Position(0, 0)
    while contained := await contents.read_next(connection, 0, position, batch_rows):
        found.append(contained)
        position = contained.range.end
    return found


async def _copy(connection: Connection, todo: list[Contents], form: _Form) -> list[bytes]:
    copied: list[list[bytes]] = []

    async def keep(chunk: bytes) -> None:
        copied[-1].append(chunk)

    for each in todo:
        copied.append([])
        query = _TEXT.format(each.range.start, each.range.end, columns=_EXPRESSIONS)
        await connection.copy_from_query(query, output=keep, format=form)
    return [b"".join(chunks) for chunks in copied]


async def _insert(client: AsyncClient, bodies: list[bytes], form: str) -> None:
    for body in bodies:
        settings = delivery.SETTINGS | {
            "insert_deduplication_token": str(time.monotonic_ns()),
            "date_time_input_format": "basic",
        }
        await client.raw_insert("events", STORED, body, settings=settings, fmt=form)


async def _as_text(
    connection: Connection, client: AsyncClient, todo: list[Contents], rows: int
) -> dict[str, float]:
    """COPY and INSERT of the same rows in ClickHouse's two text formats."""
    measured = {}
    for name, form in _TEXT_FORMS.items():
        began = time.perf_counter()
        copied = await _copy(connection, todo, form)
        measured[f"COPY {name}"] = rows / (time.perf_counter() - began)
        began = time.perf_counter()
        await _insert(client, copied, name)
        measured[f"INSERT {name}"] = rows / (time.perf_counter() - began)
        await client.command("TRUNCATE TABLE events")
    return measured


async def _alone(
    connection: Connection, client: AsyncClient, arguments: argparse.Namespace
) -> dict[str, float]:
    """Events a second of COPY and of INSERT, each without the other."""
    rows: int = arguments.rows
    began = time.perf_counter()
    todo = await _read_all(connection, arguments.batch)
    copy_seconds = time.perf_counter() - began
    text = await _as_text(connection, client, todo, rows) if arguments.formats else {}
    bodies = [each.native() for each in todo]
    began = time.perf_counter()
    await _insert(client, bodies, "Native")
    insert_seconds = time.perf_counter() - began
    await client.command("TRUNCATE TABLE events")
    return text | {"copy": rows / copy_seconds, "insert": rows / insert_seconds}


async def _run(fresh: Stores, arguments: argparse.Namespace) -> dict[str, float]:
    rows: int = arguments.rows
    connection = await postgres.connect(fresh.database_url)
    client = await clickhouse.open_async_client(fresh.clickhouse_url)
    try:
        await connection.execute("SET datestyle = 'ISO'; SET jit = off")
        await connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        await outbox.fill(connection, rows)
        alone = await _alone(connection, client, arguments)
        before = resident_bytes()

        async def ship() -> None:
            async with shipping(fresh, batch_rows=arguments.batch):
                await until_shipped(connection, rows)

        seconds, cpu_seconds = await timed(ship)
        arrived = await client.query("SELECT uniqExact(pos), count() FROM events")
        assert arrived.result_rows == [(rows, rows)], arrived.result_rows
    finally:
        await client.close()
        await connection.close()
    return alone | {
        "ship": rows / seconds,
        "ratio": rows / seconds / min(alone["copy"], alone["insert"]),
        "cpu": cpu_seconds / rows * 1e6,
        "grown": (resident_bytes() - before) / 2**20,
        "resident": resident_bytes() / 2**20,
    }


async def _runs(engines: Engines, arguments: argparse.Namespace) -> list[dict[str, float]]:
    results = []
    for _ in range(arguments.runs):
        async with stores(engines) as fresh:
            results.append(await _run(fresh, arguments))
    return results


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--rows", type=int, default=500_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--batch", type=int, default=BATCH_ROWS)
    options.add_argument("--formats", action="store_true", help="the text formats, too")
    arguments = options.parse_args()
    quiet()
    with Engines.running() as engines:
        results = asyncio.run(_runs(engines, arguments))
    print(f"{arguments.rows:,} events in batches of {arguments.batch:,}, medians of {len(results)}")
    print(f"COPY alone       {median(results, 'copy'):>10,.0f} events/s, binary, by columns")
    print(f"INSERT alone     {median(results, 'insert'):>10,.0f} events/s, Native")
    for key in results[0]:
        if " " in key:
            print(f"{key:16} {median(results, key):>10,.0f} events/s, for comparison")
    print(f"shipper          {median(results, 'ship'):>10,.0f} events/s, its start included")
    print(f"of the slower    {median(results, 'ratio'):>10.2f}   (goal 0.60)")
    print(f"its own CPU      {median(results, 'cpu'):>10.2f} s a million events")
    print(
        f"memory           {median(results, 'resident'):>10.0f} MiB, "
        f"{median(results, 'grown'):+.0f} while shipping; run by run "
        + ", ".join(f"{result['resident']:.0f}" for result in results)
    )


if __name__ == "__main__":
    main()

"""Compares the books of the demo in containers: each message handled, each charge booked, each
order counted, each event in ClickHouse, all once. Exit code 1 if anything is lost or doubled.

docker compose run --rm -T --no-deps --entrypoint python cli - <tests/ops/books.py

What Telegram (the simulator) has on record at the start is waited for, two minutes at most, while
shoppers go on. Also prints counts and sums, to be compared before a backup and after its restore.
"""

import asyncio
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from io import BytesIO
from pathlib import Path
from typing import Any

from pyrogram.raw.core import TLObject

from cli.simulator_port import ask
from core import postgres
from core.clickhouse import open_client
from core.postgres import Connection
from core.settings import Settings
from simulator.journal import FILE

CONTROL = ("simulator", 4431)
JOURNAL = Path("/var/lib/vitrina/simulator") / FILE
PATIENCE = 120.0
_COPIES = 10
_EVENTS = """
SELECT count() AS events, uniqExact(shard, pos) AS different,
    sum(amount_minor) AS amount, sum(toInt64(quantity)) AS quantity,
    (SELECT sum(events) FROM live_minute) AS by_minute
FROM events
"""
_PAID = """
SELECT order_id, count() AS times, sum(amount_minor) AS amount FROM events
WHERE event = 'order_paid' AND mode != 'external' GROUP BY order_id
"""
_ORDERS = "SELECT id, total_minor FROM orders WHERE paid_at <= now()"
_COMMITTED = """
SELECT (SELECT coalesce(sum(shipped_rows), 0)::bigint FROM shipments)
    + (SELECT count(*) FROM outbox AS o JOIN shipments AS s USING (shard)
       WHERE (o.xid, o.pos) > (s.xid, s.pos)) AS committed,
    (SELECT count(*) FROM dead_letters) AS refused
"""


def journal(folder: Path) -> Path:
    """A copy of the simulator's record, which it keeps locked: whole, though it is written on."""
    for _ in range(_COPIES):
        copy = folder / FILE
        for end in ("", "-wal"):
            shutil.copy(f"{JOURNAL}{end}", f"{copy}{end}")
        with closing(sqlite3.connect(copy)) as books, suppress(sqlite3.DatabaseError):
            if books.execute("PRAGMA quick_check").fetchall() == [("ok",)]:
                return copy
        copy.unlink()
    raise RuntimeError(f"no whole copy of {JOURNAL}")


def written(bots: list[int]) -> set[tuple[int, int]]:
    """Bot and number of each message that people have sent to these bots in private."""
    marks = ",".join("?" * len(bots))
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(sqlite3.connect(journal(Path(folder)))) as books,
    ):
        rows = books.execute(
            f"SELECT box, id, body FROM messages WHERE peer > 0 AND box IN ({marks})", bots
        )
        return {
            (box, number)
            for box, number, body in rows
            if not getattr(TLObject.read(BytesIO(body)), "out", False)
        }


async def missing(
    connection: Connection,
    messages: set[tuple[int, int]],
    charges: dict[str, int],
    orders: dict[int, int],
) -> dict[str, Any]:
    """What of Telegram's record is not handled, not booked, not counted or doubled; of `orders`,
    paid ones with their sums, too."""
    handled = {
        (row["bot_id"], int(row["natural_key"]))
        for row in await connection.fetch(
            "SELECT bot_id, natural_key FROM inbox WHERE kind = 'message'"
        )
    }
    payments = await connection.fetch("SELECT charge_id, amount_minor FROM payments")
    times = Counter(row["charge_id"] for row in payments)
    booked = {row["charge_id"]: row["amount_minor"] for row in payments}
    with closing(open_client(Settings().clickhouse_url.get_secret_value())) as client:
        counted = {row[0]: row[1:] for row in client.query(_PAID).result_rows}
    return {
        "messages not handled": len(messages - handled),
        "charges not booked": len(charges.keys() - booked.keys()),
        "charges booked twice": sum(1 for number in times.values() if number > 1),
        "other amounts": sum(1 for key in charges if booked.get(key, charges[key]) != charges[key]),
        "orders not counted once": sum(
            1 for order, total in orders.items() if counted.get(order) != (1, total)
        ),
    }


async def events(connection: Connection) -> dict[str, int]:
    """Of one moment in PostgreSQL and, as soon as all of that is there, in ClickHouse."""
    committed, refused = await connection.fetchrow(_COMMITTED) or (0, 0)
    with closing(open_client(Settings().clickhouse_url.get_secret_value())) as client:
        (found,) = client.query(_EVENTS).named_results()
    return {"committed": committed, "refused": refused, **found}


async def main() -> int:
    connection = await postgres.connect(Settings().database_url.get_secret_value())
    try:
        bots = [row[0] for row in await connection.fetch("SELECT id FROM bots")]
        charges = {each["id"]: each["amount"] for each in await ask(CONTROL, "charges")}
        messages = written(bots)
        orders = {row["id"]: row["total_minor"] for row in await connection.fetch(_ORDERS)}
        committed = (await events(connection))["committed"]
        ends = time.monotonic() + PATIENCE
        while True:
            found = await missing(connection, messages, charges, orders)
            stored = await events(connection)
            lacking = max(0, committed - stored["events"])
            if not any(found.values()) and not lacking or time.monotonic() > ends:
                break
            await asyncio.sleep(1)
    finally:
        await connection.close()
    found["events missing"] = lacking
    found["events twice"] = stored["events"] - stored["different"]
    found["events refused"] = stored["refused"]
    print(f"{len(messages)} messages, {len(charges)} charges, {stored}")
    wrong = {name: number for name, number in found.items() if number}
    print(f"WRONG: {wrong}" if wrong else "nothing lost, nothing twice")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

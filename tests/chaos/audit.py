"""The audit afterwards: everything is there, everywhere, exactly once. Differences are
described."""

import asyncio
import json
import sqlite3
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from pyrogram.raw.core import TLObject

from core.clickhouse import open_client
from simulator import demo
from simulator.crowd.latency import Quantiles
from simulator.journal import FILE
from simulator.load import LoadReport
from tests.chaos.town import Town
from tests.ingestion.rows import outbox_is_shipped

SETTLE_SECONDS = 180.0

_SUMS = """
count() AS events, sum(amount_minor) AS amount, sum(toInt64(quantity)) AS quantity
"""
_RAW = f"""
SELECT shop_id, event, currency, toUnixTimestamp(toStartOfMinute(occurred_at)) AS minute, {_SUMS}
FROM events WHERE NOT is_staff AND NOT is_test GROUP BY shop_id, event, currency, minute
"""
_LIVE = """
SELECT shop_id, event, currency, toUnixTimestamp(minute) AS minute, sum(events) AS events,
    sum(amount_minor) AS amount, sum(quantity) AS quantity
FROM live_minute GROUP BY shop_id, event, currency, minute
"""
_WITNESSED = """
SELECT shop_id, event, currency,
    extract(epoch FROM date_trunc('minute', occurred_at))::bigint AS minute,
    count(*) AS events, sum(amount_minor)::bigint AS amount, sum(quantity)::bigint AS quantity
FROM witness WHERE counted GROUP BY 1, 2, 3, 4
"""
Sums = dict[tuple[int, str, str, int], tuple[int, int, int]]


@dataclass
class Findings:
    """Figures to print, and whatever is wrong: nothing, if all is well."""

    figures: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    checkouts: Quantiles | None = None
    """How long pre-checkouts took, in milliseconds."""

    def expect(self, holds: bool, what: str) -> None:
        if not holds:
            self.wrong.append(what)


async def settle(town: Town) -> None:
    """Until the load has ended, callers are done, bots have handled and sent what is theirs, and
    all has been shipped. What has not come by then is left to the audit."""
    for service in [town.services["simulator"], *town.named("caller")]:
        code = await service.finish(town.plan.seconds + SETTLE_SECONDS)
        assert code == 0, f"{service.name} ended with {code}: see {service.log}"
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        books = await _open_books(town)
        async with town.pool.acquire() as connection:
            is_shipped = await outbox_is_shipped(connection)
        if is_shipped and not books.unheard and not books.unsent or time.monotonic() > deadline:
            return
        await asyncio.sleep(0.5)


async def audit(town: Town) -> Findings:
    """Compares PostgreSQL's own record with ClickHouse, Telegram's books and the callers'."""
    findings = Findings()
    await _events(town, findings)
    await _telegram(town, findings)
    await _callers(town, findings)
    return findings


def _keyed(rows: list[Mapping[str, Any]]) -> Sums:
    return {
        (row["shop_id"], row["event"], row["currency"], row["minute"]): (
            row["events"],
            row["amount"],
            row["quantity"],
        )
        for row in rows
    }


def differences(left: Sums, right: Sums) -> list[str]:
    """Where two tellings of the same minutes are not the same."""
    return [
        f"{key}: {left.get(key)} and {right.get(key)}"
        for key in sorted(left.keys() | right.keys())
        if left.get(key) != right.get(key)
    ]


async def _events(town: Town, findings: Findings) -> None:
    async with town.pool.acquire() as connection:
        witnessed = _keyed([dict(row) for row in await connection.fetch(_WITNESSED)])
        committed = await connection.fetchval("SELECT count(*) FROM witness")
        dead = await connection.fetchval("SELECT count(*) FROM dead_letters")
        shards = await connection.fetchval("SELECT count(*) FROM shipments")
    client = open_client(town.settings.clickhouse_url.get_secret_value())
    try:
        rows, distinct = client.query(
            "SELECT count(), uniqExact(shard, pos) FROM events"
        ).result_rows[0]
        raw = _keyed(list(client.query(_RAW).named_results()))
        live = _keyed(list(client.query(_LIVE).named_results()))
    finally:
        client.close()
    findings.figures |= {
        "events committed": committed,
        "rows in ClickHouse": rows,
        "distinct rows": distinct,
        "shops' minutes compared": len(witnessed),
        "dead letters": dead,
        "shards": shards,
    }
    findings.expect(dead == 0, f"{dead} dead letters")
    findings.expect(rows == distinct, f"{rows - distinct} rows are there twice")
    findings.expect(distinct == committed, f"{committed - distinct} rows are missing")
    for name, told in (("events", raw), ("live_minute", live)):
        found = differences(witnessed, told)
        findings.expect(not found, f"{name}: {len(found)} minutes differ, {found[:3]}")


@dataclass(frozen=True, slots=True)
class _Books:
    """What Telegram has on record, and what PostgreSQL has of the same."""

    charges: dict[str, int]
    messages: set[tuple[int, int]]
    payments: list[Mapping[str, Any]]
    handled: set[tuple[int, int]]
    outgoing: dict[str, int]
    unbooked: int
    started: int

    @property
    def unheard(self) -> set[tuple[int, int]]:
        """Messages that no bot has handled."""
        return self.messages - self.handled

    @property
    def unsent(self) -> set[str]:
        """States of durable messages that are not delivered."""
        return self.outgoing.keys() - {"sent"}


async def _open_books(town: Town) -> _Books:
    bots = [each.id for each in demo.fleet(town.plan.bots)]
    books = sqlite3.connect(f"file:{town.simulator_folder / FILE}?mode=ro", uri=True)
    try:
        charges = dict(books.execute("SELECT id, amount FROM charges"))
        messages = _incoming(books, bots)
    finally:
        books.close()
    pool = town.pool
    payments = await pool.fetch(
        "SELECT charge_id, amount_minor FROM payments WHERE provider <> 'wallet'"
    )
    handled = await pool.fetch("SELECT bot_id, natural_key FROM inbox WHERE kind = 'message'")
    outgoing = await pool.fetch("SELECT state, count(*) AS n FROM outgoing GROUP BY state")
    return _Books(
        charges=charges,
        messages=messages,
        payments=[dict(row) for row in payments],
        handled={(row["bot_id"], int(row["natural_key"])) for row in handled},
        outgoing={row["state"]: row["n"] for row in outgoing},
        unbooked=await pool.fetchval("SELECT count(*) FROM unbooked_payments"),
        started=await pool.fetchval("SELECT count(*) FROM witness WHERE event = 'bot_started'"),
    )


async def _telegram(town: Town, findings: Findings) -> None:
    told = LoadReport.model_validate_json((town.folder / "load.json").read_bytes()).audit
    books = await _open_books(town)
    findings.figures |= {
        "visits": told.totals.visits,
        "messages to bots": len(books.messages),
        "handled": len(books.handled),
        "charges": len(books.charges),
        "payments": len(books.payments),
        "receipts seen": told.totals.receipts,
        "outgoing": books.outgoing,
        "presses repeated": told.repeated,
    } | {
        f"{name}, ms": f"{each.count} times, p50 {each.p50:g}, p99 {each.p99:g}, "
        f"p99.9 {each.p999:g}, longest {each.longest:g}"
        for name, each in told.milliseconds.items()
    }
    findings.checkouts = told.milliseconds.get("pre_checkout")
    _compare_payments(books, findings)
    unheard = sorted(books.unheard)
    findings.expect(not unheard, f"{len(unheard)} messages never handled: {unheard[:3]}")
    findings.expect(not books.handled - books.messages, "messages handled that nobody wrote")
    findings.expect(
        books.started == told.totals.starts,
        f"{told.totals.starts} presses of Start, {books.started} events of one",
    )
    findings.expect(not books.unsent, f"durable messages: {books.outgoing}")
    findings.expect(told.receipts_missing == 0, f"{told.receipts_missing} receipts are missing")
    findings.expect(told.receipts_doubled == 0, f"{told.receipts_doubled} receipts came twice")


def _compare_payments(books: _Books, findings: Findings) -> None:
    booked = Counter(row["charge_id"] for row in books.payments)
    amounts = {row["charge_id"]: row["amount_minor"] for row in books.payments}
    lost = books.charges.keys() - booked.keys()
    findings.expect(not lost, f"{len(lost)} charges are not booked: {sorted(lost)[:3]}")
    findings.expect(not booked.keys() - books.charges.keys(), "payments unknown to Telegram")
    findings.expect(max(booked.values(), default=1) == 1, "a charge is booked twice")
    findings.expect(books.unbooked == 0, f"{books.unbooked} payments no module took")
    wrong = [key for key, amount in books.charges.items() if amounts.get(key, amount) != amount]
    findings.expect(not wrong, f"other amounts: {wrong[:3]}")


def _incoming(books: sqlite3.Connection, bots: list[int]) -> set[tuple[int, int]]:
    """Bot and id of every message that people wrote or paid to bots, by Telegram's own books."""
    marks = ",".join("?" * len(bots))
    rows = books.execute(f"SELECT box, id, body FROM messages WHERE box IN ({marks})", bots)
    return {
        (box, number)
        for box, number, body in rows
        if not getattr(TLObject.read(BytesIO(body)), "out", False)
    }


async def _callers(town: Town, findings: Findings) -> None:
    async with town.pool.acquire() as connection:
        for number in range(1, town.plan.callers + 1):
            folder = town.folder / f"caller-{number}"
            tracked = set(map(int, (folder / "tracked").read_text().split()))
            meant = set(map(int, (folder / "meant").read_text().split()))
            rows = await connection.fetch(
                "SELECT amount_minor, props FROM witness WHERE shop_id = $1 AND mode = 'external'",
                number,
            )
            counted = Counter(json.loads(row["props"])["number"] for row in rows)
            findings.figures[f"caller {number}"] = f"{len(tracked)} tracked, {len(rows)} arrived"
            lost = tracked - counted.keys()
            findings.expect(not lost, f"{len(lost)} calls are lost: {sorted(lost)[:3]}")
            findings.expect(max(counted.values(), default=1) == 1, "a call is counted twice")
            findings.expect(not counted.keys() - meant, "calls that nobody made")

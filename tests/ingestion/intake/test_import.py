"""`POST /v1/import` through the running service."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import zstandard

from core.events import emit_all
from core.postgres import Connection
from ingestion import importing
from ingestion import intake as service
from tests.ingestion.intake.conftest import Sender, paid, rows
from tests.ingestion.intake.test_events import assert_problem

NOW = datetime.now(UTC).replace(microsecond=0)
HEADER = (
    "order_id,created_at,paid_at,customer_id,currency,product_id,quantity,unit_price,"
    "refunded_at,refunded_amount"
)


def day(ago: int) -> str:
    return (NOW - timedelta(days=ago)).isoformat()


FILE = "\n".join(
    [
        HEADER,
        f"A-1,{day(90)},{day(90)},anna,RUB,tea,2,1290.50,,",
        f"A-1,{day(90)},{day(90)},anna,RUB,cup,1,500,,",
        f"A-2,{day(80)},,boris,RUB,tea,1,1290.50,,",
        f"A-3,{day(200)},{day(199)},anna,RUB,tea,1,1290.50,{day(198)},100",
        f"A-4,{day(80)},,boris,RUB,tea,one,1290.50,,",
    ]
)


async def post(sender: Sender, file: str | bytes, **query: Any) -> httpx.Response:
    headers = query.pop("headers", {})
    content = file if isinstance(file, bytes) else file.encode()
    return await sender.client.post("/v1/import", content=content, params=query, headers=headers)


async def test_a_dry_run_says_what_the_import_does(sender: Sender, connection: Connection) -> None:
    dry = await post(sender, FILE, dry_run=True)
    assert dry.status_code == 200, dry.text
    report = dry.json()
    assert report == {
        "dry_run": True,
        "read_as": {"separator": ",", "decimal": ".", "dates": "iso"},
        "rows": 5,
        "orders": 3,
        "known_orders": 0,
        "corrected_orders": 0,
        "events": {"order_created": 3, "order_paid": 2, "order_line": 3, "refund_completed": 1},
        "paid_minor": {"RUB": 308100 + 129050},
        "refunded_minor": {"RUB": 10000},
        "problem_count": 1,
        "problems": [
            {
                "line": 6,
                "order_id": "A-4",
                "column": "quantity",
                "message": "must be a whole number from 1 to 1000000",
            }
        ],
        "warning_count": 0,
        "warnings": [],
    }
    for table in ("outbox", "customers", "external_numbers"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0

    assert (await post(sender, FILE)).json() == report | {"dry_run": False}
    told = await rows(connection, "event", "occurred_at", "amount_minor", "quantity", "buyer_no")
    assert [(event, (NOW - at).days, amount, units) for event, at, amount, units, _ in told] == [
        ("order_created", 90, 308100, 3),
        ("order_paid", 90, 308100, 3),
        ("order_line", 90, 258100, 2),
        ("order_line", 90, 50000, 1),
        ("order_created", 80, 129050, 1),
        ("order_created", 200, 129050, 1),
        ("order_paid", 199, 129050, 1),
        ("order_line", 199, 129050, 1),
        ("refund_completed", 198, 10000, 0),
    ]
    buyers = {buyer for *_, buyer in told}
    assert buyers == {1, 2}
    assert set(await rows(connection, "mode", "bot_id", "session_no")) == {("external", 0, 0)}
    first = await connection.fetchval(
        "SELECT first_seen_at FROM customers WHERE external_id = 'anna'"
    )
    assert (NOW - first).days == 200
    assert sender.metric("vitrina_intake_imported_orders_total") == 3


async def test_imported_again_in_parts_or_whole_nothing_is_added(
    sender: Sender, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ORDERS_A_TRANSACTION", 1)
    part = "\n".join(FILE.splitlines()[:3])
    assert (await post(sender, part)).json()["orders"] == 1
    again = (await post(sender, FILE)).json()
    assert (again["orders"], again["known_orders"]) == (2, 1)
    last = (await post(sender, FILE, dry_run=True)).json()
    assert (last["orders"], last["known_orders"], last["events"]) == (0, 3, {})
    assert (await post(sender, FILE)).json()["orders"] == 0
    assert len(await rows(connection, "pos")) == 9


async def test_killed_half_way_the_same_file_does_the_rest(
    sender: Sender, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ORDERS_A_TRANSACTION", 1)
    emitted = 0

    async def fail_later(*arguments: Any) -> None:
        nonlocal emitted
        emitted += 1
        if emitted == 2:
            raise ConnectionResetError
        await emit_all(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(importing, "emit_all", fail_later)
        assert_problem(await post(sender, FILE), 503, "store_unavailable")
    assert len(await rows(connection, "pos")) == 4
    assert (await post(sender, FILE)).json()["orders"] == 2
    assert len(await rows(connection, "pos")) == 9


async def test_an_order_that_events_told_of_is_known(
    sender: Sender, connection: Connection
) -> None:
    await sender.send(paid("A-1"))
    report = (await post(sender, FILE)).json()
    assert (report["orders"], report["known_orders"]) == (2, 1)
    refund = paid("A-3", event="refund_completed")
    await sender.send(refund)
    numbers = await rows(connection, "order_id", "event")
    refunded = [number for number, event in numbers if event == "refund_completed"]
    assert len(refunded) == 2 and len(set(refunded)) == 1


async def test_a_file_may_be_compressed_or_of_another_zone(sender: Sender) -> None:
    bare = FILE.replace("+00:00", "")
    refused = (await post(sender, bare, dry_run=True)).json()
    assert refused["orders"] == 0 and "?timezone=" in refused["problems"][0]["message"]
    for named, compress in (("gzip", gzip.compress), ("zstd", zstandard.compress)):
        answer = await post(
            sender,
            compress(b"\xef\xbb\xbf" + bare.encode()),
            dry_run=True,
            timezone="Europe/Moscow",
            headers={"content-encoding": named},
        )
        assert answer.json()["orders"] == 3, answer.text
    assert_problem(await post(sender, bare, timezone="Moscow"), 422, "request_invalid")


async def test_what_cannot_be_read_is_refused_with_advice(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_problem(await post(sender, "order;sum\n1;2"), 422, "csv_unreadable")
    assert_problem(await post(sender, "чай".encode("cp1251")), 422, "csv_unreadable")
    long = assert_problem(await post(sender, "x" * 100_000), 422, "csv_unreadable")
    assert "characters long" in long["detail"]
    bomb = gzip.compress((HEADER + "\n" + "\n" * 20_000_000).encode(), 1)
    monkeypatch.setattr(service, "MAX_FILE_DECODED", 1_000_000)
    response = await post(sender, bomb, headers={"content-encoding": "gzip"})
    assert_problem(response, 413, "body_too_large")
    monkeypatch.setattr(service, "MAX_FILE", 100)
    assert_problem(await post(sender, FILE), 413, "body_too_large")


async def test_many_problems_are_counted_and_the_first_told(sender: Sender) -> None:
    bad = [f"B-{number},{day(5)},,c,RUB,tea,0,1,," for number in range(150)]
    report = (await post(sender, "\n".join([HEADER, *bad]), dry_run=True)).json()
    assert (report["problem_count"], len(report["problems"])) == (150, 100)


async def test_what_an_order_cost_less_than_its_lines_is_its_discount(
    sender: Sender, connection: Connection
) -> None:
    file = "\n".join(
        [
            "order_id,created_at,paid_at,customer_id,currency,product_id,quantity,unit_price,total",
            f"A-1,{day(9)},{day(9)},anna,RUB,tea,1,7.00,9.00",
            f"A-1,{day(9)},{day(9)},anna,RUB,cup,1,1.00,9.00",
            f"A-1,{day(9)},{day(9)},anna,RUB,jar,2,1.00,9.00",
            f"A-2,{day(9)},{day(9)},anna,RUB,tea,1,7.00,7.00",
        ]
    )
    report = (await post(sender, file)).json()
    assert (report["warning_count"], report["warnings"]) == (0, [])
    told = await rows(connection, "event", "amount_minor", "props")
    assert [
        (name, amount, json.loads(props).get("discount_minor") if props else None)
        for name, amount, props in told
        if name != "order_created"
    ] == [
        ("order_paid", 900, 100),
        # Of each line its share, 70, 10 and 20, and together all of it.
        ("order_line", 700, 70),
        ("order_line", 100, 10),
        ("order_line", 200, 20),
        ("order_paid", 700, None),
        ("order_line", 700, None),
    ]


async def test_a_dry_run_warns_of_totals_over_the_lines(
    sender: Sender, connection: Connection
) -> None:
    file = "\n".join(
        [
            "order_id,created_at,paid_at,customer_id,currency,product_id,quantity,unit_price,total",
            *[f"A-{n},{day(9)},{day(9)},anna,RUB,tea,1,10.00,12.00" for n in range(150)],
        ]
    )
    for dry_run in (True, False):
        report = (await post(sender, file, dry_run=dry_run)).json()
        assert (report["warning_count"], len(report["warnings"])) == (150, 100)
        assert report["warnings"][0] == {
            "order_id": "A-0",
            "column": "total",
            "message": "is 200 minor units over the lines: what it is for is not known, so sales "
            "count the lines alone; a delivery that was paid for can be a line of its own",
        }
    assert {props for _, props in await rows(connection, "event", "props")} == {""}

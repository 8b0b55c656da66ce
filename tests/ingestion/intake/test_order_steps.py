"""An order sent again, under whatever ids, counts once."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.postgres import Connection, Pool
from tests.ingestion.intake.conftest import Sender, event, paid, rows

NOW = datetime.now(UTC).replace(microsecond=0)


def line(order_id: str = "A-1", **fields: Any) -> dict[str, Any]:
    money = {"amount_minor": 500, "currency": "RUB", "product_id": "tea", "quantity": 1}
    return event("order_line", order_id=order_id, **(money | fields))


def refund(amount: int, order_id: str = "A-1", **fields: Any) -> dict[str, Any]:
    money = {"amount_minor": amount, "currency": "RUB", "order_id": order_id}
    return event("refund_completed", **(money | fields))


async def props(connection: Connection, name: str) -> list[dict[str, Any]]:
    found = await connection.fetch("SELECT props FROM outbox WHERE event = $1 ORDER BY pos", name)
    return [json.loads(row["props"] or "{}") for row in found]


@pytest.mark.parametrize(
    "name", ["order_created", "order_paid", "order_cancelled", "order_expired"]
)
async def test_what_happens_to_an_order_once_is_taken_once(sender: Sender, name: str) -> None:
    def told(order: str) -> dict[str, Any]:
        return event(name, order_id=order, amount_minor=9, currency="RUB")

    assert await sender.send(told("A-1"), told("A-1"), told("A-2")) == (2, 1)
    again = {**told("A-1"), "occurred_at": (NOW - timedelta(days=1)).isoformat()}
    assert await sender.send(again, told("A-3")) == (1, 1)


async def test_of_the_same_order_told_at_once_one_is_taken(sender: Sender, pool: Pool) -> None:
    answers = await asyncio.gather(*(sender.send(paid(), line()) for _ in range(6)))
    assert sum(accepted for accepted, _ in answers) == 2
    assert await pool.fetchval("SELECT count(*) FROM outbox WHERE event = 'order_paid'") == 1


async def test_an_order_told_again_with_its_lines_adds_nothing(sender: Sender) -> None:
    def told() -> list[dict[str, Any]]:
        at = NOW.isoformat()
        return [
            paid(occurred_at=at),
            line(),
            line(),  # the same product twice in one order: two lines
            line(product_id="cup"),
            event("payment_succeeded", amount_minor=1500, currency="RUB", order_id="A-1")
            | {"occurred_at": at},
        ]

    assert await sender.send(*told()) == (5, 0)
    assert await sender.send(*told()) == (0, 5)
    # Told apart, alike lines say which they are.
    assert await sender.send(line("A-2", props={"line": 1})) == (1, 0)
    assert await sender.send(line("A-2", props={"line": 2})) == (1, 0)
    assert await sender.send(line("A-2", props={"line": 2})) == (0, 1)


async def test_partial_refunds_are_told_apart_by_their_moment(sender: Sender) -> None:
    first, later = NOW - timedelta(hours=2), NOW - timedelta(hours=1)
    assert await sender.send(paid()) == (1, 0)
    assert await sender.send(refund(100, occurred_at=first.isoformat())) == (1, 0)
    assert await sender.send(refund(100, occurred_at=later.isoformat())) == (1, 0)
    other_zone = first.astimezone().isoformat()
    assert await sender.send(refund(100, occurred_at=other_zone)) == (0, 1)


async def test_an_imported_order_is_known_to_events(sender: Sender, connection: Connection) -> None:
    day = (NOW - timedelta(days=2)).isoformat()
    file = (
        "order_id,created_at,paid_at,customer_id,currency,product_id,quantity,unit_price\n"
        f"A-1,{day},{day},anna,RUB,tea,1,5.00\nA-2,{day},,anna,RUB,tea,1,5.00\n"
    )
    response = await sender.client.post("/v1/import", content=file)
    assert response.json()["orders"] == 2
    created = [event("order_created", order_id=o, amount_minor=9, currency="RUB") for o in "AB"]
    created[0]["order_id"], created[1]["order_id"] = "A-1", "A-2"
    assert await sender.send(*created, paid("A-1"), line("A-1")) == (0, 4)
    assert await sender.send(paid("A-2"), line("A-2")) == (2, 0)  # was not paid then
    counted = await connection.fetch("SELECT order_id FROM outbox WHERE event = 'order_paid'")
    assert len({row["order_id"] for row in counted}) == len(counted) == 2


async def test_a_line_happens_when_its_order_is_paid(
    sender: Sender, connection: Connection
) -> None:
    at = NOW - timedelta(days=3)
    await sender.send(paid(occurred_at=at.isoformat()))
    assert await sender.send(line(), line(product_id="cup")) == (2, 0)
    assert {moment for (moment,) in await rows(connection, "occurred_at")} == {at}


async def test_a_refund_without_parts_is_split_as_its_order(
    sender: Sender, connection: Connection
) -> None:
    order = paid(amount_minor=1200, props={"tax_minor": 200, "shipping_minor": 100})
    await sender.send(order)
    stated = {"tax_minor": 0, "shipping_minor": 7}
    await sender.send(refund(600), refund(7, props=stated), refund(50, "unknown"))
    found = await props(connection, "refund_completed")
    assert found == [{"tax_minor": 100, "shipping_minor": 50}, stated, {}]
    response = await sender.post(refund(10, props={"tax_minor": 6, "shipping_minor": 5}))
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "props.shipping_minor"


async def test_an_imported_order_says_its_tax_and_shipping(
    sender: Sender, connection: Connection
) -> None:
    day = (NOW - timedelta(days=2)).isoformat()
    head = "order_id,created_at,paid_at,customer_id,currency,product_id,quantity,unit_price"
    file = (
        f"{head},tax,shipping,total,refunded_at,refunded_amount\n"
        f"A-1,{day},{day},anna,RUB,tea,1,10.00,2.00,1.00,12.00,{day},6.00\n"
        f"A-2,{day},{day},anna,RUB,tea,1,10.00,,3.00,,,\n"
        f"A-3,{day},{day},anna,RUB,tea,1,10.00,9.00,9.00,1.00,,\n"
    )
    report = (await sender.client.post("/v1/import", content=file)).json()
    assert [(p["order_id"], p["column"]) for p in report["problems"]] == [("A-3", "total")]
    assert report["paid_minor"] == {"RUB": 2500}  # its line and the delivery
    assert await props(connection, "order_paid") == [
        {"discount_minor": 100, "tax_minor": 200, "shipping_minor": 100},
        {"shipping_minor": 300},
    ]
    assert await props(connection, "refund_completed") == [{"tax_minor": 100, "shipping_minor": 50}]

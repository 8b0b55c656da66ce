"""How events become folded days: kinds, rates, what is not known."""

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from pipelines.activity.tables import BUYER_EVENT_DAY, ORDER_DAY
from pipelines.soundness import violations
from tests.pipelines.kpis.happenings import Happened
from tests.pipelines.world import World, at


def paid(amount: int, currency: str, rate: str | None, order: int = 1) -> Happened:
    props = {} if rate is None else {"rate": rate}
    return Happened(
        "order_paid",
        1,
        at=at(0),
        amount_minor=amount,
        currency=currency,
        order_id=order,
        props=props,
    )


@pytest.mark.parametrize(
    ("base", "amount", "currency", "rate", "expected"),
    [
        ("RUB", 1234, "RUB", None, 1234),  # its own needs no rate
        ("RUB", 7, "XTR", "1.805", 1264),  # 12.635 ₽: half a kopeck goes up
        ("XTR", 1264, "RUB", "0.554", 7),  # 12.64 ₽ × 0.554 = 7.00 Stars
        ("JPY", 100, "USD", "149.5", 150),  # 1 $ = 149.5 ¥, and a yen has no cents
        ("KWD", 1, "JPY", "0.0021", 2),  # a dinar has three digits: 2.1 fils
        ("RUB", 7, "XTR", None, None),
        ("RUB", 7, "XTR", "a lot", None),
        ("RUB", 2**62, "XTR", "1000000", None),  # no whole number of kopecks that fits
    ],
)
def test_money_converts_once_at_the_events_rate(
    world: World,
    base: str,
    amount: int,
    currency: str,
    rate: str | None,
    expected: int | None,
) -> None:
    shop = world.shop(currency=base)
    world.happen(shop, paid(amount, currency, rate))
    (row,) = world.figures(shop, BUYER_EVENT_DAY)
    assert (row["amount_minor"], row["base_minor"]) == (amount, expected)


def test_a_kind_tells_starts_payments_and_entries_apart(world: World) -> None:
    shop = world.shop()
    same: dict[str, Any] = {"amount_minor": 1, "currency": "XTR", "at": at(0)}
    world.happen(
        shop,
        Happened("bot_started", 1, at=at(0, 9), source=7),
        Happened("bot_started", 1, at=at(0, 10), source=7, props={"is_direct": True}),
        Happened("payment_succeeded", 1, outcome="stars", **same),
        Happened("payment_failed", 1, outcome="mismatch", props={"provider": "stars"}, **same),
        Happened("wallet_entry_posted", 1, outcome="top_up", **same),
        Happened("message_received", 1, outcome="whatever", at=at(0)),
    )
    found = {(row["event"], row["kind"]) for row in world.figures(shop, BUYER_EVENT_DAY)}
    assert found == {
        ("bot_started", "7"),
        ("bot_started", "0"),
        ("payment_succeeded", "stars"),
        ("payment_failed", "stars"),
        ("wallet_entry_posted", "top_up"),
        ("message_received", ""),
    }


def test_what_is_read_of_the_events_has_a_schema(world: World) -> None:
    """Of every column: a fold that goes wrong is refused before anything is made of it."""
    shop = world.shop()
    world.happen(shop, paid(5, "XTR", None))
    for table, spoilt in (
        (BUYER_EVENT_DAY, {"events": 0, "first_at": None, "event": "?", "currency": "xtr"}),
        (ORDER_DAY, {"lines": None, "buyer_no": 0, "gross_minor": -1, "is_digital": None}),
    ):
        (read,) = table.inputs
        frame = read.read(world.day(shop))
        assert set(read.schema.columns) == set(frame.columns)
        for column, value in spoilt.items():
            bad = frame.with_columns(pl.lit(value).cast(frame.schema[column]).alias(column))
            assert set(violations(read.schema, bad)["column"]) == {column}
        assert violations(read.schema, frame.drop("shop_id")).height == 1


def test_an_order_of_two_days_has_two_rows(world: World) -> None:
    shop = world.shop()
    refund = Happened("refund_completed", 1, at=at(1), amount_minor=30, currency="XTR", order_id=1)
    line = Happened("order_line", 1, at=at(0), amount_minor=90, currency="XTR", order_id=1)
    world.happen(shop, paid(90, "XTR", None), line, refund)
    (first,) = world.figures(shop, ORDER_DAY)
    assert (first["orders"], first["gross_minor"], first["returns_minor"]) == (1, 90, 0)
    assert first["cost_minor"] is None  # the line does not say
    (second,) = world.figures(shop, ORDER_DAY, at(1).date())
    assert (second["orders"], second["paid_at"], second["returns_minor"]) == (0, None, 30)


def test_the_first_source_is_the_one_known_last(world: World) -> None:
    shop = world.shop()
    # Before their first start nothing had brought them yet.
    world.happen(
        shop,
        Happened("message_received", 1, at=at(0, 9)),
        Happened("message_received", 1, at=at(0, 10), first_source=7),
        Happened("order_line", 1, at=at(0, 9), amount_minor=1, currency="XTR", order_id=1),
        Happened("refund_completed", 1, at=at(0, 10), amount_minor=1, currency="XTR", order_id=1),
        Happened(
            "refund_completed",
            1,
            at=at(0, 11),
            amount_minor=1,
            currency="XTR",
            order_id=1,
            first_source=7,
        ),
    )
    events = {row["event"]: row for row in world.figures(shop, BUYER_EVENT_DAY)}
    assert events["message_received"]["first_source_id"] == 7
    (order,) = world.figures(shop, ORDER_DAY)
    assert order["first_source_id"] == 7


def test_an_order_without_lines_is_its_own_line(world: World) -> None:
    shop = world.shop()
    props = {"discount_minor": 10, "tax_minor": 20, "shipping_minor": 5}
    plain = Happened("order_paid", 1, at=at(0), amount_minor=129_050, currency="XTR", order_id=1)
    told = replace(plain, order_id=2, amount_minor=100, props=props)
    lined = replace(told, order_id=3)
    odd = replace(plain, order_id=4, amount_minor=3, props={"tax_minor": 9})  # more tax than paid
    line = Happened("order_line", 1, at=at(0), amount_minor=90, currency="XTR", order_id=3)
    world.happen(shop, plain, told, lined, line, odd)
    found = {row["order_id"]: row for row in world.figures(shop, ORDER_DAY)}
    assert {order: row["gross_minor"] for order, row in found.items()} == {
        1: 129_050,
        2: 85,  # 100 + 10 − 20 − 5
        3: 90,
        4: 0,
    }
    assert found[2]["cost_minor"] is None and found[2]["lines"] == 0


def test_a_line_on_the_other_side_of_midnight_is_the_orders(world: World) -> None:
    shop = world.shop()
    order = Happened("order_paid", 1, at=at(0, 23, 59), amount_minor=90, currency="XTR", order_id=1)
    line = replace(order, event="order_line", at=at(1, 0, 1))
    world.happen(shop, order, line)
    gross = [world.figures(shop, ORDER_DAY, at(day).date())[0]["gross_minor"] for day in (0, 1)]
    assert gross == [0, 90]  # once


def test_a_refund_gives_back_goods_tax_and_shipping(world: World) -> None:
    shop = world.shop(currency="RUB")
    refund = Happened(
        "refund_completed",
        1,
        at=at(0),
        amount_minor=100,
        currency="XTR",
        order_id=1,
        props={"tax_minor": 20, "shipping_minor": 5, "rate": "2"},
    )
    world.happen(shop, refund)
    (row,) = world.figures(shop, ORDER_DAY)
    parts = ("returns_minor", "returned_tax_minor", "returned_shipping_minor")
    assert [row[part] for part in parts] == [15_000, 4_000, 1_000]

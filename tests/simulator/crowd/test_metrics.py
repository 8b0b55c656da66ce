"""A first day's metrics by a hand-made truth."""

from typing import Any

import pytest

from simulator.crowd import truth
from simulator.crowd.history import people
from simulator.crowd.known import Between, Metric, Owner, Product, Value
from simulator.crowd.metrics import metrics
from simulator.crowd.truth import AnyRecord
from tests.simulator.crowd.test_reckoning import ANNA, BOT, IVAN, bought, deed, ids

OWNER = Owner(
    products={"Пуэр": Product("1", 10_000), "Гайвань, 120 мл": Product("2", 30_000)},
    links={"ig": 700, "vk": None},
    shelf={"1": 29},
    is_digital=False,
    has_fees=True,
)
CART = "Заказ № 4 оплачен\n\nПуэр × 2 \u2014 1 000 ₽\nГайвань, 120 мл \u2014 800 ₽\nИтого: 1 800 ₽"
TEA = "Заказ № 5 оплачен\n\nПуэр \u2014 500 ₽\nСкидка: \u2212100 ₽\nИтого: 400 ₽"


def start(at: float, code: str, person: int) -> truth.Start:
    return truth.Start(at=at, code=code, **ids(person))


def visit(begins: float, ends: float, person: int = ANNA) -> truth.Visit:
    zero: dict[str, Any] = dict.fromkeys(
        ("pressed", "repeated", "unanswered", "written", "products", "bills", "paid"), 0
    )
    return truth.Visit(
        at=ends,
        began_at=begins,
        code="",
        started=True,
        charges=[],
        outcome="done",
        **zero,
        **ids(person),
    )


DAY: list[AnyRecord] = [
    start(1000, "ig", ANNA),
    deed(1001, "pass", "rules"),
    deed(1002, "view", "1"),
    deed(1003, "view", "2"),
    *bought(1010, 4, CART, 180_000),
    visit(1000, 1020),
    start(1100, "", IVAN),
    deed(1101, "view", "1", IVAN),
    visit(1100, 1110, IVAN),
    truth.Broadcast(at=1500, message_id=9, number=3, **ids()),
    truth.Broadcast(at=1500, message_id=8, number=3, **ids(IVAN)),
    truth.Block(at=1600, stopped=True, **ids(IVAN)),
    start(4000, "", ANNA),
    deed(4001, "click", "3"),
    *bought(4010, 5, TEA, 40_000),
    visit(4000, 4020),
    truth.RefundNotice(at=4030, message_id=10, order_no=5, amount=400, **ids()),
]


@pytest.fixture(name="true", scope="module")
def of_the_day() -> dict[Metric, Value]:
    return metrics(people(DAY, {BOT}), OWNER)


@pytest.mark.parametrize(
    ("table", "about", "column", "value"),
    [
        ("audience_day", "", "new_users", 2),
        ("audience_day", "", "starts", 3),
        ("audience_day", "", "reachable_users", 1),
        ("audience_day", "", "blocked_share", 0.5),
        ("audience_day", "", "sessions", 3),  # Anna comes back after most of an hour
        ("audience_day", "", "gate_pass_rate", 0.5),
        ("audience_day", "", "captcha_pass_rate", None),
        ("money_day", "", "gross_sales_minor", 230_000),
        ("money_day", "", "discounts_minor", 10_000),
        ("money_day", "", "returns_minor", 40_000),
        ("money_day", "", "cash_collected_minor", 180_000),
        ("money_day", "", "gross_margin_minor", 180_000 - 60_000),
        ("money_day", "", "margin_after_fees_minor", None),
        ("money_day", "", "paying_share", 0.5),
        ("customer_day", "", "returning_share", 40_000 / 220_000),
        ("customer_day", "", "repeat_rate", 1),
        ("product_day", "1", "conversion", 0.5),
        ("product_day", "1", "units", 3),
        ("product_day", "1", "days_of_cover", 26 / (3 / 28)),
        ("product_day", "2", "net_sales_minor", 80_000),
        ("product_day", "2", "rank_by_units", 2),
        ("source_day", "first ig", "buyers", 1),
        ("source_day", "last ig", "net_sales_minor", 180_000),
        ("source_day", "last ", "buyers", 1),
        ("source_day", "last_significant ig", "roas", 180_000 / 700),
        ("source_day", "first vk", "cac_minor", None),
        ("broadcast_day", "3", "delivered", 2),
        ("broadcast_day", "3", "click_rate", 0.5),
        ("broadcast_day", "3", "blocks_per_1000", 500),
        ("broadcast_day", "3", "net_sales_72h_minor", 0),  # all of it went back
    ],
)
def test_each_is_what_people_did(
    true: dict[Metric, Value], table: str, about: str, column: str, value: Value
) -> None:
    assert true[table, about, column] == pytest.approx(value)


def test_what_people_know_the_bounds_of_is_told_so(true: dict[Metric, Value]) -> None:
    hours = true["conversion_day", "", "hours_to_first_purchase"]
    assert isinstance(hours, Between)
    assert hours.least * 3600 < 1011 - 1000 < 1012 - 1000 < hours.most * 3600

"""A first day's metrics by a hand-made truth."""

from typing import Any

import pytest

from simulator.crowd import truth
from simulator.crowd.history import people
from simulator.crowd.known import Between, Metric, Owner, Product, Value
from simulator.crowd.later_days import later_metrics, spread
from simulator.crowd.metrics import metrics
from simulator.crowd.receipts import rows_of
from simulator.crowd.reckoning import reckon
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


def paid_with(order: int, text: str, *records: AnyRecord) -> list[AnyRecord]:
    """An order that was paid so, and its receipt."""
    goods, added, total = rows_of(text)
    receipt = truth.Receipt(
        at=2002 + order,
        message_id=order,
        order_no=order,
        goods=goods,
        added=added,
        total=total,
        **ids(),
    )
    return [*records, receipt]


def money(order: int, amount: int) -> dict[str, Any]:
    return {"payload": f"bill:{order}", "amount": amount, "currency": "RUB", **ids()}


WALLET: list[AnyRecord] = [
    start(2000, "", ANNA),
    truth.Bill(at=2001, is_top_up=True, **money(3, 200_000)),
    truth.Charge(at=2001, charge_id="c3", **money(3, 200_000)),
    *paid_with(4, CART, truth.WalletPayment(at=2003, **money(4, 180_000))),
    *paid_with(
        5,
        TEA,
        truth.Bill(at=2006, from_wallet=15_000, **money(5, 25_000)),
        truth.Charge(at=2006, charge_id="c5", **money(5, 25_000)),
    ),
    truth.RefundNotice(at=2010, message_id=10, order_no=4, amount=1800, to_wallet=True, **ids()),
]


@pytest.mark.parametrize(
    ("table", "about", "column", "value"),
    [
        ("wallet_day", "RUB", "top_ups_minor", 200_000),
        ("wallet_day", "RUB", "purchases_minor", -195_000),
        ("wallet_day", "RUB", "refunds_minor", 180_000),
        ("wallet_day", "RUB", "liability_minor", 185_000),
        ("money_day", "", "cash_collected_minor", 225_000),
        ("money_day", "", "paid_orders", 2),
        ("money_day", "", "gross_sales_minor", 230_000),
        ("money_day", "", "returns_minor", 180_000),
        ("money_day", "", "total_sales_minor", 40_000),
        ("payment_day", "wallet", "payment_success", 1),
        ("payment_day", "telegram", "payment_success", 1),
        ("shop_kpi_day", "", "payment_success", 1),
        ("product_day", "1", "days_of_cover", 28 / (3 / 28)),  # two are on the shelf again
    ],
)
def test_a_top_up_is_no_sale_and_what_a_wallet_pays_is_one(
    table: str, about: str, column: str, value: Value
) -> None:
    assert metrics(people(WALLET, {BOT}), OWNER)[table, about, column] == pytest.approx(value)
    counted = reckon(WALLET, {BOT}, 2000, 3000)
    figures = ("orders_created", "orders_paid", "checkouts", "buyers")
    assert [counted.figures[name, ""] for name in figures] == [2, 2, 1, 1] and not counted.unread


def test_a_second_visit_is_one_of_another_day() -> None:
    """Anna buys what she had left in her cart a day later, and is not there again."""
    records = [
        start(1000, "", ANNA),
        deed(1001, "view", "1"),
        deed(1002, "cart_add", "1"),
        start(1100, "", IVAN),
        deed(1101, "view", "1", IVAN),
        start(1200, "", ANNA),
        *bought(1201, 5, TEA, 40_000),
        truth.Block(at=1300, stopped=True, **ids(IVAN)),
        truth.Block(at=1400, stopped=False, **ids(IVAN)),
        start(1400, "", IVAN),
        truth.Block(at=1500, stopped=True, **ids(IVAN)),
    ]
    found = later_metrics(spread(records, {BOT}, (0, 1, 30)))
    assert found["audience_day", 0, "", "activation"] == 1
    assert found["funnel_day", 0, "product", "step_rate"] == 0.5
    assert found["conversion_day", 0, "", "cart_abandonment"] == 0
    assert found["conversion_day", 0, "", "checkout_abandonment"] is None
    assert found["cohort_day", 0, "1", "retention"] == 1
    assert found["cohort_day", 0, "1", "conversion"] == 0.5
    assert found["cohort_day", 0, "1", "ltv_minor"] == 20_000
    assert found["audience_day", 1, "", "block_rate"] == 0.5
    assert found["customer_day", 61, "", "churn"] == 0  # she ordered 60 days ago

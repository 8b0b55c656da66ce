"""Figures by hand-made truths: what people read and did, in minor units and by the moment."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from pyrogram.raw import types

from simulator.crowd import truth
from simulator.crowd.receipts import amount_of, record_of, rows_of
from simulator.crowd.reckoning import Figures, UnreadReceipt, figures
from simulator.crowd.truth import AnyRecord, Row

BOT, ANNA, IVAN = 7, 5, 6
BEGINS, ENDS = 1000.0, 2000.0
RECEIPT = (
    "Заказ № 4 оплачен\n\nПуэр × 2 \u2014 1\u00a0240,50 ₽\nГайвань, 120 мл \u2014 800 ₽\n"
    "Скидка: \u221240,50 ₽\nКурьер: 150 ₽\nНалог: 107,50 ₽\nИтого: 2\u00a0257,50 ₽\n\nСпасибо!"
)


def ids(person: int = ANNA) -> dict[str, int]:
    return {"telegram_id": person, "bot": BOT}


def deed(at: float, what: truth.What, about: str = "", person: int = ANNA) -> truth.Deed:
    return truth.Deed(at=at, what=what, about=about, **ids(person))


def bought(at: float, order: int, text: str, amount: int, person: int = ANNA) -> list[AnyRecord]:
    """An order from the bill to the receipt."""
    payload = f"order:{order}"
    goods, added, total = rows_of(text)
    money = {"amount": amount, "currency": "RUB", "payload": payload}
    return [
        truth.Bill(at=at, **money, **ids(person)),
        truth.Charge(at=at + 1, charge_id=f"c{order}", **money, **ids(person)),
        truth.Receipt(
            at=at + 2,
            message_id=order,
            order_no=order,
            goods=goods,
            added=added,
            total=total,
            **ids(person),
        ),
    ]


def reckoned(records: Sequence[AnyRecord]) -> Figures:
    return figures(records, BOT, BEGINS, ENDS)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("450 ⭐", "450"),
        ("1\u00a0800,50 ₽", "1800.50"),
        ("1,800.50 ₽", "1800.50"),
        ("2,150 ₽", "2150"),
        ("1 234 567 ₽", "1234567"),
        ("\u221230 ⭐", "-30"),
        ("free", None),
        ("", None),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, amount: str | None) -> None:
    assert amount_of(text) == (None if amount is None else Decimal(amount))


def test_a_receipt_is_read_row_by_row() -> None:
    goods, added, total = rows_of(RECEIPT)
    assert goods == [
        Row(label="Пуэр", quantity=2, amount=Decimal("1240.50")),
        Row(label="Гайвань, 120 мл", amount=Decimal(800)),
    ]
    assert [row.amount for row in added] == [Decimal("-40.50"), 150, Decimal("107.50")]
    assert total == Decimal("2257.50")


@pytest.mark.parametrize("text", ["Thank you! Order №7", "No. 1\n\nno total here\n\nThanks", ""])
def test_a_receipt_without_a_total_has_no_rows(text: str) -> None:
    assert rows_of(text) == ([], [], None)


@pytest.mark.parametrize(
    ("actions", "kind"),
    [
        (("goods:4", "orders:below", "menu:below"), "receipt"),
        ((), "receipt"),
        (("goods:4", "menu:below"), "delivery"),
        (("menu:below",), "notice"),
        (("order:4.below", "menu:below"), "notice"),
        (("order:4",), None),
    ],
)
def test_messages_of_an_order_are_told_by_their_buttons(
    actions: tuple[str, ...], kind: str | None
) -> None:
    buttons = [
        types.KeyboardInlineButton(
            text="-", type=types.InlineButtonTypeCallback(data=action.encode())
        )
        for action in actions
    ]
    message = types.Message(
        id=9,
        peer_id=types.PeerUser(user_id=BOT),
        date=0,
        message=RECEIPT,
        reply_markup=types.ReplyInlineMarkup(rows=[types.KeyboardInlineButtonRow(buttons=buttons)])
        if actions
        else None,
    )
    record = record_of(message, 9, **ids())
    assert (record.kind if record else None) == kind


def test_an_order_is_split_as_its_receipt_says() -> None:
    records = [deed(1100, "shipping", "Курьер: 150 ₽"), *bought(1200, 4, RECEIPT, 225_750)]
    assert reckoned(records) == {
        ("active_users", ""): 1,
        ("buyers", ""): 1,
        ("checkouts", ""): 1,
        ("orders_created", ""): 1,
        ("orders_paid", ""): 1,
        ("paid_orders", "RUB"): 1,
        ("units", "RUB"): 3,
        ("gross_sales", "RUB"): 204_050,
        ("discounts", "RUB"): 4_050,
        ("shipping", "RUB"): 15_000,
        ("tax", "RUB"): 10_750,
        ("paid_total", "RUB"): 225_750,
        ("net_sales", "RUB"): 200_000,
    }


def test_one_thing_alone_costs_the_total_and_a_tax_inside_the_prices_is_no_sum() -> None:
    alone = bought(1200, 1, "No. 1 paid\n\nTea × 3\nTotal: 30 ₽", 3_000)
    inside = "No. 2 paid\n\nTea \u2014 120 ₽\nVAT included: 20 ₽\nTotal: 120 ₽"
    counted = reckoned([*alone, *bought(1300, 2, inside, 12_000)])
    sold = ("gross_sales", "tax", "units", "paid_total")
    assert [counted[name, "RUB"] for name in sold] == [15_000, 0, 4, 15_000]


def test_what_went_back_counts_on_its_own_day_and_without_shipping() -> None:
    records = [
        deed(400, "shipping", "Курьер: 150 ₽"),
        *bought(500, 4, RECEIPT, 225_750),
        truth.Refund(at=1500, charge_id="c4", amount=225_750, **ids()),
    ]
    assert reckoned(records) == {
        ("refunds", "RUB"): 1,
        ("returns", "RUB"): 200_000,
        ("net_sales", "RUB"): -200_000,
    }


def test_money_that_came_twice_for_one_order_is_neither_sale_nor_return() -> None:
    records = bought(1200, 4, "No. 4\n\nTea\nTotal: 30 ₽", 3_000)
    second = truth.Charge(
        at=1210, charge_id="again", payload="order:4", amount=3_000, currency="RUB", **ids()
    )
    back = truth.Refund(at=1220, charge_id="again", amount=3_000, **ids())
    assert reckoned([*records, second, back]) == reckoned(records)


def test_people_are_new_once_and_leave_carts_that_they_do_not_pay() -> None:
    def starts(at: float, person: int) -> truth.Start:
        return truth.Start(at=at, code="", **ids(person))

    records = [
        starts(900, ANNA),
        starts(1100, ANNA),
        starts(1200, IVAN),
        starts(1300, IVAN),
        deed(1110, "cart_add", "1"),
        *bought(1120, 1, "No. 1\n\nTea\nTotal: 30 ₽", 3_000),
        deed(1210, "cart_add", "1", IVAN),
    ]
    counted = reckoned(records)
    names = ("starts", "new_users", "active_users", "carts", "carts_left", "buyers")
    assert [counted[name, ""] for name in names] == [3, 1, 2, 2, 1, 1]


def test_orders_end_and_goods_come() -> None:
    def says(at: float, number: int, *, leads: bool = True) -> truth.OrderNotice:
        return truth.OrderNotice(
            at=at, message_id=1, order_no=number, leads_to_order=leads, **ids()
        )

    records = [
        *bought(1100, 1, "No. 1\n\nTea\nTotal: 30 ₽", 3_000),
        says(1150, 1),  # they are late
        truth.Delivery(at=1200, message_id=3, order_no=1, **ids()),
        says(1210, 1),  # they are opened again
        says(1250, 2),  # something else
        says(1300, 2, leads=False),  # never paid
        deed(1400, "cancel", "3"),
        *bought(1500, 5, "No. 5\n\nTea\nTotal: 30 ₽", 3_000),
        says(1503, 5),  # they are opened before they come
        truth.Delivery(at=1504, message_id=4, order_no=5, **ids()),
    ]
    counted = reckoned(records)
    names = ("deliveries", "deliveries_failed", "orders_expired", "orders_cancelled")
    assert [counted[name, ""] for name in names] == [2, 1, 1, 1]


def test_a_paid_order_without_its_receipt_is_an_error() -> None:
    records = bought(1200, 4, RECEIPT, 225_750)
    with pytest.raises(UnreadReceipt, match="0 receipts came for the orders 4"):
        reckoned(records[:2])
    with pytest.raises(UnreadReceipt, match="do not add up to 225751"):
        reckoned(bought(1200, 4, RECEIPT, 225_751))

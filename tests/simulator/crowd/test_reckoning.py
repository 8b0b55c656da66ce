"""Figures by hand-made truths: what people read and did, in minor units and by the moment."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from pyrogram.raw import types

from simulator.crowd import truth
from simulator.crowd.receipts import amount_of, record_of, rows_of
from simulator.crowd.reckoning import ANY, Figures, Reckoned, reckon
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


def all_of(records: Sequence[AnyRecord]) -> Reckoned:
    return reckon(records, {BOT}, BEGINS, ENDS)


def reckoned(records: Sequence[AnyRecord]) -> Figures:
    """Nothing of it is left open."""
    found = all_of(records)
    assert not found.unread
    return found.figures


def unread(records: Sequence[AnyRecord]) -> list[tuple[str, bool]]:
    return [(each.why, each.is_wrong) for each in all_of(records).unread]


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


def written(text: str, *actions: str) -> types.Message:
    """The bot's, with buttons that do this."""
    buttons = [
        types.KeyboardInlineButton(
            text="-", type=types.InlineButtonTypeCallback(data=action.encode())
        )
        for action in actions
    ]
    rows = [types.KeyboardInlineButtonRow(buttons=buttons)]
    return types.Message(
        id=9,
        peer_id=types.PeerUser(user_id=BOT),
        date=0,
        message=text,
        reply_markup=types.ReplyInlineMarkup(rows=rows) if actions else None,
    )


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
    ids=["receipt", "text alone", "goods", "to the menu", "to the order", "of the order alone"],
)
def test_messages_of_an_order_are_told_by_their_buttons(
    actions: tuple[str, ...], kind: str | None
) -> None:
    record = record_of(written("Order No. 4 is here", *actions), 9, **ids())
    assert (record.kind if record else None) == kind


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("По заказу № 4 вам возвращено 1 257,17 ₽.", "1257.17"),
        ("You have been refunded 10 KZT for order No. 4.", "10"),
        ("Order No. 4 is on its way.\n\nCDEK: 1234567890", None),
    ],
    ids=["Russian", "a code", "no money"],
)
def test_what_the_bot_says_of_refunds_is_recorded(text: str, amount: str | None) -> None:
    for actions in (("order:4",), ("order:4.below", "menu:below")):
        record = record_of(written(text, *actions), 9, **ids())
        found = record if isinstance(record, truth.RefundNotice) else None
        assert (found and found.amount) == (amount and Decimal(amount))


def test_what_telegram_says_of_refunds_is_recorded() -> None:
    message = types.MessageService(
        id=9,
        peer_id=types.PeerUser(user_id=BOT),
        date=0,
        action=types.MessageActionPaymentRefunded(
            peer=types.PeerUser(user_id=BOT),
            currency="XTR",
            total_amount=25,
            charge=types.PaymentCharge(id="c4", provider_charge_id="c4"),
        ),
    )
    record = record_of(message, 9, at=1.0, **ids())
    assert record == truth.Refund(at=1.0, charge_id="c4", amount=25, currency="XTR", **ids())


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


TEA = "No. {0} paid\n\nTea\nTotal: 30 ₽"


def tea(at: float, order: int, person: int = ANNA) -> list[AnyRecord]:
    return bought(at, order, TEA.format(order), 3_000, person)


def without(records: Sequence[AnyRecord], *kinds: str) -> list[AnyRecord]:
    return [each for each in records if each.kind not in kinds]


def billed(at: float, order: int, *, is_cart: bool = True) -> truth.Bill:
    money = {"amount": 30, "currency": "XTR", "payload": f"order:{order}"}
    return truth.Bill(at=at, is_cart=is_cart, **money, **ids())


@pytest.mark.parametrize(
    ("records", "cancelled"),
    [
        ([billed(1100, 1), billed(1110, 1), billed(1120, 2)], 1),
        ([billed(1100, 1, is_cart=False), billed(1120, 2)], 0),
        ([billed(1100, 1), billed(1120, 2, is_cart=False)], 0),
        ([billed(1100, 1), deed(1110, "decline", "order:1"), billed(1120, 2)], 0),
        ([billed(1100, 1), deed(1110, "decline", "order:1"), billed(1720, 2)], 1),
        ([billed(1100, 1), deed(1110, "cancel", "1"), billed(1120, 2)], 1),
        ([*tea(1100, 1), billed(1120, 2)], 0),
        ([billed(900, 1), billed(990, 2), billed(1120, 3), billed(1130, 2)], 1),
        (
            [
                billed(1100, 1),
                truth.OrderNotice(at=1110, message_id=1, order_no=9, leads_to_order=False, **ids()),
                billed(1120, 2),
            ],
            0,
        ),
    ],
    ids=[
        "another price",
        "one product",
        "then one product",
        "being paid",
        "no longer being paid",
        "cancelled already",
        "paid",
        "replaced before",
        "not paid in time",
    ],
)
def test_the_carts_next_order_cancels_the_open_one(
    records: list[AnyRecord], cancelled: int
) -> None:
    assert reckoned(records)["orders_cancelled", ""] == cancelled


def test_what_a_missing_receipt_would_say_is_open_and_nothing_else() -> None:
    missing = without(tea(1300, 2), "receipt")
    found = all_of([*tea(1200, 1), *missing, *tea(1400, 3), *tea(1500, 4, IVAN)])
    (left,) = found.unread
    assert (left.why, left.currency, left.is_wrong) == (
        "no receipt of order:2 was read",
        "RUB",
        True,
    )
    names = {name for name, _ in found.figures if left.leaves_open((name, "RUB"))}
    assert names == {"units", "gross_sales", "net_sales"}
    known = ("paid_orders", "paid_total", "gross_sales")
    assert [found.figures[name, "RUB"] for name in known] == [4, 12_000, 9_000]
    assert not left.leaves_open(("gross_sales", "XTR"))


@pytest.mark.parametrize(
    ("records", "why", "is_wrong"),
    [
        (without(tea(1200, 4), "receipt"), "no receipt of order:4 was read", False),
        (bought(1200, 4, "No. 4, thanks", 3_000), "No. 4 of order:4 says no total", False),
        (bought(1200, 4, RECEIPT, 225_751), "a total of 2257.50, 225751 RUB in minor", True),
        (
            bought(1200, 4, "No. 4\n\nTea — 29 ₽\nCup — 2 ₽\nTotal: 30 ₽", 3_000),
            "do not add up to 3000",
            True,
        ),
    ],
    ids=["no receipts are written", "an owner's own text", "another total", "other rows"],
)
def test_receipts_that_say_nothing_are_no_fault_and_wrong_ones_are(
    records: list[AnyRecord], why: str, is_wrong: bool
) -> None:
    ((said, fault),) = unread(records)
    assert why in said and fault is is_wrong


def test_an_order_of_another_day_without_its_receipt_leaves_nothing_open() -> None:
    old = [*without(tea(300, 1), "receipt"), *without(tea(400, 2), "charge")]
    assert reckoned([*old, *tea(1200, 3)])["gross_sales", "RUB"] == 3_000


def refunded(at: float, order: int, amount: str) -> truth.RefundNotice:
    return truth.RefundNotice(at=at, message_id=90, order_no=order, amount=Decimal(amount), **ids())


def test_parts_that_go_back_add_up_to_the_goods() -> None:
    way = deed(400, "shipping", "Курьер: 150 ₽")
    records: list[AnyRecord] = [way, *bought(500, 4, RECEIPT, 225_750), refunded(900, 4, "1000.33")]
    part = reckoned([*records, refunded(1100, 4, "257.17")])
    # Of 257.17 ₽ that went back after 1000.33 ₽: 17.09 of shipping, 12.25 of tax.
    assert part == {
        ("refunds", "RUB"): 1,
        ("returns", "RUB"): 22_783,
        ("net_sales", "RUB"): -22_783,
    }
    rest = [refunded(1100, 4, "257.17"), refunded(1200, 4, "1000")]
    first = reckoned([way, *bought(500, 4, RECEIPT, 225_750), refunded(1000, 4, "1000.33")])
    both = reckoned([*records, *rest])
    assert first["returns", "RUB"] + both["returns", "RUB"] == 200_000


def test_a_refund_whose_order_is_not_known_is_left_open() -> None:
    lost = truth.Refund(at=1500, charge_id="c1", amount=25, currency="XTR", **ids())
    found = all_of([lost, refunded(1600, 8, "10")])
    assert [each.currency for each in found.unread] == ["XTR", ANY]
    assert all(each.leaves_open(("refunds", "XTR")) for each in found.unread)
    assert not found.figures
    (unread_too,) = all_of(
        [*without(tea(500, 1), "receipt"), lost.model_copy(update={"currency": "RUB"})]
    ).unread
    assert not unread_too.leaves_open(("refunds", "RUB"))
    assert unread_too.leaves_open(("returns", "RUB"))


def test_a_second_payment_that_the_bot_sends_back_is_no_return() -> None:
    second = truth.Charge(
        at=1210, charge_id="again", payload="order:4", amount=3_000, currency="RUB", **ids()
    )
    assert reckoned([*tea(1200, 4), second, refunded(1300, 4, "30")]) == reckoned(tea(1200, 4))


def test_two_bots_of_a_shop_are_one_shop() -> None:
    other = {"telegram_id": IVAN, "bot": 8}
    starts = [truth.Start(at=1100, code="", **ids()), truth.Start(at=1100, code="", **other)]
    assert reckon(starts, {BOT, 8}, BEGINS, ENDS).figures["starts", ""] == 2
    assert reckon(starts, {8}, BEGINS, ENDS).figures["starts", ""] == 1

"""Reading a CSV of past orders."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.csv_text import FileUnreadable
from core.money import Money
from ingestion import past_orders
from ingestion.past_orders import Bounds, OrdersFile, PastOrder, RowProblem

NOW = datetime(2026, 6, 1, tzinfo=UTC)
BOUNDS = Bounds(NOW, timedelta(days=365))
HEADER = "order_id,created_at,paid_at,customer_id,currency,product_id,quantity,unit_price"
ROW = {
    "order_id": "A-1",
    "created_at": "2026-05-01T12:00:00+03:00",
    "paid_at": "2026-05-01T12:05:00+03:00",
    "customer_id": "c-1",
    "currency": "RUB",
    "product_id": "tea",
    "quantity": "2",
    "unit_price": "1290.50",
}


def text_of(*rows: dict[str, str], comma: str = ",") -> list[str]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([row.get(name, "") for name in names] for row in rows)]
    return [comma.join(line) + "\n" for line in lines]


def read(text: Iterable[str], bounds: Bounds = BOUNDS) -> list[PastOrder | RowProblem]:
    return list(OrdersFile(text, bounds))


def problem(**changes: str) -> RowProblem:
    (found,) = read(text_of(ROW | changes))
    assert isinstance(found, RowProblem)
    return found


def order(*rows: dict[str, str]) -> PastOrder:
    (found,) = read(text_of(*rows))
    assert isinstance(found, PastOrder)
    return found


def test_an_order_of_two_lines() -> None:
    second = {"product_id": "cup", "quantity": "1", "unit_price": "500"}
    found = order(ROW, ROW | second)
    assert found.order_id == "A-1" and found.customer == "c-1"
    assert found.created_at == datetime(2026, 5, 1, 9, tzinfo=UTC)
    assert [(line.product_id, line.quantity, line.amount_minor) for line in found.lines] == [
        ("tea", 2, 258100),
        ("cup", 1, 50000),
    ]
    assert found.total_minor == 308100 and found.refunded_at is None


def test_total_telegram_id_variant_and_refund() -> None:
    row = {key: value for key, value in ROW.items() if key != "customer_id"}
    row |= {"telegram_id": "501", "variant_id": "xl", "total": "2500", "currency": "RUB"}
    found = order(row | {"refunded_at": "2026-05-02T00:00:00Z", "refunded_amount": "100.01"})
    assert found.customer == 501 and found.lines[0].variant_id == "xl"
    assert (found.total_minor, found.refunded_minor) == (250000, 10001)
    assert order(row | {"refunded_at": "2026-05-02T00:00:00Z"}).refunded_minor == 250000


def test_semicolons_and_a_zone_for_times_without_one() -> None:
    text = text_of(ROW | {"created_at": "2026-05-01 12:00", "paid_at": ""}, comma=";")
    (found,) = read(text, Bounds(NOW, timedelta(days=365), ZoneInfo("Europe/Moscow")))
    assert isinstance(found, PastOrder)
    assert found.created_at == datetime(2026, 5, 1, 9, tzinfo=UTC) and found.paid_at is None


@pytest.mark.parametrize(
    ("changes", "column", "says"),
    [
        ({"order_id": ""}, "order_id", "required"),
        ({"created_at": "01.05.2026"}, "created_at", "2026-01-31"),
        ({"created_at": "2026-05-01T12:00:00"}, "created_at", "timezone=Europe/Moscow"),
        ({"created_at": "2026-07-01T12:00:00Z"}, "created_at", "future"),
        ({"created_at": "2025-05-01T12:00:00Z"}, "created_at", "365 days"),
        ({"paid_at": "2026-04-01T12:00:00Z"}, "paid_at", "before"),
        ({"currency": "руб"}, "currency", "RUB"),
        ({"unit_price": "1 290"}, "unit_price", "1290.50"),
        ({"unit_price": "-5"}, "unit_price", "without a sign"),
        ({"unit_price": "1.2.3"}, "unit_price", "1290.50"),
        ({"unit_price": "."}, "unit_price", "1290.50"),
        ({"unit_price": "12.505"}, "unit_price", "2 digits"),
        ({"unit_price": "9" * 30}, "unit_price", "impossibly large"),
        ({"currency": "XTR"}, "unit_price", "0 digits"),
        ({"quantity": "0"}, "quantity", "whole number"),
        ({"quantity": "1.5"}, "quantity", "whole number"),
        ({"customer_id": ""}, "customer_id", "either"),
        ({"refunded_at": "2026-05-01T09:01:00Z"}, "refunded_at", "before"),
        ({"refunded_amount": "5"}, "refunded_at", "required"),
        (
            {"refunded_at": "2026-05-02T00:00:00Z", "refunded_amount": "9999"},
            "refunded_amount",
            "total",
        ),
    ],
)
def test_a_wrong_cell_is_named_by_line_and_column(
    changes: dict[str, str], column: str, says: str
) -> None:
    found = problem(**changes)
    assert (found.line, found.column) == (2, column) and says in found.message


def test_a_wrong_row_takes_its_order_with_it_and_no_other() -> None:
    second = ROW | {"order_id": "A-2"}
    found = read(text_of(ROW, ROW | {"quantity": "x"}, second))
    assert isinstance(found[0], RowProblem) and found[0].line == 3
    assert isinstance(found[1], PastOrder) and found[1].order_id == "A-2"
    differing = read(text_of(ROW, ROW | {"currency": "USD"}))
    assert [each.column for each in differing if isinstance(each, RowProblem)] == ["currency"]


def test_an_order_whose_rows_stand_apart_is_whole() -> None:
    cup = ROW | {"product_id": "cup", "unit_price": "500"}
    found = read(text_of(ROW, ROW | {"order_id": "A-2"}, cup))
    assert [each.order_id for each in found] == ["A-2", "A-1"]
    whole = found[1]
    assert isinstance(whole, PastOrder) and whole.total_minor == 258100 + 100000


def test_a_wrong_row_far_from_the_others_takes_the_order_with_it() -> None:
    found = read(text_of(ROW, ROW | {"order_id": "A-2"}, ROW | {"quantity": "x"}))
    assert [type(each) for each in found] == [PastOrder, RowProblem]
    assert isinstance(found[1], RowProblem)
    assert (found[1].order_id, found[1].line, found[1].column) == ("A-1", 4, "quantity")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ([], "missing"),
        (["order_id,created_at\n"], "missing: currency"),
        ([HEADER.replace(",customer_id", "") + "\n"], "customer_id or telegram_id"),
        ([HEADER + ",surname\n"], "no column 'surname'"),
        ([HEADER + ",currency\n"], "twice"),
        ([HEADER + "\n", "A-1,2026\n"], "line 2: 2 cells where the header has 8"),
        ([HEADER + "\n", 'A-1,"2026\n'], "line 2"),
        ([HEADER + "\n", "A-1,\x00\n"], "line"),
    ],
)
def test_what_is_no_such_file_is_told(text: list[str], says: str) -> None:
    with pytest.raises(FileUnreadable, match=says):
        read(text)


def test_it_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileUnreadable, match="over 100 lines"):
        read(text_of(*[ROW] * 101))
    monkeypatch.setattr(past_orders, "MAX_ROWS", 3)
    with pytest.raises(FileUnreadable, match="several parts"):
        read(text_of(*(ROW | {"order_id": str(number)} for number in range(4))))


@given(st.integers(0, 10**10), st.sampled_from(["RUB", "XTR", "KWD", "JPY"]))
def test_money_comes_through_exactly(amount: int, currency: str) -> None:
    price = f"{Money(amount, currency).major:f}"
    found = order(ROW | {"unit_price": price, "currency": currency, "quantity": "3"})
    assert found.total_minor == 3 * amount


@given(st.lists(st.text(max_size=40), max_size=6))
def test_any_text_is_read_or_told(lines: list[str]) -> None:
    try:
        found = read([HEADER + "\n", *lines])
    except FileUnreadable:
        return
    assert all(isinstance(each, RowProblem) for each in found)


def test_a_shop_that_keeps_a_month_is_not_sent_back_to_the_import() -> None:
    (found,) = read(text_of(ROW), Bounds(NOW, timedelta(days=30)))
    assert isinstance(found, RowProblem)
    assert found.message == "lies over 30 days back, and the shop keeps events no longer"


def test_a_time_that_the_clock_showed_twice_is_the_one_that_fits() -> None:
    """Berlin, 25 October 2026: 02:05 came again ten minutes after 02:55."""
    bounds = Bounds(
        datetime(2026, 11, 1, tzinfo=UTC), timedelta(days=365), ZoneInfo("Europe/Berlin")
    )
    times = {
        "created_at": "2026-10-25T02:55",
        "paid_at": "2026-10-25T02:05",
        "refunded_at": "2026-10-25T02:06",
    }
    (found,) = read(text_of(ROW | times), bounds)
    assert isinstance(found, PastOrder) and found.paid_at and found.refunded_at
    assert found.created_at == datetime(2026, 10, 25, 0, 55, tzinfo=UTC)
    assert found.paid_at - found.created_at == timedelta(minutes=10)
    assert found.refunded_at - found.paid_at == timedelta(minutes=1)

    in_order = times | {"created_at": "2026-10-25T02:05", "paid_at": "2026-10-25T02:55"}
    (wrong,) = read(text_of(ROW | in_order | {"refunded_at": "2026-10-25T01:30"}), bounds)
    assert isinstance(wrong, RowProblem) and wrong.column == "refunded_at"
    (found,) = read(text_of(ROW | in_order | {"refunded_at": ""}), bounds)
    assert isinstance(found, PastOrder) and found.paid_at
    assert found.paid_at - found.created_at == timedelta(minutes=50)


def test_a_time_that_the_clock_skipped_is_after_the_change() -> None:
    bounds = Bounds(
        datetime(2026, 4, 1, tzinfo=UTC), timedelta(days=365), ZoneInfo("Europe/Berlin")
    )
    row = ROW | {"created_at": "2026-03-29T01:59", "paid_at": "2026-03-29T02:30"}
    (found,) = read(text_of(row), bounds)
    assert isinstance(found, PastOrder)
    assert found.paid_at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)

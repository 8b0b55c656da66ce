"""Files of past orders as shops' programs write them, and how each is read."""

import codecs
import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core import csv_text
from core.csv_readings import Dates, Decimals, Encoding, Evidence, Stated
from core.csv_text import FileUnreadable
from ingestion import bodies
from ingestion.past_orders import Bounds, OrdersFile, PastOrder, RowProblem

NOW = datetime(2026, 11, 20, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")
BOUNDS = Bounds(NOW, timedelta(days=365), MOSCOW)
NAMES = "order_id,created_at,paid_at,customer_id,currency,product_id,quantity,unit_price".split(",")
CELLS = ["b", "2026-10-05T12:00:00+03:00", "2026-10-05T12:00:00+03:00", "c-1", "RUB", "чай", "2"]


def file(*prices: str, separator: str = ",", names: list[str] | None = None) -> str:
    rows = [names or NAMES, *([*CELLS, price] for price in prices)]
    for number, row in enumerate(rows[1:]):
        row[0] = f"b{number}"
    return "".join(separator.join(row) + "\r\n" for row in rows)


def dated(*moments: str) -> str:
    rows = [[f"b{n}", at, at, *CELLS[3:], "1290.50"] for n, at in enumerate(moments)]
    return "".join(",".join(row) + "\n" for row in [NAMES, *rows])


def orders_of(text: str, stated: Stated = Stated()) -> tuple[OrdersFile, list[Any]]:
    read = OrdersFile(text.splitlines(keepends=True), BOUNDS, stated)
    return read, list(read)


def totals(text: str, **stated: Any) -> list[int]:
    _, found = orders_of(text, Stated(**stated))
    assert all(isinstance(each, PastOrder) for each in found), found
    return [each.total_minor for each in found]


def refusal(text: str, **stated: Any) -> str:
    _, found = orders_of(text, Stated(**stated))
    problems = [each for each in found if isinstance(each, RowProblem)]
    assert problems
    return problems[-1].message


GOOD = file("1290.50")


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\r\n" + file("1290.50", separator=";"),
        "\ufeffsep=;\r\n" + file("1290.50", separator=";"),
        '"sep=;"\r\n' + file("1290.50", separator=";"),
        "SEP=,\r\n" + GOOD,
        "sep=\t\r\n" + file("1290.50", separator="\t"),
        file("1290.50", separator="\t"),
        file("1290.50", separator="|"),
        file("1290.50", separator=";").replace("\r\n", ";;\r\n") + ";;;;;;;;;\r\n",
        file("1290.50", separator=";") + ";;;;;;;\r\n" * 3,
        GOOD + ",,,,,,,,,,,,\r\n\r\n",
        "\r\n" + GOOD,
        ",,,,\r\n\r\n" + GOOD,
        file("1290.50", names=[name.upper() for name in NAMES]),
        file("1290.50", names=[name.title() for name in NAMES]),
        file("1290.50", names=[name.replace("_", " ").capitalize() for name in NAMES]),
        file("1290.50", names=[name.replace("_", "") for name in NAMES]),
        file("1290.50", names=[f'" {name} "' for name in NAMES]),
    ],
)
def test_the_same_order_in_every_dress(text: str) -> None:
    assert totals(text) == [258_100]


@pytest.mark.parametrize(
    ("separator", "prices", "expected"),
    [
        (";", ["1290,50"], [258_100]),
        (";", ["1290,5", "7", "0,01"], [258_100, 1400, 2]),
        (";", ["1 290,50"], [258_100]),
        (";", ["1\u00a0290,50", "12\u202f345\u00a0678,90"], [258_100, 2_469_135_780]),
        (";", ["1.290,50"], [258_100]),
        (",", ['"1290,50"'], [258_100]),
        ("\t", ["1290,50"], [258_100]),
        (";", ["1290.50", "7"], [258_100, 1400]),
        (";", ["1,290.50"], [258_100]),
    ],
)
def test_decimals_behind_a_comma_where_every_cell_agrees(
    separator: str, prices: list[str], expected: list[int]
) -> None:
    assert totals(file(*prices, separator=separator)) == expected


def test_what_may_be_read_two_ways_is_asked_for() -> None:
    thousands = file("1,290", separator=";")
    assert "?decimal=," in refusal(thousands)
    assert totals(thousands, decimal=",") == [258]
    assert "may be thousands" in refusal(file("7,50", "1,290", separator=";"))
    assert "one way" in refusal(file("7,50", "7.50", separator=";"))
    assert "digits and a point" in refusal(thousands, decimal=".")
    assert "1290.50" in refusal(file("1 290", separator=";"))
    dinars = file("1,250", separator=";").replace("RUB", "JOD")
    assert "?decimal=," in refusal(dinars)
    assert totals(dinars, decimal=",") == [2500]


@pytest.mark.parametrize("bad", ["-5", "1290,50 ₽", "1,2,3", "", ",", "1 29,50", "١٢"])
def test_a_comma_does_not_make_anything_an_amount(bad: str) -> None:
    assert "write the amount" in refusal(file("7,50", bad, separator=";"), decimal=",")


@pytest.mark.parametrize(
    ("moments", "dates", "day"),
    [
        (["05.10.2026 12:00"], "dd.mm.yyyy", (10, 5)),
        (["5.10.2026 9:05:07", "31.01.2026"], "dd.mm.yyyy", (10, 5)),
        (["05.10.2026, 12:00"], "dd.mm.yyyy", (10, 5)),
        (["05.10.2026 12:00 +03:00"], "dd.mm.yyyy", (10, 5)),
        (["05/10/2026 12:00", "13/10/2026 12:00"], "dd/mm/yyyy", (10, 5)),
        (["10/05/2026 12:00", "10/13/2026 12:00"], "mm/dd/yyyy", (10, 5)),
        (["2026-10-05 12:00"], "iso", (10, 5)),
    ],
)
def test_days_with_points_or_slashes_where_every_cell_agrees(
    moments: list[str], dates: Dates, day: tuple[int, int]
) -> None:
    text = dated(*moments).replace(", 12", " 12") if "," in moments[0] else dated(*moments)
    read, found = orders_of(text)
    assert read.reading.dates == dates
    assert isinstance(found[0], PastOrder)
    assert (found[0].created_at.month, found[0].created_at.day) == day
    assert found[0].created_at.utcoffset() == timedelta(0)


def test_days_that_may_be_months_are_asked_for() -> None:
    doubtful = dated("05/10/2026 12:00")
    assert "?dates=" in refusal(doubtful)
    for dates, day in (("dd/mm/yyyy", (10, 5)), ("mm/dd/yyyy", (5, 10))):
        _, (found,) = orders_of(doubtful, Stated(dates=dates))  # type: ignore[arg-type]  # a loop
        assert isinstance(found, PastOrder)
        assert (found.created_at.month, found.created_at.day) == day
    mixed = dated("05.10.2026 12:00", "2026-10-05 12:00")
    assert "more than one way" in orders_of(mixed)[1][0].message
    assert len(totals(mixed, dates="dd.mm.yyyy")) == 2
    assert "?dates=" in refusal(dated("13/10/2026 12:00", "10/13/2026 12:00"))
    for bad in ("32.10.2026 12:00", "05.13.2026 12:00", "05.10.26 12:00", "5.10.2026 25:00"):
        assert "2026-01-31T12:00" in refusal(dated(bad), dates="dd.mm.yyyy")


@pytest.mark.parametrize("moment", ["1795932000", "20261005", "2026-W41-1", "5 Oct 2026"])
def test_a_time_is_iso_8601_or_as_it_was_stated(moment: str) -> None:
    assert "write the time like" in refusal(dated(moment))


@pytest.mark.parametrize(
    ("currency", "price", "minor"),
    [
        ("XOF", "1500", 1500),
        ("XAF", "1500", 1500),
        ("UGX", "1500", 1500),
        ("RWF", "1500", 1500),
        ("PYG", "1500", 1500),
        ("JOD", "1.250", 1250),
        ("TND", "1.25", 1250),
        ("OMR", "1.250", 1250),
        ("CLF", "1.2345", 12345),
        ("HUF", "1290.50", 129050),
        ("XTR", "250", 250),
    ],
)
def test_each_currency_has_its_own_decimals(currency: str, price: str, minor: int) -> None:
    assert totals(file(price).replace("RUB", currency)) == [2 * minor]


def test_a_code_that_is_no_currency_is_told() -> None:
    for code in ("ABC", "rub", "XXX", "₽"):
        assert "ISO 4217" in refusal(file("1").replace("RUB", code))
    assert "0 digits" in refusal(file("1.50").replace("RUB", "XOF"))


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (codecs.BOM_UTF8 + GOOD.encode(), None),
        (GOOD.encode("utf-16"), None),
        (codecs.BOM_UTF16_BE + GOOD.encode("utf-16-be"), None),
        (GOOD.encode("utf-16-le"), None),
        (GOOD.encode("utf-16-be"), None),
        (GOOD.encode("windows-1251"), "windows-1251"),
    ],
)
def test_other_encodings(data: bytes, encoding: Encoding | None, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(data)
    with path.open("rb") as body:
        lines = list(csv_text.lines(bodies.Decoded(body, "identity", 10**6), encoding))
    assert totals("".join(lines)) == [258_100]


def test_what_is_no_utf_8_is_told_how_to_send(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(GOOD.encode("windows-1251"))
    with path.open("rb") as body, pytest.raises(FileUnreadable, match=r"`encoding` \(windows-1251"):
        list(csv_text.lines(bodies.Decoded(body, "identity", 10**6)))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sep=x\n" + GOOD, "comma, semicolon, tab"),
        ("\n" * 200, "name the columns"),
        ("a,b\n1,2\n", "missing: order_id"),
        (GOOD.replace("paid_at", ""), "column 3 of the first line has no name"),
        (GOOD + ",".join("x" * 201), "over 200 cells"),
        (GOOD.replace("1290.50", "1290,50"), "9 cells where the header has 8"),
    ],
)
def test_what_is_no_table_is_told(text: str, says: str) -> None:
    with pytest.raises(FileUnreadable, match=says):
        orders_of(text)


def test_empty_rows_are_no_way_round_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_text, "MAX_EMPTY_ROWS", 50)
    assert totals(GOOD + ",,,\n" * 50) == [258_100]
    with pytest.raises(FileUnreadable, match="empty rows"):
        orders_of(GOOD + ",,,\n" * 51)


def test_evidence_needs_all_cells_to_agree() -> None:
    def decimal(*cells: str) -> Decimals:
        evidence = Evidence()
        for cell in cells:
            evidence.see_amount(cell)
        return evidence.reading(Stated()).decimal

    assert decimal() == "."
    assert decimal("1,5", "7") == ","
    assert decimal("1,5", "1.5") == "."
    assert decimal("1,500") == "."
    assert decimal("1,500", "2,50") == ","


def test_a_compressed_file_is_read_twice(tmp_path: Path) -> None:
    """The first time for what it proves, as the reading process does."""
    path = tmp_path / "orders.csv.gz"
    path.write_bytes(gzip.compress(file("1290,50", separator=";").encode()))

    class Lines:
        def __iter__(self) -> Any:
            body.seek(0)
            return csv_text.lines(bodies.Decoded(body, "gzip", 10**6))

    with path.open("rb") as body:
        (found,) = list(OrdersFile(Lines(), BOUNDS))
    assert isinstance(found, PastOrder) and found.total_minor == 258_100

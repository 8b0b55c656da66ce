"""The catalogue's file without a database: cells, the meaning of rows, re-importing an export."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import csv_rows, zones
from core.csv_rows import CellProblem, FileTooLarge
from core.csv_text import FileUnreadable, plain, safe
from core.shop.catalogue_csv import cells, export, reading
from core.shop.catalogue_csv.plan import Plan, plan
from core.shop.catalogue_csv.report import RowReport
from core.shop.catalogue_csv.state import (
    Catalogue,
    KeptProduct,
    KeptVariant,
    ProductState,
    VariantState,
)
from tests.properties import examples

MOSCOW = zones.zone("Europe/Moscow")
PICTURE = "ab" * 32
TEA = ProductState(title="Чай", price_minor=129_050, currency="RUB", stock=3, sku="T-1")


def shop(
    *kept: ProductState,
    variants: Mapping[int, tuple[VariantState, ...]] | None = None,
    pictures: Mapping[str, frozenset[str]] | None = None,
) -> Catalogue:
    """A shop that keeps these products, numbered from 1."""
    products = {
        number: KeptProduct(
            number,
            1,
            state,
            tuple(
                KeptVariant(number * 100 + nth, each)
                for nth, each in enumerate((variants or {}).get(number, ()))
            ),
        )
        for number, state in enumerate(kept, start=1)
    }
    paths = {
        each.category[:length]: number
        for number, each in enumerate(kept, start=1)
        for length in range(1, len(each.category) + 1)
    }
    named = pictures or {}
    digests = frozenset(digest for of in named.values() for digest in of)
    return Catalogue("RUB", MOSCOW, products, paths, named, digests)


def planned(text: str, catalogue: Catalogue | None = None) -> Plan:
    return plan(reading.read(text.encode()), catalogue or shop())


def rows(text: str, catalogue: Catalogue | None = None) -> list[RowReport]:
    return list(planned(text, catalogue).report.rows)


def outcomes(text: str, catalogue: Catalogue | None = None) -> list[str]:
    return [row.outcome for row in rows(text, catalogue)]


def troubles(text: str, catalogue: Catalogue | None = None) -> list[tuple[int, str, str]]:
    """Line, column and code of each."""
    return [
        (row.line, each.column, each.code) for row in rows(text, catalogue) for each in row.troubles
    ]


@pytest.mark.parametrize(
    ("cell", "currency", "minor"),
    [
        ("1290.50", "RUB", 129_050),
        ("1290,50", "RUB", 129_050),
        ("1 290,5", "RUB", 129_050),
        ("1\u00a0290,50", "RUB", 129_050),
        ("1.290,50", "RUB", 129_050),
        ("1,290.50", "RUB", 129_050),
        ("1,234,567.8", "RUB", 123_456_780),
        (",5", "RUB", 50),
        ("7", "XTR", 7),
        ("7.00", "XTR", 7),
        ("1 500", "XOF", 1_500),
        ("1,250", "JOD", 1_250),
    ],
)
def test_an_amount_is_taken_with_comma_and_point(cell: str, currency: str, minor: int) -> None:
    assert cells.amount_of(cell, currency) == minor


@pytest.mark.parametrize(
    ("cell", "currency"),
    [
        *((each, "RUB") for each in ("1,234", "1.234", "1,234,567", "1.5.5", "12 34,5", "-1", "")),
        *((each, "RUB") for each in ("1e3", "nan", "١٢", "1290 ₽", "= 1", ".", "9" * 30)),
        ("7.5", "XTR"),
        ("1,500", "XOF"),
    ],
)
def test_an_amount_is_never_guessed(cell: str, currency: str) -> None:
    with pytest.raises(CellProblem):
        cells.amount_of(cell, currency)


@given(st.text())
def test_what_is_made_safe_is_read_as_it_was_and_runs_nothing(text: str) -> None:
    assert plain(safe(text)) == text
    assert not safe(text).startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))


@given(st.lists(st.text("ab>\\ \"'", min_size=1).map(str.strip).filter(bool), max_size=4))
def test_a_path_is_read_as_it_was_written(titles: list[str]) -> None:
    assert cells.path_of(cells.path_text(titles)) == tuple(titles)


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    | st.sampled_from("=+-@'\"\n;,\t|>"),
    max_size=20,
)
TITLES = TEXTS.map(str.strip).filter(bool)
MOMENTS = st.none() | st.datetimes(
    datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)
)


@st.composite
def states(draw: st.DrawFn) -> ProductState:
    begins = draw(MOMENTS)
    return ProductState(
        title=draw(TITLES),
        description=draw(TEXTS.map(str.strip)),
        category=tuple(draw(st.lists(TITLES, max_size=3))),
        price_minor=draw(st.integers(1, 2**63 - 1)),
        currency=draw(st.sampled_from(["RUB", "XTR", "JOD", "XOF"])),
        cost_minor=draw(st.none() | st.integers(0, 10**9)),
        stock=draw(st.none() | st.integers(0, 2**31 - 1)),
        low_stock=draw(st.none() | st.integers(0, 10)),
        kind=draw(st.sampled_from(["physical", "digital", "service"])),
        is_hidden=draw(st.booleans()),
        is_archived=draw(st.booleans()),
        on_sale_from=begins,
        on_sale_until=None if begins else draw(MOMENTS),
        position=draw(st.integers(0, 100)),
        sku=draw(st.none() | TITLES),
        photos=draw(st.sampled_from([(), (PICTURE,), (PICTURE, "cd" * 32)])),
    )


@st.composite
def variants_of(draw: st.DrawFn) -> tuple[VariantState, ...]:
    titles = draw(st.lists(TITLES, max_size=3, unique=True))
    return tuple(
        VariantState(
            title=title,
            sku=draw(st.none() | TITLES),
            price_minor=draw(st.none() | st.integers(1, 10**9)),
            cost_minor=draw(st.none() | st.integers(0, 10**9)),
            stock=draw(st.none() | st.integers(0, 100)),
            is_archived=draw(st.booleans()),
            position=place,
        )
        for place, title in enumerate(titles)
    )


@given(
    st.lists(states(), max_size=4, unique_by=lambda each: each.sku or object()),
    st.lists(variants_of(), min_size=4, max_size=4),
    st.sampled_from(["x.png", "a|b.png", "=1.png", "http://x"]),
)
@examples(60)
def test_an_export_that_is_imported_changes_nothing(
    products: list[ProductState], variants: list[tuple[VariantState, ...]], name: str
) -> None:
    catalogue = shop(
        *products,
        variants=dict(enumerate(variants, start=1)),
        pictures={name: frozenset({PICTURE}), "": frozenset({"cd" * 32})},
    )
    text = export.header() + export.text_of(catalogue.products.values(), catalogue, archived=True)
    report = planned(text, catalogue).report
    assert {row.outcome for row in report.rows} <= {"left"}, [
        row for row in report.rows if row.outcome != "left"
    ]
    count = sum(1 + len(each.variants) for each in catalogue.products.values())
    assert report.left == count and not report.new_categories


def test_rows_add_and_change_and_leave() -> None:
    text = """sku;название;цена;категория;остаток;вариант;скрыт
T-1;Чай;1290,50;;3;;
T-2;Кофе;500;Напитки > Кофе;без ограничений;;да
;;650,00;;5;1 кг;
"""
    made = planned(text, shop(TEA))
    assert [row.outcome for row in made.report.rows] == ["left", "added", "added"]
    assert made.report.new_categories == ("Напитки", "Напитки > Кофе")
    _, coffee = made.products
    assert (coffee.after.stock, coffee.after.is_hidden, coffee.after.position) == (None, True, 1)
    (kilo,) = coffee.variants
    assert (kilo.after.title, kilo.after.price_minor, kilo.after.stock) == ("1 кг", 65_000, 5)
    (row,) = rows("sku,price,stock\nT-1,1300,\n", shop(TEA))
    assert [(each.column, each.before, each.after) for each in row.changes] == [
        ("price", "1290.50", "1300.00")
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sku,price\n,5\n", (2, "", "row_nameless")),
        ("sku,price\nT-9,5\n", (2, "title", "cell_missing")),
        ("id,price\n9,5\n", (2, "id", "id_unknown")),
        ("id,price\nx,5\n", (2, "id", "id_unknown")),
        ("sku,price\nT-1,free\n", (2, "price", "amount_unreadable")),
        ("sku,price\nT-1,0\n", (2, "price", "greater_than")),
        ("sku,stock\nT-1,-1\n", (2, "stock", "number_unreadable")),
        ("sku,currency\nT-1,USD\n", (2, "currency", "currency_fixed")),
        ("sku,currency\nT-1,DOG\n", (2, "currency", "currency_unknown")),
        ("sku,kind\nT-1,ghost\n", (2, "kind", "kind_unreadable")),
        ("sku,hidden\nT-1,maybe\n", (2, "hidden", "flag_unreadable")),
        ("sku,category\nT-1,A > > B\n", (2, "category", "category_unreadable")),
        ("sku,photos\nT-1,https://x/y.png\n", (2, "photos", "photo_unknown")),
        ("sku,photos\nT-1,y.png\n", (2, "photos", "photo_unknown")),
        ("sku,on_sale_from\nT-1,soon\n", (2, "on_sale_from", "moment_unreadable")),
        (
            "sku,on_sale_from\nT-1,01.02.2026\nT-2,2026-01-01\n",
            (2, "on_sale_from", "moment_unreadable"),
        ),
        ("sku,title\nT-1," + "x" * 129 + "\n", (2, "title", "string_too_long")),
        ("sku,title\nT-1,a\0b\n", (2, "", "cell_unreadable")),
        ("sku,title\nT-1\n", (2, "", "cells_uneven")),
        ("sku,title\nT-1,a,b\n", (2, "", "cells_uneven")),
        ("sku,price\nT-1,5\nT-1,6\n", (3, "", "row_twice")),
        ("id,sku,price\n1,,5\n,T-1,6\n", (3, "", "row_twice")),
        ("title,price\nA,5\nA,6\n", (3, "", "row_twice")),
        ("sku,variant\n,XL\n", (2, "parent", "parent_missing")),
        ("sku,parent,variant\n,T-9,XL\n", (2, "parent", "parent_unknown")),
        ("sku,variant,title\nT-1,,Чай\n,XL,Кофе\n", (3, "title", "column_of_product")),
        ("sku,variant\nT-1,\n,XL\n,XL\n", (4, "variant", "variant_twice")),
        ("sku,variant,price\nT-1,,free\n,XL,\n", (3, "", "product_refused")),
        ("sku,variant,variant_id\nT-1,,\n,XL,5\n", (3, "variant_id", "id_unknown")),
        ("id,sku,title,price\n1,NEW,,\n,NEW,Кофе,5\n", (3, "sku", "sku_taken")),
    ],
)
def test_a_bad_row_is_refused_with_what_to_do(text: str, found: tuple[int, str, str]) -> None:
    assert found in troubles(text, shop(TEA))
    assert all(each.detail for row in rows(text, shop(TEA)) for each in row.troubles)


def test_products_may_give_each_other_their_skus() -> None:
    catalogue = shop(TEA, replace(TEA, title="Улун", sku="T-2"))
    assert outcomes("id,sku\n1,T-2\n2,T-1\n", catalogue) == ["changed", "changed"]
    assert outcomes("id,sku\n1,T-2\n", catalogue) == ["refused"]
    # The second is refused for its price and keeps its SKU: then the first cannot have it.
    assert outcomes("id,sku,price\n1,T-2,5\n2,T-1,x\n", catalogue) == ["refused", "refused"]


def test_variants_may_give_each_other_their_titles() -> None:
    catalogue = shop(TEA, variants={1: (VariantState("S"), VariantState("M", position=1))})
    text = "id,variant_id,variant\n1,100,M\n1,101,S\n"
    assert outcomes(text, catalogue) == ["changed", "changed"]
    assert outcomes("id,variant_id,variant\n1,100,M\n", catalogue) == ["refused"]


def test_a_hundred_variants_are_enough() -> None:
    text = "sku,variant\nT-1,\n" + "".join(f",{number}\n" for number in range(101))
    assert troubles(text, shop(TEA)) == [(103, "", "too_many_variants")]


def test_what_two_products_are_called_names_neither() -> None:
    twice = shop(TEA, replace(TEA, sku="T-2"))
    assert troubles("title,price\nЧай,5\n", twice) == [(2, "title", "title_ambiguous")]
    assert outcomes("title,price\nЧай,5\n", shop(TEA)) == ["changed"]
    assert outcomes("title,price\nЧай,5\n", shop(replace(TEA, is_archived=True))) == ["added"]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_is_read_however_a_program_writes_it(mark: bytes, separator: str, end: str) -> None:
    lines = [["SKU", "Title", "Цена"], ["T-9", '"a\nb"', '"1,5"'], ["", "", ""]]
    text = end.join(separator.join(cells_) for cells_ in lines)
    (row,) = reading.read(mark + text.encode()).rows
    assert row.cells == {"sku": "T-9", "title": "a\nb", "price": "1,5"}


def test_other_encodings_are_stated_or_refused() -> None:
    data = "sku,title,price\nT-9,Чай,5\n".encode("windows-1251")
    with pytest.raises(FileUnreadable, match="windows-1251"):
        reading.read(data)
    (row,) = reading.read(data, encoding="windows-1251").rows
    assert row.cells["title"] == "Чай"
    (row,) = reading.read("sku\ttitle\nT-9\tЧай\n".encode("utf-16")).rows
    assert row.cells["title"] == "Чай"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "name the columns"),
        ("\n\n", "name the columns"),
        ("a,b\n1,2\n", "at least id or sku or title"),
        ("sku,артикул\n1,2\n", "two columns sku"),
        ('sku,title\nT-1,"a\n', "not CSV"),
    ],
)
def test_what_is_no_catalogue_is_told(text: str, says: str) -> None:
    with pytest.raises(FileUnreadable, match=says):
        reading.read(text.encode())


def test_limits_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "MAX_ROWS", 2)
    with pytest.raises(FileUnreadable, match="over 2 rows"):
        reading.read(b"sku\n1\n2\n3\n")
    with pytest.raises(FileTooLarge, match="over 32 MiB"):
        reading.read(b"sku\n" * (reading.MAX_BYTES // 4 + 1))


def test_dates_are_of_the_shops_clock_and_of_one_order() -> None:
    text = "sku,on_sale_from,on_sale_until,x\nT-1,25.12.2026 10:00,2026,\n"
    file = reading.read(text.encode())
    assert (file.dates, file.ignored) == ("dd.mm.yyyy", ("x",))
    state = planned("sku,on_sale_from\nT-1,25.12.2026 10:00\n", shop(TEA)).products[0].after
    assert state.on_sale_from == datetime(2026, 12, 25, 7, tzinfo=UTC)


def test_an_export_names_pictures_where_that_is_clear() -> None:
    names = {"a.png": frozenset({PICTURE}), "b.png": frozenset({"cd" * 32, "ef" * 32})}
    catalogue = shop(replace(TEA, photos=(PICTURE, "cd" * 32)), pictures=names)
    text = export.text_of(catalogue.products.values(), catalogue, archived=False)
    assert f"a.png | {'cd' * 32}" in text
    assert troubles("sku,photos\nT-1,b.png\n", catalogue) == [(2, "photos", "photo_unknown")]
    (row,) = rows("sku,photos\nT-1,\n", catalogue)
    assert row.changes[0].after == ""


def test_the_plans_mark_is_of_the_file_and_of_what_it_does() -> None:
    def mark(text: str, **values: Any) -> str:
        return planned(text, shop(replace(TEA, **values))).report.plan

    same = mark("sku,stock\nT-1,9\n")
    assert same == mark("sku,stock\nT-1,9\n", description="what the file does not name")
    assert same != mark("sku,stock\nT-1,9\n", stock=4)
    assert same != mark("sku,stock\nT-1,9 \n")

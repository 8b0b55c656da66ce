"""`vitrina simulate compare`: what differs is named with its shop, place and currency."""

from datetime import UTC, datetime

import pytest

from cli.crowd_figures import Compared
from cli.figure_places import Span
from core.shop.shops import Shop
from simulator.crowd.reckoning import Figures

TRUE = Figures({("starts", ""): 5, ("gross_sales", "XTR"): 300, ("gross_sales", "RUB"): 7_050})


def compared(**places: Figures) -> Compared:
    shop = Shop.model_validate(
        {
            "id": 1,
            "name": "Tea",
            "currency": "XTR",
            "timezone": "Europe/Moscow",
            "language": "en",
            "retention_days": 365,
        }
    )
    span = Span(shop, datetime(2026, 11, 28, 22, tzinfo=UTC))
    return Compared(span, TRUE, 2, places)


def test_a_place_without_a_figure_does_not_differ() -> None:
    assert compared(events=TRUE, panel=Figures({("starts", ""): 5})).differences == []


@pytest.mark.parametrize(
    ("place", "found", "said"),
    [
        ("panel", {("starts", ""): 4}, ["Tea, starts: 4 by the panel, 5 is true"]),
        (
            "tables",
            {("starts", ""): 5, ("gross_sales", "XTR"): 300},
            ["Tea, gross_sales RUB: 0 by the tables, 7050 is true"],
        ),
        (
            "events",
            TRUE + Figures({("refunds", "XTR"): 1}),
            ["Tea, refunds XTR: 1 by the events, 0 is true"],
        ),
        (
            "tables",
            {},
            [
                "Tea, starts: 0 by the tables, 5 is true",
                "Tea, gross_sales RUB: 0 by the tables, 7050 is true",
                "Tea, gross_sales XTR: 0 by the tables, 300 is true",
            ],
        ),
    ],
    ids=["another number", "a currency is missing", "what nobody did", "nothing was computed"],
)
def test_what_differs_is_named(
    place: str, found: dict[tuple[str, str], int], said: list[str]
) -> None:
    assert compared(**{place: Figures(found)}).differences == said


def test_the_tables_have_tax_in_the_shops_own_currency() -> None:
    taxed = Figures({("tax", "RUB"): 10, ("tax", "XTR"): 5})
    (wrong,) = Compared(compared().span, taxed, 0, {"tables": Figures()}).differences
    assert wrong == "Tea, tax XTR: 0 by the tables, 5 is true"


def test_the_table_has_a_column_for_each_place_and_the_shops_own_day() -> None:
    panel = Figures({("starts", ""): 5})
    head, columns, *rows = compared(events=TRUE, panel=panel).lines()
    assert head == "Tea, 2026-11-29; 2 besides its people"
    assert columns.split() == ["truth", "events", "panel"]
    assert [row.split() for row in rows] == [
        ["starts", "5", "5", "5"],
        ["gross_sales", "RUB", "7050", "7050"],
        ["gross_sales", "XTR", "300", "300"],
    ]

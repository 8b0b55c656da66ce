"""What is compared with the truth of people: rows of either side that the other lacks are told."""

from cli.crowd_metrics import Column, Row, set_against, uncompared
from simulator.crowd.known import Between, Metric, Value

TRUE: dict[Metric, Value] = {
    ("payment_day", "", "payment_success"): 0.5,
    ("source_day", "first ads", "users"): 2,
    ("source_day", "first ads", "cac_minor"): None,
    ("source_day", "first shop", "users"): 0,
    ("rfm_day", "71", "segment"): "lost",
    ("conversion_day", "", "hours_to_first_purchase"): Between(0.1, 0.2),
}
ROWS: list[Row] = [
    ("payment_day", "", {"payment_success": 0.5}),
    ("source_day", "first ads", {"users": 2, "cac_minor": None}),
    ("rfm_day", "71", {"segment": "lost"}),
    ("conversion_day", "", {"hours_to_first_purchase": 0.15}),
    ("cohort_day", "", {"retention": 0.3}),  # of which people do not tell
    ("source_day", "last old", {"users": 0, "roas": None, "day": "2026-11-01"}),
]


def test_the_same_on_both_sides() -> None:
    checked = set_against(TRUE, ROWS)
    assert not checked.wrong
    assert ("source_day", "cac_minor") in checked.compared
    assert ("cohort_day", "retention") not in checked.compared


def test_each_row_that_lacks_is_told() -> None:
    assert set_against(TRUE, ROWS[4:]).wrong == [
        "conversion_day : no row",
        "payment_day : no row",
        "rfm_day 71: no row",
        "source_day first ads: no row",
    ]


def test_a_row_about_something_else_is_told() -> None:
    others: list[Row] = [
        ("rfm_day", "72", {"segment": "lost"}),
        ("source_day", "first gone", {"users": 1}),
    ]
    assert set_against(TRUE, [*ROWS, *others]).wrong == [
        "rfm_day 72: the truth knows of no such thing",
        "source_day first gone: the truth knows of no such thing",
    ]


def test_a_figure_that_differs_is_told() -> None:
    differing: Row = ("payment_day", "", {"payment_success": 0.25})
    assert set_against(TRUE, [differing, *ROWS[1:]]).wrong == [
        "payment_day  payment_success: 0.25, not 0.5"
    ]


def test_what_the_shops_own_people_know_is_compared_too() -> None:
    quiet: Row = ("service_hour", "", {"uptime": None})  # an hour of less than a minute
    rows: list[Row] = [*ROWS, quiet, ("service_hour", "", {"uptime": 1, "reply_p50_us": 7})]
    checked = set_against(TRUE, rows, {("service_hour", "uptime"): 0.5})
    assert checked.wrong == ["service_hour  uptime: 1, not 0.5"]
    table = list(checked.lines())
    assert any("payment_day payment_success" in line and "0.5" in line for line in table)
    assert table[-2:] == ["6 values of 6 columns compared", f"differs: {checked.wrong[0]}"]


def test_what_was_set_against_nothing_is_named() -> None:
    rows: list[Row] = [("service_hour", "", {"reply_p50_us": None, "reply_p95_us": 7, "uptime": 1})]
    known: dict[Column, Value] = {
        ("service_hour", each): Between(1, 9) for each in ("reply_p50_us", "reply_p95_us", "uptime")
    }
    checked = set_against({}, rows, known)
    missing = uncompared([checked], set(range(1, 49)))
    assert not checked.wrong and ("service_hour", "reply_p95_us") not in missing
    assert {("service_hour", "reply_p50_us"), ("health_day", "lag_p95_ms")} <= missing

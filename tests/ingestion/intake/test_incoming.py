"""The validation of one event."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.modules import Modules
from core.taxonomy import TAXONOMY
from ingestion.answers import CallInvalid
from ingestion.calls import Call, read_call
from ingestion.incoming import EventProblem, IncomingEvent, read_events
from ingestion.intake import known_events
from tests.ingestion.intake.conftest import event, paid

DAY = timedelta(days=1)


def read(item: Any) -> tuple[list[IncomingEvent], list[EventProblem]]:
    return read_events([item], TAXONOMY, datetime.now(UTC))


def parse(data: bytes) -> Call:
    return read_call(data, TAXONOMY, datetime.now(UTC))


def problem(item: Any) -> tuple[str, str]:
    """The field of the one problem of an event, and what it says."""
    good, (found,) = read(item)
    assert not good and found.index == 0
    return found.field, found.message


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (event(id=None), "id"),
        (event(id=""), "id"),
        (event(id="x" * 65), "id"),
        (event(id="with space"), "id"),
        (event(id=7), "id"),
        (event(event=None), "event"),
        (event("no_such_event"), "event"),
        (event(occurred_at=None), "occurred_at"),
        (event(occurred_at=1_790_000_000), "occurred_at"),
        (event(occurred_at="1790000000"), "occurred_at"),
        (event(occurred_at="2026-01-31T12:00:00"), "occurred_at"),
        (event(occurred_at="yesterday"), "occurred_at"),
        (event(customer_id=None), "customer_id"),
        (event(customer_id="a\nb"), "customer_id"),
        (event(customer_id="a\x00b"), "customer_id"),
        (event(customer_id="x" * 65), "customer_id"),
        (event(customer_id=True), "customer_id"),
        (event(telegram_id=-5), "telegram_id"),
        (event(telegram_id="5"), "telegram_id"),
        (event() | {"telegram_id": 5}, "telegram_id"),
        (event(source="vk"), "source"),
        (event("bot_started", source="с кириллицей"), "source"),
        (event(surname="Ivanova"), "surname"),
        (event() | {"x" * 100: 1}, "x" * 64),
        (event(props={"x": float("inf")}), "props"),
        (event(outcome="Card payment"), "outcome"),
        (event(props={"x": "ы" * 1024}), "props"),
        (event("bot_started", props={"x": "y" * 2035}), "props"),
        (event(props=[1]), "props"),
        (paid(amount_minor=12.5), "amount_minor"),
        (paid(amount_minor="1200"), "amount_minor"),
        (paid(amount_minor=-1), "amount_minor"),
        (paid(amount_minor=10**13 + 1), "amount_minor"),
        (event("wallet_entry_posted", amount_minor=-(10**13) - 1, currency="RUB"), "amount_minor"),
        *[
            (paid(props={name: value}), f"props.{name}")
            for name in (
                "discount_minor",
                "tax_minor",
                "shipping_minor",
                "cost_minor",
                "fee_minor",
            )
            for value in (-1, 10**13 + 1, 12.5, "12", None, True, [1])
        ],
        *[
            (paid(props={"rate": rate}), "props.rate")
            for rate in (
                "a lot",
                "-1",
                "1,5",
                "1e5",
                " 1",
                "",
                "0",
                "0.0",
                "1" * 13,
                "0." + "1" * 19,
                "٣",
                0,
                -2.5,
                10**12,
                1e-19,
                True,
                None,
                ["1"],
            )
        ],
        (paid(amount_minor=10**13, props={"rate": "101"}), "props.rate"),
        (paid(amount_minor=1, props={"rate": "1000000", "tax_minor": 10**10}), "props.rate"),
        (paid(amount_minor=None), "currency"),
        (paid(currency=None), "currency"),
        (paid(currency="rub"), "currency"),
        (paid(order_id=None), "order_id"),
        (paid(quantity=2**31), "quantity"),
        (
            event("order_line", **{"order_id": 1, "amount_minor": 1, "currency": "RUB"}),
            "product_id",
        ),
    ],
)
def test_what_does_not_fit_is_named_with_what_to_do(item: Any, field: str) -> None:
    found, message = problem(item)
    assert found == field and message


@pytest.mark.parametrize("item", [None, 5, "text", [], {}])
def test_what_is_no_event_is_told(item: Any) -> None:
    good, problems = read(item)
    assert not good and problems


@pytest.mark.parametrize(
    "item",
    [
        event(),
        event(telegram_id=5),
        event(customer_id=17),
        event(occurred_at=datetime.now(UTC).astimezone(ZoneInfo("Asia/Tokyo")).isoformat()),
        event("bot_started", source="vk_ads-1"),
        event("ad_cost_recorded", customer_id=None, amount_minor=100, currency="RUB"),
        event("wallet_entry_posted", amount_minor=-100, currency="RUB"),
        event("goal_reached", props={"goal": "booked", "unit": "table"}),
        event(props={"x": "y" * 2030}),
        paid(order_id=1042, product_id=7, variant_id="xl"),
        paid(amount_minor=10**13, props={"discount_minor": 10**13, "tax_minor": 0}),
        paid(props={"rate": "999999999999.999999999999999999"}, amount_minor=1),
        paid(props={"rate": "90"}),
        event("goal_reached", props={"goal": "rated", "rate": "five stars"}),  # no money
    ],
)
def test_what_fits_is_taken(item: Any) -> None:
    good, problems = read(item)
    assert not problems and len(good) == 1


@pytest.mark.parametrize(
    ("ago", "taken"),
    [
        (-timedelta(minutes=4, seconds=59), True),
        (-timedelta(minutes=5, seconds=1), False),
        (30 * DAY - timedelta(seconds=1), True),
        (30 * DAY + timedelta(seconds=1), False),
    ],
)
def test_a_clock_may_be_a_little_ahead_and_an_event_a_month_late(
    ago: timedelta, taken: bool
) -> None:
    good, problems = read(event(occurred_at=(datetime.now(UTC) - ago).isoformat()))
    assert bool(good) is taken and bool(problems) is not taken


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_the_ends_of_time_are_only_wrong(moment: str) -> None:
    assert problem(event(occurred_at=moment))[0] == "occurred_at"


def test_every_event_of_the_taxonomy_and_of_modules_may_be_sent() -> None:
    known = known_events(Modules.discover())
    assert known.keys() >= TAXONOMY.keys()
    fields = {"order_id": "1", "amount_minor": 1, "currency": "RUB", "product_id": 1, "quantity": 1}
    items = [event(name, **fields) for name in known]
    good, problems = read_events(items, known, datetime.now(UTC))
    assert not problems and len(good) == len(known)


ODD: list[Any] = [
    None,
    True,
    [],
    {},
    [[]],
    {"a": {"b": [1]}},
    "",
    "\x00",
    "\ud800",
    0.5,
    float("inf"),
    2**70,
]
json_values = st.sampled_from(ODD) | st.integers() | st.text(max_size=5)


@given(st.dictionaries(st.sampled_from(sorted(IncomingEvent.model_fields)), json_values))
def test_any_json_is_taken_or_named_and_never_breaks(fields: dict[str, Any]) -> None:
    good, problems = read(event() | fields)
    assert len(good) == (0 if problems else 1)
    for each in good:
        json.dumps(each.all_props(is_first=True, is_direct=True)).encode()


@pytest.mark.parametrize(
    ("told", "kept"),
    [(1.805, "1.805"), (90, "90"), (1e-7, "0.0000001"), (25e10, "250000000000"), ("1.50", "1.50")],
)
def test_a_rate_that_is_a_number_is_kept_as_the_text_that_figures_read(
    told: Any, kept: str
) -> None:
    (good,), _ = read(paid(amount_minor=100, props={"rate": told, "x": 1}))
    assert good.all_props(is_first=False, is_direct=False) == {"rate": kept, "x": 1}


def test_a_refusal_says_what_to_send() -> None:
    assert problem(paid(props={"tax_minor": -5})) == (
        "props.tax_minor",
        "send a whole number of minor units from 0 to 10000000000000, or leave it out",
    )
    found, message = problem(paid(props={"rate": "1,5"}))
    assert found == "props.rate" and 'text like "1.805"' in message


def test_a_call_of_nothing_but_unknown_fields_is_told_of_a_few() -> None:
    strange = {f"field{number}": 1 for number in range(100_000)}
    good, found = read(event() | strange)
    assert not good and [each.field for each in found] == ["field0", "field1", "field2"]
    with pytest.raises(CallInvalid) as refused:
        parse(json.dumps({"events": [event()]} | strange).encode())
    assert len(refused.value.errors) == 3
    assert parse(json.dumps({"events": [event()], "bot_id": 7}).encode()).bot_id == 7


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("ru", "ru"),
        ("EN", "en"),
        ("pt-br", "pt-br"),
        ("pt_BR", "pt-br"),
        ("zh-hant-tw", "zh-hant"),
        ("sr-Latn-RS", "sr-latn"),
        ("de-DE-u-co-phonebk", "de-de"),
        ("fil", "fil"),
        (" ru ", "ru"),
        ("ru-", "ru"),
        ("", ""),
        (None, ""),
        ("русский", ""),
        ("C.UTF-8", ""),
        ("english language", ""),
        (7, ""),
        (["ru"], ""),
    ],
)
def test_no_language_keeps_an_event_out(said: Any, kept: str) -> None:
    item = paid()
    item["language"] = said
    (good,), problems = read(item)
    assert problems == [] and good.language == kept and good.amount_minor == 129050


@pytest.mark.parametrize(
    "moment",
    ["1795932000", "1795932000000", "1795932000.5", "-1", "20261124T090000Z", "2026-11-24", "now"],
)
def test_a_moment_is_iso_8601_and_nothing_else(moment: str) -> None:
    field, message = problem(event(occurred_at=moment))
    assert field == "occurred_at" and "2026-01-31T12:00:00Z" in message

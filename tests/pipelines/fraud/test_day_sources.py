"""What ClickHouse adds up over days: who had paid by then, what was taken back, codes, shares."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from core.settings import Settings
from pipelines.clickhouse import ClickHouse
from pipelines.fraud.day_windows import refund_excess
from pipelines.fraud.sources import Hour, read_hour
from pipelines.postgres import Postgres
from tests.pipelines.fraud.honest import Bought, fold_orders
from tests.pipelines.kpis.happenings import Happened, store

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=2)
PAYER, CANCELLER, TYPIST, GUESSER, REFUNDER, RETURNER, LATER, PARTLY = range(1, 9)
_PEOPLE = range(1, 9)
_BILLED = (PAYER, RETURNER, LATER, PARTLY)


def ago(**time: float) -> datetime:
    """So long before the hour ends."""
    return NOON + timedelta(hours=1) - timedelta(**time)


def did(event: str, buyer_no: int, at: datetime, order_id: int = 0, **more: Any) -> Happened:
    return Happened(event, buyer_no, at=at, order_id=order_id, **more)


def _cancelled(order_id: int, minutes: int) -> list[Happened]:
    at = ago(hours=5)
    cancelled = at + timedelta(minutes=minutes)
    return [
        did("order_created", CANCELLER, at, order_id),
        did("order_cancelled", CANCELLER, cancelled, order_id),
    ]


def _codes(buyer_no: int, *hours: str) -> list[Happened]:
    """By hour, back from the one before: wrong codes (w) and the right codes 1 to 9, in order."""
    events = []
    for back, codes in enumerate(hours, 1):
        for number, code in enumerate(codes):
            at = NOON - timedelta(hours=back) + timedelta(minutes=7 * number)
            if code == "w":
                events.append(did("promo_rejected", buyer_no, at, props={"reason": "unknown"}))
            else:
                events.append(did("promo_applied", buyer_no, at, props={"promo": int(code)}))
    return events


def _arrived(buyer_no: int, *then: Happened) -> list[Happened]:
    first = did("bot_started", buyer_no, ago(days=3), props={"is_first": True})
    return [first, did("button_pressed", buyer_no, ago(days=3, minutes=-2)), *then]


def _newcomers() -> list[Happened]:
    """Who looked, who put something into a cart, and who came back."""
    return [
        *_arrived(31),
        *_arrived(32, did("cart_item_added", 32, ago(days=3, minutes=-5))),
        *_arrived(33, did("button_pressed", 33, ago(days=2))),
    ]


def _regulars() -> list[Happened]:
    """Three orders of two shoppers, one of them refunded; the refunder has ten, eight of them."""
    events = []
    for buyer_no, orders, back in ((11, 1, 0), (12, 2, 1), (REFUNDER, 10, 8)):
        for number in range(orders):
            order_id, at = 100 * buyer_no + number, ago(days=40 - number)
            events.append(did("order_paid", buyer_no, at, order_id, amount_minor=500))
            if number < back:
                refunded = at + timedelta(days=15)
                if order_id == 100 * REFUNDER:
                    refunded = NOON
                events.append(did("refund_completed", buyer_no, refunded, order_id))
    failing = [did("payment_failed", REFUNDER, ago(days=9, hours=n), 5000 + n) for n in range(6)]
    return [*events, *failing]


def _undone(buyer_no: int, *then: str, hours: int = 5, **about: Any) -> list[Happened]:
    """Two orders of goods that have to be sent, the money for one of them back within hours."""
    order_id, paid = 100 * buyer_no, NOON - timedelta(hours=hours)
    bought = {"amount_minor": 500, "props": {"is_digital": False}} | about
    return [
        did("order_paid", buyer_no, paid, order_id, **bought),
        did("order_paid", buyer_no, paid, order_id + 1, **bought),
        *(did(event, buyer_no, ago(hours=2), order_id, outcome="shipped") for event in then),
        did("refund_completed", buyer_no, NOON, order_id, amount_minor=500),
    ]


def _asked_back() -> list[Happened]:
    """Who has their money back soon: 41 before anything was sent; the others' counts."""
    return [
        *_undone(41),
        *_undone(42, hours=7),
        *_undone(43, "order_status_changed"),
        *_undone(44, "delivery_sent"),
        *_undone(45, props={"is_digital": True}),
        *_undone(46, props={}),
        *_undone(47, amount_minor=501),
    ]


@pytest.fixture(name="hour")
def _hour(settings: Settings) -> Hour:
    """The hour, with everybody active in it."""
    bills = [
        did("payment_initiated", buyer_no, ago(hours=2), 10 * buyer_no + n)
        for buyer_no in _BILLED
        for n in range(2)
    ]
    made = [did("order_created", who, ago(hours=2), 10 * who) for who in _BILLED]
    events = [
        *(did("button_pressed", who, NOON) for who in _PEOPLE),
        *bills,
        *made,
        *_cancelled(201, 14),
        *_cancelled(202, 16),
        *_codes(TYPIST, "w2", "w2", "9w", "8"),
        *_codes(GUESSER, "w2", "ww3w4", "w5", "w"),
        *_regulars(),
        *_newcomers(),
        *_asked_back(),
    ]
    store(settings.clickhouse_url.get_secret_value(), events)
    folded = [
        Bought(PAYER, ago(days=100)),
        Bought(RETURNER, ago(days=100), ago(days=99)),
        Bought(PARTLY, ago(days=100), ago(days=99), back_minor=499),
        Bought(LATER, NOON + timedelta(days=1)),
        Bought(LATER, ago(days=100), ago(days=98)),
    ]
    fold_orders(settings, 1, folded)
    clickhouse, postgres = ClickHouse(lambda: settings), Postgres(lambda: settings)
    return read_hour(clickhouse, postgres, NOON)


def by(frame: pl.DataFrame, key: str, value: str) -> dict[int, Any]:
    return dict(frame.select(key, value).rows())


def test_days_are_read_as_they_were_at_the_hour(hour: Hour) -> None:
    # One bill more may be open of who had paid by then, and kept some of it.
    bills = by(hour.counts, "buyer_no", "open_orders")
    assert {who: bills[who] for who in _BILLED} == {PAYER: 1, RETURNER: 2, LATER: 2, PARTLY: 1}
    paid = by(hour.orders, "order_id", "has_paid")
    known = {who: paid[10 * who] for who in _BILLED}
    assert known == {PAYER: True, RETURNER: False, LATER: False, PARTLY: True}
    taken_back = by(hour.orders, "order_id", "is_taken_back")
    assert (taken_back[201], taken_back[202]) == (True, False)
    refunded = by(hour.orders, "order_id", "is_refunded")
    assert 1200 not in refunded  # of more than thirty days ago
    _codes_are_forgiven(hour.troubles)
    assert by(hour.arrivals, "buyer_no", "stayed") == {31: False, 32: True, 33: True}
    _shares_are_of_people(hour.shares)
    back = dict(zip(hour.refunds["buyer_no"], hour.refunds.select("refunds", "orders").rows()))
    assert back.pop(REFUNDER) == (8, 10)
    assert back == {41: (0, 1)} | {who: (1, 2) for who in range(42, 48)}
    # Eight of ten come back, beside one of three.
    suspected = by(refund_excess(hour.refunds, hour.shares), "buyer_no", "refund_excess")
    assert suspected.keys() == {REFUNDER} and 4 < suspected[REFUNDER] < 12, suspected


def _codes_are_forgiven(troubles: pl.DataFrame) -> None:
    """A right code after the last wrong one of an hour; each code once, two hours at most."""
    wrong = by(troubles, "buyer_no", "code_hours")
    forgiven = by(troubles, "buyer_no", "corrected_hours")
    assert (wrong[TYPIST], forgiven[TYPIST]) == (3, 1)
    assert (wrong[GUESSER], forgiven[GUESSER]) == (4, 2)


def _shares_are_of_people(shares: pl.DataFrame) -> None:
    """Nobody weighs more than five orders or two payments."""
    (row,) = shares.to_dicts()
    # What 41 has undone is none of their orders; six others have two each, one of them refunded.
    assert row["refunds"] == pytest.approx(1 + 8 * 5 / 10 + 6)
    assert row["orders"] == 1 + 2 + 5 + 1 + 6 * 2
    # Ten paid and six failed are two of the refunder's.
    assert row["failed"] == pytest.approx(6 * 2 / 16) and row["attempts"] == 1 + 2 + 2 + 7 * 2

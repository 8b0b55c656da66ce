"""What the guard measures while it happens is what the hourly job measures afterwards, to the bit:
one stream of events goes to both, late and out of order as far as that is allowed."""

from typing import NamedTuple

import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st

from bots.runtime.fraud_scores import ONLINE, ShopRules, score
from bots.runtime.guard import milliseconds
from bots.runtime.shopper_counters import LATENESS_MS, MOST, Moment, ShopperCounters
from core.fraud_rules import BLOCK, RULES
from pipelines.fraud.choices import LIMITS
from pipelines.fraud.rules import OVERRIDES, rules_of_shops
from pipelines.fraud.score import SNOOZES, reasons, scores
from pipelines.fraud.shoppers import as_signals, shopper_signals
from tests.pipelines.fraud.people import HOUR, SHOP, did, moments
from tests.pipelines.fraud.test_shoppers import NO_COUNTS, NO_REFUNDS
from tests.properties import examples

MEASURED = ONLINE | {"promo_guesses"}
HOUR_MS = milliseconds(HOUR)
EVENTS = (
    *("bot_started", "message_received", "button_pressed", "product_viewed", "product_viewed"),
    *("cart_item_added", "checkout_started", "promo_rejected"),
)


class Deed(NamedTuple):
    """`at`: milliseconds after the hour began; `late`: so much later it is heard of."""

    at: int
    late: int
    event: str
    product_id: int
    likeness: int
    has_link: bool


def deeds(times: st.SearchStrategy[int]) -> st.SearchStrategy[Deed]:
    return st.builds(
        lambda at, late, event, product, likeness, link: Deed(
            at,
            late,
            event,
            product if event == "product_viewed" else 0,
            likeness if event == "message_received" else 0,
            link and event == "message_received",
        ),
        times,
        st.sampled_from([0, 0, 0, 1, 700, 5000, 60_000, LATENESS_MS - 1]),
        st.sampled_from(EVENTS),
        st.integers(1, 6),
        st.integers(0, 3),
        st.booleans(),
    )


# Crowded around the hour's beginning and within seconds, so that every window's edge is met.
TIMES = st.one_of(
    st.integers(-3_590_000, 3_599_999),
    st.integers(-70_000, 70_000),
    st.integers(0, 40).map(lambda n: n * 500),
    st.sampled_from([-600_000, -60_000, -1, 0, 60_000, 60_001, 600_000, 3_599_999]),
)


def online(stream: list[Deed]) -> ShopperCounters:
    counters = ShopperCounters()
    for deed in sorted(stream, key=lambda each: each.at + each.late):
        counters.note(
            Moment(HOUR_MS + deed.at, deed.event, deed.product_id, deed.likeness, deed.has_link),
            on_sale=8,
        )
    return counters


def hourly(stream: list[Deed]) -> pl.DataFrame:
    rows = moments(
        did(
            deed.event,
            deed.at / 1000,
            product_id=deed.product_id,
            likeness=deed.likeness,
            has_link=deed.has_link,
        )
        for deed in stream
    )
    catalogue = pl.DataFrame(
        [(SHOP, 8)], schema={"shop_id": pl.UInt32, "on_sale": pl.UInt32}, orient="row"
    )
    wide = shopper_signals(rows, NO_COUNTS, NO_REFUNDS, catalogue, HOUR)
    return as_signals(wide).with_columns(hour=pl.lit(HOUR).cast(pl.Datetime("ms", "UTC")))


@given(st.lists(deeds(TIMES), min_size=1, max_size=60))
@example([Deed(n * 400, 0, "bot_started", 0, 0, False) for n in range(40)])
@example([Deed(n * 900, 0, "product_viewed", n % 7, 0, False) for n in range(40)])
@example([Deed(n * 900, (n % 3) * 1000, "product_viewed", n % 7, 0, False) for n in range(40)])
@example([Deed(0, 0, "product_viewed", product, 0, False) for product in (1, 2, 1)])
@examples(25)
def test_both_measure_and_score_the_same(stream: list[Deed]) -> None:
    signals = hourly(stream)
    peaks = online(stream).peaks.get(HOUR_MS, {})
    found = {row["rule"]: row["value"] for row in signals.iter_rows(named=True)}
    assert {rule: value for rule, value in peaks.items() if value > 0} == {
        rule: value for rule, value in found.items() if rule in MEASURED
    }
    shops = pl.DataFrame([(SHOP, 65.0, BLOCK)], schema=LIMITS, orient="row")
    counted = signals.filter(pl.col("rule").is_in(ONLINE))
    why = reasons(
        counted, rules_of_shops(shops, pl.DataFrame(schema=OVERRIDES)), pl.DataFrame(schema=SNOOZES)
    )
    by_abuse = {row["abuse"]: row["score"] for row in scores(why).iter_rows(named=True)}
    rules = ShopRules.of([], None)
    for abuse in ("flood", "scrape"):
        assert score(peaks, abuse, rules).score == by_abuse.get(abuse, 0.0)


def test_what_comes_too_late_counts_no_more() -> None:
    counters = ShopperCounters()
    now = HOUR_MS + 3_000_000
    assert counters.note(Moment(now, "button_pressed"))
    assert counters.note(Moment(now - LATENESS_MS, "button_pressed")) == []
    assert counters.peaks[HOUR_MS]["flood"] == 1.0
    assert counters.note(Moment(now - LATENESS_MS + 1, "button_pressed"))


def test_memory_is_bounded_however_long_somebody_floods() -> None:
    counters = ShopperCounters()
    for n in range(3000):
        counters.note(Moment(HOUR_MS + n * 10, "bot_started", 0, n % 3 + 1, True))
        counters.note(Moment(HOUR_MS + n * 10, "product_viewed", n))
    # Of updates in a minute and in ten, starts, links, three texts, and products.
    assert counters.kept <= 8 * MOST and counters.peaks[HOUR_MS]["flood"] == MOST
    counters.note(Moment(HOUR_MS + 24 * 3_600_000, "button_pressed"))
    assert len(counters.peaks) == 1


def test_every_rule_that_is_measured_here_exists() -> None:
    assert MEASURED <= {rule.key for rule in RULES}

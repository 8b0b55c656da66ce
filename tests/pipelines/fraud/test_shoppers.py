from typing import Any

import polars as pl
import pytest

from pipelines.fraud.score import SIGNALS
from pipelines.fraud.shoppers import (
    as_signals,
    catalogue_pace,
    catalogue_reach,
    most_alike,
    most_within,
    refund_share,
    shopper_signals,
)
from tests.pipelines.fraud.people import HOUR, SHOP, did, moments, values

CATALOGUE = pl.DataFrame(
    [(SHOP, 10)], schema={"shop_id": pl.UInt32, "on_sale": pl.UInt32}, orient="row"
)
NO_COUNTS = pl.DataFrame(schema={"shop_id": pl.UInt32, "buyer_no": pl.UInt64})
NO_REFUNDS = pl.DataFrame(
    schema={
        "shop_id": pl.UInt32,
        "buyer_no": pl.UInt64,
        "refunds": pl.UInt32,
        "orders": pl.UInt32,
    }
)


def test_the_most_in_any_minute() -> None:
    # Five at 0, 10, …, 40 s, then one at 61 s: the window of a minute up to 61 s holds 10 to 61 s.
    rows = moments(*(did("button_pressed", second) for second in (0, 10, 20, 30, 40, 61)))
    assert values(most_within(rows, "1m", HOUR, "flood"), "flood") == {1: 5.0}
    # A second person's deeds are their own.
    rows = moments(did("button_pressed", 0, 1), did("button_pressed", 1, 2))
    assert values(most_within(rows, "1m", HOUR, "flood"), "flood") == {1: 1.0, 2: 1.0}


def test_a_window_that_ended_before_the_hour_is_the_hour_befores() -> None:
    rows = moments(*(did("button_pressed", -30 + n) for n in range(10)), did("button_pressed", 35))
    # Ten deeds until 20 s before the hour; in the minute up to 35 s only this one and four of them.
    assert values(most_within(rows, "1m", HOUR, "flood"), "flood") == {1: 5.0}


def test_the_same_text_is_counted_by_its_bucket() -> None:
    said = [did("message_received", n * 60, likeness=9) for n in range(3)]
    other = [did("message_received", n * 60 + 5, likeness=10 + n) for n in range(5)]
    silent = did("message_received", 400, likeness=0)
    assert values(most_alike(moments(said, other, silent), HOUR), "same_texts") == {1: 3.0}


def test_reach_is_of_the_catalogue_unless_something_is_bought() -> None:
    seen = [did("product_viewed", n * 20, product_id=n + 1) for n in range(6)]
    # 6 of 10 products, of which 80 % is too many: 0.6 ÷ 0.8; 6 ÷ 60 is less.
    found = catalogue_reach(moments(seen), CATALOGUE, HOUR)
    assert values(found, "catalogue_reach") == {1: pytest.approx(0.75)}
    # The same product again is no other product.
    again = [did("product_viewed", 200 + n, product_id=1) for n in range(20)]
    found = catalogue_reach(moments(seen, again), CATALOGUE, HOUR)
    assert values(found, "catalogue_reach") == {1: pytest.approx(0.75)}
    bought = did("checkout_started", -1)
    assert catalogue_reach(moments(bought, seen), CATALOGUE, HOUR).is_empty()


def test_a_handful_of_products_is_soon_seen() -> None:
    seen = [did("product_viewed", n * 20, product_id=n + 1) for n in range(4)]
    small = CATALOGUE.with_columns(on_sale=pl.lit(4, pl.UInt32))
    found = catalogue_reach(moments(seen), small, HOUR)
    assert values(found, "catalogue_reach") == {1: pytest.approx(4 / 120)}


def test_pace_is_of_different_products_within_twenty_seconds() -> None:
    def pace(*looks: Any) -> float:
        return float(values(catalogue_pace(moments(*looks), HOUR), "catalogue_pace")[1])

    copied = [did("product_viewed", n * 2.8, product_id=n + 1) for n in range(30)]
    assert pace(*copied) == 8
    # Lists in between make no difference, and neither does a cart.
    assert pace(*copied, *(did("button_pressed", n * 2.8) for n in range(30))) == 8
    assert pace(*copied, did("cart_item_added", 50, product_id=3)) == 8
    # Whoever presses their way back to the list reads each card for a moment.
    assert pace(*(did("product_viewed", n * 4.1, product_id=n + 1) for n in range(30))) == 5
    # Pressing the same twice is impatience, and what was seen long ago counts no more.
    assert pace(*(did("product_viewed", n * 0.4, product_id=1) for n in range(5))) == 1
    early = [did("product_viewed", at, product_id=n + 1) for n, at in enumerate((-30, -19, -1, 0))]
    assert pace(*early) == 3


def test_refunds_over_orders_from_three_on() -> None:
    rows = pl.DataFrame(
        [(SHOP, 1, 3, 6), (SHOP, 2, 2, 2), (SHOP, 3, 4, 3)], schema=NO_REFUNDS.schema, orient="row"
    )
    # 3 of 6; two are too few; refunds of orders from before the window are at most all of them.
    assert values(refund_share(rows), "refund_share") == {1: 0.5, 2: 0.0, 3: 1.0}


def test_every_signal_of_an_hour() -> None:
    starts = [did("bot_started", n * 0.25) for n in range(31)]  # 31 in 8 s, 30 gaps of 0.25 s
    spam = [did("message_received", 60 + n, 2, likeness=5, has_link=True) for n in range(4)]
    guesses = [did("promo_rejected", 100 + n * 10, 3) for n in range(6)]
    wide = shopper_signals(
        moments(starts, spam, guesses),
        NO_COUNTS.with_columns(open_orders=pl.lit(2, pl.UInt32)),
        NO_REFUNDS,
        CATALOGUE,
        HOUR,
    )
    found = {(row["buyer_no"], row["rule"]): row["value"] for row in as_signals(wide).to_dicts()}
    assert found == {
        (1, "flood"): 31.0,
        (1, "long_flood"): 31.0,
        (1, "start_flood"): 30.0,
        (2, "flood"): 4.0,
        (2, "long_flood"): 4.0,
        (2, "same_texts"): 4.0,
        (2, "links"): 4.0,
        (3, "promo_guesses"): 6.0,
    }


def test_an_hour_without_anybody() -> None:
    found = as_signals(shopper_signals(moments(), NO_COUNTS, NO_REFUNDS, CATALOGUE, HOUR))
    assert found.is_empty()
    assert found.schema == pl.Schema(SIGNALS)

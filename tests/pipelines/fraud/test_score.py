import random
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.fraud_rules import HELD, RULES, Rule
from pipelines.fraud.choices import LIMITS
from pipelines.fraud.rules import OVERRIDES, rules_of_shops
from pipelines.fraud.score import SIGNALS, SNOOZES, outcomes, reasons, scores, strength
from pipelines.variants import FLAGGED
from tests.pipelines.fraud.people import HOUR, SHOP

SHOPS = pl.DataFrame({"shop_id": [SHOP]}, schema={"shop_id": pl.UInt32})
AS_CODED = rules_of_shops(SHOPS, pl.DataFrame(schema=OVERRIDES))
NO_SNOOZES = pl.DataFrame(schema=SNOOZES)
NOBODY = pl.DataFrame(schema=FLAGGED)


def signals(values: dict[str, float], buyer_no: int = 1) -> pl.DataFrame:
    rows = [(SHOP, buyer_no, rule, value) for rule, value in values.items()]
    hour = pl.lit(HOUR).cast(pl.Datetime("ms", "UTC"))
    return pl.DataFrame(rows, schema=SIGNALS, orient="row").with_columns(hour=hour)


def score_of(values: dict[str, float], rules: pl.DataFrame = AS_CODED) -> dict[str, Any]:
    (row,) = scores(reasons(signals(values), rules, NO_SNOOZES)).to_dicts()
    return row


def limits(review: float = 65, block: float = 75) -> pl.DataFrame:
    return pl.DataFrame([(SHOP, review, block)], schema=LIMITS, orient="row")


def overrides(**change: Any) -> pl.DataFrame:
    row = {"shop_id": SHOP, "is_on": True} | change
    return pl.DataFrame([row], schema=OVERRIDES)


def test_signals_are_combined_as_independent_doubts() -> None:
    # same_texts: 0.6, at 3 in full; links: 0.5, from 1.5 to 3, so 2.25 is half: 0.25.
    row = score_of({"same_texts": 3, "links": 2.25})
    assert row["score"] == pytest.approx(100 * (1 - 0.4 * 0.75))
    assert row["score"] == row["shadow_score"]


def test_reasons_say_everything() -> None:
    (row,) = reasons(signals({"links": 2.25}), AS_CODED, NO_SNOOZES).drop("hour").to_dicts()
    assert row == {
        "shop_id": SHOP,
        "buyer_no": 1,
        "abuse": "flood",
        "rule": "links",
        "version": 1,
        "value": 2.25,
        "threshold": 3.0,
        "window_seconds": 3600,
        "weight": 0.5,
        "contribution": 25.0,
        "is_hit": False,
        "is_shadow": False,
    }


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1), st.floats(0.01, 1e5))
def test_strength_is_bounded_and_never_falls(
    one: float, other: float, share: float, threshold: float
) -> None:
    low, high = sorted((one, other))
    x = pl.DataFrame({"value": [low, high]}).select(
        strength(pl.col("value"), pl.lit(share * threshold), pl.lit(threshold))
    )
    below, above = x.to_series().to_list()
    assert 0 <= below <= above <= 1
    assert low < threshold or below == 1


_VALUES = st.dictionaries(
    st.sampled_from([rule.key for rule in RULES if rule.abuse == "traffic"]),
    st.floats(0.001, 1000),
    min_size=1,
)


@given(_VALUES, st.randoms(use_true_random=False))
def test_a_score_is_bounded_grows_and_has_no_order(
    values: dict[str, float], dice: random.Random
) -> None:
    found = reasons(signals(values), AS_CODED, NO_SNOOZES)
    if found.is_empty():
        return
    (score,) = scores(found)["score"].to_list()
    assert 0 < score <= 100
    # To the bit the same in any order: a replay must agree.
    shuffled = found.sample(fraction=1, shuffle=True, seed=dice.randrange(1000))
    assert scores(shuffled)["score"].to_list() == [score]
    # A stronger signal never lowers it, and no signal alone is above all of them together.
    higher = {rule: 2 * value for rule, value in values.items()}
    assert score_of(higher)["score"] >= score - 1e-9
    assert score >= found["contribution"].max() - 1e-9  # type: ignore[operator]  # of a column


def test_a_shadow_rule_is_noted_and_changes_nothing() -> None:
    rules = rules_of_shops(SHOPS, overrides(rule="links", is_shadow=True))
    found = reasons(signals({"same_texts": 3, "links": 3}), rules, NO_SNOOZES)
    assert dict(found.select("rule", "is_shadow").rows()) == {"links": True, "same_texts": False}
    (row,) = scores(found).to_dicts()
    assert (row["score"], row["shadow_score"]) == (pytest.approx(60), pytest.approx(80))
    (alone,) = scores(found.filter("is_shadow")).to_dicts()
    assert (alone["score"], alone["shadow_score"]) == (0, pytest.approx(50))


def test_a_shop_switches_a_rule_off_or_sets_it() -> None:
    off = rules_of_shops(SHOPS, overrides(rule="links", is_on=False))
    assert off.filter(pl.col("rule") == "links").is_empty()
    assert off.height == len(RULES) - 1
    own = rules_of_shops(SHOPS, overrides(rule="links", weight=0.2, threshold=6.0))
    # The start is a share of the threshold, so it moved to 3: 4.5 is half of 0.2.
    assert score_of({"links": 4.5}, own)["score"] == pytest.approx(10)


def test_a_snoozed_rule_does_not_count_for_that_shopper() -> None:
    snoozed = pl.DataFrame([(SHOP, 1, "links")], schema=SNOOZES, orient="row")
    both = pl.concat([signals({"links": 3}, 1), signals({"links": 3}, 2)])
    assert reasons(both, AS_CODED, snoozed)["buyer_no"].to_list() == [2]


@pytest.mark.parametrize(
    ("abuse", "score", "outcome"),
    [
        ("flood", 64.9, "allow"),
        ("flood", 65.0, "review"),
        ("flood", 74.9, "review"),
        ("flood", 75.0, "block"),
        ("payment", 75.0, "hold"),  # money: a person decides
        ("stock", 100.0, "hold"),
    ],
)
def test_what_follows_from_a_score(abuse: str, score: float, outcome: str) -> None:
    row = signals({"links": 3}).drop("rule", "value")
    scored = row.with_columns(abuse=pl.lit(abuse), score=pl.lit(score))
    assert outcomes(scored, limits(), NOBODY, HELD)["outcome"].to_list() == [outcome]
    allowed = pl.DataFrame([(SHOP, 1)], schema=FLAGGED, orient="row")
    assert outcomes(scored, limits(), allowed, HELD)["outcome"].to_list() == ["allow"]
    strict = outcomes(scored, limits(10, 20), NOBODY, HELD)["outcome"].to_list()
    assert strict == ["hold" if abuse in HELD else "block"]


def test_rules_are_whole() -> None:
    assert len({rule.key for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert isinstance(rule, Rule)
        assert 0 < rule.weight < 1 and 0 <= rule.start < 1 and rule.threshold > 0
        assert rule.title.ru and rule.title.en

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from pipelines.fraud.choices import CAPACITY, LABELS, Choices
from pipelines.fraud.judgement import judged
from pipelines.fraud.schemas import CASE
from pipelines.fraud.score import SNOOZES
from pipelines.fraud.verdicts import cases, shoppers
from pipelines.variants import FLAGGED
from tests.pipelines.fraud.people import HOUR, SHOP
from tests.pipelines.fraud.test_score import AS_CODED, NO_SNOOZES, NOBODY, limits, signals

SPAM = {"same_texts": 5.0, "links": 5.0}  # 80


def choices(**own: Any) -> Choices:
    usual = {
        "rules": AS_CODED,
        "limits": limits(),
        "allowed": NOBODY,
        "snoozes": NO_SNOOZES,
        "labels": pl.DataFrame(schema=LABELS),
    }
    return Choices(**(usual | own))


def labelled(buyer_no: int, label: str) -> pl.DataFrame:
    row = (SHOP, buyer_no, "flood", label, datetime.now(UTC), 71.0)
    return pl.DataFrame([row], schema=LABELS, orient="row")


def outcome(seen: pl.DataFrame, **own: Any) -> dict[int, str]:
    verdicts, _ = judged(seen, choices(**own))
    return dict(verdicts.select("buyer_no", "outcome").rows())


def test_the_worst_hour_counts_and_its_reasons() -> None:
    later = signals({"links": 2.0}).with_columns(pl.col("hour") + timedelta(hours=2))
    verdicts, why = judged(pl.concat([later, signals(SPAM)]), choices())
    (row,) = verdicts.to_dicts()
    assert (row["abuse"], row["outcome"], row["score"]) == ("flood", "block", pytest.approx(80))
    assert row["seen_at"] == HOUR + timedelta(hours=1)
    assert dict(why.select("rule", "value").rows()) == SPAM


def test_who_is_plainly_allowed_has_no_verdict() -> None:
    assert not outcome(signals({"links": 5.0}))


def test_the_allow_list_comes_first() -> None:
    allowed = pl.DataFrame([(SHOP, 1)], schema=FLAGGED, orient="row")
    both = pl.concat([signals(SPAM, 1), signals(SPAM, 2)])
    assert outcome(both, allowed=allowed) == {1: "allow", 2: "block"}


def test_a_shop_reviews_only_as_many_a_day_as_it_can() -> None:
    rows = [signals({"same_texts": 2.3 + n / 10, "links": 3.0}, n) for n in range(1, 5)]
    rows.append(signals(SPAM, 9))
    assert outcome(pl.concat(rows)) == dict.fromkeys((1, 2, 3, 4), "review") | {9: "block"}
    capacity = pl.DataFrame([(SHOP, 2)], schema=CAPACITY, orient="row")
    limited = outcome(pl.concat(rows), capacity=capacity)
    assert limited == {3: "review", 4: "review", 9: "block"}
    later = rows[0].with_columns(pl.col("hour") + timedelta(days=1))  # another day has its own
    limited = outcome(pl.concat([later, *rows[1:]]), capacity=capacity)
    assert limited == {1: "review", 3: "review", 4: "review", 9: "block"}


def test_who_waits_for_nobody_takes_no_place() -> None:
    rows = [signals({"same_texts": 2.3 + n / 20, "links": 3.0}, n) for n in range(1, 6)]
    known = (labelled(2, "confirmed"), labelled(3, "false_positive"), labelled(5, "ignored"))
    found = outcome(
        pl.concat(rows),
        allowed=pl.DataFrame([(SHOP, 4)], schema=FLAGGED, orient="row"),
        labels=pl.concat(known),
        capacity=pl.DataFrame([(SHOP, 1)], schema=CAPACITY, orient="row"),
    )
    # The one place is for the lowest score, whom alone nobody has decided about.
    assert found == {1: "review", 2: "block", 3: "allow", 4: "allow", 5: "review"}


def test_a_model_brings_before_a_person_and_never_further() -> None:
    model = {"model_flood": 1.0}  # 74
    both = {"links": 5.0} | model  # 87, if it were a rule like others
    verdicts, why = judged(signals(both), choices())
    (row,) = verdicts.to_dicts()
    assert (row["outcome"], row["since"]) == ("review", None)
    assert 74 < row["score"] < 75 and set(why["rule"]) == set(both)
    for own in (limits(), limits(60, 70), limits(20, 51)):
        for values in (model, both):
            assert outcome(signals(values), limits=own) == {1: "review"}
    assert not outcome(signals(both), limits=limits(70, 70))  # a shop that reviews nobody
    nearly_held = {"mismatched_payments": 0.75}  # 67.5
    for values in (nearly_held, nearly_held | {"model_payment": 1.0}):
        assert outcome(signals(values)) == {1: "review"}
    # Whom the rules alone block, it saves from nothing.
    assert outcome(signals(SPAM | model)) == outcome(signals(SPAM)) == {1: "block"}
    assert outcome(signals({"links": 5.0} | model), limits=limits(20, 50)) == {1: "block"}


def test_a_snooze_takes_its_rule_out_of_every_hour() -> None:
    snoozes = pl.DataFrame([(SHOP, 1, "links")], schema=SNOOZES, orient="row")
    assert not outcome(signals(SPAM), snoozes=snoozes)  # 60 is left


def test_people_have_the_last_word() -> None:
    assert outcome(signals(SPAM), labels=labelled(1, "false_positive")) == {1: "allow"}
    assert outcome(signals(SPAM), labels=labelled(1, "ignored")) == {1: "block"}
    assert outcome(signals({"links": 5.0}), labels=labelled(1, "confirmed")) == {1: "block"}


def test_who_is_confirmed_needs_no_signals() -> None:
    verdicts, why = judged(signals({}), choices(labels=labelled(1, "confirmed")))
    (row,) = verdicts.to_dicts()
    assert (row["outcome"], row["score"], row["since"]) == ("block", 71.0, None)
    assert why.is_empty()


def test_the_allow_list_comes_before_a_label() -> None:
    allowed = pl.DataFrame([(SHOP, 1)], schema=FLAGGED, orient="row")
    confirmed = labelled(1, "confirmed")
    assert outcome(signals(SPAM), allowed=allowed, labels=confirmed) == {1: "allow"}


def figures(
    seen: pl.DataFrame, known: pl.DataFrame, days: float, **own: Any
) -> dict[int, tuple[str, datetime]]:
    """Outcome and `since` of the cases, so many days after the hour."""
    made = choices(**own)
    verdicts, _ = judged(seen, made)
    rows = cases(verdicts, known, made, HOUR + timedelta(days=days))
    return {row["buyer_no"]: (row["outcome"], row["since"]) for row in rows.to_dicts()}


def before(buyer_no: int = 1) -> pl.DataFrame:
    """A case that was fraud in HOUR."""
    end = HOUR + timedelta(hours=1)
    row = (SHOP, buyer_no, "flood", 80.0, "block", end, end, end)
    kinds = {name: column.dtype.type for name, column in CASE.columns.items()}
    return pl.DataFrame([row], schema=kinds, orient="row")


END = HOUR + timedelta(hours=1)
NOTHING = signals({})


def test_fraud_lasts_when_its_signals_have_run_out() -> None:
    assert figures(NOTHING, before(), 100) == {1: ("block", END)}
    # A month later, when little is seen, and when as much is seen again.
    later = pl.col("hour") + timedelta(days=99)
    little, much = signals({"links": 5.0}), signals(SPAM)
    assert figures(little.with_columns(later), before(), 100) == {1: ("block", END)}
    assert figures(much.with_columns(later), before(), 100) == {1: ("block", END)}


def test_rules_that_still_see_the_signals_clear() -> None:
    # Nothing is left of them under today's rules, though they are there.
    assert figures(NOTHING, before(), 88) == {1: ("allow", END)}
    snoozes = pl.DataFrame([(SHOP, 1, "links")], schema=SNOOZES, orient="row")
    assert figures(signals(SPAM), before(), 88, snoozes=snoozes)[1][0] == "allow"
    assert figures(signals(SPAM), before(), 88) == {1: ("block", END)}


def test_people_clear_what_has_run_out() -> None:
    allowed = pl.DataFrame([(SHOP, 1)], schema=FLAGGED, orient="row")
    assert figures(NOTHING, before(), 100, allowed=allowed)[1][0] == "allow"
    mistaken = labelled(1, "false_positive")
    assert figures(NOTHING, before(), 100, labels=mistaken)[1][0] == "allow"
    assert figures(NOTHING, before(), 100, labels=labelled(1, "ignored"))[1][0] == "block"


def test_the_first_hour_that_was_fraud_is_kept() -> None:
    hours = [signals(SPAM).with_columns(pl.col("hour") + timedelta(days=n)) for n in (0, 50)]
    worse = signals(SPAM | {"flood": 30.0}).with_columns(pl.col("hour") + timedelta(days=20))
    assert figures(pl.concat([*hours, worse]), before().clear(), 60) == {1: ("block", END)}


def test_one_row_a_shopper_for_the_figures() -> None:
    forgery = {"mismatched_payments": 1.0}  # 90, held: above the spam's 80
    seen = pl.concat([signals(SPAM | forgery, 1), signals({"mismatched_payments": 0.75}, 2)])
    verdicts, _ = judged(seen, choices())
    known = pl.DataFrame([(SHOP, 1), (SHOP, 9)], schema=FLAGGED, orient="row")
    now = cases(verdicts, before().clear(), choices(), HOUR)
    rows = shoppers(now, known, HOUR).select("buyer_no", "verdict", "abuse", "outcome").rows()
    # 100·0.9·0.75 = 67.5 is a suspicion; shopper 9 had a verdict and has none any more.
    assert rows == [
        (1, "fraud", "payment", "hold"),
        (2, "suspect", "payment", "review"),
        (9, "clear", "", "allow"),
    ]

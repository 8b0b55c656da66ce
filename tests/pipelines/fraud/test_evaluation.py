from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from core.errors import Refused
from pipelines.fraud import plots
from pipelines.fraud.evaluation import (
    PEOPLE,
    lines,
    precision_at,
    qualities,
    quality,
    scored_people,
)
from pipelines.fraud.model import FEATURES, judge, split, with_features

SCORES = {"shop_id": pl.UInt32, "buyer_no": pl.UInt64, "abuse": pl.String, "score": pl.Float64}


def people(*abuses: str) -> pl.DataFrame:
    rows = [(1, number, abuse) for number, abuse in enumerate(abuses, 1)]
    return pl.DataFrame(rows, schema=PEOPLE, orient="row")


def scores(*rows: tuple[int, str, float]) -> pl.DataFrame:
    return pl.DataFrame([(1, *row) for row in rows], schema=SCORES, orient="row")


def test_a_quality_worked_out() -> None:
    # By score: abuser 90, honest 80, abuser 70, honest 20, abuser 10.
    found = quality(
        "flood", pl.Series([True, False, True, False, True]), pl.Series([90.0, 80, 70, 20, 10])
    )
    assert (found.people, found.abusers, found.flagged) == (5, 3, 3)
    assert [found.precision, found.recall] == pytest.approx([2 / 3, 2 / 3])
    assert [found.precision_at_block, found.recall_at_block] == pytest.approx([0.5, 1 / 3])
    # Precision at each abuser: 1/1, 2/3, 3/5.
    assert found.average_precision == pytest.approx((1 + 2 / 3 + 3 / 5) / 3)
    # Of 6 pairs, the abuser is above: 2 + 1 + 0.
    assert found.auroc == pytest.approx(3 / 6)
    assert found.precision_at_k == pytest.approx(2 / 3)


def test_as_scikit_learn_has_it_with_ties() -> None:
    dice = np.random.default_rng(1)
    is_abuser = dice.random(200) < 0.3
    score = np.round(dice.random(200) * 20) * 5
    found = quality("any", pl.Series(is_abuser), pl.Series(score))
    assert found.auroc == pytest.approx(roc_auc_score(is_abuser, score))
    assert found.average_precision == pytest.approx(average_precision_score(is_abuser, score))


def test_equal_scores_at_the_edge_count_in_part() -> None:
    is_abuser = pl.Series([True, True, False, False])
    assert precision_at(2, is_abuser, pl.Series([9.0, 5, 5, 5])) == pytest.approx((1 + 1 / 3) / 2)
    assert precision_at(4, is_abuser, pl.Series([9.0, 5, 5, 5])) == 0.5


def test_nobody_to_tell_apart_is_no_number() -> None:
    found = quality("any", pl.Series([False, False]), pl.Series([1.0, 2.0]))
    assert (found.recall, found.precision, found.auroc) == (None, None, None)
    assert "–" in lines([found])[1]


def test_people_without_a_score_have_zero_and_types_are_apart() -> None:
    scored = scored_people(
        people("", "spam", "hoard"), scores((1, "flood", 70), (2, "flood", 90), (2, "stock", 5))
    )
    flood = scored.filter(pl.col("type") == "flood").sort("buyer_no")
    assert flood["score"].to_list() == [70, 90, 0]
    assert flood["is_abuser"].to_list() == [False, True, False]
    overall = scored.filter(pl.col("type") == "any").sort("buyer_no")
    assert overall["score"].to_list() == [70, 90, 0]
    assert overall["is_abuser"].to_list() == [False, True, True]
    found = {each.abuse: each for each in qualities(scored)}
    assert set(found) == {"any", "flood", "stock"}
    assert (found["stock"].recall, found["flood"].precision) == (0.0, 0.5)


def test_the_pictures(tmp_path: Path) -> None:
    scored = scored_people(people("", "spam"), scores((2, "flood", 90)))
    for file in plots.draw(scored, tmp_path / "new"):
        assert file.read_bytes().startswith(b"\x89PNG")


START = datetime(2026, 3, 10, tzinfo=UTC)


def labelled(count: int, *, delay: timedelta = timedelta(0), leak: bool = False) -> pl.DataFrame:
    """People a minute apart, every third an abuser, with a signal that says a little of them."""
    dice = np.random.default_rng(7)
    is_abuser = [number % 3 == 0 for number in range(count)]
    hint = [float(dice.random() + 0.6 * abuser) for abuser in is_abuser]
    frame = pl.DataFrame(
        {
            "seen_at": [START + timedelta(minutes=number) for number in range(count)],
            "is_abuser": is_abuser,
            **{name: [0.0] * count for name in FEATURES},
        }
    ).with_columns(labelled_at=pl.col("seen_at") + delay)
    known = pl.Series([float(each) for each in is_abuser] if leak else hint)
    return frame.with_columns(known.alias("links"))


def test_the_model_learns_from_the_past_and_is_judged_on_later_people() -> None:
    judgement = judge(labelled(300), START + timedelta(minutes=200))
    assert (judgement.trained_on, judgement.quality.people) == (200, 100)
    assert judgement.quality.auroc is not None and 0.7 < judgement.quality.auroc < 0.99
    assert not judgement.is_leaking
    assert judgement.weights["links"] > 0 == judgement.weights["flood"]


def test_a_label_that_was_not_known_yet_is_not_learnt_from() -> None:
    at = START + timedelta(minutes=200)
    early, late = split(labelled(300, delay=timedelta(minutes=50)), at)
    # Labelled by then: those first seen up to minute 150.
    assert (early.height, late.height) == (151, 100)
    unlabelled = labelled(300).with_columns(labelled_at=pl.lit(None, pl.Datetime("us", "UTC")))
    assert [side.height for side in split(unlabelled, at)] == [0, 0]


def test_the_tripwire_catches_an_answer_among_the_features() -> None:
    judgement = judge(labelled(300, leak=True), START + timedelta(minutes=200))
    assert judgement.quality.auroc == 1.0
    assert judgement.is_leaking


def test_a_model_needs_both_sorts_of_people() -> None:
    with pytest.raises(Refused, match="before 2026-03-10 00:00"):
        judge(labelled(30), START)


def test_a_model_learns_nothing_from_abusers_that_nothing_is_known_of() -> None:
    unseen = labelled(200).with_columns(
        pl.when(pl.col("is_abuser")).then(0.0).otherwise(pl.col(name)).alias(name)
        for name in FEATURES
    )
    with pytest.raises(Refused, match="no hour in which abusers were seen"):
        judge(unseen, START + timedelta(minutes=100))


def test_who_is_learnt_from_is_seen_as_of_the_split() -> None:
    seen = [(1, 1, START), (1, 2, START), (1, 3, START + timedelta(hours=9))]
    who: dict[str, Any] = {"shop_id": pl.UInt32, "buyer_no": pl.UInt64}
    known = who | {"rule": pl.String}
    rows = [(1, 1, "links", 9.0, 2.0), (1, 2, "links", 9.0, None), (1, 3, "links", 9.0, None)]
    signals = pl.DataFrame(
        rows, schema=known | {"value": pl.Float64, "value_by_split": pl.Float64}, orient="row"
    )
    people_seen = pl.DataFrame(
        seen, schema=who | {"seen_at": pl.Datetime("us", "UTC")}, orient="row"
    )
    found = with_features(people_seen, signals, START + timedelta(hours=5))
    assert dict(found.select("buyer_no", "links").rows()) == {1: 2.0, 2: 0.0, 3: 9.0}

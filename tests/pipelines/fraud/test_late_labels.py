"""Transactions with labels that come late: what a model knows, and when."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from cli import durations
from cli.main import app
from core.errors import VitrinaError
from pipelines.fraud import evaluation, gradient, late_labels
from pipelines.fraud.foreign import labels_of, read_as
from pipelines.fraud.forest import Calibration
from pipelines.fraud.transaction_features import NAMES, features
from pipelines.fraud.transactions import COLUMNS, DAY, Transactions, measure

START = datetime(2026, 3, 1)
AS_NAMED = {name: name for name in COLUMNS}
WEEK = timedelta(days=7)


def payments(days: int = 35) -> pl.DataFrame:
    """Two hundred cards at forty shops; one shop in ten is a thief from the tenth day on, at
    ordinary amounts, so that only labels can tell."""
    chance = np.random.default_rng(5)
    count = days * 120
    minutes = np.sort(chance.integers(0, days * 1440, count))
    shops = chance.integers(0, 40, count)
    thieving = (shops % 10 == 0) & (minutes > 10 * 1440)
    return pl.DataFrame(
        {
            "entity": [f"card {n}" for n in chance.integers(0, 200, count)],
            "time": [START + timedelta(minutes=int(n)) for n in minutes],
            "amount": np.round(chance.gamma(4, 10, count), 2),
            "counterparty": [f"shop {n}" for n in shops],
            "fraud": (thieving & (chance.random(count) < 0.8)).astype(int),
        }
    )


def _rows(frame: pl.DataFrame) -> pl.DataFrame:
    return read_as(frame, AS_NAMED)


def test_risk_counts_only_labels_that_were_known_by_then() -> None:
    days = (0, 1, 8, 9, 30)
    frame = pl.DataFrame(
        {
            "entity": ["a", "b", "c", "d", "e"],
            "time": [START + timedelta(days=day) for day in days],
            "amount": [1.0] * 5,
            "counterparty": ["x"] * 5,
        }
    )
    known = Transactions(_rows(frame))
    label = np.array([1.0, 0.0, 1.0, np.nan, 1.0])[known.place]
    table = features(known, measure(known), label, 7 * DAY)
    seen = dict(zip(NAMES, known.in_rows(table.astype(float)).T, strict=True))
    # On day 8 the labels of days 0 and 1 are known, on day 9 too; on day 30 all but its own.
    assert seen["counterparty_frauds_7d"].tolist() == [0, 0, 1, 1, 0]
    assert seen["counterparty_frauds_30d"].tolist() == [0, 0, 1, 1, 2]
    # One of two, drawn to the general rate of one half by then.
    assert seen["counterparty_risk_30d"][2] == pytest.approx((1 + 2 * 0.5) / (2 + 2))
    assert seen["entity_frauds_30d"].tolist() == [0] * 5


def test_a_model_learns_what_rules_cannot_see_and_says_why() -> None:
    frame = payments(42)
    scored, walk = late_labels.score(_rows(frame), labels_of(frame, "fraud"), WEEK)
    late = scored.filter(pl.col("scored_by") == "model")
    assert walk.models == 3 and walk.scored == late.height > 0
    assert walk.auroc is not None and not walk.is_leaking
    # The first model had not seen any fraud of a shop that was known for it; the last one had.
    last = late.filter(pl.col("time") >= pl.lit(START + 5 * WEEK).dt.replace_time_zone("UTC"))
    found = evaluation.quality("fraud", last["fraud"] == 1, last["score"])
    assert found.auroc is not None and found.auroc > 0.85
    # Calibrated: about as many frauds as the scores add up to.
    assert last["score"].sum() / 100 == pytest.approx(last["fraud"].sum(), rel=0.5)
    told = last.filter(pl.col("score") >= 65)
    assert told.height and told["reasons"].str.contains("counterparty_").all()
    # The rules' part is as it is without labels.
    early = pl.col("time") < pl.lit(START + 3 * WEEK).dt.replace_time_zone("UTC")
    assert scored.filter((pl.col("scored_by") == "rules") != early).height < 200


def test_labels_of_the_future_change_nothing() -> None:
    frame = payments()
    known_by = START + timedelta(days=28)
    turned = frame.with_columns(
        fraud=pl.when(pl.col("time") > known_by - WEEK).then(1 - pl.col("fraud")).otherwise("fraud")
    )
    scores = [
        late_labels.score(_rows(each), labels_of(each, "fraud"), WEEK)[0].filter(
            pl.col("time") < pl.lit(known_by).dt.replace_time_zone("UTC")
        )
        for each in (frame, turned)
    ]
    assert scores[0]["score"].to_list() == scores[1]["score"].to_list()


def test_without_enough_labels_rules_score() -> None:
    frame = payments(28).with_columns(
        fraud=pl.when(pl.int_range(pl.len()) < 10).then(1).otherwise(None)
    )
    scored, walk = late_labels.score(_rows(frame), labels_of(frame, "fraud"), WEEK)
    assert walk.models == 0 and "too few labels" in walk.lines()[0]
    assert scored["scored_by"].unique().to_list() == ["rules"]
    with pytest.raises(VitrinaError, match="covers less time than"):
        late_labels.score(_rows(frame), labels_of(frame, "fraud"), timedelta(days=29))


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ([1, 0, None], [1, 0, None]),
        (["1", "0", ""], [1, 0, None]),
        (["True", "no", None], [1, 0, None]),
        ([True, False, None], [1, 0, None]),
        ([1.0, 0.0, None], [1, 0, None]),
    ],
    ids=["integers", "text", "words", "truth", "numbers"],
)
def test_labels_of_many_sorts(given: list[object], read: list[int | None]) -> None:
    assert labels_of(pl.DataFrame({"y": given}), "y").to_list() == read


def test_labels_that_cannot_be_read_are_said() -> None:
    with pytest.raises(VitrinaError, match="row 2: 'maybe'.*1 or 0, true or false"):
        labels_of(pl.DataFrame({"y": ["1", "maybe"]}), "y")
    with pytest.raises(VitrinaError, match="there is no column z with labels; the file has y"):
        labels_of(pl.DataFrame({"y": ["1"]}), "z")
    with pytest.raises(VitrinaError, match="has no labels"):
        labels_of(pl.DataFrame({"y": [None, ""]}), "y")


def test_lengths_of_time() -> None:
    assert durations.seconds_of("--x", "7d") == 604_800
    assert durations.seconds_of("--x", "1.5 h") == 5400
    for wrong in ("7", "7 weeks", "-1d", "9999d", ""):
        with pytest.raises(VitrinaError, match="--x"):
            durations.seconds_of("--x", wrong)


def test_calibration_never_turns_the_order_round() -> None:
    labels = np.repeat([0.0, 1.0], 50)
    assert gradient.calibrated(-labels, labels) == Calibration()
    better = gradient.calibrated(labels * 2 + np.tile([0, 0.5], 50), labels)
    assert better.slope > 0


def test_the_command_takes_labels(tmp_path: Path) -> None:
    source, output = tmp_path / "in.csv", tmp_path / "out.parquet"
    payments().write_csv(source)
    mapped = "entity=entity,time=time,amount=amount,counterparty=counterparty"
    arguments = ["fraud", "score", "--input", str(source), "--map", mapped]
    arguments += ["--output", str(output), "--labels", "fraud", "--label-delay", "7d"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "models scored" in result.output and "average precision" in result.output
    scored = pl.read_parquet(output)
    assert set(scored["scored_by"].unique()) == {"rules", "model"}
    assert scored["fraud"].dtype == pl.String  # as it came in

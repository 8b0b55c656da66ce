from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from cli.main import app
from core.errors import VitrinaError
from pipelines.fraud.foreign import read_as
from pipelines.fraud.transactions import COLUMNS, RULES, score, signals
from tests.properties import examples

START = datetime(2026, 3, 10)
AS_NAMED = {name: name for name in COLUMNS}


def frame(*rows: tuple[str, float, float, str | None]) -> pl.DataFrame:
    """Entity, minutes after the start, amount, counterparty."""
    return pl.DataFrame(
        [(who, START + timedelta(minutes=at), amount, to) for who, at, amount, to in rows],
        schema=list(COLUMNS),
        orient="row",
    )


def column(rows: pl.DataFrame, rule: str) -> list[float]:
    return signals(read_as(rows, AS_NAMED))[rule].to_list()


def test_a_burst_is_counted_up_to_each_transaction() -> None:
    rows = frame(("a", 0, 1, "x"), ("a", 4, 1, "x"), ("a", 9, 1, "x"), ("a", 13, 1, "x"))
    # Ten minutes before 13 begin at 3: the first is out.
    assert column(rows, "burst") == [1, 2, 3, 3]
    assert column(rows, "velocity") == [1, 2, 3, 4]
    # Of one moment, in the order of the file.
    assert column(frame(("a", 0, 1, "x"), ("a", 0, 1, "x")), "burst") == [1, 2]


def test_even_gaps() -> None:
    even = frame(*(("a", 5.0 * n, n, "x") for n in range(6)))
    # Known from four gaps on: the fifth transaction.
    assert column(even, "regularity") == [0, 0, 0, 0, 1, 1]
    uneven = frame(*(("a", at, 1.0, "x") for at in (0, 1, 30, 31, 90)))
    # Gaps of 1, 29, 1, 59 minutes vary more than their mean.
    assert column(uneven, "regularity")[-1] == 0


def test_an_unusual_amount_is_so_for_that_entity() -> None:
    usual = [("a", 60.0 * n, 10.0, "x") for n in range(6)]
    rows = frame(*usual, ("a", 400, 10_000, "x"), ("b", 400, 10_000, "x"))
    # Twice log(10001) − log(11) in deviations of at least 0.1; b has no past to compare with.
    assert column(rows, "amount_outlier") == [0] * 6 + [pytest.approx(136.25, abs=0.01), 0]
    # One that is smaller than usual is no sign of anything, a steady spread is told in its own.
    assert column(frame(*usual, ("a", 400, 0.01, "x")), "amount_outlier")[-1] == 0
    spread = [("a", 60.0 * n, 50.0 + 10 * (n % 3), "x") for n in range(9)]
    # 60 ± 10 · 1.4826: 150 is 6.07 deviations above, by logarithms less than twice 5.
    found = column(frame(*spread, ("a", 600, 150, "x")), "amount_outlier")[-1]
    assert found == pytest.approx(90 / 14.826)
    assert (
        column(frame(*spread, ("a", 600, 150, "x"), ("a", 700, 60, "x")), "recent_outliers")[-1]
        == 1
    )


def test_the_same_amount_and_many_counterparties() -> None:
    rows = frame(("a", 0, 5, "x"), ("a", 30, 5, "y"), ("a", 60, 7, "y"), ("a", 90, 5, None))
    assert column(rows, "repeated_amount") == [1, 2, 1, 3]
    assert column(rows, "fan_out") == [1, 2, 2, 2]


def test_a_counterparty_that_many_share() -> None:
    rows = frame(("a", 0, 5, "x"), ("b", 1, 5, "x"), ("a", 2, 5, "x"), ("c", 3, 5, "y"))
    assert column(rows, "shared_counterparty") == [1, 2, 2, 1]
    assert column(rows.with_columns(counterparty=pl.lit(None)), "shared_counterparty") == [0] * 4


def test_the_score_and_its_reasons() -> None:
    rows = frame(*(("a", 1.0 * n * n, 5.0, "x") for n in range(4)), ("b", 0, 3, "y"))
    last = score(read_as(rows, AS_NAMED)).row(3, named=True)
    # The same amount four times: from 2 to 5, so ⅔ of 0.4; four in ten minutes: a fifth of 0.5.
    assert last["score"] == pytest.approx(100 * (1 - (1 - 0.4 * 2 / 3) * (1 - 0.5 / 5)))
    assert last["reasons"] == "repeated_amount, burst"
    assert score(read_as(rows, AS_NAMED)).row(4, named=True)["reasons"] == ""


_ROWS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.integers(0, 3000).map(float),
        st.integers(1, 50).map(float),
        st.sampled_from(["x", "y", None]),
    ),
    min_size=1,
    max_size=25,
)


@given(_ROWS, st.integers(0, 3000))
@examples(25)
def test_the_past_is_all_that_counts(
    rows: list[tuple[str, float, float, str | None]], until: int
) -> None:
    whole = score(read_as(frame(*rows), AS_NAMED))
    assert whole["score"].is_between(0, 100).all()
    is_past = [at <= until for _, at, _, _ in rows]
    past = [row for row, early in zip(rows, is_past, strict=True) if early]
    if past:
        known_then = score(read_as(frame(*past), AS_NAMED))["score"].to_list()
        assert known_then == whole.filter(pl.Series(is_past))["score"].to_list()


@pytest.mark.parametrize(
    "times",
    [
        [START, START + timedelta(hours=1)],
        [date(2026, 3, 10), date(2026, 3, 11)],
        ["2026-03-10T00:00:00Z", "2026-03-10T01:00:00Z"],
        [1773100800, 1773104400.5],
    ],
)
def test_times_of_many_sorts(times: list[Any]) -> None:
    rows = pl.DataFrame({"who": [1, 2], "at": times, "sum": [1, 2]}, strict=False)
    read = read_as(rows, {"entity": "who", "time": "at", "amount": "sum"})
    assert read["time"][0].replace(tzinfo=None) == START
    assert read["entity"].to_list() == ["1", "2"]


@pytest.mark.parametrize(
    ("columns", "change", "words"),
    [
        ({"who": "entity"}, {}, "who is no part of a transaction: map entity, time, amount"),
        ({"entity": "entity", "time": "time"}, {}, "say which column is the amount"),
        (
            AS_NAMED | {"amount": "sum"},
            {},
            "there is no column sum for amount; the file has entity",
        ),
        (AS_NAMED, {"amount": ["ten"]}, "amounts are numbers"),
        (AS_NAMED, {"amount": [float("nan")]}, "1 of 1 rows have no amount that can be read"),
        (AS_NAMED, {"time": ["yesterday"]}, "1 of 1 rows have no time that can be read"),
        (AS_NAMED, {"time": [True]}, "times are moments, ISO text or seconds since 1970"),
        (AS_NAMED, {"entity": [None]}, "1 of 1 rows have no entity"),
    ],
)
def test_what_cannot_be_read_is_said(
    columns: dict[str, str], change: dict[str, list[Any]], words: str
) -> None:
    rows = frame(("a", 0, 1, "x")).with_columns(
        pl.Series(name, row) for name, row in change.items()
    )
    with pytest.raises(VitrinaError, match=words):
        read_as(rows, columns)


def test_the_command_scores_a_file(tmp_path: Path) -> None:
    source, output = tmp_path / "in.parquet", tmp_path / "out.csv"
    frame(*(("a", 0.1 * n, 5.0, f"x{n}") for n in range(40))).rename(
        {"entity": "card"}
    ).write_parquet(source)
    mapped = "entity=card,time=time,amount=amount,counterparty=counterparty"
    arguments = ["fraud", "score", "--input", str(source), "--map", mapped, "--output", str(output)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "40 transactions of 1 entities" in result.output
    scored = pl.read_csv(output)
    assert {rule.key for rule in RULES} < set(scored.columns)
    assert scored.filter(pl.col("score") > 90).height > 0


@pytest.mark.parametrize(
    ("name", "mapped", "words"),
    [
        ("in.txt", "entity=a,time=b,amount=c", "give a .parquet or a .csv file"),
        ("none.csv", "entity=a,time=b,amount=c", "there is no file"),
        ("in.csv", "entity", "write it as entity=COLUMN"),
        ("in.parquet", "entity=a,time=b,amount=c", "cannot be read"),
    ],
)
def test_the_command_says_what_is_wrong(tmp_path: Path, name: str, mapped: str, words: str) -> None:
    for file in ("in.txt", "in.csv", "in.parquet"):
        (tmp_path / file).write_text("a,b,c\n", "utf-8")
    source, output = str(tmp_path / name), str(tmp_path / "out.csv")
    arguments = ["fraud", "score", "--input", source, "--map", mapped, "--output", output]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1 and isinstance(result.exception, SystemExit)
    assert words in result.stderr

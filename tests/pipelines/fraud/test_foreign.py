"""Transactions from elsewhere, as files of the kind that analysts bring."""

from pathlib import Path

import polars as pl
import pytest

from tests.cli.running import Ran, vitrina

MAPPED = "entity=who,time=at,amount=sum"


def scored(folder: Path, text: str, *options: str) -> tuple[Ran, pl.DataFrame | None]:
    source, output = folder / "in.csv", folder / "out.csv"
    source.write_text(text, "utf-8")
    command = ["fraud", "score", "--input", str(source), "--map", MAPPED, "--output", str(output)]
    ran = vitrina({}, *command, *options)
    assert ran.fault is None, ran.fault
    return ran, pl.read_csv(output, infer_schema=False) if output.exists() else None


@pytest.mark.parametrize("ids", [("007", "7"), ("1.10", "1.1"), ("1e3", "1000"), ("a ", "a")])
def test_ids_are_text(tmp_path: Path, ids: tuple[str, str]) -> None:
    text = "who,at,sum\n" + "".join(f"{each},2026-10-05T12:00:00Z,10\n" for each in ids)
    ran, rows = scored(tmp_path, text)
    assert ran.stdout.startswith("2 transactions of 2 entities")
    assert rows is not None and tuple(rows["entity"]) == ids


@pytest.mark.parametrize(
    "times",
    [
        ("1790000000", "1790000001"),
        ("1790000000000", "1790000001000"),
        ("1790000000000000", "1790000001000000"),
        ("2026-09-21T14:13:20Z", "2026-09-21 14:13:21"),
        ("2026-09-21T17:13:20+03:00", "2026-09-21T17:13:21.000+0300"),
    ],
)
def test_times_of_every_kind(tmp_path: Path, times: tuple[str, str]) -> None:
    ran, rows = scored(tmp_path, f"who,at,sum\na,{times[0]},1\na,{times[1]},1\n")
    assert ran.returncode == 0 and rows is not None, ran.stderr
    assert [each[:19] for each in rows["time"]] == ["2026-09-21T14:13:20", "2026-09-21T14:13:21"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("yesterday", "row 2: 'yesterday'"),
        ("05.10.2026 12:00", "or say --dates dd.mm.yyyy"),
        ("1790000000", "row 1: '1790000000000'"),  # two units: one of them is wrong
        ("0001-01-01", "from 1990 to 2100"),
        ("12", "row 2: '12'"),
        ("", "row 2: None"),
        ("2026-02-30", "row 2"),
    ],
)
def test_an_odd_time_is_refused_by_its_row(tmp_path: Path, wrong: str, words: str) -> None:
    ran, rows = scored(tmp_path, f"who,at,sum\na,1790000000000,10\na,{wrong},10\n")
    assert ran.returncode == 1 and rows is None
    assert words in ran.stderr and "1 of 2 rows have no time" in ran.stderr


def test_semicolons_decimal_commas_and_dotted_days_by_options(tmp_path: Path) -> None:
    text = "\ufeffwho;at;sum;note\na;05.10.2026 12:00;1\u00a0290,50;007\na;05.10.2026;2,5;x\n"
    options = ("--delimiter", ";", "--decimal", ",", "--dates", "dd.mm.yyyy")
    ran, rows = scored(tmp_path, text, *options)
    assert ran.returncode == 0 and rows is not None, ran.stderr
    assert rows["amount"].to_list() == ["1290.5", "2.5"] and rows["note"].to_list() == ["007", "x"]
    assert rows["time"][0].startswith("2026-10-05T12:00") and "reasons" in rows.columns
    (tmp_path / "out.csv").unlink()
    assert "another --delimiter?" in scored(tmp_path, text)[0].stderr
    assert "row 1: '1\\xa0290,50'" in scored(tmp_path, text, *options[:2], *options[4:])[0].stderr


def test_columns_that_scores_need_are_not_overwritten(tmp_path: Path) -> None:
    ran, rows = scored(tmp_path, "who,at,sum,score\na,1790000000,1,5\n")
    assert rows is None and "rename score" in ran.stderr


@pytest.mark.parametrize("output", ["none/out.csv", "out.txt", "folder.csv"])
def test_the_output_is_looked_at_before_the_work(tmp_path: Path, output: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    command = ["fraud", "score", "--input", "none.csv", "--map", MAPPED]
    ran = vitrina({}, *command, "--output", str(tmp_path / output))
    assert ran.returncode == 1 and output in ran.stderr and "none.csv" not in ran.stderr

"""The evaluation against a truth from outside: who is what by Telegram id, as JSON lines.

The simulator writes such a folder (docs/shoppers.md). Only `kind`, `telegram_id` and `abuse` of the
lines of kind `person` are read, so that another source can be written in the same way.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from core.errors import Refused
from core.postgres import Connection
from core.shop import risk
from pipelines.clickhouse import ClickHouse
from pipelines.fraud import model, plots
from pipelines.fraud.evaluation import Quality, qualities, scored_people
from pipelines.fraud.score import SUBJECT
from pipelines.postgres import Postgres

LABEL_DELAY = timedelta(seconds=0)
_SCORES = """
SELECT shop_id, buyer_no, toString(abuse) AS abuse, max(score) AS score FROM fraud_score
GROUP BY shop_id, buyer_no, abuse
"""
_SIGNALS = """
SELECT shop_id, buyer_no, toString(rule) AS rule, max(value) AS value FROM fraud_signal
GROUP BY shop_id, buyer_no, rule
"""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Of the rules by abuse type; of the model, or why there is none; where the pictures are."""

    rules: list[Quality]
    model: model.Judgement | None
    no_model: str
    pictures: list[Path]


def read_truth(folder: Path) -> dict[int, str]:
    """Abuse by Telegram id, "" for the honest. Raises Refused if the folder holds no truth."""
    people = {
        int(record["telegram_id"]): str(record.get("abuse") or "") for record in _persons(folder)
    }
    if not people:
        raise Refused(f"{folder} holds no truth: name a simulator's folder `truth`")
    return people


def _persons(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(file.read_text("utf-8").split("\n"), 1):
            if '"kind":"person"' not in line.replace(" ", ""):
                continue
            try:
                yield json.loads(line)
            except ValueError as error:
                raise Refused(f"{file.name}, line {number} is no JSON: {error}") from error


def evaluate(
    clickhouse: ClickHouse,
    postgres: Postgres,
    truth: Path,
    pictures: Path,
    label_delay: timedelta = LABEL_DELAY,
) -> Evaluation:
    """Compares what is stored with the truth. Raises Refused if nobody of it is known."""
    abuse_of = read_truth(truth)

    async def known(connection: Connection) -> list[tuple[int, int, int, datetime]]:
        return await risk.by_telegram_id(connection, list(abuse_of))

    rows = postgres.run(known)
    if not rows:
        raise Refused(f"nobody of {truth} has been to these shops: is it another simulator's?")
    people = pl.DataFrame(
        [(shop, buyer, abuse_of[person], seen) for shop, buyer, person, seen in rows],
        schema={
            "shop_id": pl.UInt32,
            "buyer_no": pl.UInt64,
            "abuse": pl.String,
            "seen_at": pl.Datetime("us", "UTC"),
        },
        orient="row",
    )
    scored = scored_people(people.drop("seen_at"), clickhouse.read(_SCORES))
    judged, no_model = _model(people, clickhouse.read(_SIGNALS), label_delay)
    return Evaluation(qualities(scored), judged, no_model, plots.draw(scored, pictures))


def _model(
    people: pl.DataFrame, signals: pl.DataFrame, delay: timedelta
) -> tuple[model.Judgement | None, str]:
    labelled = (
        people.join(model.features(signals), on=list(SUBJECT), how="left")
        .with_columns(pl.col(model.FEATURES).fill_null(0.0))
        .with_columns(is_abuser=pl.col("abuse") != "", labelled_at=pl.col("seen_at") + delay)
    )
    # Two thirds of those who stopped coming first, so that both sorts are on both sides.
    thirds = labelled.group_by("is_abuser").agg(pl.col("seen_at").quantile(2 / 3, "nearest"))
    middle = thirds["seen_at"].min()
    assert isinstance(middle, datetime)  # somebody is known
    try:
        return model.judge(labelled, middle), ""
    except Refused as error:
        return None, error.detail

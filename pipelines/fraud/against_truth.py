"""The evaluation against known abusers: from an external truth, or from labels.

A truth states by Telegram id what each person is, as JSON lines: the simulator writes such a folder
(docs/shoppers.md). Only `kind`, `telegram_id` and `abuse` of the lines of kind `person` are read,
so another source can be written in the same way. Labels are the review queue's.
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
from pipelines.fraud.choices import LABELS
from pipelines.fraud.evaluation import Quality, qualities, scored_people
from pipelines.fraud.score import SUBJECT
from pipelines.postgres import Postgres

# A truth does not state when it was known; a person takes at least this long.
LABEL_DELAY = timedelta(hours=1)
_SCORES = """
SELECT shop_id, buyer_no, toString(abuse) AS abuse, max(score) AS score FROM fraud_score
GROUP BY shop_id, buyer_no, abuse
"""
_SIGNALS = """
SELECT shop_id, buyer_no, toString(rule) AS rule, max(s.value) AS value,
    maxOrNullIf(s.value, hour + INTERVAL 1 HOUR <= {split:DateTime64(3, 'UTC')}) AS value_by_split
FROM fraud_signal AS s WHERE (shop_id, buyer_no) IN (SELECT shop_id, buyer_no FROM people)
GROUP BY shop_id, buyer_no, rule
"""
_PEOPLE: dict[str, Any] = {
    "shop_id": pl.UInt32,
    "buyer_no": pl.UInt64,
    "abuse": pl.String,
    "seen_at": pl.Datetime("us", "UTC"),
    "labelled_at": pl.Datetime("us", "UTC"),
}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Results of the rules by abuse type, and of the model or the reason why there is none; and
    where the pictures are."""

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


def evaluate(clickhouse: ClickHouse, people: pl.DataFrame, pictures: Path) -> Evaluation:
    """Compares the stored scores with the known kind of each person, from `by_truth` or
    `by_labels`."""
    scored = scored_people(people.select(*SUBJECT, "abuse"), clickhouse.read(_SCORES))
    judged, no_model = _model(clickhouse, people)
    return Evaluation(qualities(scored), judged, no_model, plots.draw(scored, pictures))


def by_truth(postgres: Postgres, truth: Path, label_delay: timedelta = LABEL_DELAY) -> pl.DataFrame:
    """People from a folder of truth, each known `label_delay` after the first visit.

    Raises Refused if none of them is a shopper of this system.
    """
    abuse_of = read_truth(truth)

    async def known(connection: Connection) -> list[tuple[int, int, int, datetime]]:
        return await risk.by_telegram_id(connection, list(abuse_of))

    rows = postgres.run(known)
    if not rows:
        raise Refused(f"nobody of {truth} has been to these shops: is it another simulator's?")
    return pl.DataFrame(
        [
            (shop, buyer, abuse_of[person], seen, seen + label_delay)
            for shop, buyer, person, seen in rows
        ],
        schema=_PEOPLE,
        orient="row",
    )


def by_labels(postgres: Postgres) -> pl.DataFrame:
    """People with the decisions in the review queue and their times: the newest for each kind of
    abuse.

    A shopper with any confirmation is an abuser (of the kind confirmed last), one with only false
    positives is honest; `ignored` says nothing. Raises Refused without any.
    """
    labels = pl.DataFrame(postgres.run(risk.labels), schema=LABELS, orient="row")
    visits = {name: _PEOPLE[name] for name in (*SUBJECT, "seen_at")}
    seen = pl.DataFrame(postgres.run(risk.first_visits), schema=visits, orient="row")
    is_confirmed = pl.col("label") == "confirmed"
    people = (
        labels.filter(pl.col("label") != "ignored")
        .sort(is_confirmed, "labelled_at", descending=True)
        .unique(SUBJECT, keep="first", maintain_order=True)
        .join(seen, on=list(SUBJECT))
        .with_columns(abuse=pl.when(is_confirmed).then("abuse").otherwise(pl.lit("")))
        .select(list(_PEOPLE))
    )
    if people.is_empty():
        raise Refused("nobody has been confirmed or called a false positive yet")
    return people


def _model(clickhouse: ClickHouse, people: pl.DataFrame) -> tuple[model.Judgement | None, str]:
    labelled = people.with_columns(is_abuser=pl.col("abuse") != "")
    # Split at two thirds of the abusers or of the honest, whichever comes first, so that both
    # groups are on both sides.
    thirds = labelled.group_by("is_abuser").agg(pl.col("seen_at").quantile(2 / 3, "nearest"))
    middle = thirds["seen_at"].min()
    assert isinstance(middle, datetime)  # somebody is known
    signals = clickhouse.read(_SIGNALS, {"split": middle}, {"people": people.select(SUBJECT)})
    try:
        return model.judge(model.with_features(labelled, signals, middle), middle), ""
    except Refused as error:
        return None, error.detail

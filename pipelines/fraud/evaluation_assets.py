"""The evaluation as a Dagster asset with its pictures, and the check for leakage.

Its libraries take seconds to import, and every process of Dagster loads this file: so they are
imported when the asset is computed.
"""
# pylint: disable=import-outside-toplevel  # the reason stands in the docstring above

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import polars as pl
from pydantic import Field

from core.errors import Refused
from pipelines.clickhouse import ClickHouse
from pipelines.figures import OWNERS
from pipelines.fraud.schemas import QUALITY
from pipelines.metrics import columns
from pipelines.postgres import Postgres
from pipelines.resources import POOL
from pipelines.soundness import check_result, table, violations

if TYPE_CHECKING:
    from pipelines.fraud.against_truth import Evaluation


class Truth(dg.Config):
    """Where the truth about people comes from: a folder such as a simulator writes, or labels.

    `labels` uses the review queue's labels instead of a folder, each at its own time;
    `label_delay_seconds` is how long after a first visit a folder's truth counts as known.
    """

    folder: str = ""
    labels: bool = False
    pictures: str = "fraud-evaluation"
    label_delay_seconds: float = Field(3600, ge=0)


@dg.asset(
    deps=["fraud_signal", "fraud_score"],
    description="How good the scores are against a truth from outside (a simulator's) or what "
    "people decided in the review queue: precision, recall, average precision, AUROC and precision "
    "at k by abuse type, and beside the rules a model that learns from labels. It is trained on "
    "shoppers first seen before the split whose labels were known by then, by the hours that had "
    "ended by then, and judged on later ones.",
    metadata={"dagster/column_schema": columns(QUALITY)},
    owners=OWNERS,
    group_name="fraud_evaluation",
    kinds={"polars", "scikitlearn"},
    check_specs=[
        dg.AssetCheckSpec(
            "no_leakage",
            asset="fraud_evaluation",
            description="The model's AUROC is at most 0.99: above it, it has seen the answer, or "
            "the people are too easy to tell apart to learn anything from.",
        ),
        dg.AssetCheckSpec(
            "rows_are_sound",
            asset="fraud_evaluation",
            description="The qualities by abuse type.",
            blocking=True,
        ),
    ],
    retry_policy=dg.RetryPolicy(max_retries=2, delay=1, backoff=dg.Backoff.EXPONENTIAL),
    pool=POOL,
)
def fraud_evaluation(
    config: Truth,
    clickhouse: dg.ResourceParam[ClickHouse],
    postgres: dg.ResourceParam[Postgres],
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
    """Started by hand, with the truth's folder or with `labels`."""
    from pipelines.fraud.against_truth import by_labels, by_truth, evaluate

    if config.labels == bool(config.folder):
        raise dg.Failure("state the truth's `folder`, or `labels: true`", allow_retries=False)
    delay = timedelta(seconds=config.label_delay_seconds)
    try:
        people = (
            by_labels(postgres) if config.labels else by_truth(postgres, Path(config.folder), delay)
        )
    except Refused as error:
        raise dg.Failure(error.detail, allow_retries=False) from error
    made = evaluate(clickhouse, people, Path(config.pictures))
    rows = pl.DataFrame(made.rules)
    found = violations(QUALITY, rows)
    yield check_result("rows_are_sound", "fraud_evaluation", found, rows=rows.height)
    if found.height:
        raise dg.Failure("impossible values: see the check", allow_retries=False)
    yield leakage(made)
    yield dg.MaterializeResult(
        metadata={
            "rules": table(rows),
            "model": table(pl.DataFrame([made.model.quality])) if made.model else made.no_model,
            **{file.stem: dg.MetadataValue.md(_picture(file)) for file in made.pictures},
        }
    )


def leakage(made: "Evaluation") -> dg.AssetCheckResult:
    """Fails if the model is too good to be true; passes where there is none."""
    from pipelines.fraud.evaluation import LEAKAGE

    auroc = made.model.quality.auroc if made.model else None
    return dg.AssetCheckResult(
        check_name="no_leakage",
        passed=auroc is None or auroc <= LEAKAGE,
        description=made.no_model or f"AUROC {auroc:.4f}, at most {LEAKAGE} is believed",
    )


def _picture(file: Path) -> str:
    data = base64.b64encode(file.read_bytes()).decode()
    return f"![{file.stem}](data:image/png;base64,{data})"

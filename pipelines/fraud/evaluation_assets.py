"""The evaluation as a Dagster asset, with its pictures, and the tripwire for leakage.

What it needs takes seconds to import, and every process of Dagster loads this file: so it is
imported when the asset is made.
"""
# pylint: disable=import-outside-toplevel  # the reason stands in the docstring above

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import polars as pl

from pipelines.clickhouse import ClickHouse
from pipelines.figures import OWNERS
from pipelines.postgres import Postgres
from pipelines.resources import POOL
from pipelines.soundness import table

if TYPE_CHECKING:
    from pipelines.fraud.against_truth import Evaluation


class Truth(dg.Config):
    """Where it is known what people are; a simulator writes such a folder."""

    folder: str
    pictures: str = "fraud-evaluation"
    label_delay_seconds: float = 0


@dg.asset(
    deps=["fraud_signal", "fraud_score"],
    description="How good the scores are against a truth from outside (a simulator's): precision, "
    "recall, average precision, AUROC and precision at k by abuse type, and beside the rules a "
    "model that learns from labels. It is trained on shoppers first seen before the split whose "
    "labels were known by then, and judged on later ones.",
    owners=OWNERS,
    group_name="fraud_evaluation",
    kinds={"polars", "scikitlearn"},
    check_specs=[
        dg.AssetCheckSpec(
            "no_leakage",
            asset="fraud_evaluation",
            description="The model's AUROC is at most 0.99: above it, it has seen the answer, or "
            "the people are too easy to tell apart to learn anything from.",
        )
    ],
    pool=POOL,
)
def fraud_evaluation(
    config: Truth,
    clickhouse: dg.ResourceParam[ClickHouse],
    postgres: dg.ResourceParam[Postgres],
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
    """Started by hand, with the truth's folder."""
    from pipelines.fraud.against_truth import evaluate

    made = evaluate(
        clickhouse,
        postgres,
        Path(config.folder),
        Path(config.pictures),
        timedelta(seconds=config.label_delay_seconds),
    )
    yield leakage(made)
    yield dg.MaterializeResult(
        metadata={
            "rules": table(pl.DataFrame(made.rules)),
            "model": table(pl.DataFrame([made.model.quality])) if made.model else made.no_model,
            **{file.stem: dg.MetadataValue.md(_picture(file)) for file in made.pictures},
        }
    )


def leakage(made: "Evaluation") -> dg.AssetCheckResult:
    """Fails if the model is too good to be believed; passes where there is none."""
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

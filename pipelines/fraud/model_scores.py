"""What the models say of an hour's shoppers, and which features made them say so."""

import json
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from core.shop.fraud_models import ScoringModel
from pipelines.clickhouse import ClickHouse
from pipelines.fraud import forest
from pipelines.fraud.case_features import CASE, NAMES, labelled, read_features, words
from pipelines.fraud.schemas import MODEL_SCORE
from pipelines.metrics import shape
from pipelines.soundness import violations

TOLD_FROM = 0.4  # of a score: below nobody asks why
_TOLD, _LEAST_TOLD = 4, 0.1  # features at most; log-odds
_PEOPLE = """
SELECT DISTINCT hour, shop_id, buyer_no FROM fraud_signal
WHERE day = toDate({hour:DateTime64(3, 'UTC')}) AND hour = {hour:DateTime64(3, 'UTC')}
"""


def read_cases(clickhouse: ClickHouse, hour: datetime, labels: Any) -> pl.DataFrame:
    """The features of everybody with a signal in that hour; `labels` as `known_labels` gives them
    of the hour's end."""
    people = clickhouse.read(_PEOPLE, {"hour": hour})
    return read_features(clickhouse, people, labelled(labels))


def scored(cases: pl.DataFrame, models: list[ScoringModel]) -> pl.DataFrame:
    """A row for each case and model (`schemas.MODEL_SCORE`). A model whose features this version
    does not measure any more sees them as 0. Raises ValueError for a model that is not sound."""
    if cases.is_empty() or not models:
        return nobody()
    found = pl.concat([_scored(cases, model) for model in models])
    return shape(found.with_columns(day=pl.col("hour").dt.date()), MODEL_SCORE)


def scored_if_sound(
    cases: pl.DataFrame, models: list[ScoringModel]
) -> tuple[pl.DataFrame, dict[str, str]]:
    """As `scored`, without the models that are broken: what is wrong with each, by its number."""
    rows = [nobody()]
    broken: dict[str, str] = {}
    for model in models:
        try:
            found = scored(cases, [model])
            wrong = violations(MODEL_SCORE, found)
        except Exception as error:  # pylint: disable=broad-exception-caught  # the rules go on
            broken[str(model.id)] = f"{type(error).__name__}: {error}"
            continue
        if wrong.is_empty():
            rows.append(found)
        else:
            rules = ", ".join(wrong["rule"].unique(maintain_order=True).to_list())
            broken[str(model.id)] = f"{wrong.height} of its rows violate: {rules}"
    return pl.concat(rows), broken


def nobody() -> pl.DataFrame:
    """The rows of an hour without models."""
    types: dict[str, Any] = {
        name: column.dtype.type for name, column in MODEL_SCORE.columns.items()
    }
    return pl.DataFrame(schema=types)


def _scored(cases: pl.DataFrame, model: ScoringModel) -> pl.DataFrame:
    trees = forest.load(model.trees)
    if len(trees.usual) != len(model.features):
        raise ValueError(f"model {model.id} names {len(model.features)} features, not its trees'")
    absent = [pl.lit(0.0).alias(name) for name in model.features if name not in NAMES]
    features = cases.with_columns(absent).select(pl.col(model.features).cast(pl.Float32)).to_numpy()
    score = trees.probability(features)
    told = np.full(len(score), "[]", dtype=object)
    asked = np.flatnonzero(score >= TOLD_FROM)
    contributions = trees.contributions(features[asked])
    for place, weights in zip(asked, contributions, strict=True):
        told[place] = _told(model.features, features[place], weights)
    return cases.select(CASE).with_columns(
        model=pl.lit(model.id, pl.UInt32), score=pl.Series(score), told=pl.Series(list(told))
    )


def _told(names: list[str], values: Any, weights: Any) -> str:
    found: list[dict[str, Any]] = []
    for column in np.argsort(-weights, kind="stable"):
        if weights[column] < _LEAST_TOLD or len(found) == _TOLD:
            break
        if words(names[column]) is not None:
            found.append(
                {
                    "feature": names[column],
                    "value": float(values[column]),
                    "contribution": round(float(weights[column]), 4),
                }
            )
    return json.dumps(found)

"""A model that learns from labels, in addition to the rules and never instead of them.

It is trained only on the past: shoppers first seen before the split whose label was known by then.
It is evaluated on shoppers first seen later.
"""

from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from core.errors import Refused
from core.fraud_rules import MEASURED
from pipelines.fraud.evaluation import LEAKAGE, Quality, quality
from pipelines.fraud.score import SUBJECT

FEATURES = [rule.key for rule in MEASURED]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A model's quality on people that it has not seen, and whether it is too good to be true."""

    trained_on: int
    quality: Quality
    is_leaking: bool
    weights: dict[str, float]


def features(signals: pl.DataFrame) -> pl.DataFrame:
    """One row a shopper: the highest value of each rule, 0 without one."""
    wide = signals.pivot("rule", index=SUBJECT, values="value", aggregate_function="max")
    absent = [pl.lit(0.0).alias(name) for name in FEATURES if name not in wide.columns]
    return wide.with_columns(absent).select(*SUBJECT, pl.col(FEATURES).fill_null(0.0))


def with_features(people: pl.DataFrame, signals: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """`people` with `FEATURES` as far as they could be known: for people to learn from, before the
    split.

    `signals` has the highest `value` of a shopper and rule, and the highest of the hours that had
    ended by the split, `value_by_split`, null if there was none.
    """
    early = features(
        signals.drop_nulls("value_by_split").select(*SUBJECT, "rule", value="value_by_split")
    )
    is_early = pl.col("seen_at") < at
    sides = (
        people.filter(is_early).join(early, on=list(SUBJECT), how="left"),
        people.filter(~is_early).join(features(signals), on=list(SUBJECT), how="left"),
    )
    return pl.concat(sides).with_columns(pl.col(FEATURES).fill_null(0.0))


def split(people: pl.DataFrame, at: datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The people to learn from, and those to evaluate with.

    `people` has `seen_at` (first), `is_abuser` and `labelled_at`, null without a label. A label
    that was not known at the split is ignored.
    """
    early = people.filter(pl.col("seen_at") < at, pl.col("labelled_at") <= at)
    return early, people.filter(pl.col("seen_at") >= at, pl.col("labelled_at").is_not_null())


def judge(people: pl.DataFrame, at: datetime) -> Judgement:
    """Trains on people before the split and evaluates on those after it; `people` as in `split`,
    with `FEATURES`.

    Raises Refused if either side lacks abusers or honest people, or if none of the abusers to learn
    from was active in an hour that had ended by then.
    """
    early, late = split(people, at)
    for rows, side in ((early, "before"), (late, "after")):
        if rows["is_abuser"].n_unique() < 2:
            raise Refused(
                f"the model needs labelled abusers and honest people {side} {at:%Y-%m-%d %H:%M}: "
                f"there are {int(rows['is_abuser'].sum())} of {rows.height}"
            )
    seen = early.filter(
        pl.col("is_abuser"), pl.any_horizontal(pl.col(name) > 0 for name in FEATURES)
    )
    if seen.is_empty():
        raise Refused(
            f"the model has nothing to learn from: no hour in which abusers were seen had ended by "
            f"{at:%Y-%m-%d %H:%M}"
        )
    model = train(early)
    score = pl.Series(100 * model.predict_proba(late.select(FEATURES).to_numpy())[:, 1])
    found = quality("model", late["is_abuser"], score)
    regression: LogisticRegression = model.named_steps["logisticregression"]
    coefficients = regression.coef_[0]
    return Judgement(
        trained_on=early.height,
        quality=found,
        is_leaking=found.auroc is not None and found.auroc > LEAKAGE,
        weights=dict(zip(FEATURES, map(float, coefficients), strict=True)),
    )


def train(people: pl.DataFrame) -> Pipeline:
    """A logistic regression on standardised features; abusers and honest people have equal
    weight."""
    model = make_pipeline(
        StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000)
    )
    return model.fit(people.select(FEATURES).to_numpy(), people["is_abuser"].to_numpy())

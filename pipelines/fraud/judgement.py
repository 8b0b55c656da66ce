"""From signals to verdicts: by the highest score, unless an owner or a person decided otherwise.
Pure.

What the champion says may bring a shopper before a person, however much comes together; who is
held or blocked, the rules alone say, for the model has been taught from what the rules measured and
would count it twice.
"""

from datetime import timedelta

import polars as pl

from core.fraud_model_rules import MODEL_ABUSES
from core.fraud_rules import HELD
from pipelines.fraud.choices import Choices
from pipelines.fraud.schemas import CASE_KEY
from pipelines.fraud.score import HOURLY, SUBJECT, outcomes, reasons, scores

_HOUR = timedelta(hours=1)
_MOMENT = pl.Datetime("ms", "UTC")
_BELOW = 0.1  # points under the limit from which a bot acts: as far as the model raises a score


def judged(signals: pl.DataFrame, choices: Choices) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The verdicts and their reasons, from signals by hour and the present choices.

    Verdicts: one row for each shopper and abuse whose outcome is not simply allow, from the hour
    with the highest score, or that an owner allowed or a person decided otherwise: `score`,
    `outcome`, `seen_at` (the end of that hour) and `since` (the end of the first hour with such a
    score, null if none). A confirmed shopper needs no signals: `score` and `seen_at` are then the
    label's. Shadow rules do not count.
    """
    found = reasons(signals, choices.rules, choices.snoozes).filter(~pl.col("is_shadow"))
    scored = hourly_scores(found, choices.limits)
    worst = (
        scored.sort(*CASE_KEY, "score", "hour", descending=[False] * 3 + [True] * 2)
        .unique(CASE_KEY, keep="first", maintain_order=True)
        .with_columns(seen_at=pl.col("hour") + _HOUR)
    )
    labels = choices.labels.select(*CASE_KEY, "label")
    rated = outcomes(
        pl.concat([worst, _confirmed(worst, choices)]),
        choices.limits,
        choices.allowed.clear(),
        HELD,
    ).join(labels, on=list(CASE_KEY), how="left")
    final = (
        rated.filter((pl.col("outcome") != "allow") | (pl.col("label") == "confirmed"))
        .join(choices.allowed.with_columns(is_allowed=True), on=list(SUBJECT), how="left")
        .with_columns(outcome=_by_people())
        .pipe(_within_capacity, choices.capacity)
        .join(_first_hours(scored, choices.limits), on=list(CASE_KEY), how="left")
        .drop("label", "is_allowed")
        .sort(CASE_KEY)
    )
    why = found.join(final.select(*CASE_KEY, "hour"), on=[*CASE_KEY, "hour"], how="semi")
    return final, why.sort(*CASE_KEY, "rule")


def hourly_scores(found: pl.DataFrame, limits: pl.DataFrame) -> pl.DataFrame:
    """As `score.scores`, but where the rules alone stay below the shop's block limit, the model
    raises no score to it. `found` has no shadow rules."""
    by_rules = scores(found.filter(~pl.col("rule").is_in(list(MODEL_ABUSES))))
    alone = pl.col("by_rules").fill_null(0.0)
    ceiling = pl.max_horizontal(alone, pl.col("block") - _BELOW)
    together = pl.col("score")
    return (
        scores(found)
        .drop("shadow_score")
        .join(
            by_rules.select(*HOURLY, "abuse", by_rules="score"),
            on=[*HOURLY, "abuse"],
            how="left",
        )
        .join(limits.select("shop_id", "block"), on="shop_id")
        .with_columns(
            score=pl.when(alone >= pl.col("block"))
            .then(together)
            .otherwise(pl.min_horizontal(together, ceiling))
        )
        .drop("by_rules", "block")
        .sort(*HOURLY, "abuse")
    )


def _within_capacity(decided: pl.DataFrame, capacity: pl.DataFrame) -> pl.DataFrame:
    """Where a shop wants that, of the cases of each day (UTC) that wait for a person only so many
    are left, the highest scores. Who is allowed, held or blocked, or was decided about, does not
    wait and takes no place."""
    waits = (pl.col("outcome") == "review") & pl.col("label").is_null()
    place = pl.struct(-pl.col("score"), "buyer_no", "abuse").rank("ordinal")
    day = pl.col("seen_at").dt.offset_by("-1h").dt.date()
    is_beyond = waits & (place.over("shop_id", waits, day) > pl.col("reviews_a_day"))
    return (
        decided.join(capacity, on="shop_id", how="left")
        .filter(~is_beyond.fill_null(False))
        .drop("reviews_a_day")
    )


def _confirmed(worst: pl.DataFrame, choices: Choices) -> pl.DataFrame:
    """Shoppers whom a person has confirmed and no rule detects (any more), in the shape of
    `worst`."""
    unseen = choices.labels.filter(pl.col("label") == "confirmed").join(
        worst, on=list(CASE_KEY), how="anti"
    )
    return unseen.with_columns(
        pl.col("score").fill_null(0.0),
        hour=pl.lit(None, _MOMENT),
        seen_at=pl.col("labelled_at").cast(_MOMENT),
    ).select(worst.columns)


def _by_people() -> pl.Expr:
    top = pl.when(pl.col("abuse").is_in(HELD)).then(pl.lit("hold")).otherwise(pl.lit("block"))
    return (
        pl.when(pl.col("is_allowed").fill_null(False) | (pl.col("label") == "false_positive"))
        .then(pl.lit("allow"))
        .when(pl.col("label") == "confirmed")
        .then(top)
        .otherwise("outcome")
    )


def _first_hours(scored: pl.DataFrame, limits: pl.DataFrame) -> pl.DataFrame:
    return (
        scored.join(limits, on="shop_id")
        .filter(pl.col("score") >= pl.col("block"))
        .group_by(CASE_KEY)
        .agg(since=pl.col("hour").min() + _HOUR)
    )

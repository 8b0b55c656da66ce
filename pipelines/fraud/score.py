"""The score: 100·(1 − Π(1 − wᵢ·xᵢ)) by subject and abuse, with its reasons. Pure functions of
frames.

A signal's strength x rises from 0 at `start` to 1 at `threshold`. Factors are multiplied in the
order of the rules' names, so that the same signals give the same bits wherever they are computed.
"""

from typing import Any

import polars as pl

SUBJECT = ("shop_id", "buyer_no")
HOURLY = ("hour", *SUBJECT)
SIGNALS: dict[Any, Any] = {
    "shop_id": pl.UInt32,
    "buyer_no": pl.UInt64,
    "rule": pl.String,
    "value": pl.Float64,
}  # and `hour`
SNOOZES = {"shop_id": pl.UInt32, "buyer_no": pl.UInt64, "rule": pl.String}


def strength(value: pl.Expr, start: pl.Expr, threshold: pl.Expr) -> pl.Expr:
    """x in [0, 1]: 0 up to `start`, 1 from `threshold` on, linear in between; never falls."""
    rise = ((value - start) / (threshold - start)).clip(0, 1)
    return pl.when(value >= threshold).then(1.0).when(value <= start).then(0.0).otherwise(rise)


def combined(points: pl.Expr) -> pl.Expr:
    """The score of several signals, each given as the score that it would give alone; 0 to 100."""
    return 100 * (1 - (1 - points / 100).product())


def reasons(signals: pl.DataFrame, rules: pl.DataFrame, snoozes: pl.DataFrame) -> pl.DataFrame:
    """The contribution of each signal: one row for each hour, subject and rule whose strength is
    above 0.

    `signals` is of `SIGNALS`, `rules` of `rules.rules_of_shops`; `snoozes` are the subjects' rules
    that are ignored at present. `contribution` is the score that this signal alone would give.
    """
    x = strength(pl.col("value"), pl.col("start"), pl.col("threshold"))
    return (
        signals.join(rules, on=["shop_id", "rule"])
        .join(snoozes, on=[*SUBJECT, "rule"], how="anti")
        .with_columns(
            contribution=100 * (pl.col("weight") * x),
            is_hit=pl.col("value") >= pl.col("threshold"),
        )
        .filter(pl.col("contribution") > 0)
        .select(
            *HOURLY,
            *("abuse", "rule", "version", "value", "threshold", "window_seconds", "weight"),
            *("contribution", "is_hit", "is_shadow"),
        )
        .sort(*HOURLY, "rule")
    )


def scores(found: pl.DataFrame) -> pl.DataFrame:
    """The scores from `reasons` by hour, subject and abuse.

    `score` is that of the rules that count, `shadow_score` that of all of them. A subject with
    signals of shadow rules only has the score 0.
    """
    points = pl.col("contribution").sort_by("rule")
    counted = points.filter(~pl.col("is_shadow").sort_by("rule"))
    return (
        found.group_by(*HOURLY, "abuse")
        .agg(score=combined(counted), shadow_score=combined(points))
        .sort(*HOURLY, "abuse")
    )


def outcomes(
    scored: pl.DataFrame,
    limits: pl.DataFrame,
    allowed: pl.DataFrame,
    decided_by_people: frozenset[str],
) -> pl.DataFrame:
    """Adds `outcome`: allow, review, hold or block.

    `limits` has each shop's `review` and `block`; subjects in `allowed` are allowed whatever the
    score. Abuses in `decided_by_people` are never blocked by a score, but put on hold until a
    person decides.
    """
    at_top = (
        pl.when(pl.col("abuse").is_in(decided_by_people))
        .then(pl.lit("hold"))
        .otherwise(pl.lit("block"))
    )
    is_allowed = pl.col("is_allowed").fill_null(False)
    return (
        scored.join(limits, on="shop_id")
        .join(allowed.with_columns(is_allowed=True), on=list(SUBJECT), how="left")
        .with_columns(
            outcome=pl.when(is_allowed | (pl.col("score") < pl.col("review")))
            .then(pl.lit("allow"))
            .when(pl.col("score") < pl.col("block"))
            .then(pl.lit("review"))
            .otherwise(at_top)
        )
        .drop("review", "block", "is_allowed")
        .sort(*[name for name in HOURLY if name in scored.columns], "abuse")
    )

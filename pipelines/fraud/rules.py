"""The rules (`core.fraud_rules`) as frames, with what shops have changed about them."""

from collections.abc import Sequence

import polars as pl

from core.fraud_rules import RULES, Rule

OVERRIDES = {
    "shop_id": pl.UInt32,
    "rule": pl.String,
    "is_on": pl.Boolean,
    "is_shadow": pl.Boolean,
    "weight": pl.Float64,
    "threshold": pl.Float64,
}


def rules_frame(rules: Sequence[Rule] = RULES) -> pl.DataFrame:
    """The rules as a frame, one row each; `start` is the value up to which x is 0."""
    return pl.DataFrame(
        {
            "rule": [rule.key for rule in rules],
            "abuse": [rule.abuse for rule in rules],
            "version": pl.Series([rule.version for rule in rules], dtype=pl.UInt16),
            "weight": [float(rule.weight) for rule in rules],
            "threshold": [float(rule.threshold) for rule in rules],
            "start_share": [float(rule.start) for rule in rules],
            "window_seconds": pl.Series([rule.window_seconds for rule in rules], dtype=pl.UInt32),
            "is_shadow": [rule.is_shadow for rule in rules],
        }
    )


def rules_of_shops(
    shops: pl.DataFrame, overrides: pl.DataFrame, rules: Sequence[Rule] = RULES
) -> pl.DataFrame:
    """Each shop's rules that are on: `rules_frame` with `shop_id`, with its `OVERRIDES` applied."""
    own = ("is_shadow", "weight", "threshold")
    joined = (
        shops.select("shop_id")
        .join(rules_frame(rules), how="cross")
        .join(overrides, on=["shop_id", "rule"], how="left", suffix="_own")
    )
    return (
        joined.filter(pl.col("is_on").fill_null(True))
        .with_columns(pl.coalesce(f"{name}_own", name).alias(name) for name in own)
        .with_columns(start=pl.col("start_share") * pl.col("threshold"))
        .drop("start_share", "is_on", *(f"{name}_own" for name in own))
    )

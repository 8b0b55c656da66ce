"""Raw and clean: the same figures for everybody, and without flagged fraud.

Figures have few rows, so both variants are in the same table, distinguished by a column; their
inputs are read once.
"""

from collections.abc import Callable, Mapping

import polars as pl

from pipelines.clickhouse import ClickHouse

FLAGGED = {"shop_id": pl.UInt32, "buyer_no": pl.UInt64}

_VERDICTS = "SELECT shop_id, buyer_no FROM fraud_verdict FINAL WHERE verdict = 'fraud'"


def read_flagged(clickhouse: ClickHouse) -> pl.DataFrame:
    """Shoppers whom the clean variant leaves out, according to the latest published verdicts."""
    return clickhouse.read(_VERDICTS)


def without(frame: pl.DataFrame, flagged: pl.DataFrame) -> pl.DataFrame:
    """The rows that belong to nobody or to shoppers who are not flagged."""
    if "buyer_no" not in frame.columns:
        return frame
    return frame.join(flagged, on=["shop_id", "buyer_no"], how="anti")


def by_variant(
    compute: Callable[[Mapping[str, pl.DataFrame]], pl.DataFrame],
    inputs: Mapping[str, pl.DataFrame],
    flagged: pl.DataFrame,
) -> pl.DataFrame:
    """The rows of both variants, with the column `variant`.

    Inputs that have that column themselves (earlier figures) are split by it.
    """

    def variant(name: str, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
        own = {
            key: frame.filter(pl.col("variant") == name).drop("variant")
            if "variant" in frame.columns
            else frame
            for key, frame in frames.items()
        }
        return compute(own).with_columns(variant=pl.lit(name))

    clean = {key: without(frame, flagged) for key, frame in inputs.items()}
    is_same = all(
        "variant" not in frame.columns and clean[key].height == frame.height
        for key, frame in inputs.items()
    )
    if is_same:  # none of them is flagged
        raw = variant("raw", inputs)
        return pl.concat([raw, raw.with_columns(variant=pl.lit("clean"))])
    return pl.concat([variant("raw", inputs), variant("clean", clean)])

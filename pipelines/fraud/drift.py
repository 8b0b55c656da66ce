"""Drift: how far features and scores are spread otherwise than when a model was trained.

The population stability index, Σ (now − then)·ln(now ÷ then) over the tenths of then: below 0.1
nothing has changed, above 0.25 the model sees another world (Siddiqi, Credit Risk Scorecards).
"""

from typing import Any

import numpy as np
import polars as pl

from pipelines.fraud.trailing import Numbers

MOVED, DRIFTED = 0.1, 0.25
LEAST = 200  # rows on either side, below which an index says nothing
_LEAST_SHARE = 1e-4


def reference_of(rows: pl.DataFrame) -> dict[str, Any]:
    """For each column the edges of its tenths, and the share of rows in each."""
    found = {}
    for name in rows.columns:
        values = rows[name].cast(pl.Float64).to_numpy()
        tenths = np.quantile(values, np.linspace(0.1, 0.9, 9)) if len(values) else np.zeros(0)
        edges = np.unique(tenths)
        found[name] = {"edges": edges.tolist(), "shares": _shares(values, edges).tolist()}
    return {"rows": rows.height, "columns": found}


def indices(reference: dict[str, Any], rows: pl.DataFrame) -> dict[str, float]:
    """The index of each column of `rows` that the reference knows, the largest first; nothing if
    either side has too few rows."""
    if min(rows.height, reference.get("rows", 0)) < LEAST:
        return {}
    found = {}
    for name, then in reference["columns"].items():
        if name in rows.columns:
            now = _shares(rows[name].cast(pl.Float64).to_numpy(), np.asarray(then["edges"]))
            found[name] = _index(np.asarray(then["shares"]), now)
    return dict(sorted(found.items(), key=lambda each: -each[1]))


def _shares(values: Numbers, edges: Numbers) -> Numbers:
    counts = np.bincount(np.searchsorted(edges, values, "left"), minlength=len(edges) + 1)
    shares: Numbers = counts / max(1, len(values))
    return shares


def _index(then: Numbers, now: Numbers) -> float:
    then, now = np.maximum(then, _LEAST_SHARE), np.maximum(now, _LEAST_SHARE)
    return float(np.sum((now - then) * np.log(now / then)))

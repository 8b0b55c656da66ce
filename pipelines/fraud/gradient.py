"""Gradient boosting on labels: trained, calibrated on later ones, and explained feature by feature.

The trees are scikit-learn's histogram ones; calibration is Platt's, a logistic regression on the
trees' log-odds, because a queue has too few labels for more.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from pipelines.fraud.forest import Calibration, Forest, Matrix, Model
from pipelines.fraud.trailing import Numbers

LEAST_OF_EACH = 20  # labels of either kind, below which nothing is learnt
_LEARNT_SHARE = 0.8  # the earlier part, while later labels calibrate


def is_learnable(labels: Numbers) -> bool:
    """Whether there are enough of both kinds."""
    frauds = int(labels.sum())
    return min(frauds, len(labels) - frauds) >= LEAST_OF_EACH


def fit(features: Matrix, labels: Numbers, calibration: Calibration | None = None) -> Model:
    """Trains on rows in the order of time. Without a `calibration` from elsewhere, trees of the
    earlier four fifths are calibrated on the rest first."""
    if calibration is None:
        edge = int(_LEARNT_SHARE * len(labels))
        calibration = Calibration()
        if is_learnable(labels[:edge]):
            early = grown(features[:edge], labels[:edge])
            calibration = calibrated(early.decision_function(features[edge:]), labels[edge:])
    usual = _usual(features[labels == 0])
    return Model(grown(features, labels), calibration, usual)


def _usual(honest: Matrix) -> npt.NDArray[np.float32]:
    """The median of each feature; missing where it is missing for most."""
    found = np.full(honest.shape[1], np.nan, dtype=np.float32)
    is_common = np.isfinite(honest).mean(axis=0) > 0.5
    found[is_common] = np.nanmedian(honest[:, is_common], axis=0)
    return found


def calibrated(odds: Numbers, labels: Numbers) -> Calibration:
    """From log-odds given before the labels were known; as they are if there are too few."""
    if not is_learnable(labels):
        return Calibration()
    regression = LogisticRegression(C=1e6).fit(odds[:, None], labels)
    slope = float(regression.coef_[0, 0])
    # A slope of 0 or below would turn the order round: then the odds say nothing.
    return Calibration(slope, float(regression.intercept_[0])) if slope > 0 else Calibration()


def grown(features: Matrix, labels: Numbers) -> HistGradientBoostingClassifier:
    """The trees alone."""
    # Few rows need small leaves, and bear few trees.
    leaf = int(np.clip(len(labels) // 2000, 5, 50))
    trees_at_most = int(np.clip(len(labels) // 200, 40, 120))
    trees = HistGradientBoostingClassifier(
        max_iter=trees_at_most,
        learning_rate=0.08,
        max_leaf_nodes=31,
        min_samples_leaf=leaf,
        l2_regularization=5.0,
        early_stopping=False,
        random_state=0,
    )
    return trees.fit(features, labels)


def portable(model: Model) -> Model:
    """The same with its trees as plain arrays, which can be stored."""
    trees = model.trees
    assert isinstance(trees, HistGradientBoostingClassifier)
    # pylint: disable-next=protected-access  # the library has no other way out than pickle
    predictors: list[list[Any]] = trees._predictors
    # pylint: disable-next=protected-access
    baseline = float(np.ravel(trees._baseline_prediction)[0])
    nodes_of = [each[0].nodes for each in predictors]
    roots = np.concatenate([[0], np.cumsum([len(nodes) for nodes in nodes_of])])[:-1].astype(
        np.int64
    )
    nodes = np.concatenate(nodes_of)
    of_tree = np.repeat(roots, [len(each) for each in nodes_of])
    is_inner = nodes["is_leaf"] == 0
    return replace(
        model,
        trees=Forest(
            baseline=baseline,
            roots=roots,
            feature=np.where(is_inner, nodes["feature_idx"], 0).astype(np.int64),
            threshold=nodes["num_threshold"].astype(np.float64),
            misses_left=nodes["missing_go_to_left"] == 1,
            left=np.where(is_inner, nodes["left"] + of_tree, 0).astype(np.int64),
            right=np.where(is_inner, nodes["right"] + of_tree, 0).astype(np.int64),
            value=nodes["value"].astype(np.float64),
        ),
    )

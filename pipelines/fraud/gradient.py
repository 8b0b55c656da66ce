"""Gradient boosting on labels: trained, calibrated on later ones, and explained feature by feature.

The trees are scikit-learn's histogram ones; calibration is Platt's, a logistic regression on the
trees' log-odds, because a queue has too few labels for more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from pipelines.fraud.trailing import Numbers

Matrix: TypeAlias = npt.NDArray[np.float32]
LEAST_OF_EACH = 20  # labels of either kind, below which nothing is learnt
_LEARNT_SHARE = 0.8  # the earlier part, while later labels calibrate
_AT_ONCE = 200_000


@dataclass(frozen=True, slots=True)
class Calibration:
    """From the trees' log-odds to a probability: 1 ÷ (1 + e^−(slope·x + shift))."""

    slope: float = 1.0
    shift: float = 0.0

    def probability(self, odds: Numbers) -> Numbers:
        found: Numbers = 1 / (1 + np.exp(-np.clip(self.slope * odds + self.shift, -50, 50)))
        return found


@dataclass(frozen=True, slots=True)
class Model:
    """Trees, and how their log-odds become probabilities; `usual` is what each feature is among the
    honest, for explanations."""

    trees: HistGradientBoostingClassifier
    calibration: Calibration
    usual: npt.NDArray[np.float32]

    def odds(self, features: Matrix) -> Numbers:
        """Log-odds, not calibrated; as many rows at once as memory allows."""
        parts = [self.trees.decision_function(rows) for rows in _pieces(features)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def probability(self, features: Matrix) -> Numbers:
        return self.calibration.probability(self.odds(features))

    def contributions(self, features: Matrix) -> Numbers:
        """For each row and feature by how much the log-odds would fall if it were as usual."""
        odds = self.odds(features)
        found = np.zeros(features.shape)
        for column, usual in enumerate(self.usual):
            changed = features.copy()
            changed[:, column] = usual
            found[:, column] = odds - self.odds(changed)
        return found


def _pieces(features: Matrix) -> Iterator[Matrix]:
    for start in range(0, len(features), _AT_ONCE):
        yield features[start : start + _AT_ONCE]


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
            early = _grown(features[:edge], labels[:edge])
            calibration = calibrated(early.decision_function(features[edge:]), labels[edge:])
    usual = _usual(features[labels == 0])
    return Model(_grown(features, labels), calibration, usual)


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


def _grown(features: Matrix, labels: Numbers) -> HistGradientBoostingClassifier:
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

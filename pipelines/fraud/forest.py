"""Trees as plain arrays: what a stored model consists of, and how it scores.

A stored model is an npz file read without pickle, so that nothing in the database can run code,
and needs no library that grew the trees. The model's other parts are arrays of the same file.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from pipelines.fraud.trailing import Numbers

Matrix: TypeAlias = npt.NDArray[np.float32]
_AT_ONCE = 200_000


class Trees(Protocol):
    """Whatever gives log-odds."""

    def decision_function(self, features: Matrix, /) -> Numbers:
        """Log-odds of each row."""


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees one after another, the root of each at its place in `roots`; a leaf has no `left` (0).

    A row goes left where its feature is at most `threshold`, or is missing and `misses_left`.
    """

    baseline: float
    roots: npt.NDArray[np.int64]
    feature: npt.NDArray[np.int64]
    threshold: npt.NDArray[np.float64]
    misses_left: npt.NDArray[np.bool_]
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]

    def decision_function(self, features: Matrix, /) -> Numbers:
        """Log-odds of each row."""
        found = np.full(len(features), self.baseline)
        rows = np.arange(len(features))
        for root in self.roots:
            place = np.full(len(features), root)
            moving = rows
            while len(moving := moving[self.left[place[moving]] > 0]):
                at = place[moving]
                seen = features[moving, self.feature[at]].astype(float)
                is_left = np.where(np.isnan(seen), self.misses_left[at], seen <= self.threshold[at])
                place[moving] = np.where(is_left, self.left[at], self.right[at])
            found += self.value[place]
        return found

    def check(self, features: int) -> None:
        """Raises ValueError unless every walk ends and every column is there."""
        inner = np.flatnonzero(self.left)
        size = len(self.value)
        for child in (self.left[inner], self.right[inner]):
            if np.any(child <= inner) or np.any(child >= size):
                raise ValueError("a branch of the model leads nowhere")
        if np.any(self.feature[inner] >= features) or np.any(self.roots >= size):
            raise ValueError("the model asks for features that it does not name")


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

    trees: Trees
    calibration: Calibration
    usual: npt.NDArray[np.float32]

    @property
    def is_calibrated(self) -> bool:
        """Whether there were labels to calibrate it on; else its scores are the trees' own."""
        return self.calibration != Calibration()

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


_ARRAYS = ("roots", "feature", "threshold", "misses_left", "left", "right", "value")


def dump(model: Model) -> bytes:
    """The model, whose trees are a `Forest`, as an npz file."""
    assert isinstance(model.trees, Forest)
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        usual=model.usual,
        numbers=[model.trees.baseline, model.calibration.slope, model.calibration.shift],
        **{name: getattr(model.trees, name) for name in _ARRAYS},
    )
    return buffer.getvalue()


def load(data: bytes) -> Model:
    """Raises ValueError if the file is no sound model."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as held:
            arrays = {name: held[name] for name in (*_ARRAYS, "numbers", "usual")}
        baseline, slope, shift = (float(number) for number in arrays.pop("numbers"))
        usual = arrays.pop("usual")
        forest = Forest(baseline, **arrays)
    except (BadZipFile, EOFError, KeyError, OSError, TypeError, ValueError) as error:
        raise ValueError(f"these are no trees: {error}") from error
    forest.check(len(usual))
    return Model(forest, Calibration(slope, shift), usual)

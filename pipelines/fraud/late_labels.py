"""Transactions with labels that come late: scored by models that had only labels known by then.

Every seven days of the file's own time a model is trained on the transactions whose label was known
at that moment, and scores those of the seven days that follow. What earlier models said of those
whose labels have come in since calibrates the next one. Before there are enough, rules score.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.metrics import average_precision_score, roc_auc_score

from core.errors import Refused
from core.fraud_rules import REVIEW
from pipelines.fraud import gradient, transactions
from pipelines.fraud.evaluation import LEAKAGE
from pipelines.fraud.forest import Matrix
from pipelines.fraud.trailing import Integers, Numbers
from pipelines.fraud.transaction_features import NAMES, features
from pipelines.fraud.transactions import DAY, RULES, SCORED_BY, Transactions

_STEP = 7 * DAY
_LEARNT_FROM = 90 * DAY
MOST_ROWS = 400_000
_LEAST_TOLD = 0.1  # of log-odds


@dataclass(frozen=True, slots=True)
class Walk:
    """How it went: how many models, and how good their scores were where labels are known by the
    file's end; None where that cannot be said."""

    models: int
    scored: int
    auroc: float | None
    average_precision: float | None

    def lines(self) -> list[str]:
        """The same in words."""
        if not self.models:
            return [
                f"too few labels were known in time for a model (at least {gradient.LEAST_OF_EACH} "
                "frauds and as many honest): rules scored everything"
            ]
        found = [f"{self.models} models scored {self.scored} transactions, rules the earlier ones"]
        if self.auroc is not None:
            found.append(
                f"where labels are known by now: AUROC {self.auroc:.3f}, average precision "
                f"{self.average_precision:.3f}"
            )
        if self.is_leaking:
            found.append("LEAKAGE? The AUROC is above 0.99: does a column give the answer away?")
        return found

    @property
    def is_leaking(self) -> bool:
        """Too good to be true: a column of the file may give the answer away."""
        return self.auroc is not None and self.auroc > LEAKAGE


def score(
    rows: pl.DataFrame, label: pl.Series, label_delay: timedelta
) -> tuple[pl.DataFrame, Walk]:
    """As `transactions.score`, with a model's probabilities (in percent) once there is one.

    `label` is 1, 0 or null, known `label_delay` after its transaction. Raises Refused if none is
    known before the last transaction.
    """
    delay = max(1, label_delay // timedelta(microseconds=1))
    known = Transactions(rows)
    measured = transactions.measure(known)
    weighted = transactions.points(known, measured)
    if known.at.size == 0 or known.at.max() - known.at.min() <= delay:
        raise Refused(
            "no label was known before the last transaction: the file covers less time than "
            "--label-delay"
        )
    truth = label.cast(pl.Float64).fill_null(float("nan")).to_numpy()[known.place]
    table = features(known, measured, truth, delay)
    combined = 100 * (1 - np.prod(1 - weighted, axis=1))
    walked = _walk(known.at, table, truth, delay)
    is_scored = np.isfinite(walked.probability)
    combined[is_scored] = 100 * walked.probability[is_scored]
    by = pl.Series("scored_by", known.in_rows(is_scored.astype(np.int64)))
    found = rows.hstack(
        [
            *(pl.Series(rule.key, known.in_rows(measured[rule.key])) for rule in RULES),
            pl.Series("score", known.in_rows(combined)),
            by.replace_strict(dict(enumerate(SCORED_BY)), return_dtype=pl.String),
            _reasons(known, weighted, is_scored, walked),
        ]
    )
    return found, _judged(known.at, walked, truth, delay)


@dataclass(slots=True)
class _Walked:
    probability: Numbers
    odds: Numbers
    told: list[tuple[Integers, pl.Series]]
    models: int = 0


def _reasons(
    known: Transactions, weighted: Numbers, is_scored: npt.NDArray[np.bool_], walked: _Walked
) -> pl.Series:
    """The rules' where rules scored; the model's where it did and the score is to be reviewed."""
    by_rules = np.where(is_scored[:, None], 0, weighted)
    reasons = transactions.in_words(known.in_rows(by_rules), [rule.key for rule in RULES])
    for told, texts in walked.told:
        reasons = reasons.scatter(known.place[told], texts)
    return reasons


def _walk(at: Integers, table: Matrix, truth: Numbers, delay: int) -> _Walked:
    walked = _Walked(np.full(len(at), np.nan), np.full(len(at), np.nan), [])
    order = np.argsort(at, kind="stable")
    times = at[order]
    begin = int(times[0])
    while begin <= times[-1]:
        low, high = np.searchsorted(times, [begin, begin + _STEP], "left")
        now = order[low:high]
        if len(now):
            learnt = order[slice(*np.searchsorted(times, [begin - _LEARNT_FROM, begin - delay]))]
            learnt = learnt[np.isfinite(truth[learnt])][-MOST_ROWS:]
            if gradient.is_learnable(truth[learnt]):
                _score_period(walked, table, truth, learnt, now)
        begin += _STEP
    return walked


def _score_period(
    walked: _Walked, table: Matrix, truth: Numbers, learnt: Integers, now: Integers
) -> None:
    earlier = learnt[np.isfinite(walked.odds[learnt])]
    calibration = None
    if gradient.is_learnable(truth[earlier]):
        calibration = gradient.calibrated(walked.odds[earlier], truth[earlier])
    model = gradient.fit(table[learnt], truth[learnt], calibration)
    walked.models += 1
    walked.odds[now] = model.odds(table[now])
    walked.probability[now] = model.calibration.probability(walked.odds[now])
    told = now[100 * walked.probability[now] >= REVIEW]
    if len(told):
        contributions = model.contributions(table[told])
        contributions[contributions < _LEAST_TOLD] = 0
        walked.told.append((told, transactions.in_words(contributions, list(NAMES))))


def _judged(at: Integers, walked: _Walked, truth: Numbers, delay: int) -> Walk:
    is_judged = np.isfinite(walked.probability) & np.isfinite(truth)
    is_judged &= at + delay <= at.max()
    labels, scores = truth[is_judged], walked.probability[is_judged]
    scored = int(np.isfinite(walked.probability).sum())
    if len(np.unique(labels)) < 2:
        return Walk(walked.models, scored, None, None)
    return Walk(
        walked.models,
        scored,
        float(roc_auc_score(labels, scores)),
        float(average_precision_score(labels, scores)),
    )

"""How well scores tell those who hide from the innocent, for one world."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import average_precision_score, roc_curve

from bench.hard_worlds.records import ABUSERS, INNOCENTS

# Under which type of abuse a kind should be found.
OWN_TYPE = {
    "slow_flood": "flood",
    "click_farm": "traffic",
    "resellers": "stock",
    "carding": "payment",
    "refunds": "refund",
    "stock_holding": "stock",
    "promo_guessing": "promo",
    "slow_scraping": "scrape",
}
_FALSE_POSITIVES = 0.01
_RANKS = {"allow": 0, "review": 1, "hold": 2, "block": 3}


@dataclass(frozen=True, slots=True)
class Caught:
    """Of one kind: `average_precision` and `recall` (at a false positive rate of 1 %) by the score
    of its own type, `by_any` the average precision by the highest score of any type; the shares
    that reached review (or more) and block."""

    average_precision: float
    recall: float
    by_any: float
    reviewed: float
    blocked: float


@dataclass(frozen=True, slots=True)
class Judged:
    """What the job said: the highest score by person and type, the worst outcome by person."""

    scores: Mapping[tuple[int, str], float]
    outcomes: Mapping[int, str]


def caught(kinds: Mapping[int, str], judged: Judged) -> dict[str, Caught]:
    """Each kind of abuser against all innocents."""
    return {kind: _caught(kind, kinds, judged) for kind in ABUSERS}


def _caught(kind: str, kinds: Mapping[int, str], judged: Judged) -> Caught:
    people = [who for who, each in kinds.items() if each == kind or each in INNOCENTS]
    truth = np.array([kinds[who] == kind for who in people])
    own = np.array([judged.scores.get((who, OWN_TYPE[kind]), 0.0) for who in people])
    highest = _highest(judged)
    any_type = np.array([highest.get(who, 0.0) for who in people])
    false, true, _ = roc_curve(truth, own, drop_intermediate=False)
    hidden = [who for who in people if kinds[who] == kind]
    return Caught(
        float(average_precision_score(truth, own)),
        float(true[false <= _FALSE_POSITIVES].max()),
        float(average_precision_score(truth, any_type)),
        reached(hidden, judged, "review"),
        reached(hidden, judged, "block"),
    )


def _highest(judged: Judged) -> dict[int, float]:
    found: dict[int, float] = {}
    for (who, _), score in judged.scores.items():
        found[who] = max(score, found.get(who, 0.0))
    return found


def troubled(
    kinds: Mapping[int, str], judged: Judged
) -> dict[str, tuple[int, float, float, float]]:
    """By kind of innocent: how many, and the shares that reached review, hold and block."""
    found = {}
    for kind in INNOCENTS:
        people = [who for who, each in kinds.items() if each == kind]
        shares = [reached(people, judged, each) for each in ("review", "hold", "block")]
        found[kind] = (len(people), shares[0], shares[1], shares[2])
    return found


def reached(people: list[int], judged: Judged, outcome: str) -> float:
    """The share whose worst outcome was that or a harder one."""
    hard = [_RANKS[judged.outcomes.get(who, "allow")] >= _RANKS[outcome] for who in people]
    return sum(hard) / max(1, len(people))


def harder(one: str, other: str) -> str:
    """The harder of two outcomes."""
    return max(one, other, key=_RANKS.__getitem__)

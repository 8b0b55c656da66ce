"""Which of the owner's questions a shopper may have meant, by the stems of their words.

A word counts the more, the fewer of the questions have it: ln(1 + questions ÷ questions that have
it). What is alike is the share of a question's weight that was asked, and the share of what was
asked that the question or its answer has.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from core.shop.catalogue_search import distance

LEAST = 0.35
_TYPO, _IN_ANSWER = 0.8, 0.4
_OF_QUESTION, _OF_ASKED = 0.65, 0.35


@dataclass(frozen=True, slots=True)
class Stems:
    """The stems of a question of the owner's in each language that it has, and of its answer."""

    questions: tuple[Set[str], ...]
    answer: Set[str] = frozenset()


def ranked(asked: Sequence[str], known: Mapping[int, Stems], *, limit: int) -> list[int]:
    """The keys of those that are alike, the most alike first."""
    counts = Counter(stem for each in known.values() for stem in set().union(*each.questions))
    weights = {stem: math.log(1 + len(known) / count) for stem, count in counts.items()}
    scores = {
        key: max(
            (_score(set(asked), own, each.answer, weights) for own in each.questions), default=0
        )
        for key, each in known.items()
    }
    alike = [key for key, score in scores.items() if score >= LEAST]
    return sorted(alike, key=lambda key: (-scores[key], key))[:limit]


def _score(
    asked: Set[str], question: Set[str], answer: Set[str], weights: Mapping[str, float]
) -> float:
    """From 0 to 1."""
    if not asked or not question:
        return 0.0
    nearest = {stem: _nearest(stem, question) for stem in asked}
    if not any(found for found, _ in nearest.values()):
        return 0.0
    met: dict[str, float] = {}
    for found, share in nearest.values():
        if found:
            met[found] = max(share, met.get(found, 0.0))
    of_question = sum(weights[stem] * share for stem, share in met.items()) / sum(
        weights[stem] for stem in question
    )
    common = math.log(2)  # what no question has says as little as what all of them have
    total = of_asked = 0.0
    for stem, (found, share) in nearest.items():
        weight = weights.get(found or stem, common)
        total += weight
        of_asked += weight * (share or (_IN_ANSWER if stem in answer else 0.0))
    return _OF_QUESTION * of_question + _OF_ASKED * of_asked / total


def _nearest(stem: str, others: Set[str]) -> tuple[str, float]:
    """The one that was meant, and how surely; empty and 0 if none was."""
    if stem in others:
        return stem, 1.0
    far, found = min(((distance(stem, each), each) for each in sorted(others)), default=(99, ""))
    return (found, _TYPO) if far <= _typos(stem) else ("", 0.0)


def _typos(stem: str) -> int:
    """How many mistakes are accepted; a stem has lost its ending already."""
    return 0 if len(stem) < 4 else 1 if len(stem) < 7 else 2

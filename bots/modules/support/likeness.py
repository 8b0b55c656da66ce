"""Which of the owner's questions a shopper may have meant, by the stems of their words.

A word counts the more, the fewer of the questions have it: ln(1 + questions ÷ questions that have
it). What is alike is the share of a question's weight that was asked, and the share of what was
asked that the question or its answer has.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TypeAlias

from core.shop.catalogue_search import distance

LEAST = 0.35
ASKED = 40  # stems of what was asked
_TYPO, _IN_ANSWER = 0.8, 0.4
_OF_QUESTION, _OF_ASKED = 0.65, 0.35

# Of each stem that was asked: the stems of questions that it may be instead, and how far they are.
_Near: TypeAlias = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Stems:
    """The stems of a question of the owner's in each language that it has, and of its answer."""

    questions: tuple[Set[str], ...]
    answer: Set[str] = frozenset()


def ranked(asked: Sequence[str], known: Mapping[int, Stems], *, limit: int) -> list[int]:
    """The keys of those that are alike, the most alike first; of what was asked the first `ASKED`
    stems count."""
    counts = Counter(stem for each in known.values() for stem in set().union(*each.questions))
    weights = {stem: math.log(1 + len(known) / count) for stem, count in counts.items()}
    near = _near(list(dict.fromkeys(asked))[:ASKED], counts)
    scores = {
        key: max((_score(near, own, each.answer, weights) for own in each.questions), default=0)
        for key, each in known.items()
    }
    alike = [key for key, score in scores.items() if score >= LEAST]
    return sorted(alike, key=lambda key: (-scores[key], key))[:limit]


def _near(asked: Iterable[str], known: Iterable[str]) -> _Near:
    """Each pair of stems is compared once, and only if it can be near at all: a shopper decides how
    many there are."""
    of_length: dict[int, list[tuple[str, frozenset[str]]]] = defaultdict(list)
    for each in known:
        of_length[len(each)].append((each, frozenset(each)))
    return {stem: _mistaken(stem, of_length) for stem in asked}


def _mistaken(
    stem: str, of_length: Mapping[int, Sequence[tuple[str, frozenset[str]]]]
) -> dict[str, int]:
    """The stems that may have been meant in place of this one, and how many mistakes away."""
    typos, letters = _typos(stem), frozenset(stem)
    if not typos:
        return {}
    found = {}
    for length in range(len(stem) - typos, len(stem) + typos + 1):
        for other, its in of_length.get(length, ()):
            # each mistake takes away one letter and adds one at most
            if other == stem or len(letters - its) > typos or len(its - letters) > typos:
                continue
            far = distance(stem, other)
            if far <= typos:
                found[other] = far
    return found


def _score(
    asked: _Near, question: Set[str], answer: Set[str], weights: Mapping[str, float]
) -> float:
    """From 0 to 1."""
    if not asked or not question:
        return 0.0
    nearest = {stem: _nearest(stem, near, question) for stem, near in asked.items()}
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


def _nearest(stem: str, near: Mapping[str, int], question: Set[str]) -> tuple[str, float]:
    """The one that was meant, and how surely; empty and 0 if none was."""
    if stem in question:
        return stem, 1.0
    meant = [(far, each) for each, far in near.items() if each in question]
    return (min(meant)[1], _TYPO) if meant else ("", 0.0)


def _typos(stem: str) -> int:
    """How many mistakes are accepted; a stem has lost its ending already."""
    return 0 if len(stem) < 4 else 1 if len(stem) < 7 else 2

from collections import Counter
from itertools import islice
from random import Random

import pytest
from pydantic import ValidationError

from simulator.crowd.crowd import arrivals
from simulator.crowd.options import Abuse, CrowdOptions, Role
from simulator.crowd.people import (
    FLATS,
    FRESH_IDS,
    HOUSES,
    SOURCES,
    STREETS,
    USUAL_IDS,
    address_of,
    make_bought,
    make_persona,
)


def test_the_same_seed_brings_the_same_people_at_the_same_moments() -> None:
    options = CrowdOptions(abuse_share=0.2)
    first, second, other = (
        list(islice(arrivals(Random(seed), options), 200)) for seed in (5, 5, 6)
    )
    assert first == second
    assert first != other


def test_people_are_as_varied_as_stated() -> None:
    random, options = Random(1), CrowdOptions(abuse_share=0.1)
    people = [make_persona(random, options) for _ in range(4000)]
    honest = [each for each in people if each.abuse is None]
    assert 0.88 < len(honest) / len(people) < 0.92
    assert {each.source for each in people} == set(SOURCES)
    assert 0.57 < sum(each.language == "ru" for each in people) / len(people) < 0.63
    assert 0.13 < sum(each.premium for each in people) / len(people) < 0.17
    roles = Counter(each.role for each in honest)
    assert set(roles) == set(Role) - {Role.ABUSER}
    assert 0.17 < roles[Role.BUYER] / len(honest) < 0.23
    assert set(Abuse) == {each.abuse for each in people} - {None}
    assert all(each.role is Role.ABUSER for each in people if each.abuse)


def test_honest_ids_are_spread_and_bought_ones_in_a_row() -> None:
    random, options = Random(1), CrowdOptions(abuse_share=0)
    honest = sorted(make_persona(random, options).telegram_id for _ in range(500))
    assert USUAL_IDS[0] <= honest[0] and honest[-1] < USUAL_IDS[1]
    gaps = [later - earlier for earlier, later in zip(honest, honest[1:], strict=False)]
    assert sum(gap <= 3 for gap in gaps) == 0
    bought = make_bought(random, 30)
    ids = [each.telegram_id for each in bought]
    assert FRESH_IDS[0] <= ids[0] and ids[-1] - ids[0] <= 3 * 30
    assert len({each.source for each in bought}) == 1 and bought[0].source not in SOURCES
    assert not any(each.username or each.language or each.last_name for each in bought)


def test_no_two_homes_have_one_address() -> None:
    far = FLATS * HOUSES * len(STREETS)
    homes = [*range(0, far, 97), *range(far, 3 * far, 9973), USUAL_IDS[1]]
    assert len({address_of(home) for home in homes}) == len(homes)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"roles": {"abuser": 1}}, "abuse_share"),
        ({"roles": {"buyer": 0}}, "above 0"),
        ({"abuses": {"promo": 1}}, "traffic"),
        ({"roles": {"buyer": -1}}, "greater than or equal to 0"),
        ({"abuse_share": 2}, "less than or equal to 1"),
    ],
)
def test_a_mix_that_makes_no_sense_is_refused(values: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        CrowdOptions.model_validate(values)

from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.fraud.newcomers import described, source_hours, traffic_signals, wilson_upper
from tests.pipelines.fraud.people import (
    HISTORY,
    HOUR,
    SHOP,
    Person,
    did,
    engaged,
    moments,
    newcomer,
    newcomers,
    values,
)

NO_HISTORY = pl.DataFrame(schema=HISTORY)


def history(counts: dict[int, tuple[int, int, int]]) -> pl.DataFrame:
    """By hours ago: source, newcomers, engaged."""
    rows = [
        (HOUR - timedelta(hours=ago), SHOP, source, people, busy)
        for ago, (source, people, busy) in counts.items()
    ]
    return pl.DataFrame(rows, schema=HISTORY, orient="row")


def test_engaged_is_two_different_actions_within_ten_minutes() -> None:
    deeds = moments(
        engaged(1),
        # The same button three times is one action.
        [did("button_pressed", 5 * n, 2, action="catalogue") for n in range(1, 4)],
        # The second action came after 10 minutes.
        did("button_pressed", 9, 3, action="catalogue"),
        did("button_pressed", 601, 3, action="product"),
        # Starting again is no action.
        did("bot_started", 0, 4),
        did("bot_started", 30, 4),
    )
    people = described(newcomers(newcomer(n) for n in range(1, 6)), deeds, None)
    assert values(people, "is_engaged") == {1: True, 2: False, 3: False, 4: False, 5: False}


def test_a_machines_timing() -> None:
    deeds = moments(
        did("button_pressed", 1.9, 1, action="a"),  # within two seconds
        did("button_pressed", 2.0, 2, action="a"),
        # Gaps of 5, 5, 5 s: no variation at all; of 5, 9, 3 s: much.
        [did("button_pressed", 10 + 5 * n, 3, action="a") for n in range(4)],
        [did("button_pressed", at, 4, action="a") for at in (10, 15, 24, 27)],
        # Even, but only two gaps.
        [did("button_pressed", 10 + 5 * n, 5, action="a") for n in range(3)],
    )
    people = described(newcomers(newcomer(n) for n in range(1, 6)), deeds, None)
    assert values(people, "is_robot") == {1: True, 2: False, 3: True, 4: False, 5: False}


def test_ids_in_a_row_and_fresh_ids() -> None:
    row = [newcomer(n, telegram_id=5_000 + 9 * n) for n in range(1, 6)]
    few = [newcomer(n, telegram_id=90_000 + n) for n in range(10, 14)]
    fresh = newcomer(20, telegram_id=1_000_001)
    gone: Person = (SHOP, 30, HOUR, 7, True, None, None)  # erased meanwhile: nothing is known of it
    people = described(newcomers([*row, *few, fresh, gone]), moments(), 1_000_000)
    odd = values(people, "is_odd_id")
    assert {buyer for buyer, is_odd in odd.items() if is_odd} == {1, 2, 3, 4, 5, 20}


def test_the_bound_of_a_share() -> None:
    # Wilson's interval for 1 of 10 ends at 0.4042 (Newcombe 1998), for 0 of 10 at 0.2775.
    frame = pl.DataFrame({"k": [1.0, 0.0], "n": [10.0, 10.0]})
    bounds = frame.select(wilson_upper(pl.col("k"), pl.col("n"))).to_series()
    assert bounds.to_list() == pytest.approx([0.40415, 0.27753], abs=1e-4)


@given(st.integers(1, 10_000), st.data())
def test_the_bound_is_above_the_share(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    frame = pl.DataFrame({"k": [float(successes)], "n": [float(trials)]})
    bound = frame.select(wilson_upper(pl.col("k"), pl.col("n"))).item()
    assert successes / trials - 1e-9 <= bound <= 1 + 1e-9


def test_a_burst_against_the_weeks_hours() -> None:
    people = described(newcomers(newcomer(n) for n in range(1, 41)), moments(), None)
    # 40 now; 168 hours before, of which 100 had 2 and the others none: median 2, MAD 0.
    busy = history({ago: (7, 2, 1) for ago in range(1, 101)})
    (row,) = source_hours(people, busy, HOUR).to_dicts()
    assert (row["newcomers"], row["engaged"], row["burst_z"]) == (40, 0, 38.0)
    # Without any history the median is 0 and z the count itself.
    (row,) = source_hours(people, NO_HISTORY, HOUR).to_dicts()
    assert row["burst_z"] == 40.0
    # 84 hours of 2 and 84 of 6: median 4, every distance 2: z = 36 ÷ (1.4826·2 + 1).
    uneven = history({ago: (7, 2 if ago % 2 else 6, 1) for ago in range(1, 169)})
    (row,) = source_hours(people, uneven, HOUR).to_dicts()
    assert row["burst_z"] == pytest.approx(36 / 3.9652)


def test_the_baseline_is_the_other_sources() -> None:
    crowd = newcomers(
        [*(newcomer(n) for n in range(1, 41)), *(newcomer(n, source_id=8) for n in range(50, 60))]
    )
    people = described(crowd, moments(*(engaged(n) for n in range(50, 58))), None)
    # Source 8: 8 of 10 now, 12 of 20 before: 20 of 30.
    known = history({3: (8, 20, 12)})
    rows = {row["source_id"]: row for row in source_hours(people, known, HOUR).to_dicts()}
    assert rows[7]["engagement_baseline"] == pytest.approx(20 / 30)
    assert rows[8]["engagement_baseline"] == 0.0  # source 7 alone: 0 of 40
    # 29 others say nothing.
    known = history({3: (8, 19, 12)})
    rows = {row["source_id"]: row for row in source_hours(people, known, HOUR).to_dicts()}
    assert rows[7]["engagement_baseline"] is None


def test_a_links_crowd_counts_against_the_idle_alone() -> None:
    bought = [newcomer(n, telegram_id=9_000 + n, is_thin=True) for n in range(1, 41)]
    people = described(newcomers(bought), moments(engaged(40)), None)
    by_source = source_hours(people, history({3: (8, 100, 80)}), HOUR)
    signals = traffic_signals(people, by_source)
    # z 40; 1 of 40 is at most 12.9 % (Wilson), far below half of 80 %; 40 of 40 ids in a row.
    assert values(signals, "source_burst") | {40: 0.0} == {
        **dict.fromkeys(range(1, 40), 40.0),
        40: 0.0,
    }
    assert values(signals, "source_burst")[40] == 0.0
    assert set(values(signals, "odd_ids").values()) == {1.0}
    assert set(values(signals, "thin_profile").values()) == {2.0}
    # Row 2 by itself asks for 50 newcomers.
    assert set(values(signals, "source_unengaged").values()) == {0.0}


def test_a_popular_link_is_no_bought_one() -> None:
    crowd = newcomers(newcomer(n) for n in range(1, 41))
    people = described(crowd, moments(*(engaged(n) for n in range(1, 31))), None)
    signals = traffic_signals(people, source_hours(people, history({3: (8, 100, 80)}), HOUR))
    assert set(values(signals, "source_burst").values()) == {0.0}

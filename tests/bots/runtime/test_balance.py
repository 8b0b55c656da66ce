"""Which worker runs which bot: stable, without oscillation, with heavy bots alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.runtime import balance
from bots.runtime.balance import IDLE, PATIENCE_SECONDS, Estimate, Free, Steadiness

WORKERS = ["a", "b", "c", "d"]
bot_loads = st.floats(min_value=IDLE, max_value=0.9, allow_nan=False)
fleets = st.lists(
    st.dictionaries(st.integers(1, 10_000), bot_loads, max_size=40), min_size=2, max_size=4
)


def as_fleet(parts: list[dict[int, float]]) -> dict[str, dict[int, float]]:
    """Workers with bots, each bot at one worker only."""
    return {
        name: {1_000_000 * place + bot_id: load for bot_id, load in part.items()}
        for place, (name, part) in enumerate(zip(WORKERS, parts, strict=False))
    }


def weigh(fleet: dict[str, dict[int, float]]) -> dict[str, float]:
    return {name: sum(bots.values()) for name, bots in fleet.items()}


def settle(fleet: dict[str, dict[int, float]]) -> list[int]:
    """Lets each worker decide in turn until nobody moves anything; gives what was moved."""
    moved: list[int] = []
    for _ in range(1000):
        before = len(moved)
        for name in fleet:
            for bot_id, heir in balance.moves(weigh(fleet), dict(fleet[name]), name).items():
                fleet[heir][bot_id] = fleet[name].pop(bot_id)
                moved.append(bot_id)
        if len(moved) == before:
            return moved
    raise AssertionError("it never settles")


@given(fleets)
def test_it_settles_and_every_move_brings_the_workers_nearer(parts: list[dict[int, float]]) -> None:
    fleet = as_fleet(parts)
    everything = sorted(bot_id for bots in fleet.values() for bot_id in bots)
    unevenness = sum(load**2 for load in weigh(fleet).values())
    moved = settle(fleet)
    assert sorted(bot_id for bots in fleet.values() for bot_id in bots) == everything
    assert sum(load**2 for load in weigh(fleet).values()) <= unevenness + 1e-9
    assert len(moved) <= 3 * len(everything)


@given(fleets)
def test_what_is_settled_is_balanced_as_far_as_its_bots_allow(
    parts: list[dict[int, float]],
) -> None:
    fleet = as_fleet(parts)
    settle(fleet)
    loads = weigh(fleet)
    heaviest = max(loads, key=lambda name: (loads[name], name))
    gap = loads[heaviest] - min(loads.values())
    if fleet[heaviest] and gap >= 0.2 * loads[heaviest]:
        assert gap <= 1.5 * min(fleet[heaviest].values())


@given(fleets, st.data())
def test_noise_in_the_measurement_moves_little(
    parts: list[dict[int, float]], data: st.DataObject
) -> None:
    fleet = as_fleet(parts)
    settle(fleet)
    number = sum(map(len, fleet.values()))
    for bots in fleet.values():
        for bot_id in bots:
            bots[bot_id] *= data.draw(st.floats(0.97, 1.03))
    assert len(settle(fleet)) <= max(2, number // 4)


def test_a_new_worker_gets_half_of_the_idle_bots() -> None:
    fleet = {"a": dict.fromkeys(range(60), IDLE), "b": {}}
    moved = settle(fleet)
    assert len(moved) == len(set(moved))  # each at most once
    assert len(fleet["b"]) in range(26, 31)


def test_a_worker_with_a_heavy_bot_keeps_fewer_others() -> None:
    fleet = {"a": {1: 0.5} | {n: 0.02 for n in range(2, 20)}, "b": {n: 0.02 for n in range(20, 38)}}
    settle(fleet)
    assert 1 in fleet["a"]
    assert len(fleet["a"]) < 12 < 25 < len(fleet["b"])


def test_a_bot_heavier_than_the_gap_stays_where_it_is() -> None:
    assert not balance.moves({"a": 0.9, "b": 0.1}, {1: 0.8}, "a")


def test_who_carries_too_much_gives_and_who_carries_little_gets() -> None:
    loads = {"a": 0.5, "b": 0.3, "c": 0.1}
    assert not balance.moves(loads, {1: 0.01}, "b")
    assert not balance.moves(loads, {1: 0.01}, "c")
    assert set(balance.moves(loads, {1: 0.01, 2: 0.01}, "a").values()) == {"c"}


def test_givers_at_the_same_time_do_not_give_too_much() -> None:
    fleet = {name: {100 * n + m: 0.01 for m in range(30)} for n, name in enumerate("abc")}
    fleet["d"] = {}
    loads = weigh(fleet)
    given_to_d = sum(len(balance.moves(loads, fleet[name], name)) for name in "abc")
    assert 20 <= given_to_d <= 22  # a fourth of the ninety is 22.5


def test_an_imbalance_must_last() -> None:
    steadiness = Steadiness()
    assert [steadiness.confirms(chosen) for chosen in ({1: "b"}, {}, {1: "b"}, {1: "b"})] == [
        False,
        False,
        False,
        True,
    ]


@given(st.lists(bot_loads, max_size=60), st.integers(1, 4))
def test_free_bots_are_taken_by_one_worker_each(loads: list[float], number: int) -> None:
    free = [Free(bot_id, load, None, 0.0) for bot_id, load in enumerate(loads)]
    workers = dict.fromkeys(WORKERS[:number], 0.0)
    taken = [bot_id for name in workers for bot_id in balance.choose(free, workers, name, room=500)]
    assert sorted(taken) == list(range(len(loads)))


def test_new_bots_go_where_there_is_least_to_do() -> None:
    free = [Free(bot_id, IDLE, None, 0.0) for bot_id in range(10)]
    loads = {"a": 0.5, "b": 0.0}
    assert not balance.choose(free, loads, "a", room=500)
    assert len(balance.choose(free, loads, "b", room=500)) == 10
    assert len(balance.choose(free, loads, "b", room=3)) == 3


@pytest.mark.parametrize(
    ("heir", "seconds", "takers"),
    [
        ("b", 0.0, "b"),  # though a has less to do
        ("gone", 0.0, "a"),
        ("b", PATIENCE_SECONDS, "ab"),  # b does not come
        (None, PATIENCE_SECONDS, "ab"),
    ],
)
def test_an_heir_comes_first_but_nobody_waits_for_it_long(
    heir: str | None, seconds: float, takers: str
) -> None:
    free = [Free(1, IDLE, heir, seconds)]
    loads = {"a": 0.1, "b": 0.2}
    found = [name for name in loads if balance.choose(free, loads, name, room=1)]
    assert "".join(found) == takers


@given(st.dictionaries(st.integers(), bot_loads, max_size=40))
def test_a_leaving_workers_bots_are_spread(bots: dict[int, float]) -> None:
    heirs = balance.spread(bots, {"b": 0.0, "c": 0.0})
    assert set(heirs) == set(bots)
    given_to = {name: [bots[bot] for bot, heir in heirs.items() if heir == name] for name in "bc"}
    assert abs(sum(given_to["b"]) - sum(given_to["c"])) <= max(bots.values(), default=0.0) + 1e-9
    assert not balance.spread(bots, {})


def test_work_is_measured_smoothly_and_never_below_idle() -> None:
    estimate = Estimate()
    for beat in range(1, 41):
        estimate.observe(30 * beat, 0.3 * beat, cpu=0.1, seconds=3.0)
    assert estimate.rate == pytest.approx(10, rel=0.01)
    assert estimate.load == pytest.approx(0.102, rel=0.01)
    assert estimate.busy_since(12.5) == pytest.approx(0.5)
    for _ in range(100):
        estimate.observe(1200, 12.0, cpu=0.0, seconds=3.0)
    assert estimate.load == pytest.approx(IDLE, rel=0.01)

"""Alerts: silent on a month of ordinary noise, loud when something is wrong."""

import math
import random
from collections.abc import Iterator

import pytest

from bots.modules.digest import judging

SHOPS = 200
DAYS = 30
_WEEKDAYS = (1.0, 0.9, 0.95, 1.0, 1.3, 1.6, 1.2)


def _sales(dice: random.Random, orders: int) -> float:
    """So many orders, of sums as people spend them."""
    return sum(100_000 * math.exp(dice.gauss(0, 0.6)) for _ in range(orders))


def _poisson(dice: random.Random, mean: float) -> int:
    limit, count, product = math.exp(-min(mean, 500)), 0, dice.random()
    while product > limit:
        count += 1
        product *= dice.random()
    return count


def _shop(dice: random.Random, mean: float) -> Iterator[tuple[float, int]]:
    """Sales and orders by day: a weekly rhythm, slow drift, good and bad days."""
    level = mean
    for day in range(7 * judging.WEEKS + DAYS):
        level *= math.exp(dice.gauss(0, 0.02))
        orders = _poisson(dice, level * _WEEKDAYS[day % 7] * math.exp(dice.gauss(0, 0.2)))
        yield _sales(dice, orders), orders


def _dropped(days: list[tuple[float, int]], day: int) -> bool:
    alike = days[day % 7 : day : 7][-judging.WEEKS :]
    orders = sorted(each[1] for each in alike)[len(alike) // 2]
    return judging.has_dropped(days[day][0], [each[0] for each in alike], orders)


@pytest.mark.parametrize("mean", [3, 12, 40])
def test_a_month_of_ordinary_noise_is_silent(mean: int, capsys: pytest.CaptureFixture[str]) -> None:
    dice = random.Random(f"noise {mean}")
    false = caught = 0
    for _ in range(SHOPS):
        days = list(_shop(dice, mean))
        false += sum(_dropped(days, day) for day in range(7 * judging.WEEKS, len(days)))
        days[-1] = (days[-1][0] * 0.05, days[-1][1])
        caught += _dropped(days, len(days) - 1)
    with capsys.disabled():
        print(
            f"\nsales, {mean} orders a day: {false / SHOPS:.3f} false alarms a month and shop, "
            f"{caught / SHOPS:.0%} of drops to 5 % told"
        )
    assert false / SHOPS <= 0.5
    assert caught / SHOPS >= {3: 0.0, 12: 0.4, 40: 0.75}[mean]


@pytest.mark.parametrize("share", [0.02, 0.15, 0.4])
def test_ordinary_failures_of_payments_are_silent(
    share: float, capsys: pytest.CaptureFixture[str]
) -> None:
    """A day is looked at again and again, as its payments come in."""
    dice = random.Random(f"payments {share}")
    false = 0
    usual = (round(1000 * share), round(1000 * (1 - share)))
    for _ in range(SHOPS * DAYS):
        failed = succeeded = 0
        alarm = False
        for _ in range(40):
            failed, succeeded = (
                (failed + 1, succeeded) if dice.random() < share else (failed, succeeded + 1)
            )
            alarm = alarm or judging.are_failing(failed, succeeded, *usual)
        false += alarm
    with capsys.disabled():
        print(f"\npayments, {share:.0%} fail: {false / SHOPS:.3f} false alarms a month and shop")
    assert false / SHOPS <= 0.5
    assert judging.are_failing(20, 0, *usual)


def test_what_is_not_known_alarms_nobody() -> None:
    assert judging.robust_z(0, [100.0] * 3, 10) is None  # too few weeks
    assert judging.robust_z(0, [0.0] * 8, 0) is None
    assert not judging.has_dropped(0, [0.0, 0.0, 0.0, 0.0], 0)
    assert not judging.are_failing(4, 0, 0, 100)


def test_the_tail_is_that_of_the_binomial_distribution() -> None:
    assert judging.binomial_tail(0, 10, 0.3) == pytest.approx(1)
    assert judging.binomial_tail(3, 3, 0.5) == pytest.approx(0.125)
    assert judging.binomial_tail(2, 4, 0.25) == pytest.approx(67 / 256)
    assert judging.binomial_tail(1, 1, 1) == 1

"""The crowd before the guard: its abusers meet it (test_crowd_shops has its honest people)."""

import pytest

from simulator.crowd import abuses
from simulator.crowd.options import CrowdOptions
from tests.bots.runtime.guarded_crowd import held_off
from tests.bots.runtime.test_guard import Shop

PRESS = {"shop_id": 1, "buyer_no": 1, "event": "button_pressed", "product_id": None}
DEMO_SECONDS = CrowdOptions().thinking_seconds


def test_its_flooder_is_dropped() -> None:
    assert Shop().starts(abuses.FLOOD_STARTS, gap=abuses.FLOOD_GAP_SECONDS)[-1] == "drop"


def test_its_spammer_is_muted() -> None:
    shop = Shop()
    assert shop.says(abuses.SPAM_MESSAGES, gap=abuses.SPAM_GAP_SECONDS)[-1] == "drop"
    assert {each.action for each in shop.watch.noted} == {"mute"}


def test_its_scraper_is_answered_slowly() -> None:
    for gap in (abuses.SCRAPE_GAP_SECONDS, 2.0):  # and as fast as the bot shows cards
        assert Shop().opens(10, gap=gap)[-1] == "slow"  # of ten products


@pytest.mark.parametrize(
    ("presses", "seconds", "held"),
    [(60, DEMO_SECONDS, set()), (400, DEMO_SECONDS / 4, {"drop"})],
)
def test_who_presses_as_the_demos_people_do_is_not_held_off(
    presses: int, seconds: float, held: set[str]
) -> None:
    acts = [PRESS | {"props": f'{{"action": "page {number}"}}'} for number in range(presses)]
    assert held_off(acts, on_sale=10, thinking_seconds=seconds) == {(1, 1): held}

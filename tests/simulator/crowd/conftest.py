"""A crowd that is in a hurry, in the tiny shop."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from simulator.crowd import abuses, truth
from simulator.crowd.crowd import Crowd
from simulator.crowd.options import CrowdOptions
from simulator.crowd.truth import Truth
from simulator.demo import DEMO_BOTS
from simulator.simulator import Simulator

MakeCrowd = Callable[..., Crowd]
HASTY = {
    "thinking_seconds": 0.005,
    "patience_seconds": 60,
    "press_again_seconds": 30,
    "abuse_share": 0,
    "burst_seconds": 0.2,
}


@pytest.fixture(autouse=True)
def hasty_abusers(monkeypatch: pytest.MonkeyPatch) -> None:
    for gap in ("FLOOD", "SPAM", "SCRAPE", "ROBOT", "GUESS"):
        monkeypatch.setattr(abuses, f"{gap}_GAP_SECONDS", 0.01)


@pytest.fixture(name="folder")
def truth_folder(data_dir: Path) -> Path:
    return data_dir / truth.FOLDER


@pytest.fixture(name="make_crowd")
def crowd_maker(simulator: Simulator, folder: Path) -> Iterator[MakeCrowd]:
    """Makes a crowd of the first demo bot; the values are CrowdOptions'."""
    simulator.limits.enabled = False
    with ExitStack() as stack:

        def make(seed: int = 1, **values: object) -> Crowd:
            writer = Truth(folder)
            stack.callback(writer.close)
            options = CrowdOptions.model_validate(HASTY | values)
            return Crowd(simulator.world, writer, options, seed=seed, bot_ids=[DEMO_BOTS[0].id])

        yield make

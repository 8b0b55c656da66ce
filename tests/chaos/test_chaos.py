"""A short chaos run: every kind of fault once, and everything is counted once, everywhere."""

import argparse
import time
from pathlib import Path

import pytest

from tests.chaos.__main__ import keys, pipeline, run
from tests.chaos.audit import differences
from tests.chaos.broadcast import most_within
from tests.chaos.town import Plan, Service
from tests.chaos.updating import update
from tests.chaos.versions import version_before
from tests.chaos.visitor import Visits

SECONDS = 24.0
PLAN = Plan(SECONDS, workers=2, shippers=2, bots=3, shoppers=24, pause=2.0, think=0.2)


@pytest.mark.e2e
async def test_whatever_is_killed_or_cut_all_is_counted_once(tmp_path: Path) -> None:
    arguments = argparse.Namespace(seconds=SECONDS, every=1.0, away=3.0, seed=7)
    findings = await run(pipeline, PLAN, arguments, tmp_path)
    assert not findings.wrong, findings
    assert findings.figures["payments"] > 0 and findings.figures["events committed"] > 500


@pytest.mark.chaos
async def test_the_version_before_serves_on_this_schema_until_it_is_replaced(
    tmp_path: Path,
) -> None:
    plan = Plan(60.0, shippers=1, bots=3, shoppers=12, since=version_before(), has_api=True)
    arguments = argparse.Namespace(seconds=plan.seconds, every=8.0, seed=7)
    findings = await run(update, plan, arguments, tmp_path)
    assert not findings.wrong, findings
    assert findings.figures["payments"] > 0


@pytest.mark.chaos
async def test_keys_are_changed_while_bots_sell(tmp_path: Path) -> None:
    plan = Plan(40.0, shippers=1, bots=3, shoppers=12, callers=0)
    arguments = argparse.Namespace(seconds=plan.seconds, every=8.0, seed=7)
    findings = await run(keys, plan, arguments, tmp_path)
    assert not findings.wrong, findings
    assert findings.figures["payments"] > 0


@pytest.mark.parametrize(
    ("code", "last", "is_revived"),
    [
        (1, "vitrina: PostgreSQL at h:1/x does not answer (no answer in time): check", True),
        (1, "KeyError: 'a fault of the code'", False),
        (0, "vitrina: PostgreSQL at h:1/x does not answer (no answer in time): check", False),
    ],
)
async def test_only_who_has_found_no_store_is_started_again(
    tmp_path: Path, code: int, last: str, is_revived: bool
) -> None:
    script = f'echo "$0"; [ -e {tmp_path / "again"} ] && exec sleep 60; exit {code}'
    service = Service("worker-1", ["sh", "-c", script, last], {}, tmp_path / "log")
    await service.start()
    await service.finish(10)
    (tmp_path / "again").touch()
    try:
        if is_revived:
            assert await service.revive() and service.is_running
            assert not await service.revive()
        else:
            with pytest.raises(AssertionError, match="worker-1 ended with"):
                await service.revive()
    finally:
        service.kill()


def test_refusing_lasts_from_the_first_refusal_to_the_next_answer() -> None:
    visits, now = Visits("before"), time.monotonic()
    visits.note_refused(now - 3)
    visits.note_refused(now - 1)
    visits.phase = "after"
    visits.note_there()
    visits.note_refused(time.monotonic())
    visits.note_there()
    assert visits.away == 3
    assert visits.refused_for.keys() == {"after"} and visits.refused_for["after"] >= 3


def test_a_difference_is_told() -> None:
    key, other = (1, "order_paid", "XTR", 60), (1, "order_paid", "XTR", 120)
    assert not differences({key: (1, 5, 1)}, {key: (1, 5, 1)})
    assert differences({key: (1, 5, 1)}, {key: (2, 10, 2)})
    assert differences({key: (1, 5, 1)}, {key: (1, 5, 1), other: (1, 1, 1)})


def test_the_most_in_any_window_is_found_wherever_it_lies() -> None:
    times = [0.0, 0.9, 1.0, 1.1, 1.85, 3.0]
    assert most_within(times, 1) == 4  # 0.9 to 1.85: no second of the clock has so many
    assert most_within(times, 0.05) == 1
    assert most_within([], 1) == 0

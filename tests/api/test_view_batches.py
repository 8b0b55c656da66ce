"""Views that wait at the same time are read together."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import OperationalError

from api import view_batches
from api.figures import Freshness, Overview
from api.live_topics import View
from api.problems import Busy
from api.view_batches import ViewBatches
from tests.api.conftest import until

NOTHING = Freshness(last_event_at=None, lag_seconds=0, outbox_waiting=0)


def of(*shops: int, period: Any = "today") -> View:
    return View(shops, period)


class Reading:
    """Notes what is read together, and answers when it is told to."""

    def __init__(self) -> None:
        self.batches: list[list[View]] = []
        self.may_go = asyncio.Event()
        self.stopped = 0
        self.broken: View | None = None
        self.most = 1000  # views that can be read together
        self.error: Exception = KeyError("broken")

    async def __call__(self, views: Sequence[View]) -> Mapping[View, Overview]:
        self.batches.append(list(views))
        try:
            await self.may_go.wait()
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        if self.broken in views or len(views) > self.most:
            raise self.error
        return {view: overview(view) for view in views}


def overview(view: View) -> Overview:
    return Overview(
        as_of=datetime(2026, 1, 1, tzinfo=UTC),
        period=view.period,
        timezone="UTC",
        shops=list(view.shops),
        figures=[],
        funnel=[],
        feed=[],
        freshness=NOTHING,
    )


@pytest.fixture(name="reading")
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> Reading:
    monkeypatch.setattr(view_batches, "AT_ONCE", 1)
    return Reading()


async def test_what_waits_is_read_together_by_period_and_only_shops_alone(
    reading: Reading,
) -> None:
    batches = ViewBatches(reading)
    views = [of(1), of(2), of(3), of(1, 2), of(4, period="7d"), of(5)]
    asked = [asyncio.create_task(batches.read(views[0]))]
    await until(lambda: len(reading.batches) == 1)
    asked += [asyncio.create_task(batches.read(view)) for view in views[1:]]
    await asyncio.sleep(0)
    reading.may_go.set()
    assert [(await each).shops for each in asked] == [list(view.shops) for view in views]
    together = [[of(1)], [of(2), of(3), of(5)], [of(1, 2)], [of(4, period="7d")]]
    assert reading.batches == together


async def test_views_that_are_woken_together_are_read_together(reading: Reading) -> None:
    batches = ViewBatches(reading)
    asked = [asyncio.create_task(batches.read(of(shop))) for shop in (1, 2, 3)]
    reading.may_go.set()
    await asyncio.gather(*asked)
    assert reading.batches == [[of(1), of(2), of(3)]]


async def test_one_that_breaks_spoils_no_other(reading: Reading) -> None:
    reading.broken = of(2)
    batches = ViewBatches(reading)
    asked = [asyncio.create_task(batches.read(of(shop))) for shop in (1, 2, 3)]
    reading.may_go.set()
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in found] == [Overview, KeyError, Overview]


async def test_what_is_too_large_together_is_read_in_parts(reading: Reading) -> None:
    views = [of(shop) for shop in range(10)]
    reading.broken, reading.error = of(7), OperationalError("too slow", code=159)
    batches = ViewBatches(reading)
    asked = [asyncio.create_task(batches.read(view)) for view in views]
    reading.may_go.set()
    found = await asyncio.gather(*asked, return_exceptions=True)
    for view, each in zip(views, found, strict=True):
        assert each is reading.error if view == of(7) else isinstance(each, Overview), view


async def test_a_store_that_stops_everything_is_not_asked_for_each_view(reading: Reading) -> None:
    reading.most, reading.error = 0, OperationalError("no memory", code=241)
    batches = ViewBatches(reading)
    asked = [asyncio.create_task(batches.read(of(shop))) for shop in range(101)]
    reading.may_go.set()
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert all(each is reading.error for each in found)
    assert len(reading.batches) < 40


async def test_a_store_that_is_away_is_asked_once(reading: Reading) -> None:
    reading.broken, reading.error = of(2), Busy()
    batches = ViewBatches(reading)
    asked = [asyncio.create_task(batches.read(of(shop))) for shop in (1, 2, 3)]
    reading.may_go.set()
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in found] == [Busy] * 3
    assert len(reading.batches) == 1


async def test_what_nobody_waits_for_any_more_is_stopped(reading: Reading) -> None:
    batches = ViewBatches(reading)
    first = asyncio.create_task(batches.read(of(1)))
    await until(lambda: len(reading.batches) == 1)
    left, stays = [asyncio.create_task(batches.read(of(shop))) for shop in (2, 3)]
    await asyncio.sleep(0)
    left.cancel()
    first.cancel()
    await until(lambda: reading.stopped == 1)
    reading.may_go.set()
    assert (await stays).shops == [3]
    assert reading.batches == [[of(1)], [of(3)]]

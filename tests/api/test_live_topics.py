"""What streams send and what polls get, without a server: one reading for all, nothing twice,
nothing missed, a cap, and words when the figures are away."""

import asyncio
import json
from typing import Any, cast

import pytest

from api import live, live_topics
from api.figures import Freshness, Overview
from api.followers import Follower
from api.live import LiveHub, TooManyStreams
from api.live_topics import View
from api.problems import Busy
from core.postgres import Pool
from core.shop.access import Visitor
from tests import patience
from tests.api.conftest import until
from tests.api.happenings import NOON

VISITOR = Visitor(link_id=1, label="x", role="owner", shop_ids=None)
VIEW = View((1,), "today")


class Shops:
    """A reading whose figures are `news`, and that fails on demand."""

    def __init__(self) -> None:
        self.readings = 0
        self.news = 0
        self.error: Exception | None = None

    async def __call__(self, view: View) -> Overview:
        self.readings += 1
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        return Overview(
            as_of=NOON.replace(microsecond=self.readings),
            period=view.period,
            timezone=None,
            shops=list(view.shops),
            figures=[],
            funnel=[],
            feed=[],
            freshness=Freshness(last_event_at=None, lag_seconds=0, outbox_waiting=self.news),
        )


@pytest.fixture(name="shops")
def made_shops(monkeypatch: pytest.MonkeyPatch) -> Shops:
    monkeypatch.setattr(live_topics, "REFRESH_SECONDS", 0.0)
    return Shops()


@pytest.fixture(name="hub")
async def made_hub(shops: Shops) -> LiveHub:
    """Not listening to anything: no store is needed."""
    return LiveHub("postgresql://nowhere", cast(Pool, None), shops)


async def message(follower: Follower) -> dict[str, str]:
    """The next message by its fields."""
    async with asyncio.timeout(patience.SECONDS):
        async for found in follower.messages():
            lines = found.decode().strip().split("\n")
            parts = [line.partition(":") for line in lines if not line.startswith(":")]
            return {name: value.lstrip() for name, _, value in parts}
    raise AssertionError("the stream has ended")


def news(fields: dict[str, str]) -> int:
    found: int = json.loads(fields["data"])["freshness"]["outbox_waiting"]
    return found


async def test_a_stream_goes_on_where_it_was_lost(hub: LiveHub, shops: Shops) -> None:
    with hub.follow(VIEW, "a", VISITOR) as first, hub.follow(VIEW, "b", VISITOR) as other:
        seen = (await message(first))["id"]
        assert (await message(other))["id"] == seen
        with hub.follow(VIEW, "a", VISITOR, seen) as again:
            # The next thing that it is told is the next thing that happens.
            shops.news = 1
            hub.heard(1)
            later = await message(again)
            assert news(later) == 1 and later["id"] != seen
        with hub.follow(VIEW, "a", VISITOR, seen) as late:
            assert await message(late) == later


async def test_shops_one_by_one_share_the_readings_of_each(hub: LiveHub, shops: Shops) -> None:
    views = [View((number,), "today") for number in (1, 2, 3)]
    with hub.follow(views, "a", VISITOR) as several, hub.follow(VIEW, "b", VISITOR) as one:
        got = [await message(several) for _ in views]
        assert sorted(json.loads(each["data"])["shops"] for each in got) == [[1], [2], [3]]
        assert len(got[-1]["id"].split(".")) == 3
        assert (await message(one))["id"] in got[-1]["id"]
        assert shops.readings == 3
        with hub.follow(views, "c", VISITOR, got[-1]["id"]) as resumed:
            shops.news = 5
            hub.heard(2)
            told = await message(resumed)
            assert json.loads(told["data"])["shops"] == [2] and news(told) == 5
            assert len(told["id"].split(".")) == 3


async def test_polls_share_one_reading_until_there_is_news(hub: LiveHub, shops: Shops) -> None:
    found = await asyncio.gather(*(hub.snapshot(VIEW) for _ in range(50)))
    assert shops.readings == 1
    with hub.follow(VIEW, "a", VISITOR) as follower:
        told = await message(follower)
        assert told["data"].encode() == (await hub.snapshot(VIEW)).body
        assert told["id"] == found[0].tag
        shops.news = 2
        hub.heard(7)  # of another shop
        assert (await hub.snapshot(VIEW)).tag == found[0].tag
        hub.heard(1)
        until_told = await message(follower)
        while news(until_told) != 2:
            until_told = await message(follower)
    changed = await hub.snapshot(VIEW)
    assert changed.tag == until_told["id"] != found[0].tag


async def test_the_clock_alone_is_no_news(hub: LiveHub, shops: Shops) -> None:
    first = await hub.snapshot(VIEW)
    hub.heard(1)
    second = await hub.snapshot(VIEW)
    assert shops.readings == 2
    assert first.body != second.body and first.tag == second.tag


async def test_news_need_not_wait_after_a_reading_that_the_time_alone_made_due(
    shops: Shops, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = live_topics.Topic(VIEW, shops, asyncio.Semaphore(1))
    await topic.current()
    monkeypatch.setattr(live_topics, "REFRESH_SECONDS", 3600.0)
    monkeypatch.setattr(live_topics, "TICK_SECONDS", 0.0)
    await topic.current()  # a tick
    monkeypatch.setattr(live_topics, "TICK_SECONDS", 3600.0)
    for _ in range(3):
        topic.stale.set()
        await topic.current()
    assert shops.readings == 3


async def test_a_failed_reading_is_told_once_and_asked_again(hub: LiveHub, shops: Shops) -> None:
    shops.error = ConnectionRefusedError("away")
    with hub.follow(VIEW, "a", VISITOR) as follower:
        told = await message(follower)
        assert told["event"] == "degraded"
        problem = json.loads(told["data"])
        assert (problem["status"], problem["code"]) == (503, "postgres_unavailable")
        assert problem["explained"]["ru"] and problem["explained"]["en"]
        with pytest.raises(ConnectionRefusedError):
            await hub.snapshot(VIEW)
        with hub.follow(VIEW, "b", VISITOR) as later:
            assert (await message(later))["event"] == "degraded"
        await until(lambda: shops.readings > 5)
        shops.error = None
        assert (await message(follower))["event"] == "overview"


async def test_a_reading_that_was_given_up_is_made_again(
    shops: Shops, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_topics, "REFRESH_SECONDS", 3600.0)
    begun, never = asyncio.Event(), asyncio.Event()

    async def read(view: View) -> Overview:
        if not begun.is_set():
            begun.set()
            await never.wait()
        return await shops(view)

    hub = LiveHub("postgresql://nowhere", cast(Pool, None), read)
    with hub.follow(VIEW, "a", VISITOR):
        async with asyncio.timeout(patience.SECONDS):
            await begun.wait()
        asked = asyncio.create_task(hub.snapshot(VIEW))
        await asyncio.sleep(0)  # it waits for the reading
    # The only follower has left in the middle of that.
    assert json.loads((await asked).body)["shops"] == [1]
    assert shops.readings == 1


async def test_what_a_reader_had_before_a_failure_is_sent_again(hub: LiveHub, shops: Shops) -> None:
    with hub.follow(VIEW, "a", VISITOR) as first:
        seen = (await message(first))["id"]
        shops.error = ConnectionRefusedError("away")
        hub.heard(1)
        with hub.follow(VIEW, "b", VISITOR, seen) as resumed:
            told = await message(first)
            # Whoever loses the stream now does not claim to show the old figures.
            assert (told["event"], told["id"]) == ("degraded", "")
            assert (await message(resumed))["event"] == "degraded"
            shops.error = None
            back = await message(resumed)
            assert (back["event"], back["id"]) == ("overview", seen)


async def test_no_session_has_too_many_streams(
    hub: LiveHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST_STREAMS", 2)
    with hub.follow(VIEW, "a", VISITOR):
        with hub.watch("a", VISITOR):
            with pytest.raises(TooManyStreams) as refused, hub.follow(VIEW, "a", VISITOR):
                pass
            assert refused.value.status == 429
            assert refused.value.explained.ru and refused.value.retry_after
            with hub.follow(VIEW, "b", VISITOR):
                assert hub.streams == 3
                monkeypatch.setattr(live, "MOST_STREAMS_OVERALL", 3)
                with pytest.raises(Busy), hub.watch("c", VISITOR):
                    pass
        with hub.watch("a", VISITOR):
            assert hub.streams == 2
    assert hub.streams == 0


async def test_a_stopping_server_says_when_to_come_back(hub: LiveHub) -> None:
    with hub.follow(VIEW, "a", VISITOR) as follower:
        await message(follower)
        hub.close()
        assert 500 <= int((await message(follower))["retry"]) <= 3000
    with hub.watch("a", VISITOR) as late:
        assert "retry" in await message(late)
    follower = Follower("b", VISITOR)
    follower.end()  # its session is over: there is nothing to come back to
    assert [found async for found in follower.messages()] == []


async def test_what_nobody_asks_for_is_forgotten(
    hub: LiveHub, shops: Shops, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST_KEPT", 3)
    for number in range(1, 10):
        await hub.snapshot(View((number,), "today"))
    assert hub.views <= 4
    monkeypatch.setattr(live, "KEEP_SECONDS", -1.0)
    with hub.follow(VIEW, "a", VISITOR):
        assert hub.views == 1
    assert hub.views == 0
    assert shops.readings == 9


async def test_few_views_are_read_at_once(shops: Shops, monkeypatch: pytest.MonkeyPatch) -> None:
    most = running = 0

    async def read(view: View) -> Overview:
        nonlocal most, running
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1
        return await shops(view)

    monkeypatch.setattr(live, "READINGS_AT_ONCE", 3)
    hub = LiveHub("postgresql://nowhere", cast(Any, None), read)
    await asyncio.gather(*(hub.snapshot(View((number,), "7d")) for number in range(1, 20)))
    assert (most, shops.readings) == (3, 19)

"""Live streams: pushed at once, read once for all viewers, ended with the session or the server."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import structlog

from api import followers, live, live_topics
from api.figures import Freshness, Overview
from api.live import LiveHub
from api.live_topics import View
from core.postgres import EVENTS_CHANNEL, Connection, Pool
from core.shop.access import Visitor
from core.watching import IS_WATCHED
from tests import patience
from tests.api.conftest import Panel, assert_problem, until
from tests.api.happenings import NOON, paid, record
from tests.factories import create_shop

VISITOR = Visitor(link_id=1, label="x", role="owner", shop_ids=None)
VIEW = View((1, 2), "today")


class Reading:
    """Counts how often a view was read; fails on demand."""

    def __init__(self) -> None:
        self.views: list[View] = []
        self.error: Exception | None = None

    async def __call__(self, view: View) -> Overview:
        self.views.append(view)
        if self.error is not None:
            raise self.error
        return Overview(
            as_of=NOON,
            period=view.period,
            timezone=None,
            shops=list(view.shops),
            figures=[],
            funnel=[],
            feed=[],
            freshness=Freshness(last_event_at=None, lag_seconds=0, outbox_waiting=len(self.views)),
        )


@pytest.fixture(name="reading")
def made_reading() -> Reading:
    return Reading()


@pytest.fixture(name="hub")
async def running_hub(
    database_url: str,
    pool: Pool,
    connection: Connection,
    reading: Reading,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[LiveHub]:
    monkeypatch.setattr(live, "SESSION_CHECK_SECONDS", 3600)  # the cookies here are nobody's
    hub = LiveHub(database_url, pool, reading)
    task = asyncio.create_task(hub.run())
    await listening(connection)
    yield hub
    task.cancel()
    await asyncio.wait([task])


async def listening(connection: Connection, *, other_than: int = 0) -> int:
    """Waits until a backend has LISTENed for everything; its process id."""
    async with asyncio.timeout(patience.SECONDS):
        while True:
            pid: int | None = await connection.fetchval(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
                "AND query SIMILAR TO 'LISTEN%vitrina_events%|%pg_advisory_lock_shared%' "
                "AND state = 'idle' AND pid <> $1",
                other_than,
            )
            if pid is not None:
                return pid
            await asyncio.sleep(0.01)


async def notify(connection: Connection, payload: object) -> None:
    await connection.execute("SELECT pg_notify($1, $2)", EVENTS_CHANNEL, str(payload))


async def next_count(messages: AsyncIterator[bytes]) -> int:
    """How often the view had been read for the next message."""
    event = "event: degraded"
    while event == "event: degraded":
        async with asyncio.timeout(patience.SECONDS):
            event, data = (await anext(messages)).decode().split("\n")[:2]
    assert event == "event: overview"
    count: int = json.loads(data.removeprefix("data: "))["freshness"]["outbox_waiting"]
    return count


async def test_viewers_of_one_view_share_one_reading(
    hub: LiveHub, reading: Reading, connection: Connection
) -> None:
    with hub.follow(VIEW, "a", VISITOR) as a, hub.follow(VIEW, "b", VISITOR) as b:
        first, second = a.messages(), b.messages()
        assert (await next_count(first), await next_count(second)) == (1, 1)
        await notify(connection, 2)
        assert (await next_count(first), await next_count(second)) == (2, 2)
        with hub.follow(VIEW, "c", VISITOR) as c:
            assert await next_count(c.messages()) == 2  # what is known, at once
    assert reading.views == [VIEW] * 2


async def test_a_storm_of_events_is_read_once(
    hub: LiveHub, reading: Reading, connection: Connection
) -> None:
    started = time.monotonic()
    with hub.follow(VIEW, "a", VISITOR) as follower:
        messages = follower.messages()
        assert await next_count(messages) == 1
        for number in range(200):
            await notify(connection, f"{1 + number % 2}")
        assert await next_count(messages) == len(reading.views) >= 2
        # Twice, unless the storm itself took longer than a reading is good for.
        assert len(reading.views) <= 1 + (time.monotonic() - started) / live_topics.REFRESH_SECONDS


async def test_other_shops_wake_nobody(
    hub: LiveHub, reading: Reading, connection: Connection
) -> None:
    other = View((3,), "7d")
    with hub.follow(VIEW, "a", VISITOR) as a, hub.follow(other, "b", VISITOR) as b:
        mine, theirs = a.messages(), b.messages()
        await next_count(mine)
        await next_count(theirs)
        for payload in ("12", "", "x", "3"):
            await notify(connection, payload)
        await next_count(theirs)
    assert reading.views.count(VIEW) == 1
    assert reading.views.count(other) == 2


async def test_it_listens_again_after_the_connection_is_lost(
    hub: LiveHub, connection: Connection
) -> None:
    with hub.follow(VIEW, "a", VISITOR) as follower:
        messages = follower.messages()
        await next_count(messages)
        lost = await listening(connection)
        await connection.execute("SELECT pg_terminate_backend($1)", lost)
        await listening(connection, other_than=lost)
        assert await next_count(messages) == 2  # what came in between may have been missed
        await notify(connection, 1)
        assert await next_count(messages) == 3


async def test_a_store_that_is_away_is_asked_again(
    hub: LiveHub, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_topics, "REFRESH_SECONDS", 0.01)
    reading.error = ConnectionRefusedError("away")
    with hub.follow(VIEW, "a", VISITOR) as follower:
        await until(lambda: len(reading.views) >= 3)
        reading.error = None
        assert await next_count(follower.messages()) > 3


async def test_an_unforeseen_error_is_logged_and_the_view_read_again_at_the_next_tick(
    hub: LiveHub, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_topics, "REFRESH_SECONDS", 0.01)
    monkeypatch.setattr(live_topics, "TICK_SECONDS", 0.05)
    reading.error = KeyError("of a programmer")
    with structlog.testing.capture_logs() as logs, hub.follow(VIEW, "a", VISITOR) as follower:
        started = time.monotonic()
        await until(lambda: len(reading.views) >= 3)
        assert time.monotonic() - started >= 2 * live_topics.TICK_SECONDS
        reading.error = None
        assert await next_count(follower.messages()) > 3
    failed = [entry for entry in logs if entry["event"] == "a live view failed"]
    assert len(failed) >= 2
    assert all(entry["log_level"] == "error" and entry["exc_info"] for entry in failed)


async def is_watched(connection: Connection) -> bool:
    found: bool = await connection.fetchval(f"SELECT {IS_WATCHED}")
    return found


async def until_watched(connection: Connection, expected: bool) -> None:
    async with asyncio.timeout(patience.SECONDS):
        while await is_watched(connection) is not expected:
            await asyncio.sleep(0.01)


async def test_shippers_know_while_somebody_looks(
    hub: LiveHub, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "ATTENTION_CHECK_SECONDS", 0.01)
    assert not await is_watched(connection)
    with hub.follow(VIEW, "a", VISITOR):
        await until_watched(connection, True)
        lost = await listening(connection)
        await connection.execute("SELECT pg_terminate_backend($1)", lost)
        await listening(connection, other_than=lost)
        await until_watched(connection, True)
    await until_watched(connection, False)
    hub.requested()
    await until_watched(connection, True)
    monkeypatch.setattr(live, "ATTENTION_SECONDS", 0.0)
    await until_watched(connection, False)


async def test_a_request_with_a_session_is_somebody_who_looks(
    counting_panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, requests = counting_panel.resources.hub, list[None]()
    monkeypatch.setattr(hub, "requested", lambda: requests.append(None))
    assert (await counting_panel.client.get("/api/v1/me")).status_code == 401
    assert not requests
    async with counting_panel.visitor("viewer") as client:
        assert (await client.get("/api/v1/me")).status_code == 200
    assert len(requests) == 1


async def test_nobody_looking_costs_nothing(hub: LiveHub, reading: Reading) -> None:
    with hub.follow(VIEW, "a", VISITOR) as follower:
        await next_count(follower.messages())
        assert _reading_tasks()
    await until(lambda: not _reading_tasks())
    assert len(reading.views) == 1


def _reading_tasks() -> list[str]:
    names = (task.get_name() for task in asyncio.all_tasks() if not task.done())
    return [name for name in names if name.startswith("live View")]


async def test_a_quiet_stream_is_kept_open_by_comments(
    hub: LiveHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "HEARTBEAT_SECONDS", 0.02)
    with hub.follow(VIEW, "a", VISITOR) as follower:
        async with asyncio.timeout(patience.SECONDS):
            async for message in follower.messages():
                if message == b": ping\n\n":
                    break


@asynccontextmanager
async def stream(
    client: httpx.AsyncClient, query: str = ""
) -> AsyncIterator[Callable[[], Awaitable[dict[str, Any] | None]]]:
    """An open stream; calling it waits for the next overview, None at the end of the stream."""
    async with client.stream("GET", f"/api/v1/live?{query}") as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["x-accel-buffering"] == "no"
        lines = response.aiter_lines()

        async def following() -> dict[str, Any] | None:
            async with asyncio.timeout(patience.SECONDS):
                async for line in lines:
                    if line.startswith("data: "):
                        overview: dict[str, Any] = json.loads(line.removeprefix("data: "))
                        return overview
            return None

        yield following


async def test_a_sale_is_pushed_to_the_screen(
    counting_panel: Panel, connection: Connection, clickhouse_url: str
) -> None:
    shop = await create_shop(connection)
    await listening(connection)
    async with (
        counting_panel.visitor("viewer", [shop.id]) as client,
        stream(client, f"shops={shop.id}&period=7d") as following,
    ):
        before = await following()
        assert before is not None and before["figures"][0]["value"] == 0
        record(clickhouse_url, paid(shop.id, 250, at=NOON))
        await notify(connection, shop.id)
        notified = time.monotonic()
        after = await following()
        assert after is not None and after["figures"][0]["value"] == 250
        # By the notice, not by the clock. How soon is measured by bench and by the chaos tests.
        assert time.monotonic() - notified < live_topics.TICK_SECONDS


async def test_revoking_the_link_ends_the_stream(
    counting_panel: Panel, connection: Connection
) -> None:
    async with (
        counting_panel.visitor("viewer") as client,
        counting_panel.visitor("analyst") as other,
        stream(client) as following,
        stream(other) as still_following,
    ):
        assert await following() is not None
        assert await still_following() is not None
        await connection.execute(
            "UPDATE access_links SET revoked_at = now() WHERE label = 'viewer'"
        )
        assert await following() is None
        assert (await client.get("/api/v1/live")).status_code == 401
        hub = counting_panel.resources.hub
        await until(lambda: hub.streams == 1)


async def test_leaving_and_running_out_end_the_stream_too(
    counting_panel: Panel, connection: Connection
) -> None:
    async with counting_panel.visitor() as client, stream(client) as following:
        assert await following() is not None
        await client.post("/api/v1/leave")
        assert await following() is None
    assert live.SESSION_CHECK_SECONDS <= 0.5  # within a second, with the time of the check
    for runs_out in (
        "UPDATE panel_sessions SET last_seen_at = now() - interval '13 hours'",
        "UPDATE panel_sessions SET created_at = now() - interval '8 days'",
        "UPDATE access_links SET expires_at = now() - interval '1 ms'",
    ):
        async with counting_panel.visitor() as client, stream(client) as following:
            assert await following() is not None
            await connection.execute(runs_out)
            assert await following() is None
            assert_problem(await client.get("/api/v1/live/overview"), 401, "session_missing")


async def test_a_viewer_who_goes_away_is_forgotten(
    counting_panel: Panel,
) -> None:
    hub = counting_panel.resources.hub
    async with counting_panel.visitor() as client:
        async with stream(client) as following:
            assert await following() is not None
            assert hub.streams == 1
        await until(lambda: hub.streams == 0)

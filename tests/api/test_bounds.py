"""Limits instead of a pile-up: waiting, statements, bodies and heads have bounds, and words."""

import asyncio
import time
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from aiohttp import ClientConnectionError
from clickhouse_connect.driver.exceptions import DatabaseError

from api import body_bounds, bounded_pool
from api.body_bounds import MOST_BYTES
from api.bounded_pool import BoundedPool, open_bounded_pool
from api.problems import Busy, store_problem
from api.reader import Reader
from api.slots import Slots
from core import prompt_protocol
from core.postgres import Connection
from tests import patience
from tests.api.conftest import Panel, assert_problem, eventually, until


async def test_who_finds_no_slot_waits_in_a_short_line() -> None:
    slots = Slots(2, line=1, seconds=patience.SECONDS)
    async with slots.take(), slots.take():
        waiting = asyncio.create_task(slots.acquire())
        await until(lambda: slots.waiting == 1)
        with pytest.raises(Busy) as busy:
            await slots.acquire()
        assert (busy.value.status, busy.value.retry_after) == (503, 1)
    await waiting
    assert slots.waiting == 0
    hurried = Slots(1, line=5, seconds=0.01)
    async with hurried.take():
        with pytest.raises(Busy):
            await hurried.acquire()
    await hurried.acquire()  # who gave up has taken nothing


async def test_a_taken_pool_answers_busy_and_recovers(
    panel: Panel, owner: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = panel.resources.pool
    assert isinstance(kept, BoundedPool)
    taken = Slots(2, line=1, seconds=0.05)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(kept, "slots", taken)
        async with taken.take(), taken.take():
            refused = await asyncio.gather(*(owner.get("/api/v1/shops") for _ in range(20)))
            for response in refused:
                assert_problem(response, 503, "busy")
                assert response.headers["retry-after"] == "1"
                assert response.json()["explained"]["ru"]
            health = await panel.client.get("/api/v1/health")  # needs no store, and waits for none
            assert health.json() == {"status": "ok"}
    assert (await owner.get("/api/v1/shops")).json() == []


async def test_what_the_stores_say_is_said_in_words() -> None:
    for error, status, code, comes_back in (
        (asyncpg.QueryCanceledError("statement timeout"), 504, "query_timeout", False),
        (DatabaseError("slow", code=159), 504, "query_timeout", False),
        (DatabaseError("many", code=202), 503, "busy", True),
        (DatabaseError("memory", code=241), 503, "busy", True),
        (asyncpg.TooManyConnectionsError("many"), 503, "busy", True),
        (asyncpg.LockNotAvailableError("locked"), 503, "busy", True),
        (Busy(), 503, "busy", True),
        (DatabaseError("no table", code=60), 503, "store_not_migrated", False),
        (asyncpg.UndefinedTableError("no table"), 503, "store_not_migrated", False),
        (ClientConnectionError("refused"), 503, "clickhouse_unavailable", True),
        (ConnectionRefusedError("refused"), 503, "postgres_unavailable", True),
        (asyncpg.InterfaceError("closed"), 503, "postgres_unavailable", True),
        (TimeoutError("connecting"), 503, "postgres_unavailable", True),
    ):
        found = store_problem(error)
        assert (found.status, found.code) == (status, code), error
        assert (found.retry_after is not None) is comes_back, error
        assert found.explained.ru and found.explained.en


async def test_a_statement_that_takes_too_long_is_stopped(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await open_bounded_pool(database_url, size=2, application="test")
    try:
        for name, value in bounded_pool.SETTINGS.items():
            assert await kept.fetchval("SELECT current_setting($1)", name) in (value, "1min")
    finally:
        await kept.close()
    monkeypatch.setitem(bounded_pool.SETTINGS, "statement_timeout", "20ms")
    bounded = await open_bounded_pool(database_url, size=2, application="test")
    try:
        with pytest.raises(asyncpg.QueryCanceledError):
            await bounded.execute("SELECT pg_sleep(60)")
    finally:
        await bounded.close()


async def test_clickhouse_has_slots_and_a_time_for_each_query(clickhouse_panel_url: str) -> None:
    reader = Reader(clickhouse_panel_url, 1)
    reader.slots = Slots(1, line=0, seconds=1)
    sleeping = "SELECT sum(sleepEachRow(0.1)) AS s FROM numbers(600) SETTINGS max_block_size = 1"
    slow = asyncio.create_task(reader.rows(sleeping, {}, settings={"max_execution_time": 1}))
    await until(lambda: reader.slots.is_full)
    with pytest.raises(Busy):
        await reader.rows("SELECT 1", {})
    with pytest.raises(DatabaseError) as stopped:
        await slow
    assert store_problem(stopped.value).code == "query_timeout"
    assert await reader.ping()
    await reader.close()


async def _pieces(size: int, seen: list[int]) -> AsyncIterator[bytes]:
    piece = b" " * 64 * 1024
    for _ in range(size // len(piece)):
        seen.append(len(piece))
        yield piece
        await asyncio.sleep(0)


async def test_a_body_over_its_routes_limit_is_refused_before_it_is_read(
    panel: Panel, owner: httpx.AsyncClient
) -> None:
    json = {"content-type": "application/json"}
    for body in (b" " * (MOST_BYTES + 1), _pieces(8 * MOST_BYTES, [])):
        response = await owner.post("/api/v1/shops", content=body, headers=json)
        assert_problem(response, 413, "body_too_large")
        assert str(MOST_BYTES // 1024) in response.json()["detail"]
    # Also for who has no session, and where nobody reads the body.
    strange = await panel.client.post(
        "/api/v1/enter", content=b"x" * (2 * MOST_BYTES), headers=json
    )
    assert_problem(strange, 413, "body_too_large")
    fits = b'{"name": "Shop"}'.ljust(MOST_BYTES)
    assert (await owner.post("/api/v1/shops", content=fits, headers=json)).status_code == 201


async def _answer_to(panel: Panel, *sent: bytes) -> bytes:
    """What the server says to these bytes until it closes the connection."""
    url = panel.client.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        for piece in sent:
            writer.write(piece)
            await writer.drain()
        async with asyncio.timeout(patience.SECONDS):
            return await reader.read()
    finally:
        writer.close()


async def test_a_body_that_does_not_arrive_is_given_up(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body_bounds, "SECONDS", 0.1)
    head = b"POST /api/v1/enter HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    answer = await _answer_to(panel, head + b"content-length: 9\r\n\r\n", b"{")
    assert b" 408 " in answer and b"body_too_slow" in answer


async def test_a_slow_head_is_cut_and_a_large_one_refused(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = b"x-a: " + b"a" * 70_000
    assert b" 431 " in await _answer_to(
        panel, b"GET /api/v1/health HTTP/1.1\r\nhost: x\r\n" + large
    )
    monkeypatch.setattr(prompt_protocol, "HEAD_SECONDS", 0.1)
    began = time.monotonic()
    assert b" 408 " in await _answer_to(panel, b"GET /api/v1/health HTTP/1.1\r\nhost: x\r\n")
    assert b" 408 " in await _answer_to(panel)
    assert time.monotonic() - began >= 0.2
    # One that comes whole is answered, with the next one on the same connection.
    whole = b"GET /api/v1/health HTTP/1.1\r\nhost: x\r\n\r\n"
    closing = b"GET /api/v1/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    assert (await _answer_to(panel, whole, closing)).count(b" 200 OK") == 2


async def test_reading_stops_when_the_visitor_has_left(
    counting_panel: Panel, connection: Connection
) -> None:
    """In PostgreSQL, whose locked table keeps the request waiting."""
    async with counting_panel.visitor() as owner:
        async with connection.transaction():
            await connection.execute("LOCK TABLE shops IN ACCESS EXCLUSIVE MODE")
            asking = asyncio.create_task(owner.get("/api/v1/shops"))

            async def waiting() -> bool:
                found: bool = await connection.fetchval(
                    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                    "AND datname = current_database())"
                )
                return found

            async def over() -> bool:
                return not await waiting()

            await eventually(waiting)
            asking.cancel()
            await eventually(over)
        assert (await owner.get("/api/v1/shops")).status_code == 200

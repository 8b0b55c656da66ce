"""Answers to metrics queries: kept until the data change, refused if they cost too much, stopped if
nobody waits."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import Request

from api import answer_cache, count_statement, metric_reading
from api.leaving import VisitorLeft, unless_left
from api.reader import Reader
from core.clickhouse import open_client
from core.postgres import Connection
from core.settings import Settings
from pipelines import following
from pipelines.clickhouse import ClickHouse
from pipelines.postgres import Postgres
from pipelines.upkeep import erasure
from tests.api.conftest import assert_problem, eventually, until
from tests.api.happenings import NOON, first_start, paid, record
from tests.factories import create_shop

DAY = timedelta(days=1)
FIRST, LAST = NOON.date() - DAY, NOON.date() + DAY


async def test_an_answer_is_kept_until_the_data_change(
    client: httpx.AsyncClient,
    connection: Connection,
    counting_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = await create_shop(connection, timezone="UTC")
    url = counting_settings.clickhouse_url.get_secret_value()
    record(url, first_start(shop.id, 1))
    monkeypatch.setattr(answer_cache, "minute", lambda now: "always the same")
    address, wanted = "/api/v1/metrics/query", {"metrics": "starts", "shops": str(shop.id)}
    first = await client.get(address, params=wanted)
    tag = first.headers["etag"]
    again = await client.get(address, params=wanted)
    assert (again.headers["etag"], again.content) == (tag, first.content)
    same = await client.get(address, params=wanted, headers={"If-None-Match": f"W/{tag}"})
    assert (same.status_code, same.content) == (304, b"")
    other = await client.get(address, params=wanted | {"grain": "week"})
    assert other.headers["etag"] != tag
    record(url, first_start(shop.id, 2))
    changed = await client.get(address, params=wanted, headers={"If-None-Match": tag})
    assert changed.status_code == 200 and changed.json()["series"][0]["value"] == 2
    tag = changed.headers["etag"]
    await connection.execute("UPDATE shops SET timezone = 'Asia/Tokyo' WHERE id = $1", shop.id)
    moved = await client.get(address, params=wanted, headers={"If-None-Match": tag})
    assert moved.status_code == 200


async def test_a_query_that_costs_too_much_is_refused(
    client: httpx.AsyncClient,
    connection: Connection,
    counting_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = await create_shop(connection)
    record(
        counting_settings.clickhouse_url.get_secret_value(),
        *(first_start(shop.id, buyer) for buyer in range(1, 9)),
    )
    monkeypatch.setattr(metric_reading, "LIMITS", {"max_rows_to_read": 1})
    answer = await client.get(
        "/api/v1/metrics/query", params={"metrics": "starts", "from": str(FIRST), "to": str(LAST)}
    )
    assert_problem(answer, 422, "too_expensive")
    assert "меньше дней" in answer.json()["explained"]["ru"]


async def test_answers_follow_late_events_verdicts_and_erasure(
    client: httpx.AsyncClient,
    connection: Connection,
    counting_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = await create_shop(connection, timezone="UTC")
    url = counting_settings.clickhouse_url.get_secret_value()
    record(url, *(paid(shop.id, 100, buyer, order_id=buyer) for buyer in (1, 2, 3)))
    monkeypatch.setattr(answer_cache, "minute", lambda now: "always the same")
    tags: set[str] = set()

    async def counted() -> list[int]:
        """Buyers, raw and clean; each time another answer, which is then kept."""
        found = []
        for variant in ("raw", "clean"):
            wanted = {"metrics": "buyers", "shops": str(shop.id), "variant": variant}
            answers = [await client.get("/api/v1/metrics/query", params=wanted) for _ in "12"]
            assert answers[0].content == answers[1].content
            assert answers[0].headers["etag"] not in tags
            tags.add(answers[0].headers["etag"])
            found.append(answers[0].json()["series"][0]["value"])
        return found

    async def fold() -> None:
        planned = {NOON.date(): ["people_day"]}
        stores = (ClickHouse(lambda: counting_settings), Postgres(lambda: counting_settings))
        assert not await asyncio.to_thread(following.bring_up, planned, *stores, lambda *_: None)

    def judge(verdict: str, number: int) -> None:
        with open_client(url) as store:
            names = ["shop_id", "buyer_no", "verdict", "published_at"]
            store.insert("fraud_verdict", [[shop.id, 2, verdict, number]], names)

    assert await counted() == [3, 3]
    await fold()
    assert await counted() == [3, 3]
    record(url, paid(shop.id, 100, 4, order_id=4))  # of a closed day, days later
    assert await counted() == [4, 4]
    judge("fraud", 1)
    assert await counted() == [4, 3]
    await fold()
    assert await counted() == [4, 3]
    judge("clear", 2)
    assert await counted() == [4, 4]
    with open_client(url) as store:
        gone = erasure.Erasure(shop.id, 4, with_events=True, is_counted=False)
        await erasure.finish(connection, store, [gone])
    assert await counted() == [3, 3]


async def test_a_query_ends_when_nobody_waits(
    clickhouse_panel_url: str, settings: Settings
) -> None:
    reader = Reader(clickhouse_panel_url)
    slow = "SELECT sum(sleepEachRow(1)) AS slept FROM numbers(20) SETTINGS max_block_size = 1"
    asking = asyncio.create_task(reader.rows(slow, {}))
    with open_client(settings.clickhouse_url.get_secret_value()) as client:

        async def is_running() -> bool:
            sql = "SELECT count() FROM system.processes WHERE query LIKE '%AS slept%numbers(20)%'"
            sql += " AND user = 'panel'"
            rows = await asyncio.to_thread(client.query, sql)
            return bool(rows.result_rows[0][0])

        async def is_over() -> bool:
            return not await is_running()

        await eventually(is_running)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await eventually(is_over)
    await reader.close()


async def test_the_query_of_a_visitor_who_leaves_is_stopped(
    client: httpx.AsyncClient,
    connection: Connection,
    counting_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = await create_shop(connection, timezone="UTC")
    record(counting_settings.clickhouse_url.get_secret_value(), first_start(shop.id, 1))
    written = count_statement.totals_sql

    def slowly(*given: Any, **more: Any) -> str:
        """The same query, half a minute long."""
        slow = "(SELECT sleepEachRow(1) AS waited FROM numbers(30)) AS n"
        sql = f"SELECT t.*, n.waited FROM {slow}, ({written(*given, **more)}) AS t"
        return f"{sql} SETTINGS max_block_size = 1"

    monkeypatch.setattr(count_statement, "totals_sql", slowly)
    wanted = {"metrics": "starts", "shops": str(shop.id), "from": str(FIRST), "to": str(LAST)}
    asking = asyncio.create_task(client.get("/api/v1/metrics/query", params=wanted))
    with open_client(counting_settings.clickhouse_url.get_secret_value()) as store:

        async def running() -> int:
            sql = "SELECT count() FROM system.processes WHERE query LIKE 'SELECT t.*, n.waited%' "
            sql += "AND user = 'panel' AND current_database = currentDatabase()"
            rows = await asyncio.to_thread(store.query, sql)
            return int(rows.result_rows[0][0])

        async def is_running() -> bool:
            return await running() > 0

        async def is_over() -> bool:
            return await running() == 0

        await eventually(is_running)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await eventually(is_over)


async def test_work_is_cancelled_when_the_visitor_leaves() -> None:
    messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    request = Request({"type": "http", "method": "GET", "headers": []}, messages.get)
    states: list[str] = []

    async def work() -> int:
        states.append("begun")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            states.append("cancelled")
            raise
        return 1

    waiting = asyncio.create_task(unless_left(request, work()))
    await messages.put({"type": "http.request", "body": b"", "more_body": False})
    await until(lambda: states == ["begun"])
    assert not waiting.done()
    await messages.put({"type": "http.disconnect"})
    with pytest.raises(VisitorLeft):
        await waiting
    assert states == ["begun", "cancelled"]

    async def quick() -> int:
        return 2

    assert await unless_left(request, quick()) == 2


def test_the_cache_keeps_few() -> None:
    cache = answer_cache.AnswerCache()
    for number in range(answer_cache.MOST_ANSWERS + 1):
        cache.keep(str(number), b"x")
    assert cache.get("0") is None and cache.get("1") == b"x"
    cache.keep("large", b"x" * answer_cache.MOST_BYTES)
    assert cache.get("2") is None and cache.get("large") is not None

"""Live views over HTTP: many viewers, polls, caps; and a server that stops while it is busy."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import httpx
import pytest
from pydantic import SecretStr

from api import live, live_topics, main
from api.exporting import querying
from api.exports import Query
from api.live import LiveHub
from api.live_topics import View
from api.reader import Reader, Table
from api.resources import overview_now
from core.postgres import Connection, Pool
from core.settings import Settings
from core.shop import access
from core.shop.access import Visitor
from local.ports import free_port
from tests import patience
from tests.api.conftest import Panel, assert_problem, eventually, serving, until
from tests.api.happenings import NOON, paid, record
from tests.api.test_live import listening, notify, stream
from tests.factories import create_shop

VISITOR = Visitor(link_id=1, label="x", role="owner", shop_ids=None)


class CountingReader(Reader):
    """Keeps the queries that it is asked."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.asked: list[str] = []

    async def rows(
        self,
        sql: str,
        parameters: Mapping[str, Any],
        tables: Sequence[Table] = (),
        settings: Mapping[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        self.asked.append(sql)
        return await super().rows(sql, parameters, tables, settings)


async def test_fifty_viewers_of_a_shop_ask_as_much_as_one(
    pool: Pool,
    connection: Connection,
    database_url: str,
    clickhouse_panel_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live_topics, "TICK_SECONDS", 3600)
    reader = CountingReader(clickhouse_panel_url)
    hub = LiveHub(database_url, pool, lambda view: overview_now(pool, reader, view))
    amounts = []
    for viewers in (1, 50):
        shop = await create_shop(connection)
        view = View((shop.id,), "7d")
        reader.asked.clear()
        with ExitStack() as together:
            followers = [
                together.enter_context(hub.follow(view, f"{number}", VISITOR))
                for number in range(viewers)
            ]
            async with asyncio.timeout(patience.SECONDS):
                first = {await anext(each.messages()) for each in followers}
            polls = await asyncio.gather(*(hub.snapshot(view) for _ in range(viewers)))
        assert len(first) == 1
        assert len({poll.tag for poll in polls}) == 1
        amounts.append(sorted(reader.asked))
    await reader.close()
    assert amounts[0] == amounts[1] != []


async def test_polls_get_what_streams_do(
    counting_panel: Panel, connection: Connection, clickhouse_url: str
) -> None:
    shop = await create_shop(connection)
    await listening(connection)
    address = f"/api/v1/live/overview?shops={shop.id}&period=7d"
    async with counting_panel.visitor("viewer", [shop.id]) as client:
        first = await client.get(address)
        assert first.status_code == 200
        tag = first.headers["etag"]
        assert first.headers["cache-control"] == "private, no-cache"
        assert "x-accel-expires" not in first.headers  # nobody is in front
        same = await client.get(address, headers={"if-none-match": tag})
        assert (same.status_code, same.content) == (304, b"")
        async with stream(client, f"shops={shop.id}&period=7d") as following:
            pushed = await following()
        polled = (await client.get(address)).json()
        assert pushed is not None and pushed | {"as_of": 0} == polled | {"as_of": 0}
        record(clickhouse_url, paid(shop.id, 250, at=NOON))
        await notify(connection, shop.id)

        async def has_changed() -> bool:
            changed = await client.get(address, headers={"if-none-match": tag})
            return changed.status_code == 200 and changed.json()["figures"][0]["value"] == 250

        await eventually(has_changed)
        other = await create_shop(connection)
        assert_problem(
            await client.get(f"/api/v1/live/overview?shops={other.id}"), 404, "shop_not_found"
        )


async def test_a_session_with_too_many_streams_is_told_so(
    counting_panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST_STREAMS", 1)
    hub = counting_panel.resources.hub
    async with counting_panel.visitor("viewer") as client:
        async with stream(client) as following:
            assert await following() is not None
            for path in ("/api/v1/live", "/api/v1/live?each=true", "/api/v1/live/bots"):
                refused = await client.get(path)
                assert_problem(refused, 429, "too_many_streams")
                assert int(refused.headers["retry-after"]) > 0
                assert refused.json()["explained"]["ru"]
        await until(lambda: hub.streams == 0)
        async with stream(client, "each=true") as following:
            assert hub.streams == 1


async def test_a_stopping_server_finishes_what_is_under_way(
    counting_settings: Settings,
    pool: Pool,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(main, "STOP_SECONDS", patience.SECONDS)
    async with serving(counting_settings, pool) as panel, panel.visitor() as client:
        async with client.stream("GET", "/api/v1/live") as response:
            lines = response.aiter_lines()
            async with connection.transaction():
                await connection.execute("LOCK TABLE bots IN ACCESS EXCLUSIVE MODE")
                asking = asyncio.create_task(client.get("/api/v1/shops"))
                await eventually(lambda: _is_waiting(connection))
                panel.server.should_exit = True
                async with asyncio.timeout(patience.SECONDS):
                    rest = [line async for line in lines]
                assert any(line.startswith("retry: ") for line in rest)
                assert not asking.done()
            assert (await asking).status_code == 200


async def _is_waiting(connection: Connection) -> bool:
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
        "AND datname = current_database())"
    )
    return found


async def test_a_stopping_server_cuts_an_export_that_goes_on(
    counting_settings: Settings,
    pool: Pool,
    clickhouse_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(main, "STOP_SECONDS", 1)
    endless = Query("SELECT number, sleepEachRow(0.001) FROM numbers(100000000)", {})
    monkeypatch.setattr(querying, "_query", AsyncMock(return_value=endless))
    watcher = Reader(clickhouse_url)

    async def is_running() -> bool:
        rows = await watcher.rows(
            "SELECT count() AS n FROM system.processes WHERE query LIKE {like:String} "
            "AND current_database = currentDatabase()",
            {"like": "SELECT number, sleepEachRow%"},
        )
        return bool(rows[0]["n"])

    async def is_over() -> bool:
        return not await is_running()

    day = f"{NOON:%Y-%m-%d}"
    async with serving(counting_settings, pool) as panel, panel.visitor() as client:
        panel.resources.exporter.settings["max_block_size"] = "100"
        address = f"/api/v1/exports/sales.csv?from={day}&to={day}"
        with pytest.raises(httpx.HTTPError):  # never as if the file were whole
            async with client.stream("GET", address) as response:
                await eventually(is_running)
                panel.server.should_exit = True
                async for _ in response.aiter_bytes():
                    pass
    await eventually(is_over)
    await watcher.close()


async def connected(client: httpx.AsyncClient) -> None:
    """Waits until the service answers."""
    async with asyncio.timeout(patience.SECONDS):
        while True:
            try:
                await client.get("/api/v1/health")
                return
            except httpx.TransportError:
                await asyncio.sleep(0.02)


@contextmanager
def service(settings: Settings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`vitrina api` as a process of its own."""
    program = (
        "import sys; from api.main import run; from core.settings import Settings\n"
        "run(Settings.model_validate_json(sys.stdin.read()))"
    )
    values = settings.model_dump(mode="json") | {
        name: value.get_secret_value() for name, value in settings if isinstance(value, SecretStr)
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=output, stderr=output
        )
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps(values).encode())
            process.stdin.close()
            yield process
        finally:
            process.kill()
            process.wait()


async def test_the_service_stops_in_time_with_streams_open(
    counting_settings: Settings, connection: Connection, tmp_path: Path
) -> None:
    port = free_port()
    token = await access.create_link(connection, label="x", role="owner")
    settings = counting_settings.model_copy(update={"api_port": port})
    with service(settings, tmp_path / "log") as process:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=patience.SECONDS, verify=False
        ) as client:
            await connected(client)
            assert (await client.post("/api/v1/enter", json={"token": token})).is_success
            async with stream(client) as following:
                assert await following() is not None
                process.send_signal(signal.SIGTERM)
                assert await following() is None
                assert await asyncio.to_thread(process.wait, patience.SECONDS) == 0
    assert "graceful shutdown exceeded" not in (tmp_path / "log").read_text()

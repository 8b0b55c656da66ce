"""`Idempotency-Key`: what is sent twice is done once, also at once, and after a kill."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from api import idempotency as kept_answers
from api.body_bounds import MOST_BYTES
from api.lent_connections import borrowed
from api.slots import Slots
from core.postgres import Connection, Pool
from core.shop import idempotency
from core.shop.idempotency import KeptAnswer
from tests import factories, patience
from tests.api.conftest import Panel, assert_problem, eventually, until
from tests.factories import KEYS

KEY = {"Idempotency-Key": "5e0d8a4e-53f4-4a51"}


async def keys_path(connection: Connection) -> str:
    shop = await factories.create_shop(connection)
    return f"/api/v1/shops/{shop.id}/write-keys"


async def made_keys(connection: Connection) -> int:
    count: int = await connection.fetchval("SELECT count(*) FROM write_keys")
    return count


async def test_a_change_that_is_sent_twice_is_made_once_and_answered_alike(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    path = await keys_path(connection)
    first = await owner.post(path, json={"label": "site"}, headers=KEY)
    second = await owner.post(path, json={"label": "site"}, headers=KEY)
    assert (first.status_code, first.content) == (201, second.content)
    assert second.status_code == 201
    assert second.headers["content-type"] == first.headers["content-type"]
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert await made_keys(connection) == 1
    third = await owner.post(path, json={"label": "site"}, headers={"Idempotency-Key": "other"})
    assert third.json()["id"] != first.json()["id"]
    # The secret in the answer is nowhere to be read.
    rows = await connection.fetch("SELECT * FROM idempotency_keys")
    assert first.json()["secret"].encode() not in b"".join(row["sealed"] for row in rows)

    async def is_logged() -> bool:
        log = (await owner.get("/api/v1/access/log")).json()
        posts = [each for each in log if each["method"] == "POST"]
        paths = {each["path"] for each in posts if each["path"] != "/api/v1/enter"}
        return len(posts) >= 3 and paths == {"/api/v1/shops/{shop_id}/write-keys"}

    await eventually(is_logged)


@pytest.mark.parametrize("other", ["body", "path", "method", "query", "if-match", "if-none-match"])
async def test_a_key_of_another_request_is_refused(
    owner: httpx.AsyncClient, connection: Connection, other: str
) -> None:
    path = await keys_path(connection)
    assert (await owner.post(path, json={"label": "site"}, headers=KEY)).status_code == 201
    request: dict[str, Any] = {"method": "POST", "url": path, "json": {"label": "site"}}
    match other:
        case "body":
            request["json"] = {"label": "another"}
        case "path":
            request["url"] = await keys_path(connection)
        case "method":
            request["method"] = "PUT"
        case "query":
            request["url"] = f"{path}?a=1"
    headers = KEY | ({other: '"1"'} if other.startswith("if-") else {})
    assert_problem(await owner.request(**request, headers=headers), 422, "idempotency_key_reused")
    assert await made_keys(connection) == 1


async def test_a_method_that_no_address_has_is_refused_as_that(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    path = await keys_path(connection)
    assert (await owner.post(path, json={"label": "site"}, headers=KEY)).status_code == 201
    assert_problem(await owner.request("TRACE", path, headers=KEY), 405, "method_not_allowed")


async def test_many_at_once_are_one(owner: httpx.AsyncClient, connection: Connection) -> None:
    path = await keys_path(connection)
    answers = await asyncio.gather(
        *(owner.post(path, json={"label": "site"}, headers=KEY) for _ in range(8))
    )
    assert {each.status_code for each in answers} == {201}
    assert len({each.content for each in answers}) == 1
    assert await made_keys(connection) == 1


async def test_two_processes_wait_for_each_other(pool: Pool) -> None:
    async with pool.acquire() as one, pool.acquire() as two:
        await one.execute(
            "INSERT INTO access_links (label, role, token_digest) VALUES ('x', 'owner', 'x')"
        )
        session: int = await one.fetchval(
            "INSERT INTO panel_sessions (digest, link_id) SELECT 'x', id FROM access_links "
            "RETURNING id"
        )
        answer = KeptAnswer(200, {"etag": '"1"'}, b"made", "/api/x")

        async def second() -> tuple[bytes, KeptAnswer] | None:
            async with two.transaction():
                return await idempotency.begin(two, KEYS, session, "k")

        async with one.transaction():
            assert await idempotency.begin(one, KEYS, session, "k") is None
            waiting = asyncio.create_task(second())
            await idempotency.keep(one, KEYS, session, "k", digest=b"d", answer=answer)
        assert await waiting == (b"d", answer)
        await one.execute("UPDATE idempotency_keys SET created_at = now() - interval '25 hours'")
        assert await second() is None


async def test_a_killed_process_leaves_either_both_or_nothing(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the commit nothing stands; after it the next try gets the answer."""
    path = await keys_path(connection)

    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed before the commit")

    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "keep", broken)
        response = await owner.post(path, json={"label": "site"}, headers=KEY)
        assert response.status_code == 500
    assert await made_keys(connection) == 0
    assert panel.server.started
    assert (await owner.post(path, json={"label": "site"}, headers=KEY)).status_code == 201
    assert await made_keys(connection) == 1


async def test_what_is_refused_is_not_kept(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    path = await keys_path(connection)
    assert_problem(await owner.post(path, json={"label": ""}, headers=KEY), 422, "request_invalid")
    assert (await owner.post(path, json={"label": "site"}, headers=KEY)).status_code == 201
    missing = "/api/v1/shops/999/write-keys"
    other = {"Idempotency-Key": "other"}
    assert_problem(
        await owner.post(missing, json={"label": "x"}, headers=other), 404, "shop_not_found"
    )
    assert await connection.fetchval("SELECT count(*) FROM idempotency_keys") == 1


async def test_what_asks_for_a_confirmation_still_asks(
    panel: Panel, connection: Connection
) -> None:
    """The question is stored although the change is not made."""
    shop = await factories.create_shop(connection)
    draft = {"role": "owner", "label": "second", "shop_ids": [shop.id]}
    async with panel.visitor("owner", [shop.id]) as owner:
        await connection.execute("UPDATE access_links SET origin = 'panel'")
        refused = await owner.post("/api/v1/access/links", json=draft, headers=KEY)
        assert_problem(refused, 403, "confirmation_impossible")
    assert not await connection.fetchval("SELECT count(*) FROM idempotency_keys")


async def test_keys_belong_to_a_session(panel: Panel, connection: Connection) -> None:
    path = await keys_path(connection)
    async with panel.visitor() as one, panel.visitor() as other:
        first = await one.post(path, json={"label": "site"}, headers=KEY)
        second = await other.post(path, json={"label": "site"}, headers=KEY)
    assert first.json()["secret"] != second.json()["secret"]
    nobody = await panel.client.post(path, json={"label": "site"}, headers=KEY)
    assert_problem(nobody, 401, "session_missing")
    viewer_path = path
    async with panel.visitor("viewer") as viewer:
        refused = await viewer.post(viewer_path, json={"label": "site"}, headers=KEY)
        assert_problem(refused, 403, "forbidden")


@pytest.mark.parametrize("key", ["", "a b", "x" * 201])
async def test_an_odd_key_is_refused(
    owner: httpx.AsyncClient, connection: Connection, key: str
) -> None:
    path = await keys_path(connection)
    headers = {"Idempotency-Key": key}
    refused = await owner.post(path, json={"label": "x"}, headers=headers)
    assert_problem(refused, 422, "idempotency_key_invalid")


async def test_a_file_is_kept_too(owner: httpx.AsyncClient, connection: Connection) -> None:
    shop = await factories.create_shop(connection)
    path = f"/api/v1/shops/{shop.id}/catalogue.csv?dry_run=false"
    content = "title,price\nПуэр,300\nУлун,200\n".encode()
    headers = KEY | {"Content-Type": "text/csv"}
    first = await owner.post(path, content=content, headers=headers)
    second = await owner.post(path, content=content, headers=headers)
    assert first.status_code == second.status_code
    if first.is_success:
        assert json.loads(first.content) == json.loads(second.content)
        assert second.headers["idempotency-replayed"] == "true"
        other = await owner.post(path, content=content + b"\n", headers=headers)
        assert_problem(other, 422, "idempotency_key_reused")


async def test_other_requests_of_the_session_do_not_wait_for_it(
    owner: httpx.AsyncClient, connection: Connection, pool: Pool
) -> None:
    path = await keys_path(connection)
    async with pool.acquire() as other:
        async with other.transaction():
            await other.execute("SELECT FROM shops FOR UPDATE")
            posting = asyncio.create_task(owner.post(path, json={"label": "site"}, headers=KEY))

            async def is_waiting() -> bool:
                found: bool = await connection.fetchval(
                    "SELECT count(*) > 0 FROM pg_stat_activity "
                    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
                )
                return found

            await eventually(is_waiting)
            assert (await owner.get("/api/v1/shops")).status_code == 200
            assert not posting.done()
        assert (await posting).status_code == 201


async def test_a_body_on_its_way_holds_no_connection(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await factories.create_shop(connection)
    path = f"/api/v1/shops/{shop.id}/files?kind=document&name=list.csv"
    resources, goes_on = panel.resources, asyncio.Event()
    monkeypatch.setattr(resources.pool, "slots", Slots(1, line=9, seconds=5))

    async def pieces() -> AsyncIterator[bytes]:
        yield b"Title,Price\n" * (MOST_BYTES // 10)
        await goes_on.wait()
        yield b"Tea,300\n"

    headers = KEY | {"Content-Type": "text/csv"}
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(3):  # of four
            await stack.enter_async_context(resources.upload_bodies)
        sending = asyncio.create_task(owner.post(path, content=pieces(), headers=headers))
        await until(resources.upload_bodies.locked)
        assert (await owner.get("/api/v1/shops")).status_code == 200
        goes_on.set()
    assert (await sending).status_code == 201, (await sending).text
    assert (await sending).json()["size"] == MOST_BYTES // 10 * 12 + 8
    again = await owner.post(path, content=pieces(), headers=headers)
    assert again.headers["idempotency-replayed"] == "true"


async def test_a_body_that_nobody_reads_has_bounds_too(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await keys_path(connection)
    made = await owner.post(path, json={"label": "site"})
    path = f"{path}/{made.json()['id']}"

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 64 * 1024

    monkeypatch.setattr(kept_answers, "_FILE_BYTES", MOST_BYTES)
    refused = await owner.request("DELETE", path, content=endless(), headers=KEY)
    assert_problem(refused, 413, "body_too_large")

    monkeypatch.setattr(kept_answers, "SECONDS", 0.1)
    url = panel.client.base_url
    cookie = "; ".join(f"{name}={value}" for name, value in owner.cookies.items())
    head = f"DELETE {path} HTTP/1.1\r\nhost: {url.netloc.decode()}\r\ncookie: {cookie}\r\n"
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(f"{head}idempotency-key: slow\r\ntransfer-encoding: chunked\r\n\r\n".encode())
    async with asyncio.timeout(patience.SECONDS):
        answer = await reader.readuntil(b"body_too_slow")
    writer.close()
    assert b" 408 " in answer
    assert await connection.fetchval("SELECT count(*) FROM idempotency_keys") == 0


async def test_who_is_woken_by_a_change_finds_it_committed(
    panel: Panel, owner: httpx.AsyncClient, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await factories.create_shop(connection)
    is_committed: list[bool] = []
    runner = panel.resources.export_jobs
    monkeypatch.setattr(runner, "wake", lambda: is_committed.append(borrowed() is None))
    for headers in ({}, KEY):
        made = await owner.post("/api/v1/exports/jobs", json={"table": "sources"}, headers=headers)
        assert made.status_code == 201, made.text
    assert is_committed == [True, True]
    again = await owner.post("/api/v1/exports/jobs", json={"table": "sources"}, headers=KEY)
    assert again.json() == made.json() and len(is_committed) == 2

"""Analysts ask ClickHouse by keys of the panel, as its read-only user and no longer than they
may."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import clickhouse_connect
import httpx
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError
from pydantic import SecretStr

from core.postgres import Connection, Pool
from core.settings import Settings
from tests.api.conftest import Panel, assert_problem, serving
from tests.api.happenings import happening, record
from tests.engines import Engines, with_database
from tests.factories import create_bot, create_shop

KEYS = "/api/v1/analysts/keys"


@pytest.fixture(name="open_panel")
async def panel_with_an_analysts_user(
    counting_settings: Settings, pool: Pool, engines: Engines, clickhouse_url: str
) -> AsyncIterator[Panel]:
    database = urlsplit(clickhouse_url).path.strip("/")
    url = with_database((await engines.clickhouse()).analyst_url, database)
    settings = counting_settings.model_copy(update={"clickhouse_analyst_url": SecretStr(url)})
    async with serving(settings, pool) as panel:
        yield panel


def counted(panel: Panel, password: str, statement: str) -> object:
    """The statement's one value, by ClickHouse's own client."""
    address = panel.client.base_url
    client = clickhouse_connect.get_client(
        host=address.host,
        port=address.port or 80,
        username="analyst",
        password=password,
        proxy_path="/clickhouse",
    )
    try:
        return client.query(statement).result_rows[0][0]
    finally:
        client.close()


async def ask(panel: Panel, password: str) -> httpx.Response:
    return await panel.client.get(
        "/clickhouse/", params={"query": "SELECT 1"}, auth=("analyst", password)
    )


async def test_a_key_opens_clickhouse_until_it_is_rotated_or_revoked(
    open_panel: Panel, connection: Connection, clickhouse_url: str
) -> None:
    record(clickhouse_url, happening("first_start", 1), happening("first_start", 2))
    async with open_panel.visitor("owner") as owner:
        made = (await owner.post(KEYS, json={"label": "Ira"})).json()
        assert made["url"].endswith("/clickhouse") and made["user"] == "analyst"
        first = made["password"]
        count = await asyncio.to_thread(counted, open_panel, first, "SELECT count() FROM events")
        assert count == 2
        for statement in ("TRUNCATE TABLE events", "SELECT * FROM url('http://127.0.0.1/', 'CSV')"):
            with pytest.raises(DatabaseError):
                await asyncio.to_thread(counted, open_panel, first, statement)
        key = made["key"]["id"]
        rotated = (await owner.post(f"{KEYS}/{key}/rotate", json={})).json()
        assert_problem(await ask(open_panel, first), 401, "analyst_key_invalid")
        assert (await ask(open_panel, rotated["password"])).text == "1\n"
        stored = await connection.fetchval("SELECT string_agg(k::text, '') FROM analyst_keys AS k")
        assert first not in stored and rotated["password"] not in stored
        ended = await owner.delete(f"{KEYS}/{rotated['key']['id']}")
        assert ended.status_code == 204
        assert_problem(await ask(open_panel, rotated["password"]), 401, "analyst_key_invalid")
        assert all("password" not in each for each in (await owner.get(KEYS)).json())


async def test_a_key_ends_with_its_link_and_needs_every_shop(
    open_panel: Panel, connection: Connection
) -> None:
    async with open_panel.visitor("owner") as owner:
        made = (await owner.post(KEYS, json={"label": "Ira"})).json()
        assert (await ask(open_panel, made["password"])).status_code == 200
        await connection.execute("UPDATE access_links SET revoked_at = now()")
        assert_problem(await ask(open_panel, made["password"]), 401, "analyst_key_invalid")
    async with open_panel.visitor("owner", [1]) as narrow:
        assert_problem(await narrow.post(KEYS, json={"label": "I"}), 403, "every_shop_needed")


async def test_rotating_is_confirmed_as_a_new_key_is(
    open_panel: Panel, connection: Connection
) -> None:
    bot = await create_bot(connection, await create_shop(connection))
    async with open_panel.visitor("owner") as owner:
        made = (await owner.post(KEYS, json={"label": "Ira"})).json()
        link = await connection.fetchval("SELECT link_id FROM analyst_keys")
        await connection.execute(
            "INSERT INTO owner_chats (bot_id, telegram_id, link_id, name, panel_url) "
            "VALUES ($1, 501, $2, 'Ann', 'https://shop.example')",
            *(bot.id, link),
        )
        rotated = await owner.post(f"{KEYS}/{made['key']['id']}/rotate", json={})
        assert_problem(rotated, 403, "confirmation_needed")
        assert (await ask(open_panel, made["password"])).status_code == 200


async def test_what_has_ended_is_not_rotated(open_panel: Panel, connection: Connection) -> None:
    past = {"label": "Ira", "expires_at": "2020-01-01T00:00:00Z"}
    async with open_panel.visitor("owner") as owner:
        assert_problem(await owner.post(KEYS, json=past), 422, "expiry_past")
        made = (await owner.post(KEYS, json={"label": "Ira"})).json()
        address = f"{KEYS}/{made['key']['id']}/rotate"
        replaced = await owner.post(address, json={"overlap_minutes": 60})
        assert replaced.status_code == 201
        assert (await ask(open_panel, made["password"])).status_code == 200
        assert_problem(await owner.post(address, json={}), 409, "analyst_key_ended")
        await connection.execute("UPDATE analyst_keys SET expires_at = now()")
        newest = f"{KEYS}/{replaced.json()['key']['id']}/rotate"
        assert_problem(await owner.post(newest, json={}), 409, "analyst_key_ended")
        assert len((await owner.get(KEYS)).json()) == 2


async def test_guessing_is_slowed_down(open_panel: Panel) -> None:
    answers = [(await ask(open_panel, "vta_wrong")).status_code for _ in range(12)]
    assert answers[0] == 401 and answers[-1] == 429


async def test_nobody_asks_as_a_user_who_may_write(counting_panel: Panel) -> None:
    async with counting_panel.visitor("owner") as owner:
        assert_problem(await owner.post(KEYS, json={"label": "Ira"}), 409, "analysts_unset")

"""Whose a token is, before its bot is connected: asked of the workers, kept nowhere."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
import structlog

from api.routes import bot_previews
from core.postgres import LOOKUPS_CHANNEL, Connection, Pool
from core.shop import bot_lookups, bots
from core.shop.bot_lookups import Found, Lookup
from tests.api.conftest import Panel, assert_problem
from tests.factories import KEYS, create_bot, create_shop, token

ADDRESS = "/api/v1/bots/preview"
BOT = 7_000_000_021
TEA = Found(outcome="found", username="tea_bot", title="Tea", photo=base64.b64encode(b"j").decode())
Saying = Callable[[Found], Awaitable[None]]


@pytest.fixture(name="heard")
async def listening(connection: Connection, pool: Pool) -> AsyncIterator[tuple[list[str], Saying]]:
    """The tokens that workers are asked about, and what sets their answer."""
    asked: list[str] = []
    says: list[Found] = []
    tasks: set[asyncio.Task[None]] = set()

    async def work(lookup: Lookup) -> None:
        asked.append(lookup.token(KEYS))
        async with pool.acquire() as own:
            assert await bot_lookups.take(own, lookup.id)
            assert not await bot_lookups.take(own, lookup.id), "a second worker has nothing to do"
            await bot_lookups.answer(own, lookup.id, says[0])

    def hear(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        if says:
            tasks.add(asyncio.create_task(work(Lookup.model_validate_json(str(payload)))))

    async def say(found: Found) -> None:
        says[:] = [found]

    await connection.add_listener(LOOKUPS_CHANNEL, hear)
    yield asked, say
    await connection.remove_listener(LOOKUPS_CHANNEL, hear)
    await asyncio.gather(*tasks)


async def tables_with(connection: Connection, text: str) -> set[str]:
    """Those with a row that has the text, also as bytes."""
    tables = await connection.fetch(
        "SELECT format('%I', tablename) AS name FROM pg_tables WHERE schemaname = current_schema()"
    )
    searches = [
        f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name} AS row "
        "WHERE strpos(row::text, $1) > 0 OR strpos(row::text, $2) > 0)"
        for (name,) in tables
    ]
    found = await connection.fetch(" UNION ALL ".join(searches), text, text.encode().hex())
    return {name for (name,) in found}


async def test_a_token_says_whose_it_is_and_stays_nowhere(
    owner: httpx.AsyncClient, connection: Connection, heard: tuple[list[str], Saying]
) -> None:
    asked, say = heard
    await say(TEA)
    headers = {"Idempotency-Key": "once"}  # it changes nothing, so that no answer is kept
    with structlog.testing.capture_logs() as logs:
        response = await owner.post(ADDRESS, json={"token": f" {token(BOT)}\n"}, headers=headers)
    assert response.status_code == 200, response.text
    assert response.json() == {"id": BOT, "username": "tea_bot", "title": "Tea", "photo": "ag=="}
    assert asked == [token(BOT)]
    assert await connection.fetchval("SELECT count(*) FROM bots") == 0
    assert await tables_with(connection, str(BOT)) == {"bot_lookups"}  # to be counted
    for secret in ("A" * 35, "tea_bot"):
        assert await tables_with(connection, secret) == set()
        assert secret not in str(logs)
    # Nor sealed, where no search finds it.
    assert await connection.fetchval("SELECT count(*) FROM idempotency_keys") == 0


async def test_what_telegram_does_not_know_or_say(
    owner: httpx.AsyncClient, heard: tuple[list[str], Saying]
) -> None:
    _, say = heard
    assert_problem(await owner.post(ADDRESS, json={"token": "x"}), 422, "token_malformed")
    await say(Found(outcome="token_unknown"))
    assert_problem(await owner.post(ADDRESS, json={"token": token(BOT)}), 422, "token_unknown")
    await say(Found(outcome="unanswered"))
    assert_problem(await owner.post(ADDRESS, json={"token": token(BOT)}), 503, "lookup_unanswered")


async def test_without_a_worker_there_is_an_answer_too(
    panel: Panel, owner: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot_previews, "_SECONDS", 0.05)
    answers = [await owner.post(ADDRESS, json={"token": token(BOT)}) for _ in range(4)]
    assert [each.json()["code"] for each in answers] == ["lookup_unanswered"] * 3 + [
        "too_many_lookups"
    ]
    assert answers[-1].status_code == 429 and answers[-1].headers["Retry-After"] == "600"
    # Other bots may be asked about, up to twenty of a link.
    others = [
        await owner.post(ADDRESS, json={"token": token(BOT + number)}) for number in range(1, 19)
    ]
    assert [each.status_code for each in others] == [503] * 17 + [429]
    # Who asks by another link neither suffers by that nor learns of it.
    async with panel.visitor("owner") as other:
        made_up = {"token": f"{BOT}:{'B' * 35}"}
        answers = [await other.post(ADDRESS, json=made_up) for _ in range(4)]
    assert [each.status_code for each in answers] == [503] * 3 + [429]


async def test_only_ones_own_running_bot_is_told_from_others(
    panel: Panel,
    owner: httpx.AsyncClient,
    connection: Connection,
    heard: tuple[list[str], Saying],
) -> None:
    asked, say = heard
    await say(TEA)
    mine, theirs = await create_shop(connection), await create_shop(connection)
    bot = await create_bot(connection, mine, bot_id=BOT)
    await bots.set_state(connection, bot.id, "running")
    for chosen, words in (
        ({}, "is connected to your shop “Чай” already"),
        ({"shop_id": mine.id}, "is connected to this shop already"),
        ({"shop_id": theirs.id}, "to your shop “Чай”: move it from there"),
    ):
        taken = await owner.post(ADDRESS, json={"token": token(BOT)} | chosen)
        assert_problem(taken, 409, "bot_taken")
        assert words in taken.json()["explained"]["en"]
    assert asked == []
    async with panel.visitor("owner", [theirs.id]) as stranger:
        assert (await stranger.post(ADDRESS, json={"token": token(BOT)})).status_code == 200
    async with panel.visitor("analyst", None) as analyst:
        refused = await analyst.post(ADDRESS, json={"token": token(BOT)})
        assert_problem(refused, 403, "forbidden")

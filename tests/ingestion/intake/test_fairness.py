"""One shop's requests, however they are made, do not delay the others."""

import asyncio
import contextlib
import gzip
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from core.postgres import Connection
from core.settings import Settings
from core.shop import write_keys
from core.shop.shops import Shop
from ingestion import intake as service
from ingestion.places import Places
from tests import factories
from tests.ingestion.intake.conftest import Sender, event, sending
from tests.ingestion.intake.test_events import assert_problem
from tests.ingestion.intake.test_import import FILE, post

ROUNDS = 60
MEGABYTE = 1024 * 1024
IMPORT_BOMBS = {
    "commas": b"," * 16 * MEGABYTE,
    "lines of commas": (b"," * 60_000 + b"\n") * 280,
    "empty rows": FILE.encode() + b"\n" + b",\n" * 8 * MEGABYTE,
}
EVENT_BOMBS = {
    "empty lists": b'{"events": [' + b"[]," * 2_000_000 + b"1]}",
    "nested": b'{"events": [' + b",".join([b"[" * 90 + b"]" * 90] * 30_000) + b"]}",
    "deep": b'{"events": ' + b"[" * MEGABYTE,
    "huge numbers": b'{"events": [' + b",".join([b"7" * 4000] * 1500) + b"]}",
    "many fields": b'{"events": [{' + b",".join(b'"%x": 1' % n for n in range(400_000)) + b"}]}",
}


@pytest.fixture(name="other")
async def other_shop(sender: Sender, connection: Connection) -> AsyncIterator[Sender]:
    shop: Shop = await factories.create_shop(connection, currency="RUB")
    _, key = await write_keys.create(connection, shop_id=shop.id, label="other")
    async with sending(sender.url, sender.intake, shop, key) as other:
        yield other


async def p99(sender: Sender) -> float:
    """Seconds; of so few calls, the slowest but one."""
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await sender.send(event())
        seconds.append(time.perf_counter() - began)
        await asyncio.sleep(0.01)
    return sorted(seconds)[-2]


async def attack(sender: Sender, path: str, body: bytes, ended: asyncio.Event) -> None:
    headers = {"content-encoding": "gzip"}
    while not ended.is_set():
        answer = await sender.client.post(path, content=body, headers=headers)
        assert answer.status_code in (413, 422, 429), answer.text
        if answer.status_code == 429:
            await asyncio.sleep(0.2)


@pytest.mark.parametrize("path", ["/v1/import", "/v1/events"])
async def test_another_shop_hardly_notices_hostile_bodies(
    sender: Sender, other: Sender, path: str
) -> None:
    await p99(other)  # warm
    quiet = await p99(other)
    bombs = IMPORT_BOMBS if path == "/v1/import" else EVENT_BOMBS
    ended = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for body in bombs.values():
            tasks.create_task(attack(sender, path, gzip.compress(body, 9), ended))
        await asyncio.sleep(0.5)
        during = await p99(other)
        ended.set()
    # A busy machine is slow without anybody's ill will, too.
    assert during < max(0.2, 10 * quiet), (quiet, during)


@pytest.mark.parametrize("name", list(IMPORT_BOMBS))
async def test_a_hostile_file_is_refused_soon(sender: Sender, name: str) -> None:
    body = gzip.compress(IMPORT_BOMBS[name], 9)
    began = time.perf_counter()
    answer = await post(sender, body, headers={"content-encoding": "gzip"})
    assert_problem(answer, 422, "csv_unreadable")
    assert time.perf_counter() - began < 20


@pytest.mark.parametrize("name", list(EVENT_BOMBS))
async def test_a_hostile_call_is_refused_and_paid_for(
    sender: Sender, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = EVENT_BOMBS[name]
    charged = 0.0

    def charge(_key_id: int, cost: float) -> None:
        nonlocal charged
        charged += cost

    monkeypatch.setattr(sender.intake.throttle, "enter", lambda _key_id: None)
    monkeypatch.setattr(sender.intake.throttle, "charge", charge)
    answer = await sender.client.post("/v1/events", content=body)
    assert answer.status_code == 422, answer.text
    # It fills up again by 2000 a second.
    assert charged == len(body) // 1024


async def test_a_key_has_one_file_at_a_time(sender: Sender, other: Sender) -> None:
    async with sender.intake.files.take((await key_of(sender))):
        refused = await post(sender, FILE)
        assert_problem(refused, 429, "import_under_way")
        assert refused.headers["retry-after"] == "5"
        assert (await post(other, FILE)).status_code == 200
    assert (await post(sender, FILE)).status_code == 200


async def key_of(sender: Sender) -> int:
    async with sender.intake.pool.acquire() as connection:
        return (await write_keys.writer(connection, sender.key)).key_id


async def test_a_slow_sender_loses_its_place(
    sender: Sender, other: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_PATIENCE_SECONDS", 0.5)

    async def drops() -> AsyncIterator[bytes]:
        for _ in range(15):
            yield b" "
            await asyncio.sleep(0.1)

    async def trickle() -> int:
        with contextlib.suppress(httpx.HTTPError):
            answer = await sender.client.post("/v1/events", content=drops())
            return answer.status_code
        return 408  # the connection went with the answer

    slow = [asyncio.create_task(trickle()) for _ in range(20)]
    await asyncio.sleep(0.2)
    began = time.perf_counter()
    assert await other.send(event()) == (1, 0)
    assert time.perf_counter() - began < 5
    answers = await asyncio.gather(*slow)
    # Those that waited for a place had sent all of their blanks by the time they got it.
    assert answers.count(408) >= 4 and set(answers) <= {408, 422}


async def test_places_are_shared_among_keys() -> None:
    places = Places(total=3, a_key=2)
    entered: list[int] = []
    leave = asyncio.Event()

    async def stay(key: int) -> None:
        async with places.take(key):
            entered.append(key)
            await leave.wait()

    async with asyncio.TaskGroup() as tasks:
        for key in (1, 1, 1, 1, 2):
            tasks.create_task(stay(key))
        await asyncio.sleep(0.05)
        assert entered == [1, 1, 2] and places.is_taken_by(1)
        leave.set()
    assert sorted(entered) == [1, 1, 1, 1, 2]
    assert not places.is_taken_by(1) and not places.is_taken_by(2)


async def test_a_large_call_is_as_good_as_a_small_one(
    sender: Sender, intake_settings: Settings
) -> None:
    assert intake_settings.intake_port == 0
    events = [event("goal_reached", props={"goal": "x" * 900}) for _ in range(999)]
    answer = await sender.post(*events, {"id": "bad"})
    assert answer.status_code == 202, answer.text
    report = answer.json()
    assert (report["accepted"], report["duplicates"]) == (999, 0)
    assert {problem["index"] for problem in report["errors"]} == {999}
    assert (await sender.send(*events)) == (0, 999)

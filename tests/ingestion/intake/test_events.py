"""`POST /v1/events` through the running service."""

import asyncio
import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import zstandard

from core.postgres import Connection, Pool
from core.settings import Settings
from core.shop import write_keys
from core.shop.shops import Shop
from ingestion import intake as service
from ingestion import retention
from ingestion.incoming import MAX_AGE
from ingestion.throttle import KeyThrottle
from local import ports, readiness
from tests import factories
from tests.ingestion.intake.conftest import (
    Sender,
    event,
    outbox_count,
    paid,
    rows,
    sending,
    serving,
)


def assert_problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["code"] == code and problem["detail"]
    return problem


async def test_an_event_is_in_the_outbox_as_it_was_told(
    sender: Sender, connection: Connection
) -> None:
    at = datetime.now(UTC).replace(microsecond=123000) - timedelta(hours=3)
    told = paid(
        occurred_at=at.isoformat(),
        product_id=7,
        variant_id="xl",
        quantity=2,
        language="ru",
        is_premium=True,
        is_test=True,
        latency_us=15,
        outcome="card",
        props={"код": "«»"},
    )
    assert await sender.send(told) == (1, 0)
    row = dict((await connection.fetch("SELECT * FROM outbox"))[0])
    numbers = {
        each["kind"]: each["number"]
        for each in await connection.fetch("SELECT * FROM external_numbers")
    }
    expected = {
        "shop_id": sender.shop.id,
        "bot_id": 0,
        "mode": "external",
        "event": "order_paid",
        "event_version": 1,
        "occurred_at": at,
        "buyer_no": 1,
        "session_no": 1,
        "lang": "ru",
        "is_premium": True,
        "is_staff": False,
        "is_test": True,
        "order_id": numbers["order"],
        "product_id": numbers["product"],
        "variant_id": numbers["variant"],
        "amount_minor": 129050,
        "currency": "RUB",
        "quantity": 2,
        "latency_us": 15,
        "outcome": "card",
        "props": '{"код":"«»"}',
        "retention_days": 365,
    }
    assert {key: row[key] for key in expected} == expected


async def test_sent_again_nothing_is_added(sender: Sender, connection: Connection) -> None:
    events = [event(), paid(), event("catalog_viewed")]
    assert await sender.send(*events) == (3, 0)
    assert await sender.send(*events) == (0, 3)
    assert await sender.send(event(), *events) == (1, 3)
    twice = event()
    assert await sender.send(twice, twice) == (1, 1)
    assert len(await rows(connection, "pos")) == 5
    assert sender.metric("vitrina_intake_events_total", result="accepted") == 5
    assert sender.metric("vitrina_intake_events_total", result="duplicate") == 7
    assert (
        sender.metric("vitrina_intake_request_seconds_count", path="/v1/events", status="202") == 4
    )


async def test_the_same_call_many_times_at_once_is_taken_once(sender: Sender, pool: Pool) -> None:
    events = [event(customer_id=f"c{number % 7}") for number in range(50)]
    answers = await asyncio.gather(
        *(sender.send(*events[turn:], *events[:turn]) for turn in range(8))
    )
    assert sum(accepted for accepted, _ in answers) == 50
    assert await outbox_count(pool) == 50
    assert await pool.fetchval("SELECT count(*) FROM customers") == 7


async def test_two_shops_may_have_the_same_ids(
    sender: Sender, connection: Connection, pool: Pool
) -> None:
    other = await factories.create_shop(connection)
    _, key = await write_keys.create(connection, shop_id=other.id, label="other")
    same = paid()
    await sender.send(same)
    async with sending(sender.url, sender.intake, other, key) as second:
        assert await second.send(same) == (1, 0)
    numbers = await pool.fetch("SELECT DISTINCT order_id FROM outbox")
    assert len(numbers) == 2  # and so are their orders


async def test_good_events_are_kept_and_bad_ones_named(
    sender: Sender, connection: Connection
) -> None:
    good, bad = event(), paid(currency=None)
    response = await sender.post(bad, good, 5, event(surname="Ivanova"))
    assert response.status_code == 202
    answer = response.json()
    assert (answer["accepted"], answer["duplicates"]) == (1, 0)
    problems = [(each["index"], each["id"], each["field"]) for each in answer["errors"]]
    assert problems[0] == (0, bad["id"], "currency")
    assert problems[1][:2] == (2, None)
    assert problems[2][0] == 3 and problems[2][2] == "surname"
    assert "props" in answer["errors"][2]["message"]
    assert len(await rows(connection, "pos")) == 1
    assert sender.metric("vitrina_intake_events_total", result="rejected") == 3


async def test_without_a_good_event_the_call_is_refused(sender: Sender) -> None:
    problem = assert_problem(await sender.post(event("no_such")), 422, "request_invalid")
    assert problem["errors"][0]["field"] == "event"


async def test_a_call_that_is_none_is_refused_with_advice(sender: Sender) -> None:
    for body in (
        b"",
        b"{",
        b"[]",
        b'{"events": []}',
        b'{"events": [{}], "more": 1}',
        b'{"events": [NaN]}',
        b"\xff\xfe",
        json.dumps({"events": [event()] * 1001}).encode(),
        json.dumps({"events": [event()], "bot_id": "7"}).encode(),
        b'{"events":' + b"[" * 10_000,
    ):
        assert_problem(await sender.client.post("/v1/events", content=body), 422, "request_invalid")


async def test_unknown_revoked_and_missing_keys_answer_alike(
    sender: Sender, connection: Connection
) -> None:
    key, secret = await write_keys.create(connection, shop_id=sender.shop.id, label="old")
    await write_keys.revoke(connection, shop_id=sender.shop.id, key_id=key.id)
    unknown = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    answers = []
    for header in (f"Bearer {secret}", f"Bearer {unknown}", "Bearer", "Basic abc", ""):
        response = await sender.client.post(
            "/v1/events", json={"events": [event()]}, headers={"authorization": header}
        )
        assert_problem(response, 401, "write_key_invalid")
        assert response.headers["www-authenticate"] == "Bearer"
        answers.append(response.content)
    assert len(set(answers)) == 1


async def test_a_revoked_key_writes_no_more(sender: Sender, connection: Connection) -> None:
    await sender.send(event())
    (key,) = await write_keys.of_shop(connection, sender.shop.id)
    assert key.last_used_at is not None
    await write_keys.revoke(connection, shop_id=sender.shop.id, key_id=key.id)
    assert_problem(await sender.post(event()), 401, "write_key_invalid")


async def test_a_compressed_call_is_taken(sender: Sender) -> None:
    encoders: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "zstd": zstandard.compress,
        "identity": bytes,
    }
    for named, compress in encoders.items():
        response = await sender.client.post(
            "/v1/events",
            content=compress(json.dumps({"events": [event()]}).encode()),
            headers={"content-encoding": named},
        )
        assert response.status_code == 202, response.text


async def test_bombs_and_floods_are_refused(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def post(body: Any, named: str = "") -> httpx.Response:
        headers = {"content-encoding": named} if named else {}
        return await sender.client.post("/v1/events", content=body, headers=headers)

    bomb = bytes(200 * 1024 * 1024)
    for named, body in (("gzip", gzip.compress(bomb, 1)), ("zstd", zstandard.compress(bomb))):
        assert_problem(await post(body, named), 413, "body_too_large")
    assert_problem(await post(b"abc", "gzip"), 400, "body_unreadable")
    assert_problem(await post(b"abc", "br"), 415, "encoding_unknown")
    monkeypatch.setattr(service, "MAX_CALL", 1000)
    assert_problem(await post(b" " * 1001), 413, "body_too_large")

    async def chunks() -> Any:
        for _ in range(11):
            yield b" " * 100

    assert_problem(await post(chunks()), 413, "body_too_large")


async def test_events_may_be_those_of_a_connected_bot(
    sender: Sender, connection: Connection
) -> None:
    bot = await factories.create_bot(connection, sender.shop)
    await sender.send(event(), bot_id=bot.id)
    assert await rows(connection, "bot_id") == [(bot.id,)]
    stranger = await factories.create_bot(connection, await factories.create_shop(connection))
    problem = assert_problem(await sender.post(event(), bot_id=stranger.id), 422, "bot_unknown")
    assert "leave bot_id out" in problem["detail"]
    assert len(await rows(connection, "pos")) == 1


async def test_a_key_that_sends_too_much_is_told_when_to_come_again(
    intake_settings: Settings, connection: Connection, own_shop: Shop
) -> None:
    now = 0.0
    throttle = KeyThrottle(rate=10, burst=30, clock=lambda: now)
    _, key = await write_keys.create(connection, shop_id=own_shop.id, label="busy")
    async with serving(intake_settings, throttle) as (url, intake):
        async with sending(url, intake, own_shop, key) as sender:
            await sender.send(*(event() for _ in range(60)))  # 30 − 10 − 60: owes 40
            response = await sender.post(event())
            assert_problem(response, 429, "too_many_events")
            assert response.headers["retry-after"] == "4"
            now = 4.5
            await sender.send(event())


async def test_the_outbox_and_the_memory_of_ids_go_together(
    sender: Sender, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails before the commit leaves nothing behind, not even that it was seen."""
    again = event()

    async def fail(*_arguments: Any) -> None:
        raise ConnectionResetError("the connection went away")

    with monkeypatch.context() as patched:
        patched.setattr("ingestion.recording.emit_all", fail)
        response = await sender.post(again)
        assert_problem(response, 503, "store_unavailable")
        assert response.headers["retry-after"] == "2"
    assert await pool.fetchval("SELECT count(*) FROM intake_events") == 0
    assert await sender.send(again) == (1, 0)


async def test_an_id_is_remembered_for_longer_than_an_event_is_taken(
    sender: Sender, connection: Connection
) -> None:
    await sender.send(event())
    keep = MAX_AGE + timedelta(minutes=10)
    for age, left in ((keep, 1), (keep + timedelta(days=1), 0)):
        await connection.execute("UPDATE intake_events SET received_at = now() - $1::interval", age)
        await retention.sweep(connection)
        assert await connection.fetchval("SELECT count(*) FROM intake_events") == left


async def test_it_says_how_it_is(intake_settings: Settings, pool: Pool) -> None:
    port = ports.free_port()
    settings = intake_settings.model_copy(update={"health_port": port})
    async with serving(settings):
        assert await readiness.http_ok(f"http://127.0.0.1:{port}/ready")
        status, body = await readiness.http_get(f"http://127.0.0.1:{port}/metrics")
        assert status == 200 and "vitrina_intake_events" in str(body)
    assert await outbox_count(pool) == 0


async def test_a_start_without_a_source_is_direct(sender: Sender, connection: Connection) -> None:
    """Whatever link had brought the shopper before, and whatever the caller says of it."""
    now = datetime.now(UTC)
    starts: list[dict[str, Any]] = [
        {"source": "vk"},
        {},
        {"props": {"is_direct": False}},
        {"source": "tg", "props": {"is_direct": True}},
    ]
    await sender.send(
        *[
            event("bot_started", occurred_at=(now + timedelta(seconds=n)).isoformat(), **fields)
            for n, fields in enumerate(starts)
        ]
    )
    told = await rows(connection, "props", "last_source_id")
    assert [json.loads(props) for props, _ in told] == [
        {"is_first": True},
        {"is_first": False, "is_direct": True},
        {"is_first": False, "is_direct": True},
        {"is_first": False},
    ]
    first, *later = [source for _, source in told]
    assert later[:2] == [first, first] and later[2] != first

"""Scheduled exports: made when they are due, brought once, to where they may go."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from core import zones
from core.errors import Conflict
from core.postgres import Connection, Pool
from core.settings import Settings
from core.shop import export_jobs, export_schedules, files
from core.shop.export_jobs import JobDraft
from core.shop.export_schedules import SCHEDULES_A_LINK, Rhythm
from local.ports import free_port
from tests.api.conftest import Panel, assert_problem, eventually, serving, until
from tests.factories import create_bot, create_shop

SCHEDULES = "/api/v1/exports/schedules"
OWNERS_ID = 4242


@pytest.fixture(name="near")
async def panel_that_reaches_this_machine(
    counting_settings: Settings, pool: Pool
) -> AsyncIterator[Panel]:
    settings = counting_settings.model_copy(update={"outgoing_networks": "127.0.0.1"})
    async with serving(settings, pool) as panel:
        yield panel


class Bucket:
    """An object store that keeps what is put into it, once it has refused `refusals` times."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.stored: dict[str, bytes] = {}
        self.signatures: list[str] = []
        self.port = free_port()
        self.is_open = asyncio.Event()
        self.is_open.set()

    async def put(self, request: web.Request) -> web.Response:
        self.signatures.append(request.query["X-Amz-Credential"])
        assert request.content_length is not None  # S3 takes nothing without it
        body = await request.read()
        await self.is_open.wait()
        if self.refusals:
            self.refusals -= 1
            return web.Response(status=403, text="<Code>SlowDown</Code>")
        self.stored[request.path] = body
        return web.Response()


@pytest.fixture(name="bucket")
async def running_bucket() -> AsyncIterator[Bucket]:
    bucket = Bucket(refusals=1)
    app = web.Application()
    app.router.add_put("/{path:.*}", bucket.put)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", bucket.port).start()
    yield bucket
    bucket.is_open.set()
    await runner.cleanup()


def to_bucket(bucket: Bucket, **more: Any) -> dict[str, Any]:
    target = {"endpoint": f"http://127.0.0.1:{bucket.port}", "bucket": "reports", "prefix": "w/"}
    keys = {"access_key_id": "AKIA", "secret_access_key": "very-secret"}
    return {"table": "sources", "s3": target, "keys": keys} | more


async def run(client: httpx.AsyncClient, schedule: dict[str, Any]) -> None:
    response = await client.post(f"{SCHEDULES}/{schedule['id']}/run")
    assert response.status_code == 202, response.text


async def test_a_file_is_put_into_a_bucket_and_tried_again(
    near: Panel, bucket: Bucket, connection: Connection
) -> None:
    shop = await create_shop(connection)
    await connection.execute("INSERT INTO sources (shop_id, code) VALUES ($1, 'insta')", shop.id)
    async with near.visitor("owner") as owner:
        made = await owner.post(SCHEDULES, json=to_bucket(bucket))
        assert made.status_code == 201, made.text
        assert "secret" not in made.text
        await run(owner, made.json())

        async def failed() -> bool:
            (listed,) = (await owner.get(SCHEDULES)).json()
            return "SlowDown" in (listed["error"] or "")

        await eventually(failed)
        await connection.execute("UPDATE export_jobs SET deliver_at = now()")
        near.resources.export_jobs.wake()

        async def arrived() -> bool:
            (listed,) = (await owner.get(SCHEDULES)).json()
            return listed["delivered_at"] is not None and listed["error"] is None

        await eventually(arrived)
        assert b"insta" in bucket.stored["/reports/w/sources.csv"]
        assert bucket.signatures[0].startswith("AKIA/")
        sealed = await connection.fetchval("SELECT keys_sealed FROM export_schedules")
        assert b"very-secret" not in sealed
        assert (await owner.delete(f"{SCHEDULES}/{made.json()['id']}")).status_code == 204
        assert (await owner.get(SCHEDULES)).json() == []


async def test_neither_lost_keys_nor_a_slow_bucket_hold_up_others(
    near: Panel, bucket: Bucket, connection: Connection
) -> None:
    shop = await create_shop(connection)
    await connection.execute("INSERT INTO sources (shop_id, code) VALUES ($1, 'insta')", shop.id)
    bucket.refusals = 0
    bucket.is_open.clear()
    async with near.visitor("owner") as owner:
        spoiled, slow = [
            (await owner.post(SCHEDULES, json=to_bucket(bucket))).json() for _ in range(2)
        ]
        await connection.execute(
            "UPDATE export_schedules SET keys_sealed = $2 WHERE id = $1", spoiled["id"], b"lost"
        )

        async def is_told() -> bool:
            return bool((await owner.get(SCHEDULES)).json()[0]["error"])

        async def is_done() -> bool:
            found = (await owner.get(f"/api/v1/exports/jobs/{job['id']}")).json()
            return bool(found["state"] == "done")

        async def has_arrived() -> bool:
            return bool((await owner.get(SCHEDULES)).json()[1]["delivered_at"])

        await run(owner, spoiled)
        await eventually(is_told)
        await run(owner, slow)
        await until(lambda: bool(bucket.signatures))
        job = (await owner.post("/api/v1/exports/jobs", json={"table": "sources"})).json()
        await eventually(is_done)
        assert not await has_arrived()
        bucket.is_open.set()
        await eventually(has_arrived)


async def test_one_that_cannot_be_read_or_ordered_holds_up_no_other(
    near: Panel, bucket: Bucket, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create_shop(connection)
    bucket.refusals = 0
    async with near.visitor("owner") as owner:
        unread, unordered, whole = [
            (await owner.post(SCHEDULES, json=to_bucket(bucket))).json()["id"] for _ in range(3)
        ]
        insert = export_jobs.insert

        async def inserting(connection_: Connection, link_id: int, draft: JobDraft) -> UUID:
            if draft.schedule_id == unordered:
                raise Conflict("no more of these")
            return await insert(connection_, link_id, draft)

        monkeypatch.setattr(export_jobs, "insert", inserting)
        await connection.execute(
            "UPDATE export_schedules SET due_at = now() - make_interval(mins => 9 - id::int), "
            "timezone = CASE WHEN id = $1 THEN 'Mars/Olympus' ELSE timezone END, "
            "target = CASE WHEN id = $1 THEN '{\"bucket\": 5}' ELSE target END",
            unread,
        )
        near.resources.export_jobs.wake()

        async def has_arrived() -> bool:
            found = {each["id"]: each for each in (await owner.get(SCHEDULES)).json()}
            return bool(found[whole]["delivered_at"] and found[unordered]["error"])

        await eventually(has_arrived)
        listed = {each["id"]: each for each in (await owner.get(SCHEDULES)).json()}
        assert listed[unordered]["error"] == "no more of these"
        assert sorted(listed) == sorted([unordered, whole])
        (put_off,) = await connection.fetch(
            "SELECT error, due_at > now() AS is_later FROM export_schedules WHERE id = $1", unread
        )
        assert put_off["is_later"] and "cannot be read" in put_off["error"]
        assert (await owner.delete(f"{SCHEDULES}/{unread}")).status_code == 204


async def test_a_late_file_is_of_the_days_it_was_due_for(
    near: Panel, connection: Connection
) -> None:
    await create_shop(connection, timezone="UTC")
    order = {"table": "orders", "every": "week", "weekday": 1, "hour": 9}
    async with near.visitor("owner") as owner:
        made = await owner.post(SCHEDULES, json=to_bucket(Bucket()) | order)
        assert made.status_code == 201, made.text
    monday = datetime(2026, 3, 2, 9, tzinfo=UTC)
    for due, now, since in (
        (monday, monday + timedelta(days=2), monday),
        (monday - timedelta(days=14), monday + timedelta(days=2), monday),
        # By hand: of the days before that.
        (monday + timedelta(days=1), monday + timedelta(days=1), monday + timedelta(days=1)),
    ):
        async with connection.transaction():
            await connection.execute("UPDATE export_schedules SET due_at = $1", due)
            found = await export_schedules.take_due(connection, now)
            await connection.execute(
                "UPDATE export_schedules SET due_at = now() + interval '1 day'"
            )
        assert found is not None and found.since == since


async def test_those_of_others_do_not_count(near: Panel, connection: Connection) -> None:
    shop = await create_shop(connection)
    async with near.visitor("owner") as everybodys, near.visitor("owner", [shop.id]) as owner:
        assert (await owner.post(SCHEDULES, json=to_bucket(Bucket()))).status_code == 201
        await connection.execute(
            "INSERT INTO export_schedules (link_id, table_key, layout, with_people, shop_ids, "
            "every, weekday, hour, timezone, target, due_at) SELECT link_id, table_key, layout, "
            "with_people, shop_ids, every, weekday, hour, timezone, target, due_at "
            "FROM export_schedules, generate_series(2, $1::int)",
            SCHEDULES_A_LINK,
        )
        full = await owner.post(SCHEDULES, json=to_bucket(Bucket()))
        assert_problem(full, 409, "conflict")
        assert (await everybodys.post(SCHEDULES, json=to_bucket(Bucket()))).status_code == 201


async def test_a_file_comes_to_the_owners_chat_once(near: Panel, connection: Connection) -> None:
    shop = await create_shop(connection, language="en")
    bot = await create_bot(connection, shop)
    async with near.visitor("owner", [shop.id]) as owner:
        link = await connection.fetchval("SELECT id FROM access_links WHERE role = 'owner'")
        await connection.execute(
            "INSERT INTO owner_chats (bot_id, telegram_id, link_id, name, panel_url) "
            "VALUES ($1, $2, $3, 'Ann', 'https://shop.example')",
            *(bot.id, OWNERS_ID, link),
        )
        chat = {"bot_id": bot.id, "telegram_id": OWNERS_ID}
        order = {"table": "products", "chat": chat, "layout": {"file_format": "xlsx"}}
        await connection.execute(
            "INSERT INTO products (shop_id, title, price_minor, currency) "
            "VALUES ($1, 'Tea', 5, 'XTR')",
            shop.id,
        )
        made = (await owner.post(SCHEDULES, json=order)).json()
        await run(owner, made)

        async def is_sent() -> bool:
            return bool(await connection.fetchval("SELECT count(*) FROM outgoing"))

        await eventually(is_sent)
        sent = await connection.fetchrow("SELECT chat_id, purpose, message FROM outgoing")
        assert sent is not None
        assert (sent["chat_id"], sent["purpose"]) == (OWNERS_ID, "export")
        document = sent["message"]["document"]
        assert document["name"] == "products.xlsx"
        content = await files.read(connection, shop.id, document["sha256"])
        assert content.startswith(b"PK")
        assert sent["message"]["caption"]["plain"].startswith("Products, ")
        await connection.execute("UPDATE export_jobs SET deliver_at = now()")
        near.resources.export_jobs.wake()

        async def taken_again() -> bool:
            return bool(
                await connection.fetchval(
                    "SELECT max(delivery_attempts) = 2 "
                    "AND bool_and(deliver_at IS NULL) FROM export_jobs"
                )
            )

        await eventually(taken_again)
        assert await connection.fetchval("SELECT count(*) FROM outgoing") == 1


async def test_it_goes_only_where_it_may(counting_panel: Panel, connection: Connection) -> None:
    shop = await create_shop(connection)
    bot = await create_bot(connection, shop)
    async with counting_panel.visitor("owner", [shop.id]) as owner:
        inside = await owner.post(SCHEDULES, json=to_bucket(Bucket()))
        assert_problem(inside, 422, "address_refused")
        stranger = {"table": "orders", "chat": {"bot_id": bot.id, "telegram_id": 1}}
        assert_problem(await owner.post(SCHEDULES, json=stranger), 404, "not_found")
        nowhere = await owner.post(SCHEDULES, json={"table": "orders"})
        assert_problem(nowhere, 422, "request_invalid")
        missing = await owner.delete(f"{SCHEDULES}/1")
        assert_problem(missing, 404, "export_schedule_not_found")


@given(
    moment=st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31)),
    rhythm=st.builds(
        Rhythm,
        every=st.sampled_from(["day", "week"]),
        weekday=st.integers(1, 7),
        hour=st.integers(0, 23),
    ),
    zone=st.sampled_from(["Europe/Moscow", "America/New_York", "Asia/Kathmandu", "UTC"]),
)
def test_the_next_time_is_the_first_that_fits(moment: datetime, rhythm: Rhythm, zone: str) -> None:
    now = moment.replace(tzinfo=UTC)
    due = rhythm.next_after(now, zone)
    day = zones.day_of(due, zone)
    assert due > now
    assert due == zones.moment_at(day, time(rhythm.hour), zone)
    assert due - now <= timedelta(days=8 if rhythm.every == "week" else 2)
    assert rhythm.every == "day" or day.isoweekday() == rhythm.weekday
    assert rhythm.last_until(due, zone) == due
    assert rhythm.last_until(due - timedelta(seconds=1), zone) <= now
    first, last = rhythm.days_before(due, zone)
    assert last == day - timedelta(days=1)
    assert (last - first).days == (6 if rhythm.every == "week" else 0)

"""Exports as jobs: every file whole, taken in ranges, resumed, limited, and gone in time."""

import asyncio
import csv
import hashlib
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from api.exporting.jobs import JobRunner
from core.postgres import Connection
from core.shop import export_jobs
from core.shop.access import Role, Visitor
from core.shop.export_quotas import Quotas
from core.shop.shops import Shop
from tests.api.conftest import Panel, assert_problem, eventually
from tests.api.happenings import NOON, happening, record
from tests.factories import create_customer, create_shop

JOBS = "/api/v1/exports/jobs"
EVENTS = 3  # a day


@dataclass(frozen=True)
class Desk:
    """A panel, a shop with events on two of NOON's three days, and its owner."""

    panel: Panel
    shop: Shop
    owner: httpx.AsyncClient

    @property
    def runner(self) -> JobRunner:
        return self.panel.resources.export_jobs

    async def order(self, table: str = "events", **layout: Any) -> dict[str, Any]:
        days = {"from": f"{NOON - timedelta(days=2):%Y-%m-%d}", "to": f"{NOON:%Y-%m-%d}"}
        response = await self.owner.post(JOBS, json={"table": table, "layout": layout, **days})
        assert response.status_code == 201, response.text
        made: dict[str, Any] = response.json()
        return made

    async def state(self, job: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = (await self.owner.get(f"{JOBS}/{job['id']}")).json()
        return found

    async def until_is(self, job: dict[str, Any], state: str) -> dict[str, Any]:
        async def reached() -> bool:
            return bool((await self.state(job))["state"] == state)

        await eventually(reached)
        return await self.state(job)

    def folder(self, job: dict[str, Any]) -> Path:
        return self.runner.terms.folder / str(job["id"])


@pytest.fixture(name="desk")
async def desk_with_events(
    counting_panel: Panel, connection: Connection, clickhouse_url: str
) -> AsyncIterator[Desk]:
    shop = await create_shop(connection, timezone="Europe/Moscow")
    await create_customer(connection, shop.id)
    record(
        clickhouse_url,
        *(
            happening("screen_shown", shop.id, 1, at=NOON - timedelta(days=before))
            for before in (0, 2)
            for _ in range(EVENTS)
        ),
    )
    async with counting_panel.visitor("owner", [shop.id]) as owner:
        yield Desk(counting_panel, shop, owner)


async def test_a_job_writes_a_file_a_day_with_a_manifest(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await desk.until_is(await desk.order(), "done")
    assert (job["parts"], job["parts_done"], job["rows"]) == (3, 3, 2 * EVENTS)
    manifest = (await desk.owner.get(f"{JOBS}/{job['id']}/manifest")).json()
    assert manifest["complete"]
    assert [(each["name"] is None, each["rows"]) for each in manifest["files"]] == [
        (False, EVENTS),
        (True, 0),
        (False, EVENTS),
    ]
    for each in manifest["files"]:
        address = f"{JOBS}/{job['id']}/files/{each['part']}"
        response, asked = await desk.owner.get(address), await desk.owner.head(address)
        assert (asked.status_code, asked.content) == (response.status_code, b"")
        if each["name"] is None:
            assert_problem(response, 404, "not_found")
            continue
        for header in ("etag", "content-length", "content-type", "content-disposition"):
            assert asked.headers[header] == response.headers[header]
        assert response.headers["etag"] == f'"{each["sha256"]}"'
        assert hashlib.sha256(response.content).hexdigest() == each["sha256"]
        assert len(list(csv.DictReader(io.StringIO(response.text)))) == each["rows"]
    await _ranges(desk.owner, f"{JOBS}/{job['id']}/files/1")
    monkeypatch.setitem(vars(desk.panel.resources.settings), "behind_nginx", True)
    left = await desk.owner.get(f"{JOBS}/{job['id']}/files/1")
    name = manifest["files"][0]["name"]
    assert left.headers["x-accel-redirect"] == f"/exported/{job['id']}/{name}"
    assert left.headers["etag"] == f'"{manifest["files"][0]["sha256"]}"'
    assert (left.content, f"vitrina-{name}" in left.headers["content-disposition"]) == (b"", True)


async def test_nginx_may_read_what_was_written_before_it_came(
    counting_panel: Panel, tmp_path: Path
) -> None:
    file = tmp_path / "a job/customers.csv"
    file.parent.mkdir(mode=0o700)
    file.touch(mode=0o600)
    resources = counting_panel.resources
    former = resources.export_jobs
    terms = replace(former.terms, folder=tmp_path, for_group=True)
    runner = JobRunner(former.means, resources.exporter, resources.export_columns, terms)
    running = asyncio.create_task(runner.run())

    async def is_open() -> bool:
        modes = [each.stat().st_mode & 0o777 for each in (file.parent, file)]
        return modes == [0o750, 0o640]

    try:
        await eventually(is_open)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _ranges(client: httpx.AsyncClient, address: str) -> None:
    whole = await client.get(address)
    etag = whole.headers["etag"]
    part = await client.get(address, headers={"Range": "bytes=5-", "If-Range": etag})
    assert (part.status_code, part.content) == (206, whole.content[5:])
    assert part.headers["content-range"] == f"bytes 5-{len(whole.content) - 1}/{len(whole.content)}"
    assert (await client.get(address, headers={"Range": "bytes=-4"})).content == whole.content[-4:]
    for ignored in ("bytes=7-3", "lines=1-2", "bytes=0-1,4-5", "bytes=-", "nonsense"):
        assert (await client.get(address, headers={"Range": ignored})).content == whole.content
    stale = {"Range": "bytes=5-", "If-Range": '"another"'}
    assert (await client.get(address, headers=stale)).status_code == 200
    for outside in (f"bytes={len(whole.content)}-", "bytes=-0"):
        beyond = await client.get(address, headers={"Range": outside})
        assert_problem(beyond, 416, "requested_range_not_satisfiable")
        assert beyond.headers["content-range"] == f"bytes */{len(whole.content)}"


async def test_other_formats_are_whole_files_as_well(desk: Desk) -> None:
    for layout in (
        {"file_format": "parquet"},
        {"file_format": "xlsx", "headings": "ru"},
        {"file_format": "jsonl", "packing": "zstd"},
    ):
        job = await desk.until_is(await desk.order(**layout), "done")
        assert job["rows"] == 2 * EVENTS, layout
    job = await desk.until_is(await desk.order("customers"), "done")
    assert job["rows"] == 0  # of those days
    job = await desk.until_is(await desk.order("sources"), "done")
    assert (job["parts"], job["with_people"]) == (1, False)


async def test_a_job_is_resumed_after_its_last_whole_file(
    desk: Desk, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    stuck = asyncio.Event()
    store = JobRunner._stored  # pylint: disable=protected-access  # the moment a file is written

    async def dies_at_second(runner: JobRunner, asked: Any, file: Path) -> tuple[int, int, str]:
        written.append(f"{asked.first}")
        if len(written) == 2:
            stuck.set()
            await asyncio.Event().wait()
        return await store(runner, asked, file)

    monkeypatch.setattr(JobRunner, "_stored", dies_at_second)
    resources = desk.panel.resources
    lapsing = replace(desk.runner.terms, lease=timedelta(hours=1))
    dying = JobRunner(desk.runner.means, resources.exporter, resources.export_columns, lapsing)
    made = await export_jobs.create(connection, *await _drafted(connection, desk))
    working = asyncio.create_task(dying.work_one())
    await asyncio.wait_for(stuck.wait(), 60)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await connection.execute("UPDATE export_jobs SET lease_until = now()")
    desk.runner.wake()
    job = await desk.until_is({"id": made}, "done")
    assert job["rows"] == 2 * EVENTS
    first = f"{NOON - timedelta(days=2):%Y-%m-%d}"
    assert written.count(first) == 1


async def test_a_job_waits_for_a_store_that_is_away(
    desk: Desk, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = JobRunner._stored  # pylint: disable=protected-access  # the moment a file is written
    refusals = [OSError("away")] * (export_jobs.ATTEMPTS + 1)

    async def away(runner: JobRunner, asked: Any, file: Path) -> tuple[int, int, str]:
        if refusals:
            runner.wake()
            raise refusals.pop()
        return await store(runner, asked, file)

    monkeypatch.setattr(JobRunner, "_stored", away)
    job = await desk.until_is(await desk.order(), "done")
    assert job["rows"] == 2 * EVENTS
    assert await connection.fetchval("SELECT attempts FROM export_jobs") == 0


async def test_no_job_stands_in_the_way_of_the_next(desk: Desk, connection: Connection) -> None:
    lease = timedelta(hours=1)
    drafted = await _drafted(connection, desk)
    transaction = connection.transaction()  # so that the panel's own runner sees none of them
    await transaction.start()
    try:
        tired, lost, fresh = [await export_jobs.create(connection, *drafted) for _ in range(3)]
        await connection.execute(
            "UPDATE export_jobs SET attempts = $2, created_at = now() - interval '2 hours' "
            "WHERE id = ANY($1)",
            *([tired, lost], export_jobs.ATTEMPTS),
        )
        await connection.execute(
            "UPDATE export_jobs SET state = 'running', worker = 'a', "
            "lease_until = now() - interval '1 hour' WHERE id = $1",
            lost,
        )
        claimed = [await export_jobs.claim(connection, "b", lease) for _ in range(3)]
        assert {each.id for each in claimed if each} == {tired, fresh} and claimed[2] is None
        states = await connection.fetch("SELECT id FROM export_jobs WHERE state = 'failed'")
        assert [row["id"] for row in states] == [lost]
        # Its files are removed once its worker has noticed.
        await connection.execute("UPDATE export_jobs SET state = 'cancelled' WHERE id = $1", tired)
        assert await export_jobs.overdue(connection) == [lost]
        await export_jobs.give_up(connection, tired, "b")
        assert set(await export_jobs.overdue(connection)) == {lost, tired}
    finally:
        await transaction.rollback()


async def _drafted(connection: Connection, desk: Desk) -> tuple[Any, export_jobs.JobDraft]:
    link = await connection.fetchrow("SELECT * FROM access_links WHERE role = 'owner'")
    assert link is not None
    visitor = Visitor(link_id=link["id"], label="", role="owner", shop_ids=link["shop_ids"])
    layout = {"file_format": "csv"}
    first = NOON.date() - timedelta(days=2)
    return visitor, export_jobs.JobDraft(
        "events", layout, True, [desk.shop.id], first, NOON.date(), 3
    )


async def test_cancelling_expiring_and_erasing_remove_the_files(
    desk: Desk, connection: Connection
) -> None:
    cancelled, expired, erased = [
        await desk.until_is(await desk.order("customers"), "done") for _ in range(3)
    ]
    assert (await desk.owner.delete(f"{JOBS}/{cancelled['id']}")).status_code == 204
    await connection.execute(
        "UPDATE export_jobs SET expires_at = now() WHERE id = $1", UUID(expired["id"])
    )
    desk.runner.wake()
    await desk.until_is(expired, "expired")
    await export_jobs.withdraw(connection, desk.shop.id + 1, with_events=True)
    assert (await desk.state(erased))["state"] == "done"
    await export_jobs.withdraw(connection, desk.shop.id, with_events=False)
    desk.runner.wake()
    await desk.until_is(erased, "erased")
    for job in (cancelled, expired, erased):

        async def is_gone(folder: Path = desk.folder(job)) -> bool:
            return not folder.exists()

        await eventually(is_gone)
        response = await desk.owner.get(f"{JOBS}/{job['id']}/files/1")
        assert_problem(response, 410, "export_files_gone")
    again = await desk.owner.delete(f"{JOBS}/{cancelled['id']}")
    assert_problem(again, 409, "export_job_over")


async def test_nobody_sees_a_job_of_more_than_he_may(desk: Desk, connection: Connection) -> None:
    job = await desk.order("customers")
    other = await create_shop(connection)
    visitors: list[tuple[Role, int]] = [("viewer", desk.shop.id), ("owner", other.id)]
    for role, shop_id in visitors:
        async with desk.panel.visitor(role, [shop_id]) as visitor:
            assert (await visitor.get(JOBS)).json() == []
            for method, path in (
                ("GET", ""),
                ("DELETE", ""),
                ("GET", "/manifest"),
                ("GET", "/files/1"),
            ):
                response = await visitor.request(method, f"{JOBS}/{job['id']}{path}")
                assert_problem(response, 404, "export_job_not_found")
    async with desk.panel.visitor("owner") as everybodys:
        assert [each["id"] for each in (await everybodys.get(JOBS)).json()] == [job["id"]]


async def test_there_is_a_limit_a_day(desk: Desk) -> None:
    runner = desk.runner
    runner.terms = replace(runner.terms, quotas=Quotas(jobs=2, rows=EVENTS, bytes=10**9))
    job = await desk.order()
    failed = await desk.until_is(job, "failed")  # the first file holds as many rows as there may be
    assert (failed["error"], failed["rows"]) == ("export_quota_exceeded", EVENTS)
    response = await desk.owner.post(JOBS, json={"table": "sources"})
    assert_problem(response, 429, "export_quota_exceeded")
    assert response.headers["retry-after"]
    direct = await desk.owner.get("/api/v1/exports/sources.csv")
    assert_problem(direct, 429, "export_quota_exceeded")
    runner.terms = replace(runner.terms, quotas=Quotas(jobs=1, rows=10**9, bytes=10**9))
    response = await desk.owner.post(JOBS, json={"table": "sources"})
    assert "jobs" in response.json()["detail"]
    assert "заданием" in response.json()["explained"]["ru"]


async def test_what_cannot_be_ordered_says_why(desk: Desk) -> None:
    for order in (
        {"table": "events"},
        {"table": "events", "from": "2026-02-02", "to": "2026-02-01"},
        {"table": "events", "from": "2000-01-01", "to": "2026-02-01"},
        {"table": "sources", "layout": {"file_format": "xlsx", "packing": "gzip"}},
    ):
        assert_problem(await desk.owner.post(JOBS, json=order), 422, "request_invalid")
    unknown = await desk.owner.post(JOBS, json={"table": "passwords"})
    assert_problem(unknown, 404, "export_table_unknown")

"""The client against the real intake, with faults between them."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from core.postgres import Pool
from core.shop import write_keys
from ingestion.client import BufferInUse, Vitrina
from local.ports import free_port
from tests import patience
from tests.ingestion.intake.conftest import Sender, outbox_count, until

ROOT = Path(__file__).parents[3]


def client_of(sender: Sender, path: Path | None = None, **options: Any) -> Vitrina:
    return Vitrina(sender.url, sender.key, buffer=path, **({"interval": 0.01} | options))


async def test_what_is_tracked_arrives(sender: Sender, pool: Pool, tmp_path: Path) -> None:
    async with client_of(sender, tmp_path / "buffer.db") as vitrina:
        for number in range(2500):
            assert vitrina.track("catalog_viewed", customer_id=f"c{number % 5}")
        assert await vitrina.flush()
        assert vitrina.waiting == 0
    assert await outbox_count(pool) == 2500
    assert await pool.fetchval("SELECT count(DISTINCT buyer_no) FROM outbox") == 5
    assert (tmp_path / "buffer.db").stat().st_mode & 0o077 == 0


async def test_the_bad_are_told_of_and_the_good_arrive(sender: Sender, pool: Pool) -> None:
    told: list[tuple[str, str]] = []

    def note(event: Mapping[str, Any], reason: str) -> None:
        told.append((event["event"], reason))
        raise ValueError("the caller's own trouble")

    vitrina = client_of(sender, on_rejected=note)
    vitrina.track("nonsense", customer_id="c")
    vitrina.track("catalog_viewed", customer_id="c", props={"x": "y" * 3000})
    vitrina.track("catalog_viewed", customer_id="c")
    assert await vitrina.close() == 0
    assert [name for name, _ in told] == ["nonsense", "catalog_viewed"]
    assert told[1][1].startswith("props: ")
    alone = client_of(sender, on_rejected=note)
    alone.track("nonsense", customer_id="c")
    assert await alone.close() == 0
    assert len(told) == 3
    assert await outbox_count(pool) == 1


async def test_a_lost_answer_and_an_absence_double_nothing(
    sender: Sender, pool: Pool, tmp_path: Path
) -> None:
    """A proxy that passes calls on and cuts every other answer; at first it is not there at all."""
    port = free_port()
    path = tmp_path / "buffer.db"
    early = Vitrina(f"http://127.0.0.1:{port}", sender.key, buffer=path, interval=0.01)
    for _ in range(30):
        early.track("catalog_viewed", telegram_id=5)
    assert await early.close(timeout=0.2) == 30  # nobody there: they stay in the file

    passed: list[int] = []

    async def pass_on(request: web.Request) -> web.Response:
        # aiohttp has decompressed it.
        response = await sender.client.post("/v1/events", content=await request.read())
        passed.append(response.status_code)
        if len(passed) % 2:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=response.status_code, body=response.content)

    app = web.Application()
    app.router.add_post("/v1/events", pass_on)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        late = Vitrina(f"http://127.0.0.1:{port}", sender.key, buffer=path, interval=0.01)
        for _ in range(20):
            late.track("catalog_viewed", telegram_id=5)
        assert await late.flush(timeout=patience.SECONDS)
        await late.close()
    finally:
        await runner.cleanup()
    assert set(passed) == {202} and len(passed) >= 2
    assert await outbox_count(pool) == 50


async def test_a_full_buffer_refuses_and_says_so(
    sender: Sender, caplog: pytest.LogCaptureFixture
) -> None:
    vitrina = Vitrina(f"http://127.0.0.1:{free_port()}", sender.key, max_waiting=3)
    kept = [vitrina.track("catalog_viewed", telegram_id=5) for _ in range(5)]
    assert kept == [True, True, True, False, False]
    assert [record.message for record in caplog.records if "lost" in record.message] == [
        "an event is lost: the buffer is full"
    ]
    assert await vitrina.close(timeout=0.05) == 3
    assert not vitrina.track("catalog_viewed", telegram_id=5)


async def test_a_buffer_is_of_one_process_at_a_time(sender: Sender, tmp_path: Path) -> None:
    vitrina = client_of(sender, tmp_path / "buffer.db")
    with pytest.raises(BufferInUse, match="a file of its own"):
        client_of(sender, tmp_path / "buffer.db")
    await vitrina.close()
    await client_of(sender, tmp_path / "buffer.db").close()


async def test_a_refused_key_keeps_the_events(
    sender: Sender, tmp_path: Path, pool: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "buffer.db"
    vitrina = Vitrina(sender.url, "vtw_wrong", buffer=path, interval=0.01)
    vitrina.track("catalog_viewed", telegram_id=5)
    await until(lambda: "write_key_invalid" in caplog.text)
    assert await vitrina.close(timeout=0) == 1
    mended = client_of(sender, path)
    mended.start()
    assert await mended.close() == 0
    assert await outbox_count(pool) == 1


async def test_what_is_no_event_is_an_error_at_once(sender: Sender) -> None:
    vitrina = client_of(sender)
    with pytest.raises(ValueError, match="time zone"):
        vitrina.track("catalog_viewed", occurred_at=datetime(2026, 1, 1))
    with pytest.raises(TypeError):
        vitrina.track("catalog_viewed", props={"x": object()})
    assert await vitrina.close() == 0


SHOP = """
import asyncio, sys
from ingestion.client import Vitrina

async def main():
    url, key, path, run = sys.argv[1:]
    vitrina = Vitrina(url, key, buffer=path, interval=0.005)
    number = 0
    while True:
        assert vitrina.track("catalog_viewed", customer_id="c", props={"run": run, "page": number})
        print(number, flush=True)
        number += 1
        await asyncio.sleep(0.001)

asyncio.run(main())
"""


async def test_killed_again_and_again_it_loses_and_doubles_nothing(
    sender: Sender, pool: Pool, tmp_path: Path
) -> None:
    """Each process says what it has tracked; what was said is in the outbox once."""
    path = tmp_path / "buffer.db"
    said: list[int] = []
    for run in range(3):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            SHOP,
            *(sender.url, sender.key, str(path), str(run)),
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        assert process.stdout is not None
        for _ in range(150):
            await process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        said.append(150 + (await process.stdout.read()).count(b"\n"))
        await process.wait()
    last = client_of(sender, path)
    last.start()
    assert await last.close(timeout=patience.SECONDS) == 0
    found = await pool.fetch(
        "SELECT count(*), count(DISTINCT page), max(page) + 1 AS pages FROM "
        "(SELECT props::json ->> 'run' AS run, (props::json ->> 'page')::int AS page FROM outbox) "
        "AS told GROUP BY run ORDER BY run"
    )
    for (count, different, pages), lines in zip(map(tuple, found), said, strict=True):
        assert count == different == pages
        assert lines <= count <= lines + 1  # the last may be written and not said any more


async def test_a_key_is_never_logged(sender: Sender, caplog: pytest.LogCaptureFixture) -> None:
    async with sender.intake.pool.acquire() as connection:
        (key,) = await write_keys.of_shop(connection, sender.shop.id)
        await write_keys.revoke(connection, shop_id=sender.shop.id, key_id=key.id)
    vitrina = client_of(sender)
    vitrina.track("catalog_viewed", telegram_id=5)
    await until(lambda: "write_key_invalid" in caplog.text)
    await vitrina.close(timeout=0)
    assert sender.key not in caplog.text


def test_copied_into_another_package_the_client_needs_nothing_of_vitrina(tmp_path: Path) -> None:
    package = tmp_path / "reporting"
    package.mkdir()
    (package / "__init__.py").touch()
    names = ["client", "client_telegram", "client_aiogram", "client_pyrogram"]
    for name in names:
        shutil.copy(ROOT / "ingestion" / f"{name}.py", package)
    ours = {"core", "ingestion", "pyrogram", "aiogram"}
    code = (
        f"import sys; sys.path[:] = [p for p in sys.path if p != {str(ROOT)!r}]\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        + "".join(f"import reporting.{name}\n" for name in names)
        + f"assert not {ours!r} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


async def test_whatever_a_proxy_answers_the_sender_goes_on() -> None:
    """A page that is not in the encoding that it names, and answers that make no sense."""
    answers = [
        web.Response(status=502, body="Плохой шлюз".encode("cp1251"), content_type="text/html"),
        web.Response(
            status=502, body=b"\xff", headers={"Content-Type": "text/html; charset=nonsense"}
        ),
        web.Response(status=202, text='{"errors": [{"index": "a"}, {"index": 0, "field": "x"}]}'),
        web.Response(status=202, text='{"errors": [7]}'),
        web.Response(status=202, text='{"errors": []}'),
    ]

    async def answer(_request: web.Request) -> web.Response:
        return answers.pop(0)

    app = web.Application()
    app.router.add_post("/v1/events", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        vitrina = Vitrina(f"http://127.0.0.1:{port}", "vtw_x", interval=0.01)
        vitrina.track("catalog_viewed", customer_id="c")
        assert await vitrina.flush(timeout=patience.SECONDS)
        assert await vitrina.close() == 0
        assert not answers
    finally:
        await runner.cleanup()

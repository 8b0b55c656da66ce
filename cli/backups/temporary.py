"""Engines of their own in a folder of their own, for a restore that only proves a backup."""

import asyncio
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from cli.backups.restoring import Stores
from core.errors import ConfigurationError
from local import clickhouse, leash, ports, postgres, readiness
from local.clickhouse_config import ClickHouseOptions

_START_SECONDS = 120


@asynccontextmanager
async def engines() -> AsyncIterator[Stores]:
    """Both engines, empty, as long as the block runs; they end with this process.

    Raises ConfigurationError where the embedded engines are not installed.
    """
    postgres.programs()
    folder = Path(tempfile.mkdtemp(prefix="vitrina-verify-"))
    running: list[subprocess.Popen[bytes]] = []
    password = secrets.token_urlsafe
    store = postgres.PostgresOptions(folder / "postgres", ports.free_port(), password(12))
    events = ClickHouseOptions(
        folder / "clickhouse",
        ports.free_port(frozenset([store.port])),
        password=password(12),
        schema_password=password(12),
        panel_password=password(12),
        analyst_password=password(12),
    )
    try:
        await _start(
            running,
            folder / "postgres.log",
            postgres.command(store),
            lambda: readiness.postgres_answers(store.url()),
        )
        await _start(
            running,
            folder / "clickhouse.log",
            clickhouse.command(events),
            lambda: readiness.clickhouse_answers(events.url),
        )
        yield Stores(store.url(), events.schema_url)
    finally:
        for process in running:
            process.kill()  # what they hold is not needed any more
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


async def _start(
    running: list[subprocess.Popen[bytes]],
    log: Path,
    command: tuple[list[str], dict[str, str]],
    ready: Callable[[], Awaitable[bool]],
) -> None:
    argv, variables = command
    with log.open("wb") as output:
        # pylint: disable-next=consider-using-with  # it outlives this function
        process = subprocess.Popen(
            leash.leashed(argv),
            env=os.environ | variables,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running.append(process)
    deadline = time.monotonic() + _START_SECONDS
    while not await ready():
        if process.poll() is not None or time.monotonic() > deadline:
            said = log.read_text("utf-8", "replace").strip().splitlines()[-1:] or ["no word"]
            raise ConfigurationError(f"a temporary engine does not start: {said[0]}")
        await asyncio.sleep(0.05)

"""One engine as a process of a test's own, to be stopped, killed and started again."""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from local import leash, ports, postgres, readiness
from local.clickhouse_config import ClickHouseOptions
from tests import patience

Ready = Callable[[], Awaitable[bool]]


class Server:
    """A process and its console, which is a file."""

    def __init__(self, command: tuple[list[str], dict[str, str]], console: Path) -> None:
        argv, variables = command
        self._console = console
        with console.open("wb") as output:
            # pylint: disable-next=consider-using-with  # the test ends it, or else the leash
            self.process = subprocess.Popen(
                leash.leashed(argv),
                env=os.environ | variables,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self._console.read_text("utf-8", "replace")

    def refused(self) -> str:
        """Why it ended by itself: the last line on its console."""
        assert self.process.wait(patience.SECONDS) == 1
        return self.said.strip().splitlines()[-1]


@contextlib.asynccontextmanager
async def serving(
    command: tuple[list[str], dict[str, str]], console: Path, ready: Ready
) -> AsyncIterator[Server]:
    """A server that is ready; it is killed at the end if it still runs."""
    server = Server(command, console)
    try:
        while not await ready():
            assert server.process.poll() is None, server.said
            await asyncio.sleep(0.05)  # to ask without a pause takes the core that it starts on
        yield server
    finally:
        server.process.kill()
        server.process.wait()


def clickhouse_options(folder: Path) -> ClickHouseOptions:
    return ClickHouseOptions(folder, ports.free_port(), "writing", "changing", "reading", "asking")


def postgres_options(folder: Path) -> postgres.PostgresOptions:
    return postgres.PostgresOptions(folder, ports.free_port(), "it's secret")


def clickhouse_ready(options: ClickHouseOptions) -> Ready:
    return lambda: readiness.clickhouse_answers(options.url)


def postgres_ready(options: postgres.PostgresOptions) -> Ready:
    return lambda: readiness.postgres_answers(options.url())

"""`vitrina api` as a process of its own, whose processor time is its own."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from core.postgres import Connection
from core.shop import access
from core.shop.access import Role
from local.ports import free_port
from tests.conftest import SECRET_KEYS
from tests.engines import Stores

_START_SECONDS = 120
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class ApiProcess:
    """A running API on loopback."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """Processor time since its start."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident_mib(self) -> float:
        """Its memory now."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[1])
        return pages * 4096 / 2**20

    def peak_mib(self) -> float:
        """The most memory that it has had."""
        for line in Path(f"/proc/{self.pid}/status").read_text("ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        raise ValueError("no VmHWM")


@contextlib.asynccontextmanager
async def api_process(fresh: Stores, **settings: str) -> AsyncIterator[ApiProcess]:
    """Started and ready; `settings` are named as in `core.settings`."""
    port = free_port()
    variables = {
        "database_url": fresh.database_url,
        "clickhouse_url": fresh.clickhouse_url,
        "clickhouse_panel_url": fresh.clickhouse_panel_url,
        "secret_keys": SECRET_KEYS,
        "api_port": str(port),
        "log_level": "error",
        **settings,
    }
    environment = os.environ | {f"VITRINA_{name.upper()}": each for name, each in variables.items()}
    with subprocess.Popen([sys.executable, "-m", "cli", "api"], env=environment) as process:
        try:
            await _until_ready(port)
            yield ApiProcess(port, process.pid)
        finally:
            process.terminate()


async def _until_ready(port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return


async def open_session(
    connection: Connection, shop_ids: list[int] | None = None, role: Role = "viewer"
) -> str:
    """The cookie header of a new visitor."""
    token = await access.create_link(connection, label=role, role=role, shop_ids=shop_ids)
    return f"vitrina={await access.enter(connection, token)}"

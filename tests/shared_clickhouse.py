"""One ClickHouse for all processes of a run of the tests.

Each of its own would cost what an idle server does, and its start. It is started by the process
that starts the others (`pytest -n`), and ends with it. PostgreSQL is not shared: an idle one costs
nothing, and what a test asks it about sessions and locks is about the whole server.
"""

import contextlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from local import clickhouse, ports, readiness
from local.clickhouse_config import ClickHouseOptions
from tests import memory
from tests.programs import Programs, until

# Those of all processes together; a server of one system has room for a hundred.
_ROOM = """<clickhouse>
  <max_concurrent_queries>500</max_concurrent_queries>
  <max_connections>2048</max_connections>
</clickhouse>
"""


@dataclass(frozen=True, slots=True)
class SharedClickHouse:
    """A server that was started, and the file that it writes to."""

    options: ClickHouseOptions
    log: Path

    @classmethod
    def start(cls, programs: Programs, folder: Path) -> "SharedClickHouse":
        """Starts one, with its data in the folder; it is not ready yet."""
        options = ClickHouseOptions(
            folder / "clickhouse",
            ports.free_port(),
            password=secrets.token_urlsafe(12),
            schema_password=secrets.token_urlsafe(12),
            panel_password=secrets.token_urlsafe(12),
            analyst_password=secrets.token_urlsafe(12),
            also_in="test_*",
        )
        overlay = options.data_dir / "run/config.d"
        overlay.mkdir(parents=True)
        (overlay / "tests.xml").write_text(_ROOM, "utf-8")
        return cls(options, programs.start(clickhouse.command(options)))

    @classmethod
    @contextlib.contextmanager
    def running(cls) -> Iterator["SharedClickHouse"]:
        """For as long as this process starts others that use it."""
        with memory.folder_of_this_process() as folder:
            programs = Programs(folder)
            try:
                yield cls.start(programs, folder)
            finally:
                programs.stop()

    def told(self) -> dict[str, Any]:
        """All of it in plain values, for another process."""
        options = asdict(self.options) | {"data_dir": str(self.options.data_dir)}
        return {"options": options, "log": str(self.log)}

    @classmethod
    def of(cls, told: dict[str, Any]) -> "SharedClickHouse":
        """What another process has told of it."""
        options = told["options"] | {"data_dir": Path(told["options"]["data_dir"])}
        return cls(ClickHouseOptions(**options), Path(told["log"]))

    async def until_ready(self, ended: Callable[[], bool]) -> None:
        """RuntimeError if it does not start."""
        await until(lambda: readiness.clickhouse_answers(self.options.url), self.log, ended)

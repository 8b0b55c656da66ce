"""Writes docs/transcripts: python -m tests.transcripts"""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from core import postgres
from simulator.server import running
from simulator.simulator import SimulatorOptions
from tests.bots.runtime.conftest import Stage, Telegram
from tests.conftest import migrate_all
from tests.engines import Engines
from tests.transcripts.writing import FOLDER, transcripts


async def write() -> None:
    async with AsyncExitStack() as stack:
        engines = stack.enter_context(Engines.running())
        # pylint: disable-next=consider-using-with  # the stack closes it
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = await stack.enter_async_context(engines.database(migrate_all))
        pool = await postgres.open_pool(url)
        stack.push_async_callback(pool.close)
        simulator = await stack.enter_async_context(running(SimulatorOptions(data_dir=folder)))
        telegram = Telegram(
            f"127.0.0.1:{simulator.port}",
            folder / "server_key.pub.pem",
            simulator.control_port,
            simulator.world,
        )
        pages = await transcripts(Stage(pool, url, telegram, stack))
    FOLDER.mkdir(exist_ok=True)
    for page in FOLDER.glob("*.md"):
        page.unlink()
    for name, text in pages.items():
        (FOLDER / name).write_text(text, "utf-8")
        print(FOLDER / name)


if __name__ == "__main__":
    asyncio.run(write())

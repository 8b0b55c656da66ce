"""A worker is killed at each step of an order: nothing is lost, nothing happens twice, and money
and goods agree in both stores."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from bots.modules.delivery import store as keys
from core.shop import shops
from core.shop.bots import Bot
from core.shop.imprint import ImprintDraft
from tests.bots.agreement import Sold, sold
from tests.bots.runtime.conftest import WAIT_SECONDS, Stage, until
from tests.bots.runtime.doomed import POINTS
from tests.bots.visitor import Visitor
from tests.factories import KEYS, create_product, create_shop

pytestmark = [pytest.mark.long(waits=True), pytest.mark.usefixtures("quiet")]


@pytest.fixture(scope="module", name="nursery")
def doomed_workers() -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.bots.runtime.doomed"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as started:
        yield started
        assert started.stdin is not None
        started.stdin.close()


class Doomed:
    """A worker that dies at a point, and its heir."""

    def __init__(
        self, stage: Stage, nursery: "subprocess.Popen[str]", stack: AsyncExitStack
    ) -> None:
        self._stage = stage
        self._nursery = nursery
        self._stack = stack
        self._end: asyncio.Task[None] | None = None

    async def begin(self, point: str) -> None:
        settings = self._stage.settings()
        assert settings.secret_keys is not None and self._nursery.stdin is not None
        environment = {
            "VITRINA_DATABASE_URL": settings.database_url.get_secret_value(),
            "VITRINA_SECRET_KEYS": settings.secret_keys.get_secret_value(),
            "VITRINA_TELEGRAM_SERVER": settings.telegram_server,
            "VITRINA_TELEGRAM_SERVER_KEY": str(settings.telegram_server_key),
            "VITRINA_HEALTH_PORT": "0",
            "VITRINA_ONLINE_FRAUD": settings.online_fraud,
        }
        asked = {"environment": environment, "name": "doomed", "point": point}
        self._nursery.stdin.write(json.dumps(asked) + "\n")
        self._nursery.stdin.flush()
        assert await self._line() > 0  # its process
        self._end = asyncio.create_task(self._inherited())

    async def _line(self) -> int:
        assert self._nursery.stdout is not None
        return int(await asyncio.to_thread(self._nursery.stdout.readline))

    async def _inherited(self) -> None:
        """Until it is dead, and another worker is there: as if its lease had run out."""
        assert await self._line() == -signal.SIGKILL
        await self._stage.pool.execute(
            "WITH _ AS (UPDATE bot_leases SET expires_at = now() WHERE worker = 'doomed') "
            "UPDATE bots SET state = 'queued'"  # what it says from now on is the heir's
        )
        await self._stack.enter_async_context(self._stage.working("heir"))

        async def is_held() -> bool:
            return bool(
                await self._stage.pool.fetchval(
                    "SELECT EXISTS (SELECT FROM bot_leases AS l JOIN bots AS b ON b.id = l.bot_id "
                    "WHERE l.worker = 'heir' AND b.state = 'running')"
                )
            )

        await until(is_held, "the heir runs the bot")

    async def is_inherited(self) -> None:
        assert self._end is not None
        async with asyncio.timeout(WAIT_SECONDS):
            await asyncio.shield(self._end)

    async def outlived(self, deed: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Does something and, if the worker dies before it has answered, does it again, as people
        do."""
        assert self._end is not None
        task = asyncio.create_task(deed())
        await asyncio.wait({task, self._end}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        self._end.result()
        await deed()


async def bot_with_keys(stage: Stage) -> Bot:
    async with stage.pool.acquire() as connection, connection.transaction():
        shop = await create_shop(connection, language="en")
        await shops.set_imprint(connection, shop.id, ImprintDraft(contact="@tea_shop"))
        product = await create_product(connection, shop.id, title="Tea", kind="digital", stock=3)
        await keys.add_keys(
            connection,
            KEYS,
            shop_id=shop.id,
            product_id=product.id,
            variant_id=None,
            keys=["KEY-1", "KEY-2", "KEY-3"],
        )
    on = ["catalogue", "cart", "delivery", "orders", "stock", "stars", "menu"]
    return await stage.bot(shop, modules=on)


async def buy(visitor: Visitor, worker: Doomed) -> None:
    visitor.start()
    await visitor.press(await visitor.offered("Catalogue"))
    await visitor.press(await visitor.offered("Tea"))
    button = await visitor.offered("Buy")
    await worker.outlived(lambda: visitor.press(button))
    bill = await visitor.until(visitor.bill, "the bill")
    await worker.outlived(lambda: visitor.pay(bill))
    await visitor.hears("KEY-")


@pytest.mark.parametrize("point", POINTS)
async def test_a_worker_is_killed_while(
    stage: Stage, nursery: "subprocess.Popen[str]", clickhouse_url: str, point: str
) -> None:
    bot = await bot_with_keys(stage)
    visitor = Visitor(stage.telegram.world, stage.telegram.person(), bot.id)
    async with AsyncExitStack() as stack:
        worker = Doomed(stage, nursery, stack)
        await worker.begin(point)
        await stage.runs(bot)
        with visitor.listening():
            await buy(visitor, worker)
            await worker.is_inherited()

            async def is_all_sent() -> bool:
                query = "SELECT NOT EXISTS (SELECT FROM outgoing WHERE state = 'pending')"
                return bool(await stage.pool.fetchval(query))

            await until(is_all_sent, "all is sent")
    assert await sold(stage.pool, clickhouse_url) == Sold(1, 300, 1, 300)
    row = await stage.pool.fetchrow(
        "SELECT (SELECT count(*) FROM orders), (SELECT stock FROM products), "
        "(SELECT count(*) FROM delivery_keys WHERE order_id IS NOT NULL)"
    )
    assert row is not None and tuple(row) == (1, 2, 1)
    heard = stage.telegram.heard(visitor.person, bot)
    assert [sum(words in text for text in heard) for words in ("is paid", "KEY-")] == [1, 1]
    charges = await stage.telegram.ask("charges", bot=bot.id)
    assert len(charges) == 1

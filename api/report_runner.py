"""Runs what modules tell owners by themselves (`bots.sdk.reports`), beside the requests."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog

from api.problems import STORE_ERRORS
from api.reader import Reader
from api.report_figures import ShopFigures
from bots.sdk.keyboards import AnyButton, keyboard, link
from bots.sdk.loading import EnabledModule, LoadedModule
from bots.sdk.reacting import acting
from bots.sdk.replies import SendPhoto, SendText, StoredFile
from bots.sdk.reports import Report, Reports, Task, Told
from bots.sdk.transaction import Transaction
from core.postgres import Connection, Pool
from core.secrets import KeyRing
from core.shop import files, owner_chats
from core.shop.files import Use
from core.shop.owner_chats import OwnerChat

log = structlog.get_logger()
LOOK_SECONDS = 60.0
_KEPT_PICTURES = 14  # of one shop and purpose

# Of each shop the first bot that has the module on.
_BOTS = """
SELECT DISTINCT ON (b.shop_id) b.id, b.shop_id
FROM bot_modules AS m JOIN bots AS b ON b.id = m.bot_id JOIN shops AS s ON s.id = b.shop_id
WHERE m.module = $1 AND m.enabled AND b.removed_at IS NULL AND b.mode = 'hosted'
    AND s.archived_at IS NULL
ORDER BY b.shop_id, b.id
"""


class ReportRunner:
    """Each report of each shop, when it is due; one that fails keeps no other one back."""

    def __init__(
        self,
        pool: Pool,
        reader: Reader,
        loaded: Mapping[str, LoadedModule],
        reports: Mapping[str, Reports[Any]],
        keys: KeyRing,
    ) -> None:
        self._pool = pool
        self._reader = reader
        self._loaded = loaded
        self._reports = reports
        self._keys = keys
        self._ran: dict[tuple[int, str, str], datetime] = {}

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look(datetime.now(UTC))
            except STORE_ERRORS as error:
                log.warning("reports wait", error=str(error))
            except Exception:  # pylint: disable=broad-exception-caught  # the next look may do
                log.exception("reports wait")

    async def look(self, now: datetime) -> None:
        """Runs what is due."""
        for key, reports in self._reports.items():
            bots = await self._pool.fetch(_BOTS, key)
            told = {name: await self._told(task) for name, task in reports.tasks.items()}
            for bot in bots:
                for name, task in reports.tasks.items():
                    shops, place = told[name], (bot["id"], key, name)
                    if shops is not None and bot["shop_id"] not in shops:
                        continue
                    if now - self._ran.get(place, datetime.min.replace(tzinfo=UTC)) >= task.every:
                        self._ran[place] = now
                        await self._run(bot["id"], key, task.run, now)

    async def _told(self, task: Task) -> Collection[int] | None:
        """The shops that the report is for; None if it is for all."""
        if task.shops is None:
            return None
        try:
            async with self._pool.acquire() as connection:
                return await task.shops(connection)
        except STORE_ERRORS:
            raise
        except Exception:  # pylint: disable=broad-exception-caught  # a module's own
            log.exception("a report failed", report=task.run.__qualname__)
            return ()

    async def _run(self, bot_id: int, key: str, run: Any, now: datetime) -> None:
        try:
            async with self._opened(bot_id) as transaction:
                shop, item = transaction.shop, _item(transaction, key)
            if item is None:
                return
            report: Report[Any] = Report(
                item=item,
                shop=shop,
                bot_id=bot_id,
                now=now,
                figures=ShopFigures(self._pool, self._reader, shop),
                tell=partial(self._tell, bot_id, shop.id, key),
                opens=partial(self._opened, bot_id),
            )
            await run(report)
        except STORE_ERRORS as error:
            log.warning("a report waits", bot_id=bot_id, module=key, error=str(error))
        except Exception:  # pylint: disable=broad-exception-caught  # a module's own
            log.exception("a report failed", bot_id=bot_id, module=key)

    @asynccontextmanager
    async def _opened(self, bot_id: int) -> AsyncIterator[Transaction]:
        # pylint: disable-next=contextmanager-generator-missing-cleanup  # `async with` ends it
        async with (
            self._pool.acquire() as connection,
            connection.transaction(),
            acting(connection, self._loaded, bot_id, self._keys) as transaction,
        ):
            yield transaction

    async def _tell(self, bot_id: int, shop_id: int, key: str, told: Told) -> int:
        async with self._pool.acquire() as connection, connection.transaction():
            chats = await _chats(connection, shop_id, bot_id)
            picture = await _kept(connection, shop_id, key, told) if chats else None
            for chat in chats:
                rows = await _rows(connection, chat, told)
                message = (
                    SendPhoto(photo=picture, caption=told.text, keyboard=keyboard(*rows))
                    if picture is not None
                    else SendText(text=told.text, keyboard=keyboard(*rows))
                )
                async with acting(connection, self._loaded, chat.bot_id, self._keys) as transaction:
                    await transaction.queue(
                        told.purpose, message, f"{shop_id}:{told.key}", chat.telegram_id
                    )
            return len(chats)


def _item(transaction: Transaction, key: str) -> EnabledModule | None:
    """None if it is on and cannot be, for the panel says why."""
    return next((each for each in transaction.enabled if each.key == key), None)


async def _chats(connection: Connection, shop_id: int, bot_id: int) -> list[OwnerChat]:
    """One of each owner's: with a bot that runs, rather with this one."""
    running = {
        row["id"] for row in await connection.fetch("SELECT id FROM bots WHERE state <> 'failed'")
    }
    found: dict[int, OwnerChat] = {}
    chats = await owner_chats.covering(connection, [shop_id])
    for chat in sorted(chats, key=lambda each: (each.bot_id not in running, each.bot_id != bot_id)):
        found.setdefault(chat.telegram_id, chat)
    return list(found.values())


async def _kept(connection: Connection, shop_id: int, key: str, told: Told) -> StoredFile | None:
    """The picture as a file of the shop; the older ones go."""
    if told.picture is None:
        return None
    owner = f"{key}:{told.purpose}"
    use = Use(owner, told.key)
    file = await files.keep(connection, shop_id, "picture", told.picture, use)
    await connection.execute(
        "DELETE FROM file_uses WHERE (shop_id, owner) = ($1, $2) AND natural_key NOT IN ("
        "SELECT natural_key FROM file_uses WHERE (shop_id, owner) = ($1, $2) "
        "ORDER BY natural_key DESC LIMIT $3)",
        shop_id,
        owner,
        _KEPT_PICTURES,
    )
    return StoredFile(sha256=file.sha256)


async def _rows(connection: Connection, chat: OwnerChat, told: Told) -> list[list[AnyButton]]:
    """The button that opens the panel where the chat's owner opens it."""
    panel_url: str | None = await connection.fetchval(
        "SELECT panel_url FROM owner_chats WHERE bot_id = $1 AND telegram_id = $2",
        chat.bot_id,
        chat.telegram_id,
    )
    return [[link(told.label, f"{panel_url}{told.opens}")]] if panel_url else []

"""Alerts about access, brought to the chats of the owners who may answer them, each once."""

import asyncio
import time
from collections.abc import Mapping

import asyncpg
import structlog

from api.problems import STORE_ERRORS
from bots.sdk import owner_desk
from bots.sdk.loading import LoadedModule
from bots.sdk.reacting import acting
from core.postgres import Connection, Pool
from core.secrets import KeyRing
from core.shop import access_alerts, owner_chats
from core.shop.access_alerts import StoredAlert
from core.shop.owner_chats import OwnerChat

log = structlog.get_logger()
LOOK_SECONDS = 2.0
RETRY_SECONDS = 60.0  # of a chat that could not be told
CHAT_MS = 500  # for a lock that somebody else holds on what belongs to a chat


class AlertTeller:
    """Looks for alerts that nobody was told of; several processes may: each chat is told once, for
    a message that it has already is not stored again."""

    def __init__(self, pool: Pool, loaded: Mapping[str, LoadedModule], keys: KeyRing) -> None:
        self._pool = pool
        self._loaded = loaded
        self._keys = keys
        self._put_off: dict[int, float] = {}  # alerts that not everybody was told of, until when
        self._slow: dict[tuple[int, int], float] = {}  # chats that kept the others waiting

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.tell()
            except STORE_ERRORS as error:
                log.warning("owners could not be told of alerts", error=str(error))
            except Exception:  # pylint: disable=broad-exception-caught  # the next look may do
                log.exception("owners could not be told of alerts")

    async def tell(self) -> int:
        """Queues the messages; of how many alerts everybody has been told. A chat that cannot be
        told, or not soon, is tried again in a minute, and keeps neither another chat nor another
        alert back."""
        now = time.monotonic()
        self._put_off = {each: until for each, until in self._put_off.items() if until > now}
        self._slow = {each: until for each, until in self._slow.items() if until > now}
        async with self._pool.acquire() as connection:
            numbers = await access_alerts.untold(connection, besides=self._put_off)
            told = 0
            for number in numbers:
                if await self._tell_of(connection, number):
                    told += 1
                else:
                    self._put_off[number] = now + RETRY_SECONDS
        return told

    async def _tell_of(self, connection: Connection, alert_id: int) -> bool:
        """Whether everybody whom it concerns has been told."""
        found = await access_alerts.find_untold(connection, alert_id)
        if found is None:  # answered meanwhile, or told by another process
            return False
        alert, shop_ids = found
        chats = await owner_chats.covering(connection, shop_ids)
        told = [await self._tell_chat(connection, chat, alert) for chat in chats]
        if all(told):
            await access_alerts.note_told(connection, alert_id)
        return all(told)

    async def _tell_chat(self, connection: Connection, chat: OwnerChat, alert: StoredAlert) -> bool:
        """In a transaction of its own, which waits for nobody for long."""
        name = (chat.bot_id, chat.telegram_id)
        if name in self._slow:
            return False
        try:
            async with connection.transaction():
                await connection.execute(f"SET LOCAL lock_timeout = {CHAT_MS}")
                async with acting(connection, self._loaded, chat.bot_id, self._keys) as transaction:
                    await owner_desk.tell_of_alert(transaction, chat, alert)
        except asyncpg.LockNotAvailableError:
            self._slow[name] = time.monotonic() + RETRY_SECONDS
            log.warning("a chat could not be told of an alert yet", alert_id=alert.id)
            return False
        except Exception:  # pylint: disable=broad-exception-caught  # others wait
            if connection.is_closed():
                raise
            log.exception("an alert could not be told", alert_id=alert.id)
            return False
        return True

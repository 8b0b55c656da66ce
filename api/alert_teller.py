"""Alerts about access, brought to the chats of the owners who may answer them, each once."""

import asyncio
import time
from collections.abc import Mapping

import structlog

from api.problems import STORE_ERRORS
from bots.sdk import owner_desk
from bots.sdk.loading import LoadedModule
from bots.sdk.reacting import acting
from core.postgres import Connection, Pool
from core.secrets import KeyRing
from core.shop import access_alerts, owner_chats

log = structlog.get_logger()
LOOK_SECONDS = 2.0
RETRY_SECONDS = 60.0  # of an alert that could not be told


class AlertTeller:
    """Looks for alerts that nobody was told of; several processes may, each alert is one's."""

    def __init__(self, pool: Pool, loaded: Mapping[str, LoadedModule], keys: KeyRing) -> None:
        self._pool = pool
        self._loaded = loaded
        self._keys = keys
        self._put_off: dict[int, float] = {}  # alerts that could not be told, until when

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
        """Queues the messages; of how many alerts. One that cannot be told is logged, waits a
        minute, and keeps no other one back."""
        now = time.monotonic()
        self._put_off = {each: until for each, until in self._put_off.items() if until > now}
        async with self._pool.acquire() as connection:
            numbers = await access_alerts.untold(connection, besides=self._put_off)
            told = 0
            for number in numbers:
                try:
                    told += await self._tell_of(connection, number)
                except Exception:  # pylint: disable=broad-exception-caught  # others wait
                    if connection.is_closed():
                        raise
                    self._put_off[number] = now + RETRY_SECONDS
                    log.exception("an alert could not be told", alert_id=number)
        return told

    async def _tell_of(self, connection: Connection, alert_id: int) -> bool:
        async with connection.transaction():
            taken = await access_alerts.take_untold(connection, alert_id)
            if taken is None:
                return False
            alert, shop_ids = taken
            for chat in await owner_chats.covering(connection, shop_ids):
                async with acting(connection, self._loaded, chat.bot_id, self._keys) as transaction:
                    await owner_desk.tell_of_alert(transaction, chat, alert)
        return True

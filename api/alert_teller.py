"""Alerts about access, brought to the chats of the owners who may answer them, each once."""

import asyncio
from collections.abc import Mapping

import structlog

from api.problems import STORE_ERRORS
from bots.sdk import owner_desk
from bots.sdk.loading import LoadedModule
from bots.sdk.reacting import acting
from core.postgres import Pool
from core.secrets import KeyRing
from core.shop import access_alerts, owner_chats

log = structlog.get_logger()
LOOK_SECONDS = 2.0


class AlertTeller:
    """Looks for alerts that nobody was told of; several processes may, each alert is one's."""

    def __init__(self, pool: Pool, loaded: Mapping[str, LoadedModule], keys: KeyRing) -> None:
        self._pool = pool
        self._loaded = loaded
        self._keys = keys

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.tell()
            except STORE_ERRORS as error:
                log.warning("owners could not be told of alerts", error=str(error))

    async def tell(self) -> int:
        """Queues the messages; how many alerts there were."""
        async with self._pool.acquire() as connection, connection.transaction():
            alerts = await access_alerts.take_untold(connection)
            for alert, shop_ids in alerts:
                for chat in await owner_chats.covering(connection, shop_ids):
                    async with acting(
                        connection, self._loaded, chat.bot_id, self._keys
                    ) as transaction:
                        await owner_desk.tell_of_alert(transaction, chat, alert)
            return len(alerts)

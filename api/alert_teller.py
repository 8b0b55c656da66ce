"""What owners must know, brought to their chats, each once: alerts about access, and web hooks that
were switched off."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import asyncpg
import structlog

from api.problems import STORE_ERRORS
from bots.sdk import owner_desk
from bots.sdk.loading import LoadedModule
from bots.sdk.reacting import acting
from bots.sdk.transaction import Transaction
from core.postgres import Connection, Pool
from core.secrets import KeyRing
from core.shop import access_alerts, owner_chats, webhooks
from core.shop.owner_chats import OwnerChat
from core.shop.webhooks import Endpoint

log = structlog.get_logger()
Tell = Callable[[Transaction, OwnerChat], Awaitable[None]]
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
        self._hooks_put_off: dict[int, float] = {}
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
        for put_off in (self._put_off, self._hooks_put_off, self._slow):
            _forget_past(put_off, now)
        async with self._pool.acquire() as connection:
            numbers = await access_alerts.untold(connection, besides=self._put_off)
            told = 0
            for number in numbers:
                if await self._tell_of(connection, number):
                    told += 1
                else:
                    self._put_off[number] = now + RETRY_SECONDS
            for endpoint in await webhooks.untold(connection):
                if endpoint.id not in self._hooks_put_off:
                    await self._tell_of_webhook(connection, endpoint)
        return told

    async def _tell_of(self, connection: Connection, alert_id: int) -> bool:
        """Whether everybody whom it concerns has been told."""
        found = await access_alerts.find_untold(connection, alert_id)
        if found is None:  # answered meanwhile, or told by another process
            return False
        alert, shop_ids = found
        are_told = await self._tell_owners(
            connection,
            shop_ids,
            lambda transaction, chat: owner_desk.tell_of_alert(transaction, chat, alert),
        )
        if are_told:
            await access_alerts.note_told(connection, alert_id)
        return are_told

    async def _tell_of_webhook(self, connection: Connection, endpoint: Endpoint) -> None:
        if await self._tell_owners(
            connection,
            [endpoint.shop_id],
            lambda transaction, chat: owner_desk.tell_of_webhook(transaction, chat, endpoint),
        ):
            await webhooks.note_told(connection, endpoint.id)
        else:
            self._hooks_put_off[endpoint.id] = time.monotonic() + RETRY_SECONDS

    async def _tell_owners(
        self, connection: Connection, shop_ids: Sequence[int] | None, tell: Tell
    ) -> bool:
        """Whether all who decide about these shops have been told."""
        chats = await owner_chats.covering(connection, shop_ids)
        told = [await self._tell_chat(connection, chat, tell) for chat in chats]
        return all(told)

    async def _tell_chat(self, connection: Connection, chat: OwnerChat, tell: Tell) -> bool:
        """In a transaction of its own, which waits for nobody for long."""
        name = (chat.bot_id, chat.telegram_id)
        if name in self._slow:
            return False
        try:
            async with connection.transaction():
                await connection.execute(f"SET LOCAL lock_timeout = {CHAT_MS}")
                async with acting(connection, self._loaded, chat.bot_id, self._keys) as transaction:
                    await tell(transaction, chat)
        except asyncpg.LockNotAvailableError:
            self._slow[name] = time.monotonic() + RETRY_SECONDS
            log.warning("an owner's chat could not be told yet", bot_id=chat.bot_id)
            return False
        except Exception:  # pylint: disable=broad-exception-caught  # others wait
            if connection.is_closed():
                raise
            log.exception("an owner's chat could not be told", bot_id=chat.bot_id)
            return False
        return True


def _forget_past(put_off: dict[Any, float], now: float) -> None:
    for each in [each for each, until in put_off.items() if until <= now]:
        del put_off[each]

"""ClickHouse's client, opened when it is first needed: the server may start later than this
process."""

import asyncio

from clickhouse_connect.driver.asyncclient import AsyncClient
from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from core import clickhouse
from ingestion.delivery import Undelivered

_PING_SECONDS = 2


class Store:
    """One client for all shards."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: AsyncClient | None = None
        self._opening = asyncio.Lock()

    async def client(self) -> AsyncClient:
        """Raises Undelivered while the server cannot be reached."""
        async with self._opening:
            if self._client is None:
                try:
                    self._client = await clickhouse.open_async_client(self._url)
                except (ClickHouseError, OSError, TimeoutError) as error:
                    raise Undelivered(str(error).splitlines()[0]) from error
            return self._client

    async def answers(self) -> bool:
        try:
            async with asyncio.timeout(_PING_SECONDS):
                return await (await self.client()).ping()
        except (Undelivered, TimeoutError):
            return False

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

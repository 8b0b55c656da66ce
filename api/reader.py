"""Reading figures from ClickHouse as the panel's restricted user."""

import asyncio
from collections.abc import Mapping
from typing import Any

from clickhouse_connect.driver.asyncclient import AsyncClient

from core.clickhouse import open_async_client

QUERY_SECONDS = 20


class Reader:
    """A client that is created at the first query, so that the panel opens while ClickHouse is
    away.

    Its queries raise `api.problems.CLICKHOUSE_ERRORS`.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: AsyncClient | None = None
        self._opening = asyncio.Lock()

    async def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The result as one dictionary per row; `parameters` fill `{name:Type}` in the query."""
        client = await self._opened()
        result = await client.query(sql, parameters=dict(parameters))
        return list(result.named_results())

    async def ping(self) -> bool:
        """Whether ClickHouse answers a query."""
        await self.rows("SELECT 1 AS one", {})
        return True

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _opened(self) -> AsyncClient:
        async with self._opening:
            if self._client is None:
                self._client = await open_async_client(self._url, max_execution_time=QUERY_SECONDS)
            return self._client

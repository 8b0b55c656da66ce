"""Reading figures from ClickHouse as the panel's restricted user."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clickhouse_connect.driver.asyncclient import AsyncClient
from clickhouse_connect.driver.external import ExternalData

from api.slots import Slots
from core.clickhouse import open_async_client

QUERY_SECONDS = 20
# Queries of the panel come first: ClickHouse lets those of larger numbers wait meanwhile.
PRIORITY, EXPORTS_PRIORITY = 1, 5
# Queries at once, as many as may wait for one of them, and how long.
QUERIES, LINE, WAIT_SECONDS = 12, 400, 5.0
# Stopped when the connection closes, for nobody waits any more.
_ALWAYS = {"cancel_http_readonly_queries_on_client_close": 1}
# Of newer servers. Statistics of columns would choose the order of joins of large tables, of which
# the panel's queries have none: loading them takes some milliseconds of each query.
_WHERE_KNOWN = {"use_statistics": 0}


@dataclass(frozen=True, slots=True)
class Table:
    """A small table that is sent with a query: its columns with their types, and rows of texts
    without tabs."""

    name: str
    columns: str
    rows: Sequence[tuple[str, ...]]


def _external(tables: Sequence[Table]) -> ExternalData | None:
    external = ExternalData() if tables else None
    for table in tables:
        assert external is not None
        data = "".join("\t".join(row) + "\n" for row in table.rows).replace("\\", "\\\\")
        external.add_file(
            file_name=table.name,
            data=data.encode(),
            fmt="TSV",
            structure=table.columns,
        )
    return external


class LastPlans:
    """What was found out the last time for queries of the same kind, by what tells them apart."""

    def __init__(self, most: int = 100) -> None:
        self._most = most
        self._plans: OrderedDict[tuple[object, ...], Any] = OrderedDict()

    def get(self, key: tuple[object, ...]) -> Any:
        """None without one."""
        return self._plans.get(key)

    def keep(self, key: tuple[object, ...], plan: Any) -> None:
        self._plans[key] = plan
        self._plans.move_to_end(key)
        if len(self._plans) > self._most:
            self._plans.popitem(last=False)


class Reader:
    """A client that is created at the first query, so that the panel opens while ClickHouse is
    away.

    Its queries raise `api.problems.CLICKHOUSE_ERRORS`, and Busy if too many are asked at once.
    """

    def __init__(self, url: str, queries: int = QUERIES) -> None:
        self._url = url
        self.slots = Slots(queries, line=LINE, seconds=WAIT_SECONDS)
        self._client: AsyncClient | None = None
        self._always: Mapping[str, Any] = _ALWAYS
        self._opening = asyncio.Lock()
        self.last_plans = LastPlans()

    async def rows(
        self,
        sql: str,
        parameters: Mapping[str, Any],
        tables: Sequence[Table] = (),
        settings: Mapping[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """The result as one dictionary per row; `parameters` fill `{name:Type}` in the query.

        `settings` are ClickHouse's own, such as limits. If the caller is cancelled, ClickHouse
        stops the query.
        """
        client = await self._opened()
        async with self.slots.take():
            result = await client.query(
                sql,
                parameters=dict(parameters),
                external_data=_external(tables),
                settings={**self._always, **(settings or {})},
            )
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
                self._client = await open_async_client(
                    self._url, max_execution_time=QUERY_SECONDS, priority=PRIORITY
                )
                known = self._client.server_settings
                more = {name: each for name, each in _WHERE_KNOWN.items() if name in known}
                self._always = {**_ALWAYS, **more}
            return self._client

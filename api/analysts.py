"""Analysts' queries on their way to ClickHouse, as its read-only user."""

from collections.abc import AsyncIterator, Mapping, Sequence

import aiohttp

from core.clickhouse import Address
from core.errors import Conflict


class AnalystsUnset(Conflict):
    """There is no read-only user of ClickHouse for analysts."""

    code = "analysts_unset"

    def __init__(self) -> None:
        super().__init__(
            "ClickHouse has no user for analysts here: whoever runs this machine sets "
            "VITRINA_CLICKHOUSE_ANALYST_URL"
        )


_SECONDS = 3700  # a query may take an hour


class AnalystsClient:
    """Sends queries as they are; the connection to ClickHouse is opened at the first."""

    def __init__(self, url: str) -> None:
        self._address = Address.parse(url)
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self,
        method: str,
        parameters: Sequence[tuple[str, str]],
        headers: Mapping[str, str],
        body: AsyncIterator[bytes] | None,
    ) -> aiohttp.ClientResponse:
        """The answer, when it begins; the caller closes it. Raises aiohttp's errors."""
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=_SECONDS)
            self._session = aiohttp.ClientSession(timeout=timeout, auto_decompress=False)
        given = {name for name, _ in parameters}
        defaults = {
            "database": self._address.database,
            "cancel_http_readonly_queries_on_client_close": "1",
        }
        asked = [*parameters, *(pair for pair in defaults.items() if pair[0] not in given)]
        return await self._session.request(
            method,
            self._address.endpoint,
            params=asked,
            headers={
                "Accept-Encoding": "identity",
                **headers,
                "X-ClickHouse-User": self._address.username,
                "X-ClickHouse-Key": self._address.password,
            },
            data=body,
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

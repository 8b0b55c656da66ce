"""Fixtures of the ingestion tests."""

from collections.abc import AsyncIterator

import pytest
from clickhouse_connect.driver.asyncclient import AsyncClient

from core import clickhouse


@pytest.fixture(name="client")
async def opened_client(clickhouse_url: str) -> AsyncIterator[AsyncClient]:
    opened = await clickhouse.open_async_client(clickhouse_url)
    yield opened
    await opened.close()

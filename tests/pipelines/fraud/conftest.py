"""A shop in the stores of a test that is not a coroutine itself."""

import asyncio

import pytest

from core import postgres
from core.settings import Settings
from tests.factories import create_shop


@pytest.fixture(name="shop_id")
def made_shop(settings: Settings) -> int:
    """The shop's number."""

    async def make() -> int:
        connection = await postgres.connect(settings.database_url.get_secret_value())
        try:
            return (await create_shop(connection)).id
        finally:
            await connection.close()

    return asyncio.run(make())

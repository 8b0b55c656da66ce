"""The tests' own engines: fresh databases that do not see each other."""

import asyncpg
import pytest

from core import migrations
from core.clickhouse import open_client
from tests.engines import Engines


async def migrate(database_url: str, clickhouse_url: str) -> None:
    await migrations.migrate(database_url, clickhouse_url, migrations.core_scripts())


async def test_each_test_has_databases_of_its_own(engines: Engines) -> None:
    async with engines.stores(migrate) as first, engines.stores(migrate) as second:
        assert first != second
        connection = await asyncpg.connect(first.database_url)
        await connection.execute(
            "INSERT INTO shops (name, currency, timezone, language) "
            "VALUES ('Tea', 'XTR', 'Europe/Moscow', 'ru')"
        )
        await connection.close()
        connection = await asyncpg.connect(second.database_url)
        assert await connection.fetchval("SELECT count(*) FROM shops") == 0
        await connection.close()

        client = open_client(first.clickhouse_url)
        client.command(
            "INSERT INTO events (shop_id, event, occurred_at, retention_days) "
            "SELECT 1, 'bot_started', now(), 30"
        )
        client.close()
        for stores, expected in ((first, 1), (second, 0)):
            for url in (stores.clickhouse_url, stores.clickhouse_panel_url):
                client = open_client(url)
                assert client.command("SELECT count() FROM events") == expected
                assert client.command("SELECT sum(events) FROM live_minute_view") == expected
                client.close()


async def test_what_a_test_made_is_gone_after_it(engines: Engines) -> None:
    async with engines.stores() as stores:
        assert stores.database_url
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(stores.database_url)

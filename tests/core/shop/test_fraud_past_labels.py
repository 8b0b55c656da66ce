"""Labels of before, from a file."""

import asyncio
from datetime import UTC, datetime, timedelta

from core.postgres import Connection, Pool
from core.shop import fraud_past_labels
from core.shop.fraud_past_labels import PastLabel
from tests.core.shop.test_wallet_refunds import until_waiting
from tests.factories import create_customer, create_shop


async def test_the_same_file_twice_at_once_is_taken_once(
    connection: Connection, pool: Pool
) -> None:
    shop = await create_shop(connection)
    people = [await create_customer(connection, shop.id, telegram_id=n) for n in (501, 502)]
    then = datetime.now(UTC) - timedelta(days=3)
    given = [
        PastLabel(buyer_no=person.buyer_no, abuse="payment", label="confirmed", known_at=then)
        for person in people
    ]

    async def take() -> list[PastLabel]:
        async with pool.acquire() as own, own.transaction():
            return await fraud_past_labels.add(own, shop.id, given)

    async with asyncio.TaskGroup() as group:
        async with connection.transaction():
            assert await fraud_past_labels.add(connection, shop.id, given) == given
            second = group.create_task(take())
            async with pool.acquire() as watcher:
                await until_waiting(watcher)
    assert second.result() == []
    for table in ("fraud_labels", "fraud_decisions"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == len(given)

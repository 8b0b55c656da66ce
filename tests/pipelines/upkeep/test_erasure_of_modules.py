"""Erasing reaches modules' tables: by their declarations, and after the module was removed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from core import postgres
from core.migrations import core_scripts, leftovers, migrate
from core.modules import Modules
from core.postgres import Connection
from core.shop import erasures
from core.shop.customers import Customer
from tests.engines import Engines
from tests.factories import create_customer, create_origin

TOYS = Modules.discover("tests.toy")
NONE = Modules("tests.toy", {})


@asynccontextmanager
async def with_gifts(engines: Engines) -> AsyncIterator[tuple[Connection, Customer, Customer]]:
    """Two people of a shop, with a gift each."""
    async with engines.stores() as stores:
        await migrate(
            stores.database_url, stores.clickhouse_schema_url, core_scripts() + TOYS.migrations()
        )
        connection = await postgres.connect(stores.database_url)
        try:
            origin = await create_origin(connection)
            people = [await create_customer(connection, origin.shop_id) for _ in range(2)]
            for person in people:
                await connection.execute(
                    "INSERT INTO gifts (shop_id, bot_id, buyer_no, note) VALUES ($1, $2, $3, $4)",
                    origin.shop_id,
                    origin.bot_id,
                    person.buyer_no,
                    f"for {person.telegram_id}",
                )
            yield connection, people[0], people[1]
        finally:
            await connection.close()


@pytest.mark.parametrize("modules", [TOYS, NONE], ids=["installed", "taken out"])
async def test_a_modules_rows_go_with_their_person_alone(
    engines: Engines, modules: Modules
) -> None:
    async with with_gifts(engines) as (connection, one, other):
        person = one.shop_id, one.buyer_no
        before = await erasures.count(connection, *person, modules=modules)
        assert (before["gifts"], before["gift_hints"]) == (1, 0)
        async with connection.transaction():
            await erasures.erase(connection, *person, with_events=False, modules=modules)
        after = await erasures.count(connection, *person, modules=modules)
        assert set(after.values()) == {0}
        rows = await connection.fetch("SELECT buyer_no FROM gifts")
        assert [row["buyer_no"] for row in rows] == [other.buyer_no]


async def test_what_a_module_knows_of_a_person_is_handed_out(engines: Engines) -> None:
    async with with_gifts(engines) as (connection, one, _):
        found = await erasures.hand_out(connection, one.shop_id, one.buyer_no, modules=TOYS)
    assert found["gifts"] == [{"id": 1, "note": f"for {one.telegram_id}", "is_paid": False}]
    assert found["customers"][0]["first_name"] == one.first_name


async def test_what_a_module_left_is_kept_and_named(engines: Engines) -> None:
    async with with_gifts(engines) as (connection, _, _):
        assert await leftovers(connection, TOYS.manifests) == []
        (left,) = await leftovers(connection, NONE.manifests)
        assert str(left) == "gift: gift_hints (postgres), gifts (postgres), gift_day (clickhouse)"
        assert await connection.fetchval("SELECT count(*) FROM gifts") == 2

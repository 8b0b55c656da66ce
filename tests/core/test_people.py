"""Personal data: no table has a name or number of a person that erasure does not know."""

import pytest

from core import people
from core.events import Bilingual
from core.modules import Modules
from core.people import BY_BUYER_NO, Holding, UnderWay
from core.postgres import Connection
from core.shop import bot_moves
from core.shop.people import PEOPLE
from tests.factories import create_bot, create_customer, create_shop

EVERYONE = PEOPLE + Modules.discover().people()


async def test_every_column_that_names_a_person_is_declared(connection: Connection) -> None:
    assert await people.undeclared(connection, EVERYONE) == {}


@pytest.mark.parametrize("column", ["buyer_no", "telegram_id", "invited_buyer_no", "chat_id"])
async def test_a_table_that_nobody_declares_is_seen(connection: Connection, column: str) -> None:
    await connection.execute(f"CREATE TABLE gifts (id int, {column} bigint)")
    assert await people.undeclared(connection, EVERYONE) == {"gifts": [column]}


async def test_what_is_declared_is_there(connection: Connection) -> None:
    for each in EVERYONE:
        assert await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", each.table), each


async def test_every_declaration_runs_and_leaves_nothing(connection: Connection) -> None:
    shop = await create_shop(connection)
    customer = await create_customer(connection, shop.id)
    person = shop.id, customer.buyer_no
    assert (await people.count(connection, EVERYONE, *person))["customers"] == 1
    handed_out = await people.export(connection, EVERYONE, *person)
    assert handed_out["customers"][0]["telegram_id"] == customer.telegram_id
    await people.erase(connection, EVERYONE, *person)
    assert set((await people.count(connection, EVERYONE, *person)).values()) == {0}


async def test_a_modules_rows_go_with_their_person_alone(connection: Connection) -> None:
    shop = await create_shop(connection)
    one = await create_customer(connection, shop.id, telegram_id=1)
    other = await create_customer(connection, shop.id, telegram_id=2)
    await connection.execute(
        "CREATE TABLE gifts (shop_id int, buyer_no bigint, note text, is_open bool)"
    )
    for customer in (one, other):
        await connection.execute(
            "INSERT INTO gifts VALUES ($1, $2, $3, true)", shop.id, customer.buyer_no, "for aunt"
        )
    waits = UnderWay("t.is_open", Bilingual("подарков: {count}", "gifts: {count}"))
    gifts = [Holding("gifts", BY_BUYER_NO, erase="delete", export=("note",), under_way=waits)]
    assert await people.under_way(connection, gifts, shop.id, one.buyer_no) == [
        Bilingual("подарков: 1", "gifts: 1")
    ]
    assert await people.export(connection, gifts, shop.id, one.buyer_no) == {
        "gifts": [{"note": "for aunt"}]
    }
    await people.erase(connection, gifts, shop.id, one.buyer_no)
    rows = await connection.fetch("SELECT buyer_no FROM gifts")
    assert [row["buyer_no"] for row in rows] == [other.buyer_no]


async def test_what_a_bot_sent_before_it_left_goes_with_the_former_shops_customer(
    connection: Connection,
) -> None:
    here, there = [await create_shop(connection) for _ in range(2)]
    one = await create_customer(connection, here.id, telegram_id=1)
    both = await create_customer(connection, here.id, telegram_id=2)
    await create_customer(connection, there.id, telegram_id=2)
    bot = await create_bot(connection, here)
    message = (
        "INSERT INTO outgoing (bot_id, chat_id, random_id, purpose, message, state, created_at) "
        "VALUES ($1, $2, $3, 'receipt', '{}', 'sent', clock_timestamp())"
    )
    for customer in (one, both):
        await connection.execute(message, bot.id, customer.telegram_id, customer.telegram_id)
        await connection.execute(
            "INSERT INTO bot_peers (bot_id, peer_id, kind) VALUES ($1, $2, 'user')",
            *(bot.id, customer.telegram_id),
        )
    async with connection.transaction():
        await bot_moves.move(connection, bot.id, there.id, EVERYONE)
    await connection.execute(message, bot.id, both.telegram_id, 3)
    await connection.execute("UPDATE outgoing SET state = 'pending' WHERE random_id = 1")
    assert await people.under_way(connection, EVERYONE, here.id, one.buyer_no)
    found = await people.count(connection, EVERYONE, here.id, one.buyer_no)
    assert (found["outgoing"], found["bot_peers"]) == (1, 1)
    for customer in (one, both):
        await people.erase(connection, EVERYONE, here.id, customer.buyer_no)
    # The shop where the bot is now still writes to its own customer.
    left = await connection.fetch("SELECT random_id FROM outgoing")
    known = await connection.fetch("SELECT peer_id FROM bot_peers")
    assert [row["random_id"] for row in left] == [3]
    assert [row["peer_id"] for row in known] == [2]

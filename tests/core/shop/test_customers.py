import asyncio
from datetime import date

from core.postgres import Connection, Pool
from core.shop import customer_segments, customers
from core.shop.customers import Profile
from tests.factories import create_customer, create_shop


async def test_numbers_are_dense_and_one_person_has_one(pool: Pool) -> None:
    async with pool.acquire() as connection:
        shop = await create_shop(connection)

    async def arrive(telegram_id: int) -> int:
        async with pool.acquire() as connection, connection.transaction():
            profile = Profile(telegram_id=telegram_id)
            return (await customers.touch(connection, shop.id, profile)).buyer_no

    numbers = await asyncio.gather(*(arrive(telegram_id % 5) for telegram_id in range(20)))
    assert len(set(numbers)) == 5
    assert {numbers[i] for i in range(20) if i % 5 == 0} == {numbers[0]}


async def test_half_an_hour_idle_begins_a_new_visit(connection: Connection) -> None:
    shop = await create_shop(connection)
    first = await create_customer(connection, shop.id, telegram_id=1)
    second = await create_customer(connection, shop.id, telegram_id=1)
    assert (first.session_no, second.session_no) == (1, 1)
    assert (first.is_new, second.is_new) == (True, False)
    await connection.execute("UPDATE customers SET last_seen_at = now() - interval '31 minutes'")
    assert (await create_customer(connection, shop.id, telegram_id=1)).session_no == 2


async def test_the_first_source_stays_and_the_last_one_follows(connection: Connection) -> None:
    shop = await create_shop(connection)
    customer = await create_customer(connection, shop.id)
    customer, is_first = await customers.record_start(connection, customer, "ig")
    first = customer.first_source_id
    assert is_first and first is not None and customer.last_source_id == first
    customer, is_first = await customers.record_start(connection, customer, "vk")
    assert not is_first and customer.first_source_id == first
    assert customer.last_source_id not in (first, None)
    customer, _ = await customers.record_start(connection, customer, "")
    assert customer.last_source_id is not None


async def test_a_code_that_no_link_can_carry_is_no_source(connection: Connection) -> None:
    shop = await create_shop(connection)
    customer = await create_customer(connection, shop.id)
    for code in ("", "a b", "x" * 65, "кириллица"):
        customer, _ = await customers.record_start(connection, customer, code)
    assert customer.first_source_id is None
    assert await connection.fetchval("SELECT count(*) FROM sources") == 0


async def test_who_invents_codes_cannot_fill_the_table(connection: Connection) -> None:
    shop = await create_shop(connection)
    customer = await create_customer(connection, shop.id)
    await connection.execute(
        "INSERT INTO sources (shop_id, code) SELECT $1, 'c' || n FROM generate_series(1, 1000) n",
        shop.id,
    )
    customer, _ = await customers.record_start(connection, customer, "one-more")
    assert customer.last_source_id is None
    customer, _ = await customers.record_start(connection, customer, "c7")
    assert customer.last_source_id is not None


async def test_blocking_is_undone_by_coming_back(connection: Connection) -> None:
    shop = await create_shop(connection)
    customer = await create_customer(connection, shop.id, telegram_id=1)
    await customers.set_blocked(connection, customer, True)
    assert await connection.fetchval("SELECT blocked_at FROM customers") is not None
    await create_customer(connection, shop.id, telegram_id=1)
    assert await connection.fetchval("SELECT blocked_at FROM customers") is None


async def test_a_client_that_sends_no_language_keeps_the_known_one(connection: Connection) -> None:
    shop = await create_shop(connection)
    await create_customer(connection, shop.id, telegram_id=1, language="ru")
    assert (await create_customer(connection, shop.id, telegram_id=1)).language == "ru"


async def test_an_update_without_a_profile_changes_nothing(connection: Connection) -> None:
    shop = await create_shop(connection)
    known = Profile(telegram_id=1, first_name="Анна", username="anna", is_premium=True)
    before = await customers.touch(connection, shop.id, known)
    after = await customers.touch(connection, shop.id, Profile(telegram_id=1))
    assert after.model_copy(update={"is_new": True}) == before


async def test_a_name_given_up_is_forgotten(connection: Connection) -> None:
    shop = await create_shop(connection)
    known = Profile(telegram_id=1, first_name="Анна", username="anna", is_premium=True)
    await customers.touch(connection, shop.id, known)
    after = await customers.touch(connection, shop.id, Profile(telegram_id=1, first_name="Аня"))
    assert (after.first_name, after.username, after.is_premium) == ("Аня", None, False)


async def test_segments_that_are_the_same_are_not_written_again(connection: Connection) -> None:
    shop, other = await create_shop(connection), await create_shop(connection)
    day, numbers = date(2026, 11, 1), []
    for telegram_id in (1, 2, 3):
        buyer = await create_customer(connection, shop.id, telegram_id=telegram_id)
        numbers.append(buyer.buyer_no)
    elsewhere = await create_customer(connection, other.id)
    rows = [(shop.id, number, "loyal", day) for number in numbers]
    with_stranger = [*rows, (shop.id, max(numbers) + 1, "loyal", day)]
    assert await customer_segments.publish(connection, [shop.id], with_stranger) == 3
    await customer_segments.publish(
        connection, [other.id], [(other.id, elsewhere.buyer_no, "lost", day)]
    )
    places = "SELECT buyer_no, ctid::text FROM customer_segments WHERE shop_id = $1"
    before = {row["buyer_no"]: row["ctid"] for row in await connection.fetch(places, shop.id)}
    rows = [rows[0], (shop.id, numbers[1], "champions", day)]
    assert await customer_segments.publish(connection, [shop.id], rows) == 2
    after = {row["buyer_no"]: row["ctid"] for row in await connection.fetch(places, shop.id)}
    assert after.keys() == {numbers[0], numbers[1]}
    assert after[numbers[0]] == before[numbers[0]] and after[numbers[1]] != before[numbers[1]]
    found = [await customer_segments.of_buyer(connection, shop.id, each) for each in numbers]
    assert found == ["loyal", "champions", None]
    assert await customer_segments.of_buyer(connection, other.id, elsewhere.buyer_no) == "lost"

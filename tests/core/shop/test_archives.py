"""A shop's end: its bots stop and start with it; what is deleted is gone everywhere in PostgreSQL,
and nothing of another shop is."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from core import shop_rows
from core.errors import NotFound
from core.postgres import Connection, Pool
from core.shop import (
    access,
    archives,
    bots,
    owner_chats,
    payments,
    source_costs,
    sources,
    write_keys,
)
from core.shop.archives import ShopArchived, ShopOpen
from core.shop.shops import Shop
from core.shop.source_costs import CostDraft
from core.shop.sources import SourceDraft
from core.shop.write_keys import WriteKeyInvalid
from core.zones import day_of
from tests.factories import (
    KEYS,
    charge_of,
    create_bot,
    create_customer,
    create_order,
    create_origin,
    create_product,
    create_shop,
    token,
)
from tests.ingestion.rows import until

NOW = datetime.now(UTC)


async def test_its_bots_stop_with_it_and_start_again(connection: Connection) -> None:
    shop = await create_shop(connection)
    bot, failed = await create_bot(connection, shop), await create_bot(connection, shop)
    await bots.set_state(connection, bot.id, "running")
    await connection.execute(
        "INSERT INTO bot_leases (bot_id, worker, epoch, expires_at) VALUES ($1, 'w', 5, now())",
        bot.id,
    )
    await bots.remove(connection, failed.id)
    _, secret = await write_keys.create(connection, shop_id=shop.id, label="site")
    archived = await archives.archive(connection, shop.id, NOW)
    assert archived.archived_at == NOW and archived.delete_after is None
    stopped = await bots.get(connection, bot.id)
    assert (stopped.state, stopped.state_reason) == ("stopped", "shop_archived")
    lease = await connection.fetchrow("SELECT worker, epoch FROM bot_leases")
    assert lease is not None and tuple(lease.values()) == ("", 6)  # its worker is fenced
    with pytest.raises(WriteKeyInvalid):
        await write_keys.writer(connection, secret)
    with pytest.raises(ShopArchived):
        await archives.archive(connection, shop.id, NOW)

    restored = await archives.restore(connection, shop.id)
    assert restored.archived_at is None
    assert (await bots.get(connection, bot.id)).state == "queued"
    assert (await write_keys.writer(connection, secret)).shop_id == shop.id
    assert await connection.fetchval("SELECT state FROM bots WHERE id = $1", failed.id) == "stopped"
    with pytest.raises(ShopOpen):
        await archives.restore(connection, shop.id)


async def test_no_bot_comes_in_while_a_shop_is_archived(connection: Connection, pool: Pool) -> None:
    shop = await create_shop(connection)
    async with pool.acquire() as other:
        coming = other.transaction()
        await coming.start()
        await archives.keep_open(other, shop.id)
        bot = await create_bot(other, shop)
        archiving = asyncio.create_task(_archive(connection, shop.id))
        await until(lambda: _is_waited_for(pool))
        await coming.commit()
    await archiving
    assert (await bots.get(connection, bot.id)).state == "stopped"
    with pytest.raises(ShopArchived):
        await archives.keep_open(connection, shop.id)
    renewed = await bots.replace_token(connection, KEYS, bot.id, SecretStr(token(bot.id)))
    assert renewed.state == "stopped"


async def _is_waited_for(pool: Pool) -> bool:
    found: bool = await pool.fetchval(
        "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND "
        "database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
    )
    return found


async def _archive(connection: Connection, shop_id: int) -> None:
    async with connection.transaction():
        await archives.archive(connection, shop_id, NOW)


async def test_a_schedule_of_exports_loses_a_deleted_shop(connection: Connection) -> None:
    shop, other = [await create_shop(connection) for _ in range(2)]
    link, _ = await access.insert_link(connection, label="all", role="owner", shop_ids=None)
    made = [
        await connection.fetchval(
            "INSERT INTO export_schedules (link_id, table_key, layout, with_people, shop_ids, "
            "every, weekday, hour, timezone, target, due_at) "
            "VALUES ($1, 'orders', '{}', false, $2, 'day', 1, 9, 'UTC', '{}', now()) RETURNING id",
            *(link, shop_ids),
        )
        for shop_ids in ([shop.id], [other.id, shop.id])
    ]
    async with connection.transaction():
        await shop_rows.delete(connection, shop.id)
    left = await connection.fetch("SELECT id, shop_ids FROM export_schedules")
    assert [tuple(row.values()) for row in left] == [(made[1], [other.id])]


async def test_a_deletion_waits_for_its_grace_and_for_the_last_events(
    connection: Connection,
) -> None:
    shop = await create_shop(connection)
    asked = await archives.ask_deletion(connection, shop.id, NOW)
    assert asked.archived_at == NOW and asked.delete_after == NOW + archives.GRACE
    again = await archives.ask_deletion(connection, shop.id, NOW + timedelta(days=1))
    assert again.delete_after == asked.delete_after
    assert await archives.due(connection, NOW + archives.GRACE - timedelta(seconds=1)) == []
    over = NOW + archives.GRACE
    assert await archives.due(connection, over) == [shop.id]
    assert await archives.is_due(connection, shop.id, over)
    await sources.create(connection, shop, SourceDraft(code="late"))  # an event on its way
    assert await archives.due(connection, over) == []
    assert not await archives.is_due(connection, shop.id, over)
    await connection.execute("DELETE FROM outbox")
    await archives.restore(connection, shop.id)
    assert await archives.due(connection, over) == []


async def _lived_in(connection: Connection, shop: Shop, bot_id: int | None = None) -> int:
    """With an order, a cart, a paid bill, a link that cost something; the bot's id."""
    origin = await create_origin(connection, shop)
    bot_id = bot_id or origin.bot_id
    product = await create_product(connection, shop.id)
    buyer = await create_customer(connection, shop.id)
    order = await create_order(connection, origin, buyer, product)
    await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge_of(order, buyer))
    await connection.execute(
        "INSERT INTO carts (shop_id, buyer_no, bot_id) VALUES ($1, $2, $3)",
        *(shop.id, buyer.buyer_no, bot_id),
    )
    await connection.execute(
        "INSERT INTO cart_lines (shop_id, buyer_no, product_id, title, quantity) "
        "VALUES ($1, $2, $3, 'Tea', 2)",
        *(shop.id, buyer.buyer_no, product.id),
    )
    source = await sources.create(connection, shop, SourceDraft())
    cost = CostDraft(amount_minor=100, currency="RUB")
    today = day_of(NOW, shop.timezone)
    await source_costs.set_cost(connection, shop, source.id, today, cost, NOW)
    await connection.execute(
        "INSERT INTO outgoing (bot_id, chat_id, random_id, purpose, message) "
        "VALUES ($1, 5, 5, 'receipt', '{}')",
        origin.bot_id,
    )
    return origin.bot_id


async def _names(connection: Connection) -> list[str]:
    rows = await connection.fetch(
        "SELECT table_name FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND column_name = 'shop_id'"
    )
    return [row["table_name"] for row in rows]


async def test_nothing_of_a_deleted_shop_is_left_and_all_of_another(
    connection: Connection,
) -> None:
    shop, other = [await create_shop(connection) for _ in range(2)]
    bot_id = await _lived_in(connection, shop)
    await _lived_in(connection, other)
    # A bot that was in the other shop before: that one's order and cart name it.
    moved = await create_bot(connection, shop)
    await connection.execute("UPDATE orders SET bot_id = $2 WHERE shop_id = $1", other.id, moved.id)
    await connection.execute("UPDATE carts SET bot_id = $2 WHERE shop_id = $1", other.id, moved.id)
    link, _ = await access.insert_link(connection, label="one", role="owner", shop_ids=[shop.id])
    both, _ = await access.insert_link(
        connection, label="both", role="owner", shop_ids=[shop.id, other.id]
    )
    await owner_chats.create_code(connection, bot_id, link, "https://shop.example")
    before = await shop_rows.count(connection, other.id)
    mine = await shop_rows.count(connection, shop.id)
    for table in ("orders", "order_lines", "payments", "carts", "cart_lines", "source_costs"):
        assert mine[table] == 1, table
    async with connection.transaction():
        await shop_rows.delete(connection, shop.id)
    for table in await _names(connection):
        rows = await connection.fetchval(
            f"SELECT count(*) FROM {table} WHERE shop_id = $1", shop.id
        )
        assert rows == 0, table
    assert await connection.fetchval("SELECT count(*) FROM bots WHERE id = $1", bot_id) == 0
    assert await connection.fetchval("SELECT count(*) FROM outgoing") == 1
    after = await shop_rows.count(connection, other.id)
    assert after == before | {"bots": before["bots"] + 1}  # given back, taken out
    with pytest.raises(NotFound):
        await bots.get(connection, moved.id)
    links = await connection.fetch("SELECT id, shop_ids, revoked_at FROM access_links ORDER BY id")
    assert [(row["id"], row["shop_ids"], row["revoked_at"] is None) for row in links] == [
        (link, [], False),
        (both, [other.id], True),
    ]

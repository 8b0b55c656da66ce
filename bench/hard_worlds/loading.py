"""A world in stores of its own: PostgreSQL's facts and ClickHouse's events."""

import polars as pl
from clickhouse_connect.driver.client import Client

from bench.hard_worlds import files
from bench.hard_worlds.records import World
from bench.hard_worlds.visit import PROVIDER
from core.postgres import Connection
from tests.factories import create_bot, create_shop

_CURRENCY = "RUB"
_CHUNK = 100_000


async def load_facts(connection: Connection, world: World) -> None:
    """The shop, its bot, links, goods, people, orders and payments, as they are at the end."""
    shop = await create_shop(connection, name="Чай", timezone="UTC", currency=_CURRENCY)
    await create_bot(connection, shop, bot_id=files.BOT_ID)
    await connection.execute(
        "UPDATE shops SET created_at = $2, next_buyer_no = $3, next_order_no = $4 WHERE id = $1",
        shop.id,
        files.moment(world, -400 * 86400),
        len(world.people) + 1,
        len(world.orders) + 1,
    )
    await _copy(
        connection,
        "sources",
        pl.DataFrame(
            {"id": range(1, len(world.sources) + 1), "shop_id": shop.id, "code": world.sources}
        ),
    )
    await _copy(
        connection,
        "products",
        files.products(world).select(
            "id",
            "price_minor",
            "stock",
            shop_id=pl.lit(shop.id),
            title=pl.format("Чай {}", "id"),
            currency=pl.lit(_CURRENCY),
        ),
    )
    await _copy(connection, "customers", _customers(world, shop.id))
    await _load_orders(connection, world, shop.id)


def _customers(world: World, shop_id: int) -> pl.DataFrame:
    link = pl.when(pl.col("source") > 0).then("source")
    return files.customers(world).select(
        "buyer_no",
        "telegram_id",
        "first_name",
        "username",
        "language",
        "is_premium",
        "started_at",
        "last_seen_at",
        shop_id=pl.lit(shop_id),
        first_source_id=link,
        last_source_id=link,
        first_seen_at="started_at",
    )


async def _load_orders(connection: Connection, world: World, shop_id: int) -> None:
    orders = files.orders(world)
    status = (
        pl.when(pl.col("refunded_at").is_not_null())
        .then(pl.lit("refunded"))
        .when(pl.col("paid_at").is_not_null())
        .then(pl.lit("paid"))
        .when(pl.col("cancelled_at").is_not_null())
        .then(pl.lit("cancelled"))
        .when(pl.col("expired_at").is_not_null())
        .then(pl.lit("expired"))
        .otherwise(pl.lit("created"))
    )
    back = pl.when(pl.col("refunded_at").is_not_null()).then("total_minor").otherwise(0)
    await _copy(
        connection,
        "orders",
        orders.select(
            "id",
            "buyer_no",
            "total_minor",
            "created_at",
            "expires_at",
            "paid_at",
            shop_id=pl.lit(shop_id),
            order_no="id",
            bot_id=pl.lit(files.BOT_ID),
            status=status,
            currency=pl.lit(_CURRENCY),
            method=pl.lit(PROVIDER),
            reserved_until="expires_at",
            payment_asked_at="asked_at",
            refunded_minor=back,
        ),
    )
    await _load_parts(connection, orders, back)


async def _load_parts(connection: Connection, orders: pl.DataFrame, back: pl.Expr) -> None:
    await _copy(
        connection,
        "order_lines",
        orders.select(
            "product_id",
            "quantity",
            order_id="id",
            line=pl.lit(1),
            title=pl.format("Чай {}", "product_id"),
            unit_price_minor="price_minor",
        ),
    )
    for position, field in enumerate(("phone", "address"), 1):
        details = orders.select(
            order_id="id",
            position=pl.lit(position),
            field=pl.lit(field),
            label=pl.lit(field),
            value=field,
        )
        await _copy(connection, "order_details", details)
    paid = orders.filter(pl.col("paid_at").is_not_null())
    is_back = pl.col("refunded_at").is_not_null()
    payments = paid.select(
        "id",
        "payer_telegram_id",
        order_id="id",
        provider=pl.lit(PROVIDER),
        charge_id=pl.format("charge-{}", "id"),
        amount_minor="total_minor",
        currency=pl.lit(_CURRENCY),
        status=pl.when(is_back).then(pl.lit("refunded")).otherwise(pl.lit("succeeded")),
        created_at="paid_at",
        refunded_minor=back,
    )
    await _copy(connection, "payments", payments)
    refunds = paid.filter(is_back).select(
        order_id="id",
        payment_id="id",
        amount_minor="total_minor",
        goods_minor="total_minor",
        shipping_minor=pl.lit(0),
        tax_minor=pl.lit(0),
        units="quantity",
        state=pl.lit("done"),
        created_at="refunded_at",
        done_at="refunded_at",
    )
    await _copy(connection, "order_refunds", refunds)


async def _copy(connection: Connection, table: str, rows: pl.DataFrame) -> None:
    await connection.copy_records_to_table(table, records=rows.rows(), columns=rows.columns)


def load_events(client: Client, world: World) -> int:
    """How many rows were stored."""
    rows = files.events(world)
    for part in rows.iter_slices(_CHUNK):
        client.insert_arrow("events", part.to_arrow(compat_level=pl.CompatLevel.oldest()))
    return rows.height

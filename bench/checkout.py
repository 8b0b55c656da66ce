"""A checkout of five lines: from “check out” to the bill, beside the bare SQL of an order.

    python -m bench.checkout [--orders 200]

Both run in turns on one PostgreSQL, each with a connection of its own and a new shopper an order.
Ours is two presses, each a transaction: the cart at today's prices with shipping and tax and the
last look, then the order with its lines, adjustments, details and events, and the bill. The bare
one is what no shop can do without, in two transactions as well: read the cart with its products,
then count the order's number and insert the order, its five lines and its event.
"""

import argparse
import asyncio
import statistics
import time
from typing import Any

from bots.sdk.replies import SendInvoice
from bots.sdk.texts import LANGUAGES
from core import postgres
from core.events import NOBODY, ORDER_CREATED, Event, Origin, emit
from core.migrations import core_scripts, migrate
from core.modules import Modules
from core.postgres import Connection
from tests.bots.modules.cart.buying import Shop
from tests.bots.shopper import Shopper
from tests.engines import Engines

_LINES = 5
_SETTINGS: dict[str, Any] = {
    "name": "optional",
    "shipping": [{"title": {language: "Courier" for language in LANGUAGES}, "price_minor": 100}],
    "tax_bp": 2000,
}


async def ours(shopper: Shopper) -> float:
    """Seconds from the press of “check out” to the bill."""
    began = time.perf_counter()
    confirm = await shopper.press("cart_checkout")
    pay = next(data for data in confirm.buttons if data.startswith("checkout_pay"))
    (await shopper.press(pay)).only(SendInvoice)
    return time.perf_counter() - began


async def bare(connection: Connection, origin: Origin, buyer_no: int) -> float:
    """Seconds of the bare statements for an order of the same cart."""
    began = time.perf_counter()
    async with connection.transaction():
        await _read(connection, origin, buyer_no)
    async with connection.transaction():
        lines = await _read(connection, origin, buyer_no)
        total = sum(row["price_minor"] * row["quantity"] for row in lines)
        order_id = await connection.fetchval(
            "WITH number AS (UPDATE shops SET next_order_no = next_order_no + 1 WHERE id = $1 "
            "  RETURNING next_order_no - 1 AS order_no) "
            "INSERT INTO orders (shop_id, order_no, bot_id, buyer_no, currency, total_minor) "
            "SELECT $1, order_no, $2, $3, 'XTR', $4 FROM number RETURNING id",
            origin.shop_id,
            origin.bot_id,
            buyer_no,
            total,
        )
        await connection.executemany(
            "INSERT INTO order_lines (order_id, line, product_id, title, unit_price_minor, "
            "quantity) VALUES ($1, $2, $3, $4, $5, $6)",
            [
                (order_id, number, *(row[name] for name in _OF_LINE))
                for number, row in enumerate(lines, start=1)
            ],
        )
        created = Event(ORDER_CREATED, order_id=order_id, amount_minor=total, currency="XTR")
        await emit(connection, origin, NOBODY, [created])
    return time.perf_counter() - began


_OF_LINE = ("product_id", "title", "price_minor", "quantity")


async def _read(connection: Connection, origin: Origin, buyer_no: int) -> list[Any]:
    """The shopper's visit, and their cart at today's prices."""
    await connection.execute(
        "UPDATE customers SET last_seen_at = now() WHERE shop_id = $1 AND buyer_no = $2",
        origin.shop_id,
        buyer_no,
    )
    found: list[Any] = await connection.fetch(
        "SELECT l.product_id, p.title, p.price_minor, l.quantity "
        "FROM cart_lines AS l JOIN products AS p ON p.id = l.product_id AND p.is_active "
        "WHERE l.shop_id = $1 AND l.buyer_no = $2",
        origin.shop_id,
        buyer_no,
    )
    return found


def p95(seconds: list[float]) -> float:
    """In milliseconds."""
    return statistics.quantiles(seconds, n=20)[-1] * 1e3


async def measure(orders: int) -> None:
    with Engines.running() as engines:
        async with engines.database(_migrate) as url:
            pool = await postgres.open_pool(url)
            async with pool.acquire() as connection, pool.acquire() as other:
                await _compare(connection, other, orders)
            await pool.close()


async def _compare(connection: Connection, other: Connection, orders: int) -> None:
    shop = await Shop.open(connection, **_SETTINGS)
    products = [await shop.product(stock=10**6) for _ in range(_LINES)]
    costs: dict[str, list[float]] = {"ours": [], "bare": []}
    for number in range(orders + 20):
        shopper = shop.shopper(number)
        for product in products:
            await shopper.press(f"cart_set:{product.id}:2")
        buyer_no = await connection.fetchval("SELECT max(buyer_no) FROM customers")
        spent = {"bare": await bare(other, shop.origin, buyer_no), "ours": await ours(shopper)}
        if number >= 20:  # the first only warm up
            for name, seconds in spent.items():
                costs[name].append(seconds)
    ratio = p95(costs["ours"]) / p95(costs["bare"])
    print(
        f"checkout of {_LINES} lines, p95: ours {p95(costs['ours']):.1f} ms, "
        f"bare {p95(costs['bare']):.1f} ms: {ratio:.1f} of it ({orders} orders; medians "
        f"{statistics.median(costs['ours']) * 1e3:.1f} and "
        f"{statistics.median(costs['bare']) * 1e3:.1f} ms)"
    )


async def _migrate(database_url: str, clickhouse_url: str) -> None:
    await migrate(database_url, clickhouse_url, core_scripts() + Modules.discover().migrations())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=200)
    asyncio.run(measure(parser.parse_args().orders))


if __name__ == "__main__":
    main()

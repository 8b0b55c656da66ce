"""The panel's lists of a large shop, page by page and by words, beside reading rows by their key.

    python -m bench.lists [--customers 1000000] [--orders 1000000]

One shop has them all. Each question is asked of the functions that the routes call; the limit is
what PostgreSQL takes for as many rows of `customers` by their primary key. The goal is a p95 below
50 ms.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from bench.running import parser, percentile, quiet
from bots.modules.cart import listing as carts_listing
from bots.modules.orders import finding
from bots.modules.orders.finding import Wanted
from core import postgres
from core.migrations import core_scripts, migrate
from core.modules import Modules
from core.postgres import Connection
from core.shop import customer_list, shops
from core.shop.customer_list import Filter, Place, Sort
from core.shop.shops import Shop
from tests.engines import Engines
from tests.factories import create_origin

_GOAL_MS = 50
_PAGE = 50
_TIMES = 20
_UNTIL = timedelta(days=294)
_FILLING = 900.0  # seconds
_CUSTOMERS = """
INSERT INTO customers (shop_id, buyer_no, telegram_id, first_name, username, language,
    first_source_id, first_seen_at, blocked_at)
SELECT $1, n, 10000000 + n,
    (ARRAY['Анна', 'Мария', 'Иван', 'Александр', 'Ольга', 'Фёдор', 'John', 'Ли'])[1 + n % 8]
        || CASE WHEN n % 3 = 0 THEN '' ELSE ' ' || substr(md5(n::text), 1, 6) END,
    CASE WHEN n % 2 = 0 THEN 'user_' || substr(md5((n * 7)::text), 1, 8) END,
    CASE WHEN n % 5 = 0 THEN 'en' ELSE 'ru' END,
    $2, now() - make_interval(mins => $3 - n),
    CASE WHEN n % 1000 = 0 THEN now() END
FROM generate_series(1, $3) AS n
"""
_ORDERS = """
INSERT INTO orders (shop_id, order_no, bot_id, buyer_no, currency, total_minor, status, created_at,
    paid_at)
SELECT $1, n, $2, 1 + (n * 7919::bigint) % $3, 'XTR', 100 + n % 900,
    CASE WHEN n % 4 = 0 THEN 'expired' ELSE 'paid' END,
    now() - make_interval(secs => 30.0 * ($4 - n)),
    CASE WHEN n % 4 > 0 THEN now() - make_interval(secs => 30.0 * ($4 - n)) END
FROM generate_series(1, $4) AS n
"""
_LINES = """
INSERT INTO order_lines (order_id, line, product_id, title, unit_price_minor, quantity)
SELECT id, 1, $2, 'Чай ' || order_no % 5000, total_minor, 1 FROM orders WHERE shop_id = $1
"""
_BOUGHT = """
UPDATE customers AS c SET last_bought_at = o.at
FROM (SELECT buyer_no, max(paid_at) AS at FROM orders GROUP BY buyer_no) AS o
WHERE c.buyer_no = o.buyer_no
"""

_CARTS = """
INSERT INTO carts (shop_id, buyer_no, bot_id, changed_at, reminded_at)
SELECT $1, n, $2, now() - make_interval(mins => $3 - n),
    CASE WHEN n % 2 = 0 THEN now() END FROM generate_series(1, $3) AS n
"""
_CART_LINES = """
INSERT INTO cart_lines (shop_id, buyer_no, product_id, title, quantity)
SELECT $1, n, $2, 'Чай', 1 + n % 3 FROM generate_series(1, $3) AS n
"""

Question = Callable[[], Awaitable[object]]


async def _filled(connection: Connection, customers: int, orders: int) -> tuple[Shop, int]:
    """The shop, and its bot's id."""
    origin = await create_origin(connection)
    product = await connection.fetchval(
        "INSERT INTO products (shop_id, title, price_minor, currency) "
        "VALUES ($1, 'Чай', 100, 'XTR') RETURNING id",
        origin.shop_id,
    )
    source = await connection.fetchval(
        "INSERT INTO sources (shop_id, code) VALUES ($1, 'flyer') RETURNING id", origin.shop_id
    )
    await connection.execute(_CUSTOMERS, origin.shop_id, source, customers, timeout=_FILLING)
    await connection.execute(
        _ORDERS, origin.shop_id, origin.bot_id, customers, orders, timeout=_FILLING
    )
    await connection.execute(_LINES, origin.shop_id, product, timeout=_FILLING)
    await connection.execute(_BOUGHT, timeout=_FILLING)
    await connection.execute(_CARTS, origin.shop_id, origin.bot_id, customers, timeout=_FILLING)
    await connection.execute(_CART_LINES, origin.shop_id, product, customers, timeout=_FILLING)
    await connection.execute("VACUUM ANALYZE", timeout=_FILLING)
    return await shops.get(connection, origin.shop_id), origin.bot_id


async def _measured(question: Question) -> list[float]:
    """Milliseconds of each time but the first."""
    took = []
    for _ in range(_TIMES + 1):
        began = time.perf_counter()
        await question()
        took.append((time.perf_counter() - began) * 1000)
    return took[1:]


def _of_carts(
    connection: Connection, shop: Shop, bot_id: int, customers: int
) -> dict[str, Question]:
    def carts(
        chosen: carts_listing.Filter,
        sort: carts_listing.Sort = "newest",
        after: tuple[datetime, int] | None = None,
    ) -> Question:
        return lambda: carts_listing.open_carts(
            connection, shop.id, bot_id, chosen, sort=sort, after=after, size=_PAGE
        )

    every_cart = carts_listing.Filter()
    half_way = (datetime.now(UTC) - timedelta(minutes=customers // 2), customers // 2)
    return {
        "carts, newest": carts(every_cart),
        "carts, oldest": carts(every_cart, sort="oldest"),
        "carts, in the middle": carts(every_cart, after=half_way),
        "carts, left and not reminded": carts(carts_listing.Filter(left=True, reminded=False)),
        "carts, of a customer": carts(carts_listing.Filter(buyer_no=77)),
    }


def _of_orders(connection: Connection, shop: Shop) -> dict[str, Question]:
    def orders(wanted: Wanted, after: finding.Place | None = None) -> Question:
        return lambda: finding.listed(connection, shop, wanted, after=after, limit=_PAGE)

    today = datetime.now(UTC).date()
    since, until = today - timedelta(days=300), today - _UNTIL
    return {
        "orders, newest": orders(Wanted()),
        "orders, in the middle": orders(Wanted(), after=finding.Place(500_000)),
        "orders, oldest": orders(Wanted(sort="oldest")),
        "orders, paid last": orders(Wanted(sort="paid")),
        "orders, paid last, in the middle": orders(
            Wanted(sort="paid"), after=finding.Place(500_001)
        ),
        "orders, dearest": orders(Wanted(sort="total")),
        "orders, dearest, in the middle": orders(
            Wanted(sort="total"), after=finding.Place(500_001, 550)
        ),
        "orders, dearest of the expired": orders(Wanted(sort="total", status="expired")),
        "orders, dearest of the cancelled (none)": orders(Wanted(sort="total", status="cancelled")),
        "orders, dearest of a customer": orders(Wanted(sort="total", buyer_no=77)),
        "orders, dearest of a frequent name": orders(Wanted(sort="total", text="анна")),
        "orders, dearest of an old week": orders(
            Wanted(
                sort="total",
                since=since,
                until=until,
            )
        ),
        "orders, of a bot without any": orders(Wanted(bot_id=1)),
        "orders, of an old week": orders(Wanted(since=since, until=until)),
        "orders, expired": orders(Wanted(status="expired")),
        "orders, cancelled (none)": orders(Wanted(status="cancelled")),
        "orders, to attend to (none)": orders(Wanted(needs_attention=True)),
        "orders, of a customer": orders(Wanted(buyer_no=77)),
        "orders, a number": orders(Wanted(text="4711")),
        "orders, a frequent name": orders(Wanted(text="анна")),
        "orders, a rare title": orders(Wanted(text="Чай 4999")),
        "orders, words nobody used": orders(Wanted(text="кракозябра")),
    }


def _questions(connection: Connection, shop: Shop, customers: int) -> dict[str, Question]:
    def people(chosen: Filter, sort: Sort = "joined", after: Place | None = None) -> Question:
        return lambda: customer_list.page(
            connection, shop.id, chosen, sort=sort, size=_PAGE, after=after
        )

    middle = datetime.now(UTC)
    return {
        "customers, newest": people(Filter()),
        "customers, in the middle": people(Filter(), after=Place(customers // 2)),
        "customers, bought last": people(Filter(), sort="bought"),
        "customers, bought last, further on": people(
            Filter(), sort="bought", after=Place(1, middle)
        ),
        "customers, never bought": people(Filter(bought=False)),
        "customers, of a link": people(Filter(source="flyer")),
        "customers, of a link nobody came by": people(Filter(source="none")),
        "customers, blocked": people(Filter(blocked=True)),
        "customers, of a language nobody has": people(Filter(language="fr")),
        "customers, a frequent name": people(Filter(words="анна")),
        "customers, a rare part of a name": people(Filter(words="3fa0")),
        "customers, a name nobody has": people(Filter(words="кракозябра")),
        "customers, a short name": people(Filter(words="ли")),
    }


async def measure(customers: int, orders: int) -> None:
    with Engines.running() as engines:
        async with engines.database(_migrate) as url:
            pool = await postgres.open_pool(url)
            async with pool.acquire() as connection:
                shop, bot_id = await _filled(connection, customers, orders)

                async def limit() -> None:
                    numbers = list(range(customers // 3, customers // 3 + _PAGE))
                    await connection.fetch(
                        "SELECT * FROM customers "
                        "WHERE shop_id = $1 AND buyer_no = ANY($2::bigint[])",
                        shop.id,
                        numbers,
                    )

                base = percentile(await _measured(limit), 0.5)
                print(f"{customers} customers, {orders} orders; {_PAGE} rows by key: {base:.2f} ms")
                for name, question in {
                    **_of_carts(connection, shop, bot_id, customers),
                    **_questions(connection, shop, customers),
                    **_of_orders(connection, shop),
                }.items():
                    took = await _measured(question)
                    p95 = percentile(took, 0.95)
                    verdict = "" if p95 < _GOAL_MS else f"  above {_GOAL_MS} ms"
                    print(
                        f"{name:40} p50 {percentile(took, 0.5):8.2f}  p95 {p95:8.2f} ms  "
                        f"{p95 / base:7.1f} of the limit{verdict}"
                    )
            await pool.close()


async def _migrate(database_url: str, clickhouse_url: str) -> None:
    await migrate(database_url, clickhouse_url, core_scripts() + Modules.discover().migrations())


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--customers", type=int, default=1_000_000)
    arguments.add_argument("--orders", type=int, default=1_000_000)
    chosen = arguments.parse_args()
    quiet()
    asyncio.run(measure(chosen.customers, chosen.orders))


if __name__ == "__main__":
    main()

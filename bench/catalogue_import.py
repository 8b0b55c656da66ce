"""Importing a catalogue's file, beside a plain COPY of the same rows into the same tables.

    python -m bench.catalogue_import [--products 10000] [--rounds 3]

Prints the median seconds of: adding all of them from a CSV (read, planned, written, words indexed),
the same file again (nothing to change), all changed, the export; and of the COPY, which checks
nothing, with the import as a multiple of it. Limit: 10,000 products in 10 s.
"""

import asyncio
import csv
import io
import statistics
import time
from collections.abc import Awaitable, Callable

from bench import running
from core import postgres
from core.migrations import core_scripts, migrate
from core.postgres import Connection
from core.shop import shops
from core.shop.catalogue_csv import export, importing
from core.shop.catalogue_csv.report import ImportReport
from core.shop.shops import Shop, ShopDraft
from tests.engines import Engines

_KINDS = "чай кофе чашка чайник футболка платье куртка сумка книга лампа стул подушка".split()
_COLUMNS = ("sku", "category", "title", "description", "price", "stock", "kind")


def _file(products: int, *, price: int) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(_COLUMNS)
    for number in range(products):
        kind = _KINDS[number % len(_KINDS)]
        writer.writerow(
            [
                f"SKU-{number}",
                f"{kind} > {number % 40}",
                f"{kind} {number}",
                f"Товар {number}: {kind} из партии {number % 997}, доставим завтра",
                f"{price},50",
                number % 50,
                "physical",
            ]
        )
    return text.getvalue().encode()


async def _seconds(work: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def _copy(connection: Connection, shop: Shop, products: int) -> None:
    """The same products, by the fastest protocol."""
    async with connection.transaction():
        await connection.copy_records_to_table(
            "products",
            columns=["shop_id", "sku", "title", "description", "price_minor", "currency", "stock"],
            records=[
                (
                    shop.id,
                    f"SKU-{number}",
                    f"{_KINDS[number % len(_KINDS)]} {number}",
                    f"Товар {number}: {_KINDS[number % len(_KINDS)]} из партии {number % 997}, "
                    "доставим завтра",
                    500_50,
                    "RUB",
                    number % 50,
                )
                for number in range(products)
            ],
        )


async def _import(connection: Connection, shop: Shop, data: bytes) -> ImportReport:
    file = await importing.read_file(data)
    async with connection.transaction():
        return await importing.take_in(connection, shop, file)


async def _round(connection: Connection, products: int) -> dict[str, float]:
    draft = ShopDraft(name="Bench", currency="RUB")
    plain, shop = [await shops.create(connection, draft) for _ in range(2)]
    first, other = _file(products, price=500), _file(products, price=600)

    async def export_all() -> None:
        async for _ in export.chunks(connection, shop):
            pass

    return {
        "COPY": await _seconds(lambda: _copy(connection, plain, products)),
        "import, all new": await _seconds(lambda: _import(connection, shop, first)),
        "import, nothing to change": await _seconds(lambda: _import(connection, shop, first)),
        "import, all changed": await _seconds(lambda: _import(connection, shop, other)),
        "export": await _seconds(export_all),
    }


async def _run(products: int, rounds: int) -> None:
    with Engines.running() as engines:
        async with engines.database() as url:
            await migrate(url, "", [each for each in core_scripts() if each.store == "postgres"])
            connection = await postgres.connect(url)
            results = [await _round(connection, products) for _ in range(rounds)]
            await connection.close()
    copy = statistics.median(each["COPY"] for each in results)
    print(f"{products:,} products, median of {rounds}")
    for name in results[0]:
        took = statistics.median(each[name] for each in results)
        print(f"{name:28} {took:7.2f} s {took / copy:6.1f} × COPY")


def main() -> None:
    parser = running.parser(__doc__)
    parser.add_argument("--products", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    asyncio.run(_run(chosen.products, chosen.rounds))


if __name__ == "__main__":
    main()

"""Search over a large catalogue, beside a plain read of a product in the same run.

    python -m bench.catalogue_search [--products 10000]

Prints the median and the 95th percentile in milliseconds of what shoppers type (as it is
written, in another form, mistyped, in Latin letters, nothing that there is), and each as a multiple
of the read.
"""

import argparse
import asyncio
import itertools
import statistics
import time
from collections.abc import Awaitable, Callable

from core import postgres
from core.migrations import core_scripts, migrate
from core.postgres import Connection
from core.shop import catalogue, catalogue_words, shops
from core.shop.catalogue_search import search
from core.shop.shops import ShopDraft
from tests.engines import Engines

_KINDS = "чай кофе чашка чайник футболка платье куртка сумка книга лампа стул подушка".split()
_LOOKS = "зелёный красный чёрный белый светлый тёмный синий жёлтый серый розовый".split()
_MADE = "хлопковый фарфоровый деревянный стеклянный льняной бамбуковый кожаный шерстяной".split()
_ASKED = {
    "as it is": ["чашка фарфоровый", "зеленый чай", "лампа", "синий стул", "товар 77"],
    "another form": ["зелёные чашки", "платьев", "белая футболка", "кожаных сумок", "книги"],
    "mistyped": ["чашак", "футбалка", "падушка", "зилёный чайник", "деревяный"],
    "Latin letters": ["chainik", "futbolka", "sumka", "lampa", "platye"],
    "not there": ["велосипед", "xyzzy", "самолётик", "микроскоп", "qwerty"],
}
_ROUNDS = 20


async def _fill(connection: Connection, products: int) -> tuple[int, list[int]]:
    shop = await shops.create(connection, ShopDraft(name="Bench"))
    mixes = itertools.cycle(itertools.product(_KINDS, _LOOKS, _MADE))
    titles = [f"{kind} {look} {made}" for (kind, look, made), _ in zip(mixes, range(products))]
    rows = await connection.fetch(
        "INSERT INTO products (shop_id, title, description, price_minor, currency, position) "
        "SELECT $1, t.title || ' ' || t.nth, 'Товар ' || t.nth || ', артикул ' || md5(t.nth::text) "
        "|| '. ' || left(translate(md5((t.nth % 5000)::text), '0123456789abcdef', "
        "'оеаинтсрвлкмдпуя'), 5 + (t.nth % 5)::int), 100, 'XTR', t.nth "
        "FROM unnest($2::text[]) WITH ORDINALITY AS t (title, nth) RETURNING id",
        shop.id,
        titles,
    )
    ids = [row["id"] for row in rows]
    await catalogue_words.note(connection, shop.id, ids)
    await connection.execute("VACUUM ANALYZE products, catalogue_words")
    return shop.id, ids


async def _times(ask: Callable[[int], Awaitable[object]], rounds: int) -> list[float]:
    found = []
    for number in range(rounds):
        began = time.perf_counter()
        await ask(number)
        found.append((time.perf_counter() - began) * 1000)
    return found


def _asking(
    connection: Connection, shop_id: int, asked: list[str]
) -> Callable[[int], Awaitable[object]]:
    return lambda n: search(connection, shop_id, asked[n % len(asked)], size=8)


def _line(name: str, took: list[float], read: float) -> str:
    median, p95 = statistics.median(took), statistics.quantiles(took, n=20)[-1]
    return f"{name:14} median {median:7.2f} ms   p95 {p95:7.2f} ms   {median / read:6.1f} × a read"


async def _run(products: int) -> None:
    with Engines.running() as engines:
        async with engines.database() as url:
            await migrate(url, "", [each for each in core_scripts() if each.store == "postgres"])
            connection = await postgres.connect(url)
            shop, ids = await _fill(connection, products)
            rounds = _ROUNDS * len(_ASKED)
            reads = await _times(
                lambda n: catalogue.get(connection, shop, ids[n * 97 % products]), rounds
            )
            read = statistics.median(reads)
            print(f"{products} products")
            print(_line("a plain read", reads, read))
            every: list[float] = []
            for name, asked in _ASKED.items():
                took = await _times(_asking(connection, shop, asked), rounds)
                every += took
                print(_line(name, took, read))
            print(_line("all searches", every, read))
            await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--products", type=int, default=10_000)
    asyncio.run(_run(parser.parse_args().products))


if __name__ == "__main__":
    main()

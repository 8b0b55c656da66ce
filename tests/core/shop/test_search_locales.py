"""The search finds the same whatever locale a database was made with."""

from dataclasses import dataclass

import asyncpg

from core import postgres
from core.migrations import core_scripts, migrate
from core.postgres import Connection
from core.shop import owned_products
from core.shop.catalogue_search import search
from core.shop.owned_products import Filter
from tests.core.shop.test_catalogue_search import stocked
from tests.engines import Engines

LOCALES = {
    "builtin_c": "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C' LOCALE 'C'",
    "builtin_utf8": "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'",
    "libc_c": "LOCALE_PROVIDER libc LOCALE 'C'",
}
# As it is written, in capitals, other forms, mistyped, accents, Latin letters, nothing.
ASKED = (
    *("улун", "УЛУНЫ", "уулн", "ПУЭРА", "ЗЕЛЕНАЯ чашка", "лётнее Платья", "CRÈME", "creme"),
    *("Shoe", "chashki", "платьиц", "Велосипед", "мЁд", "ulun"),
)


@dataclass(frozen=True)
class Results:
    """What a word finds for a shopper, instead of what, and what for the owner."""

    said: str
    titles: list[str]
    words: tuple[str, ...]
    kept: list[str]


async def found(connection: Connection) -> list[Results]:
    shop_id = await stocked(connection)
    results = []
    for said in ASKED:
        hits = await search(connection, shop_id, said, size=10)
        kept = await owned_products.page(connection, shop_id, Filter(words=said), size=10)
        results.append(
            Results(
                said,
                [each.title for each in hits.products],
                hits.words,
                sorted(each.title for each in kept),
            )
        )
    return results


async def in_database(engines: Engines, name: str, options: str) -> list[Results]:
    server = await engines.postgres()
    admin = await asyncpg.connect(server.url("postgres"))
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' {options}")
        try:
            scripts = [each for each in core_scripts() if each.store == "postgres"]
            await migrate(server.url(name), "", scripts)
            connection = await postgres.connect(server.url(name))
            try:
                return await found(connection)
            finally:
                await connection.close()
        finally:
            await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


async def test_the_same_is_found_in_every_locale(engines: Engines) -> None:
    results = [
        await in_database(engines, f"locale_{name}", options) for name, options in LOCALES.items()
    ]
    assert results[0] == results[1] == results[2]
    missed = [each.said for each in results[0] if not each.titles]
    assert missed == ["Велосипед"]

"""Prices that no bill of Telegram can ask for."""

import pytest

from core.money import MOST_STARS
from core.postgres import Connection
from core.shop import catalogue
from core.shop.catalogue import PriceOutOfRange, ProductDraft, VariantDraft
from tests.factories import create_product, create_shop


@pytest.mark.parametrize("stars", [1, MOST_STARS])
async def test_what_telegram_takes_is_sold(connection: Connection, stars: int) -> None:
    shop = await create_shop(connection)
    product = await create_product(connection, shop.id, price_minor=stars, currency="XTR")
    assert product.price_minor == stars


@pytest.mark.parametrize("stars", [MOST_STARS + 1, 100_000_000])
async def test_what_telegram_refuses_is_refused_before(connection: Connection, stars: int) -> None:
    shop = await create_shop(connection)
    draft = ProductDraft(title="Tea", price_minor=stars, currency="XTR")
    with pytest.raises(PriceOutOfRange, match="1 to 10,000") as told:
        await catalogue.add(connection, shop.id, draft)
    assert told.value.status == 422
    product = await create_product(connection, shop.id)
    with pytest.raises(PriceOutOfRange):
        await catalogue.add_variant(
            connection, shop.id, product.id, VariantDraft(title="Large", price_minor=stars)
        )


async def test_money_has_no_such_limit(connection: Connection) -> None:
    shop = await create_shop(connection)
    product = await create_product(connection, shop.id, price_minor=100_000_000, currency="RUB")
    assert product.price_minor == 100_000_000


async def test_what_was_stored_before_is_still_shown(connection: Connection) -> None:
    shop = await create_shop(connection)
    product = await create_product(connection, shop.id)
    await connection.execute("UPDATE products SET price_minor = 100000000")
    assert (await catalogue.get(connection, shop.id, product.id)).price_minor == 100_000_000

"""The operator's way to put a product on sale."""

from core import postgres
from core.settings import Settings
from core.shop import catalogue, shops
from core.shop.catalogue import Product, ProductDraft


async def add(
    settings: Settings,
    *,
    shop_id: int,
    title: str,
    price_minor: int,
    description: str,
    stock: int | None,
) -> Product:
    """Adds it to the shop's catalogue, priced in the shop's currency.

    Raises NotFound if there is no such shop, pydantic's ValidationError if a value does not fit.
    """
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        shop = await shops.get(connection, shop_id)
        draft = ProductDraft(
            title=title,
            price_minor=price_minor,
            description=description,
            currency=shop.currency,
            stock=stock,
        )
        return await catalogue.add(connection, shop.id, draft)
    finally:
        await connection.close()

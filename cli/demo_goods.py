"""What makes the demo's shops look like shops: categories, variants, and drawn pictures."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from PIL import Image, ImageDraw

from bots.modules.delivery import store
from bots.modules.promo import owned_codes
from bots.modules.promo.codes import PromoDraft
from core.money import exponent
from core.postgres import Connection
from core.secrets import KeyRing
from core.shop import catalogue, categories, files, product_photos
from core.shop.catalogue import Product, ProductDraft, VariantDraft
from core.shop.categories import CategoryDraft
from core.shop.files import Use
from core.shop.pricing import ProductKind
from core.shop.shops import Language, Shop
from simulator.demo import PROMO_CODES

_SIZE = (480, 360)
_KEYS = 200  # of each variant


# Title, description, price in Stars or roubles, variants with their own prices and stock.
_Goods = tuple[str, str, int, tuple[tuple[str, int, int], ...]]


@dataclass(frozen=True)
class _Shelf:
    """A category with its products."""

    title: str
    goods: tuple[_Goods, ...]
    below: tuple["_Shelf", ...] = ()


_SHELVES: dict[Language, tuple[_Shelf, ...]] = {
    "ru": (
        _Shelf(
            "Посуда",
            (("Чабань бамбуковая", "Столик для чая с поддоном, 40 × 25 см.", 1900, ()),),
            (
                _Shelf(
                    "Чашки",
                    (
                        (
                            "Пиала «Селадон»",
                            "Глазурь цвета молодой листвы.",
                            320,
                            (("50 мл", 320, 12), ("80 мл", 390, 4), ("120 мл", 450, 0)),
                        ),
                        ("Чашка двойного стекла", "Не обжигает, 200 мл.", 540, ()),
                    ),
                ),
            ),
        ),
        _Shelf(
            "Подарки",
            (
                (
                    "Футболка «Чай подождёт»",
                    "Плотный хлопок.",
                    1400,
                    (("S", 1400, 5), ("M", 1400, 9), ("L", 1400, 2), ("XL", 1500, 3)),
                ),
            ),
        ),
    ),
    "en": (
        _Shelf(
            "For readers",
            (("Reading journal", "A year of pages to print.", 90, ()),),
            (
                _Shelf(
                    "Apps",
                    (
                        (
                            "Licence for “One more chapter”",
                            "The app that asks how the book ends. A key comes at once.",
                            240,
                            (
                                ("1 month", 240, 50),
                                ("1 year", 1400, 30),
                                ("For ever", 2900, 0),
                                ("Family", 3500, 15),
                            ),
                        ),
                    ),
                ),
            ),
        ),
    ),
}


def cost_of(price_minor: int) -> int:
    """The cost of a product with this price."""
    return price_minor * 2 // 5


async def furnish(
    connection: Connection, shop: Shop, products: list[Product], kind: ProductKind
) -> None:
    """Gives the products pictures, and the shop categories with further products."""
    for number, product in enumerate(products):
        await _picture(connection, product, number, shots=1 + number % 3)
    await _fill(connection, shop, _SHELVES[shop.language], None, kind)


async def _fill(
    connection: Connection,
    shop: Shop,
    shelves: tuple[_Shelf, ...],
    parent_id: int | None,
    kind: ProductKind,
) -> None:
    for shelf in shelves:
        draft = CategoryDraft(title=shelf.title, parent_id=parent_id)
        category = await categories.add(connection, shop.id, draft)
        for number, goods in enumerate(shelf.goods):
            product = await _put_on_sale(connection, shop, category.id, goods, kind)
            await _picture(connection, product, number + len(shelf.title), shots=2)
        await _fill(connection, shop, shelf.below, category.id, kind)


async def fill_store(connection: Connection, keys: KeyRing, shop_id: int) -> None:
    """Gives digital products their contents: a link, or keys for each variant."""
    ids = await connection.fetch("SELECT id FROM products WHERE shop_id = $1 ORDER BY id", shop_id)
    for product in await catalogue.of_ids(connection, shop_id, [row["id"] for row in ids]):
        whose = {"shop_id": shop_id, "product_id": product.id}
        for variant in product.variants:
            made = [f"{product.id:04}-{variant.id:04}-{number:06}" for number in range(_KEYS)]
            await store.add_keys(connection, keys, variant_id=variant.id, keys=made, **whose)
        if not product.variants:
            await store.add_good(
                connection,
                keys,
                variant_id=None,
                kind="link",
                title=product.title,
                content=f"https://books.example/{product.id}",
                **whose,
            )


async def give_codes(connection: Connection, shop: Shop, *, gift: Product) -> None:
    """The shop's promo codes; the last that people know is over."""
    unit, sold_for = 10 ** exponent(shop.currency), {"currency": shop.currency}
    share, welcome, minus, present, over = PROMO_CODES
    own: dict[str, dict[str, Any]] = {
        share: {"kind": "percent", "share_bp": 1000, "most_per_buyer": None},
        welcome: {"kind": "percent", "share_bp": 1500, "first_order_only": True},
        minus: {"kind": "amount", "amount_minor": 50 * unit, "least_minor": 300 * unit}
        | sold_for
        | {"most_uses": 1000, "most_per_buyer": 3},
        present: {"kind": "goods", "gift_product_id": gift.id, "least_minor": 400 * unit}
        | sold_for
        | {"most_per_buyer": 2},
        over: {"kind": "percent", "share_bp": 2000, "ends_at": datetime(2025, 1, 1, tzinfo=UTC)},
    }
    for code, values in own.items():
        await owned_codes.add(connection, shop.id, PromoDraft(code=code, **values))


async def _put_on_sale(
    connection: Connection, shop: Shop, category_id: int, goods: _Goods, kind: ProductKind
) -> Product:
    title, description, price, variants = goods
    unit = 10 ** exponent(shop.currency)
    draft = ProductDraft(
        title=title,
        description=description,
        price_minor=price * unit,
        currency=shop.currency,
        category_id=category_id,
        kind=kind,
        cost_minor=cost_of(price * unit),
    )
    product = await catalogue.add(connection, shop.id, draft)
    for name, its_price, stock in variants:
        await catalogue.add_variant(
            connection,
            shop.id,
            product.id,
            VariantDraft(
                title=name,
                price_minor=its_price * unit,
                stock=stock,
                cost_minor=cost_of(its_price * unit),
            ),
        )
    return product


async def _picture(connection: Connection, product: Product, number: int, *, shots: int) -> None:
    made = [
        await files.keep(
            connection,
            product.shop_id,
            "picture",
            drawn(number, shot),
            Use(product_photos.OWNER, f"product:{product.id}"),
        )
        for shot in range(shots)
    ]
    await product_photos.put(
        connection, product.shop_id, product.id, [file.sha256 for file in made]
    )


def drawn(number: int, shot: int) -> bytes:
    """A bowl on a table as JPEG, in colours that follow from the numbers."""
    hue = number * 47 % 360
    image = Image.new("RGB", _SIZE, f"hsl({hue}, 35%, {88 - 6 * shot}%)")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 250, *_SIZE), fill=f"hsl({(hue + 25) % 360}, 30%, 62%)")
    left = 120 + 40 * shot
    draw.ellipse((left + 10, 262, left + 230, 300), fill=f"hsl({hue}, 20%, 45%)")
    draw.pieslice((left, 70, left + 240, 290), 0, 180, fill=f"hsl({hue}, 55%, 48%)")
    draw.ellipse((left, 160, left + 240, 200), fill=f"hsl({(hue + 40) % 360}, 60%, 35%)")
    draw.arc((left, 160, left + 240, 200), 0, 360, fill=f"hsl({hue}, 45%, 72%)", width=5)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=80)
    return file.getvalue()

"""An owner's changes of products, concurrent with sales."""

import pytest

from core.errors import ChangedMeanwhile, Conflict, NotFound
from core.postgres import Connection
from core.shop import files, owned_products, product_photos
from core.shop.catalogue import PriceOutOfRange, ProductDraft, VariantDraft
from core.shop.categories import CategoryNotFound
from core.shop.files import FileNotFound, Use
from core.shop.owned_products import Filter, Place, SkuTaken, VariantTitleTaken
from core.shop.product_photos import NotAPicture, TooManyPhotos
from tests.core.shop.test_files import picture
from tests.factories import create_product, create_shop


def draft(**values: object) -> ProductDraft:
    return ProductDraft(**({"title": "Чай", "price_minor": 5, "currency": "XTR"} | values))


async def stocks(connection: Connection) -> list[tuple[int, int, str]]:
    rows = await connection.fetch(
        "SELECT product_id, quantity, props FROM outbox WHERE event = 'stock_changed' ORDER BY pos"
    )
    return [tuple(row) for row in rows]


async def test_a_change_is_made_from_what_was_read_and_leaves_the_stock(
    connection: Connection,
) -> None:
    shop = (await create_shop(connection)).id
    made = await owned_products.add(connection, shop, draft(sku="T1", stock=4))
    changed = await owned_products.change(
        connection, shop, made.id, draft(title="Улун", price_minor=7), seen_version=made.version
    )
    assert (changed.title, changed.price_minor, changed.stock, changed.sku) == ("Улун", 7, 4, None)
    with pytest.raises(ChangedMeanwhile):
        await owned_products.change(connection, shop, made.id, draft(), seen_version=made.version)
    for wrong, error in (
        (draft(price_minor=10_001), PriceOutOfRange),
        (draft(category_id=9), CategoryNotFound),
    ):
        with pytest.raises(error):
            await owned_products.change(
                connection, shop, made.id, wrong, seen_version=changed.version
            )
    with pytest.raises(NotFound):
        await owned_products.change(connection, shop + 1, made.id, draft(), seen_version=1)


async def test_one_sku_is_one_products(connection: Connection) -> None:
    shop = (await create_shop(connection)).id
    await owned_products.add(connection, shop, draft(sku="T1"))
    other = await owned_products.add(connection, shop, draft(sku="T2"))
    with pytest.raises(SkuTaken):
        await owned_products.add(connection, shop, draft(sku="T1"))
    with pytest.raises(SkuTaken):
        await owned_products.change(connection, shop, other.id, draft(sku="T1"), seen_version=1)
    await owned_products.add(connection, (await create_shop(connection)).id, draft(sku="T1"))


async def test_pages_go_on_from_the_last_and_hold_what_was_asked_for(
    connection: Connection,
) -> None:
    shop = (await create_shop(connection)).id
    ids = [(await create_product(connection, shop, title=f"Чай {n}")).id for n in range(5)]
    await owned_products.archive(connection, shop, ids[2], is_archived=True)
    seen: list[int] = []
    after: Place | None = None
    while found := await owned_products.page(connection, shop, Filter(), size=2, after=after):
        seen += [each.id for each in found]
        after = Place(found[-1].position, found[-1].id)
    assert seen == [ids[0], ids[1], ids[3], ids[4]]
    archived = await owned_products.page(connection, shop, Filter(archived=True), size=9)
    assert [each.id for each in archived] == [ids[2]]
    for words, number in (("чая", 4), ("ай 3", 1), ("100%", 0)):
        found = await owned_products.page(connection, shop, Filter(words=words), size=9)
        assert len(found) == number, words


async def test_an_order_deals_the_same_places_anew(connection: Connection) -> None:
    shop = (await create_shop(connection)).id
    a, b, c, d = [(await create_product(connection, shop)).id for _ in range(4)]
    await connection.execute("UPDATE products SET position = 0")
    await owned_products.arrange(connection, shop, [d, a])
    found = await owned_products.page(connection, shop, Filter(), size=9)
    assert [each.id for each in found] == [d, b, c, a]
    with pytest.raises(NotFound):
        await owned_products.arrange(connection, shop, [a, 0])


async def test_a_stock_is_counted_or_corrected_and_told_of(connection: Connection) -> None:
    shop = (await create_shop(connection)).id
    product = await create_product(connection, shop)
    number = product.id
    with pytest.raises(Conflict):
        await owned_products.set_stock(connection, shop, number, by=1)
    await owned_products.set_stock(connection, shop, number, to=5)
    assert (await owned_products.set_stock(connection, shop, number, by=-2)).stock == 3
    with pytest.raises(Conflict, match="only 3"):
        await owned_products.set_stock(connection, shop, number, by=-4)
    assert (await owned_products.set_stock(connection, shop, number, to=None)).stock is None
    assert await stocks(connection) == [(number, 5, '{"delta":5}'), (number, 3, '{"delta":-2}')]


async def test_a_variant_that_comes_back_is_the_one_that_it_was(connection: Connection) -> None:
    shop = (await create_shop(connection)).id
    product = (await create_product(connection, shop)).id
    small = await owned_products.add_variant(connection, shop, product, VariantDraft(title="S"))
    with pytest.raises(VariantTitleTaken):
        await owned_products.add_variant(connection, shop, product, VariantDraft(title="S"))
    large = await owned_products.add_variant(
        connection, shop, product, VariantDraft(title="L", stock=2)
    )
    with pytest.raises(VariantTitleTaken):
        await owned_products.change_variant(
            connection, shop, product, large.id, VariantDraft(title="S")
        )
    left = await owned_products.arrange_variants(connection, shop, product, [large.id])
    assert [each.title for each in left.variants] == ["L", "S"]
    await owned_products.remove_variant(connection, shop, product, small.id)
    again = await owned_products.add_variant(
        connection, shop, product, VariantDraft(title="S", stock=7, price_minor=3)
    )
    assert (again.id, again.stock, again.price_minor) == (small.id, 7, 3)
    with pytest.raises(NotFound):
        await owned_products.remove_variant(connection, shop, product, 0)


async def test_a_product_shows_pictures_of_its_shop_and_lets_the_others_go(
    connection: Connection,
) -> None:
    shop = (await create_shop(connection)).id
    product = (await create_product(connection, shop)).id
    made = []
    for text in "ABC":
        use = Use("uploaded", "link:1")
        kept = await files.keep(connection, shop, "picture", picture(text), use)
        made.append(kept.sha256)
    shown = await product_photos.put(connection, shop, product, [made[2], made[0], made[2]])
    assert shown.photos == [made[2], made[0]]
    shown = await product_photos.put(connection, shop, product, [made[1], made[2]])
    assert shown.photos == [made[1], made[2]]
    held = await files.of(connection, shop, "catalogue", f"product:{product}")
    assert sorted(each.sha256 for each in held) == sorted(shown.photos)
    note = await files.keep(connection, shop, "document", b"text", Use("uploaded", "link:1"))
    for digests, error in (
        ([note.sha256], NotAPicture),
        (["a" * 64], FileNotFound),
        (["x"], FileNotFound),
        ([f"{n:064x}" for n in range(11)], TooManyPhotos),
    ):
        with pytest.raises(error):
            await product_photos.put(connection, shop, product, digests)

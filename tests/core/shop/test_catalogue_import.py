"""A catalogue's import into a real database: what is written, what stays, concurrent changes."""

import asyncio
import json
from typing import Any

import pytest

from core.postgres import Connection, Pool
from core.shop import (
    catalogue,
    catalogue_search,
    categories,
    files,
    orders,
    owned_products,
    product_photos,
)
from core.shop.catalogue import ProductDraft, VariantDraft
from core.shop.catalogue_csv import export, importing, reading
from core.shop.catalogue_csv.report import ImportReport
from core.shop.catalogue_csv.writing import CatalogueChanged, RowsRefused
from core.shop.files import Use
from core.shop.shops import Shop
from tests.core.shop.test_files import picture
from tests.factories import create_customer, create_origin, create_product, create_shop

NASTY = [
    ("=1+1", "a,b;c\t|d"),
    ("'=x", "line\nline\r\nline\rline"),
    ('"Чай"', "'"),
    ("+7 900", "\u202eeɔuǝıɔs 🫖"),
    ("@x", "\\> not a path"),
]


async def taken(connection: Connection, shop: Shop, text: str | bytes, **how: Any) -> ImportReport:
    data = text.encode() if isinstance(text, str) else text
    return await importing.take_in(connection, shop, reading.read(data), **how)


async def exported(connection: Connection, shop: Shop, *, archived: bool = True) -> bytes:
    return b"".join([each async for each in export.chunks(connection, shop, archived=archived)])


async def full_shop(connection: Connection) -> Shop:
    """A shop with a bit of everything."""
    shop = await create_shop(connection, currency="RUB")
    number = await categories.of_path(connection, shop.id, ["Drinks > all", "Tea\\"])
    image = await files.keep(
        connection, shop.id, "picture", picture(), Use("uploaded", "x", file_name="tea.png")
    )
    for nth, (title, description) in enumerate(NASTY):
        draft = ProductDraft(
            title=title,
            description=description,
            price_minor=100 + nth,
            currency="RUB",
            sku=f"={nth}",
            stock=nth or None,
            category_id=number if nth % 2 else None,
            cost_minor=nth,
            is_hidden=nth == 3,
            kind="digital" if nth == 2 else "physical",
        )
        made = await owned_products.add(connection, shop.id, draft)
        if nth == 1:
            await product_photos.put(connection, shop.id, made.id, [image.sha256])
            for title_ in ("S", "M"):
                await owned_products.add_variant(
                    connection, shop.id, made.id, VariantDraft(title=title_, stock=2)
                )
            made = await owned_products.get(connection, shop.id, made.id)
            await owned_products.remove_variant(connection, shop.id, made.id, made.variants[0].id)
        if nth == 4:
            await owned_products.archive(connection, shop.id, made.id, is_archived=True)
    return shop


async def everything(connection: Connection) -> list[Any]:
    tables = ("products", "product_variants", "product_photos", "categories", "file_uses", "outbox")
    return [
        [row[0] for row in await connection.fetch(f"SELECT t::text FROM {table} AS t ORDER BY 1")]
        for table in tables
    ]


async def test_an_export_that_is_imported_changes_nothing(connection: Connection) -> None:
    shop = await full_shop(connection)
    before = await everything(connection)
    data = await exported(connection, shop)
    assert data.startswith(b"\xef\xbb\xbfid,") and b"tea.png" in data
    report = await taken(connection, shop, data)
    assert (report.added, report.changed, report.refused, report.left) == (0, 0, 0, 7)
    assert await everything(connection) == before
    shown = await exported(connection, shop, archived=False)
    assert len(reading.read(shown).rows) == 5


async def test_an_export_makes_the_same_catalogue_in_an_empty_shop(connection: Connection) -> None:
    shop = await full_shop(connection)
    lines = (await exported(connection, shop)).decode("utf-8-sig")
    other = await create_shop(connection, currency="RUB")
    await files.keep(
        connection, other.id, "picture", picture(), Use("uploaded", "x", file_name="tea.png")
    )
    # Numbers are of their own shop alone.
    text = lines.replace("id,variant_id,", "x,y,", 1)
    first = await taken(connection, other, text)
    assert (first.added, first.refused, first.ignored_columns) == (7, 0, ("x", "y"))
    assert first.new_categories == ("Drinks \\> all", "Drinks \\> all > Tea\\\\")
    again = await taken(connection, other, text)
    assert (again.left, again.added, again.changed, again.refused) == (7, 0, 0, 0)
    one, two = [
        await owned_products.page(connection, each.id, owned_products.Filter(), size=10)
        for each in (shop, other)
    ]
    gone = {"id", "shop_id", "category_id", "version", "created_at", "updated_at", "variants"}
    assert [each.model_dump(exclude=gone) for each in one] == [
        each.model_dump(exclude=gone) for each in two
    ]
    assert [each.title for product in two for each in product.variants] == ["M"]
    found = await catalogue_search.search(connection, other.id, "чай", size=5)
    assert [each.title for each in found.products] == ['"Чай"']


async def test_stock_is_told_of_and_what_is_not_named_stays(connection: Connection) -> None:
    shop = await create_shop(connection, currency="RUB")
    sold = await create_product(connection, shop.id, currency="RUB", title="A", sku="A", stock=5)
    other = await create_product(connection, shop.id, currency="RUB", title="B", stock=5)
    await connection.execute("DELETE FROM outbox")
    text = "sku,title,price,stock,variant\nA,,,3,\nC,C,10,4,\n,,,6,XL\n,,,,M\n"
    report = await taken(connection, shop, text)
    assert (report.added, report.changed) == (3, 1)
    facts = await connection.fetch(
        "SELECT p.title, o.quantity, o.variant_id > 0 AS of_variant, o.props FROM outbox AS o "
        "JOIN products AS p ON p.id = o.product_id ORDER BY o.pos"
    )
    assert [tuple(row)[:3] for row in facts] == [("C", 6, False), ("A", 3, False), ("C", 6, True)]
    assert [json.loads(row["props"])["delta"] for row in facts] == [4, -2, 6]
    assert (await owned_products.get(connection, shop.id, sold.id)).version == 2
    assert (await owned_products.get(connection, shop.id, other.id)).version == 1


async def test_nothing_is_written_unless_all_rows_are_good_or_the_others_are_wanted(
    connection: Connection,
) -> None:
    shop = await create_shop(connection, currency="RUB")
    text = "sku,title,price\nA,A,10\nB,B,free\n"
    with pytest.raises(RowsRefused):
        await taken(connection, shop, text)
    assert await catalogue.page(connection, shop.id, size=5) == ([], 0)
    report = await taken(connection, shop, text, without_refused=True)
    assert (report.added, report.refused, report.is_applied) == (1, 1, True)
    (product,), _ = await catalogue.page(connection, shop.id, size=5)
    assert product.title == "A"


async def test_an_import_is_done_as_it_was_planned_or_not_at_all(connection: Connection) -> None:
    shop = await create_shop(connection, currency="RUB")
    origin = await create_origin(connection, shop)
    buyer = await create_customer(connection, shop.id)
    product = await create_product(connection, shop.id, currency="RUB", sku="A", stock=5)
    file = reading.read(b"sku,stock\nA,9\n")
    seen = (await importing.planned(connection, shop, file)).report.plan
    assert (await owned_products.get(connection, shop.id, product.id)).stock == 5
    order = await orders.create(connection, origin, buyer, product)
    await owned_products.set_stock(connection, shop.id, product.id, by=-1)  # as a sale does
    with pytest.raises(CatalogueChanged):
        await importing.take_in(connection, shop, file, seen=seen)
    assert (await owned_products.get(connection, shop.id, product.id)).stock == 4
    seen = (await importing.planned(connection, shop, file)).report.plan
    assert (await importing.take_in(connection, shop, file, seen=seen)).changed == 1
    # What was sold is still what its order names.
    assert (await orders.get(connection, order.id)).lines[0].product_id == product.id


async def test_a_sale_between_planning_and_writing_undoes_the_import(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await create_shop(connection, currency="RUB")
    product = await create_product(connection, shop.id, currency="RUB", sku="A", stock=5)

    async def planned_before_the_sale(*arguments: Any) -> Any:
        made = await planned(*arguments)
        await owned_products.set_stock(connection, shop.id, product.id, by=-1)
        return made

    planned = importing.planned
    monkeypatch.setattr(importing, "planned", planned_before_the_sale)
    with pytest.raises(CatalogueChanged):
        await taken(connection, shop, "sku,stock\nA,9\n")
    assert (await owned_products.get(connection, shop.id, product.id)).stock == 4


async def test_one_shops_file_never_reaches_anothers(connection: Connection) -> None:
    mine, theirs = await create_shop(connection), await create_shop(connection)
    product = await create_product(connection, theirs.id, sku="A")
    report = (
        await importing.planned(
            connection, mine, reading.read(f"id,price\n{product.id},5\n".encode())
        )
    ).report
    assert (report.refused, report.rows[0].troubles[0].code) == (1, "id_unknown")
    await taken(connection, mine, "sku,title,price\nA,Mine,5\n")
    assert (await owned_products.get(connection, theirs.id, product.id)).title == "Пуэр"


async def test_codes_and_titles_are_exchanged_in_one_file(connection: Connection) -> None:
    shop = await create_shop(connection)
    one, two = [await create_product(connection, shop.id, sku=each) for each in ("A", "B")]
    small, large = [
        await owned_products.add_variant(connection, shop.id, one.id, VariantDraft(title=each))
        for each in ("S", "L")
    ]
    text = (
        f"id,variant_id,sku,variant\n{one.id},,B,\n{two.id},,A,\n"
        f"{one.id},{small.id},,L\n{one.id},{large.id},,S\n"
    )
    assert (await taken(connection, shop, text)).changed == 4
    changed = await owned_products.get(connection, shop.id, one.id)
    assert changed.sku == "B"
    assert {each.id: each.title for each in changed.variants} == {small.id: "L", large.id: "S"}


async def test_photos_are_exchanged_and_no_longer_held_on_to(connection: Connection) -> None:
    shop = await create_shop(connection)
    named = {}
    for name, letter in (("a.png", "A"), ("b.png", "B")):
        use = Use("uploaded", name, file_name=name)
        named[name] = await files.keep(connection, shop.id, "picture", picture(letter), use)
    await taken(connection, shop, "sku,title,price,photos\nA,A,5,b.png | a.png\n")
    await connection.execute("DELETE FROM file_uses WHERE owner = 'uploaded'")  # a day has gone
    assert b"b.png | a.png" in await exported(connection, shop)
    await taken(connection, shop, "sku,photos\nA,a.png\n")
    (product,), _ = await catalogue.page(connection, shop.id, size=5)
    assert product.photos == [named["a.png"].sha256]
    assert await connection.fetchval("SELECT count(*) FROM file_uses") == 1


async def test_of_two_imports_at_once_one_is_told_to_look_again(pool: Pool) -> None:
    async with pool.acquire() as connection:
        shop = await create_shop(connection)
    file = reading.read("sku,title,price,category\nA,Чай,5,Чай > Улун\n".encode())

    async def run() -> ImportReport:
        async with pool.acquire() as own, own.transaction():
            made = await importing.planned(own, shop, file)
            await both.wait()
            return await importing.carried_out(own, shop, made)

    both = asyncio.Barrier(2)
    results = await asyncio.gather(run(), run(), return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["CatalogueChanged", "ImportReport"]
    async with pool.acquire() as connection:
        assert (await catalogue.page(connection, shop.id, size=5))[1] == 1
        assert len(await categories.of_shop(connection, shop.id)) == 2

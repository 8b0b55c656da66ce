"""A tree of any depth: no cycles, also with concurrent moves; nothing is lost."""

import asyncio

import pytest

from core.errors import ChangedMeanwhile
from core.postgres import Connection, Pool
from core.shop import categories
from core.shop.categories import (
    Category,
    CategoryDraft,
    CategoryInsideItself,
    CategoryNotFound,
    CategoryTitleTaken,
)
from tests.factories import create_product, create_shop


async def made(
    connection: Connection, shop: int, title: str, parent: Category | None = None
) -> Category:
    draft = CategoryDraft(title=title, parent_id=parent.id if parent else None)
    return await categories.add(connection, shop, draft)


async def moved(
    connection: Connection, shop: int, category: Category, parent: Category | None
) -> Category:
    draft = CategoryDraft(title=category.title, parent_id=parent.id if parent else None)
    return await categories.change(
        connection, shop, category.id, draft, seen_version=category.version
    )


async def test_only_what_leads_to_a_listed_product_is_shown(connection: Connection) -> None:
    shop = (await create_shop(connection)).id
    tea = await made(connection, shop, "Чай")
    green = await made(connection, shop, "Зелёный", tea)
    await made(connection, shop, "Пустая")
    await create_product(connection, shop, category_id=green.id)
    assert [each.title for each in await categories.shown(connection, shop, None)] == ["Чай"]
    assert [each.title for each in await categories.shown(connection, shop, tea.id)] == ["Зелёный"]
    assert [each.id for each in await categories.path(connection, shop, green.id)] == [
        tea.id,
        green.id,
    ]
    draft = CategoryDraft(title="Чай", is_hidden=True)
    await categories.change(connection, shop, tea.id, draft, seen_version=1)
    assert await categories.shown(connection, shop, None) == []
    with pytest.raises(CategoryNotFound):
        await categories.path(connection, shop, green.id)


async def test_a_category_never_stands_in_itself(connection: Connection) -> None:
    shop = (await create_shop(connection)).id
    top = await made(connection, shop, "a")
    middle = await made(connection, shop, "b", top)
    bottom = await made(connection, shop, "c", middle)
    for into in (top, middle, bottom):
        with pytest.raises(CategoryInsideItself):
            await moved(connection, shop, top, into)
    other = await made(connection, (await create_shop(connection)).id, "d")
    with pytest.raises(CategoryNotFound):
        await moved(connection, shop, top, other)
    await moved(connection, shop, bottom, None)


async def test_two_moves_at_once_make_no_ring(pool: Pool) -> None:
    async with pool.acquire() as connection:
        shop = (await create_shop(connection)).id
        one, other = [await made(connection, shop, title) for title in "ab"]

    async def move(category: Category, parent: Category) -> Category:
        async with pool.acquire() as own, own.transaction():
            return await moved(own, shop, category, parent)

    ends = await asyncio.gather(move(one, other), move(other, one), return_exceptions=True)
    assert sorted(type(end).__name__ for end in ends) == ["Category", "CategoryInsideItself"]


async def test_who_read_an_older_version_is_told_so(connection: Connection) -> None:
    shop = (await create_shop(connection)).id
    one = await made(connection, shop, "a")
    await moved(connection, shop, one, None)
    with pytest.raises(ChangedMeanwhile):
        await moved(connection, shop, one, None)


async def test_what_stood_in_a_removed_category_stands_one_level_up(connection: Connection) -> None:
    shop = (await create_shop(connection)).id
    top = await made(connection, shop, "a")
    gone = await made(connection, shop, "same", top)
    inner = await made(connection, shop, "same", gone)
    product = await create_product(connection, shop, category_id=gone.id)
    await categories.remove(connection, shop, gone.id)
    assert (await categories.get(connection, shop, inner.id)).parent_id == top.id
    stands = await connection.fetchval("SELECT category_id FROM products WHERE id = $1", product.id)
    assert stands == top.id
    await made(connection, shop, "same")
    with pytest.raises(CategoryTitleTaken, match="same"):
        await categories.remove(connection, shop, top.id)


async def test_neighbours_have_names_of_their_own_and_the_owners_order(
    connection: Connection,
) -> None:
    shop = (await create_shop(connection)).id
    a, b, c = [await made(connection, shop, title) for title in "abc"]
    with pytest.raises(CategoryTitleTaken):
        await made(connection, shop, "a")
    await made(connection, shop, "a", b)
    await categories.arrange(connection, shop, None, [c.id, a.id])
    level = [each.id for each in await categories.of_shop(connection, shop) if not each.parent_id]
    assert level == [c.id, a.id, b.id]
    with pytest.raises(CategoryNotFound):
        await categories.arrange(connection, shop, b.id, [a.id])

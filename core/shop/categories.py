"""Categories: a tree of any depth for a shop's products.

Changes of a shop's tree wait for each other: two moves at once could make a cycle.
"""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from core.errors import ChangedMeanwhile, Conflict, NotFound, Refused
from core.postgres import Connection
from core.shop.catalogue import LISTED

CATEGORIES = 5000  # of one shop
_LOCK = 0x63617467  # any number of ours


class CategoryNotFound(NotFound):
    code = "category_not_found"


class CategoryInsideItself(Refused):
    """A category cannot be moved into itself or into one of its subcategories."""

    code = "category_inside_itself"


class CategoryTitleTaken(Conflict):
    """Another category of the same level has this title."""

    code = "category_title_taken"


class CategoryDraft(BaseModel):
    """What an owner states about a category; without a parent it is at the top level. Products in a
    hidden category are not listed."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    title: str = Field(min_length=1, max_length=64)
    parent_id: int | None = None
    is_hidden: bool = False


class Category(CategoryDraft):
    """A category; those of a level are shown by `position`. `products`: how many are directly in
    it, without archived ones."""

    id: int
    position: int
    version: int
    products: int = 0


_SELECT = (
    "SELECT c.id, c.title, c.parent_id, c.is_hidden, c.position, c.version, "
    "(SELECT count(*) FROM products AS p WHERE p.shop_id = c.shop_id AND p.category_id = c.id "
    "AND p.is_active) AS products FROM categories AS c"
)


async def of_shop(connection: Connection, shop_id: int) -> list[Category]:
    """All categories, each level in the owner's order."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE c.shop_id = $1 ORDER BY c.parent_id NULLS FIRST, c.position, c.id",
        shop_id,
    )
    return [Category(**row) for row in rows]


async def get(connection: Connection, shop_id: int, category_id: int) -> Category:
    """Raises CategoryNotFound."""
    row = await connection.fetchrow(
        f"{_SELECT} WHERE c.shop_id = $1 AND c.id = $2", shop_id, category_id
    )
    if row is None:
        raise CategoryNotFound(f"shop {shop_id} has no category {category_id}")
    return Category(**row)


async def shown(connection: Connection, shop_id: int, parent_id: int | None) -> list[Category]:
    """What a shopper sees below a category: the subcategories that list something, directly or
    further down."""
    rows = await connection.fetch(
        "WITH RECURSIVE below AS ("
        "  SELECT id AS top, id FROM categories "
        "  WHERE shop_id = $1 AND parent_id IS NOT DISTINCT FROM $2 AND NOT is_hidden UNION ALL "
        "  SELECT b.top, c.id FROM below AS b JOIN categories AS c "
        "    ON c.shop_id = $1 AND c.parent_id = b.id AND NOT c.is_hidden"
        f") {_SELECT} WHERE c.id IN (SELECT top FROM below AS b WHERE EXISTS (SELECT "
        f"  FROM products AS p WHERE p.shop_id = $1 AND p.category_id = b.id AND {LISTED})) "
        "ORDER BY c.position, c.id",
        shop_id,
        parent_id,
    )
    return [Category(**row) for row in rows]


async def path(connection: Connection, shop_id: int, category_id: int) -> list[Category]:
    """The categories from the top level down to this one. Raises CategoryNotFound, also if one of
    them is hidden."""
    rows = await connection.fetch(
        "WITH RECURSIVE above AS ("
        "  SELECT id, parent_id, 0 AS far FROM categories WHERE shop_id = $1 AND id = $2 UNION ALL "
        "  SELECT c.id, c.parent_id, a.far + 1 FROM above AS a JOIN categories AS c "
        "    ON c.id = a.parent_id"
        f") {_SELECT} JOIN above AS a ON a.id = c.id ORDER BY a.far DESC",
        shop_id,
        category_id,
    )
    found = [Category(**row) for row in rows]
    if not found or any(each.is_hidden for each in found):
        raise CategoryNotFound(f"shop {shop_id} shows no category {category_id}")
    return found


async def lock(connection: Connection, shop_id: int) -> None:
    """Locks the shop's tree against other changes until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock($1, $2)", _LOCK, shop_id)


async def add(connection: Connection, shop_id: int, draft: CategoryDraft) -> Category:
    """Adds a category after the others of its level. Raises CategoryNotFound for a parent that is
    not the shop's, CategoryTitleTaken, and Refused beyond CATEGORIES."""
    await lock(connection, shop_id)
    if draft.parent_id is not None:
        await get(connection, shop_id, draft.parent_id)
    await _ensure_free(connection, shop_id, draft, 0)
    if await _count(connection, shop_id) >= CATEGORIES:
        raise Refused(f"a shop has at most {CATEGORIES} categories")
    number: int = await connection.fetchval(
        "INSERT INTO categories (shop_id, parent_id, title, is_hidden, position) "
        "SELECT $1, $2, $3, $4, coalesce(max(position) + 1, 0) FROM categories "
        "WHERE shop_id = $1 AND parent_id IS NOT DISTINCT FROM $2 RETURNING id",
        shop_id,
        draft.parent_id,
        draft.title,
        draft.is_hidden,
    )
    return await get(connection, shop_id, number)


async def of_path(connection: Connection, shop_id: int, titles: Sequence[str]) -> int | None:
    """The number of the category at the end of a path from the top, None for an empty path; missing
    categories are created. Raises what `add` raises."""
    await lock(connection, shop_id)
    number: int | None = None
    for title in titles:
        found: int | None = await connection.fetchval(
            "SELECT id FROM categories WHERE shop_id = $1 AND parent_id IS NOT DISTINCT FROM $2 "
            "AND title = $3",
            shop_id,
            number,
            title,
        )
        if found is None:
            made = await add(connection, shop_id, CategoryDraft(title=title, parent_id=number))
            found = made.id
        number = found
    return number


async def _count(connection: Connection, shop_id: int) -> int:
    count: int = await connection.fetchval(
        "SELECT count(*) FROM categories WHERE shop_id = $1", shop_id
    )
    return count


async def _ensure_free(
    connection: Connection, shop_id: int, draft: CategoryDraft, category_id: int
) -> None:
    taken = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM categories WHERE shop_id = $1 "
        "AND parent_id IS NOT DISTINCT FROM $2 AND title = $3 AND id <> $4)",
        shop_id,
        draft.parent_id,
        draft.title,
        category_id,
    )
    if taken:
        raise CategoryTitleTaken(f"there is a category {draft.title!r} on this level already")


async def change(
    connection: Connection,
    shop_id: int,
    category_id: int,
    draft: CategoryDraft,
    *,
    seen_version: int,
) -> Category:
    """Renames, hides or moves a category with everything in it. Raises CategoryNotFound,
    ChangedMeanwhile, CategoryInsideItself, CategoryTitleTaken."""
    await lock(connection, shop_id)
    current = await get(connection, shop_id, category_id)
    if current.version != seen_version:
        raise ChangedMeanwhile(
            "somebody has changed the category since: read it again", str(current.version)
        )
    if draft.parent_id is not None:
        await get(connection, shop_id, draft.parent_id)
        await _ensure_outside(connection, shop_id, category_id, draft.parent_id)
    await _ensure_free(connection, shop_id, draft, category_id)
    await connection.execute(
        "UPDATE categories SET title = $3, parent_id = $4, is_hidden = $5, version = version + 1 "
        "WHERE shop_id = $1 AND id = $2",
        shop_id,
        category_id,
        draft.title,
        draft.parent_id,
        draft.is_hidden,
    )
    return await get(connection, shop_id, category_id)


async def _ensure_outside(
    connection: Connection, shop_id: int, category_id: int, parent_id: int
) -> None:
    """Checks that the parent is not below the category."""
    inside = await connection.fetchval(
        "WITH RECURSIVE above AS ("
        "  SELECT id, parent_id FROM categories WHERE shop_id = $1 AND id = $3 UNION "
        "  SELECT c.id, c.parent_id FROM above AS a JOIN categories AS c ON c.id = a.parent_id"
        ") SELECT EXISTS (SELECT FROM above WHERE id = $2)",
        shop_id,
        category_id,
        parent_id,
    )
    if inside:
        raise CategoryInsideItself("a category cannot be moved into itself or below itself")


async def arrange(
    connection: Connection, shop_id: int, parent_id: int | None, category_ids: Sequence[int]
) -> None:
    """Puts the categories of a level in this order; those that are not named follow. Raises
    CategoryNotFound if one is not of that level."""
    await lock(connection, shop_id)
    rows = await connection.fetch(
        "SELECT id FROM categories WHERE shop_id = $1 AND parent_id IS NOT DISTINCT FROM $2 "
        "ORDER BY position, id",
        shop_id,
        parent_id,
    )
    here = [row["id"] for row in rows]
    for wanted in category_ids:
        if wanted not in here:
            raise CategoryNotFound(f"category {wanted} is not on this level")
    named = list(dict.fromkeys(category_ids))
    ordered = named + [number for number in here if number not in set(named)]
    await connection.execute(
        "UPDATE categories AS c SET position = o.place - 1 "
        "FROM unnest($1::bigint[]) WITH ORDINALITY AS o (id, place) WHERE c.id = o.id",
        ordered,
    )


async def remove(connection: Connection, shop_id: int, category_id: int) -> None:
    """Removes a category; its contents move up one level. Raises CategoryNotFound, and
    CategoryTitleTaken if a category there has the title of one of its own."""
    await lock(connection, shop_id)
    gone = await get(connection, shop_id, category_id)
    clash = await connection.fetchval(
        "SELECT c.title FROM categories AS c JOIN categories AS n ON n.shop_id = c.shop_id "
        "AND n.parent_id IS NOT DISTINCT FROM $3 AND n.title = c.title AND n.id <> $2 "
        "WHERE c.shop_id = $1 AND c.parent_id = $2 LIMIT 1",
        shop_id,
        category_id,
        gone.parent_id,
    )
    if clash is not None:
        raise CategoryTitleTaken(
            f"{clash!r} would be next to another category of this name: rename one first"
        )
    await connection.execute(
        "UPDATE products SET category_id = $3 WHERE shop_id = $1 AND category_id = $2",
        shop_id,
        category_id,
        gone.parent_id,
    )
    # In two steps, because one of its subcategories may have its title.
    await connection.execute(
        "UPDATE categories SET title = left(title, 40) || ' ' || id WHERE id = $1", category_id
    )
    await connection.execute(
        "UPDATE categories SET parent_id = $3, version = version + 1 "
        "WHERE shop_id = $1 AND parent_id = $2",
        shop_id,
        category_id,
        gone.parent_id,
    )
    await connection.execute("DELETE FROM categories WHERE id = $1", category_id)

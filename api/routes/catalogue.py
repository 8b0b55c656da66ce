"""What a shop sells, as its owner manages it: categories, products, variants, photos, stock."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import AnyVisitor, Owner, shop_transaction
from api.cursors import cursor_of, numbers_of
from api.problems import documented
from api.resources import UsesResources
from api.routes.shops import ShopId
from api.versions import SeenTag, SeenVersion
from core.shop import categories, owned_products, product_photos
from core.shop.catalogue import ProductDraft, Variant, VariantDraft
from core.shop.categories import Category, CategoryDraft
from core.shop.owned_products import Filter, OwnedProduct, Place

router = APIRouter(prefix="/shops/{shop_id}", tags=["catalogue"])

Number = Annotated[int, Path(gt=0, lt=2**63)]
PAGE = 200


def _tagged(response: Response, product: OwnedProduct) -> OwnedProduct:
    response.headers["ETag"] = f'"{product.version}"'
    return product


@router.get("/categories", responses=documented(401, 404, 422))
async def list_categories(
    shop_id: ShopId, visitor: AnyVisitor, resources: UsesResources
) -> list[Category]:
    """The whole tree, each level in the owner's order; at most 5,000."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        return await categories.of_shop(connection, shop_id)


@router.post("/categories", status_code=201, responses=documented(401, 403, 404, 409, 422))
async def create_category(
    shop_id: ShopId, draft: CategoryDraft, visitor: Owner, resources: UsesResources
) -> Category:
    """Adds a category after the others of its level."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        return await categories.add(connection, shop_id, draft)


@router.put("/categories/{number}", responses=documented(401, 403, 404, 409, 412, 422, 428))
async def change_category(
    shop_id: ShopId,
    number: Number,
    draft: CategoryDraft,
    seen: SeenVersion,
    visitor: Owner,
    resources: UsesResources,
) -> Category:
    """Renames, hides or moves it with everything in it; `If-Match` is its `version`.

    412 `changed_meanwhile`, 422 `category_inside_itself`, 409 `category_title_taken`.
    """
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        return await categories.change(connection, shop_id, number, draft, seen_version=seen)


@router.delete(
    "/categories/{number}", status_code=204, responses=documented(401, 403, 404, 409, 422)
)
async def remove_category(
    shop_id: ShopId, number: Number, visitor: Owner, resources: UsesResources
) -> None:
    """Removes a category; its contents move up one level, and no product is lost."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await categories.remove(connection, shop_id, number)


class CategoryOrder(BaseModel):
    """The categories of one level in the wanted order; those that are not named follow."""

    model_config = ConfigDict(extra="forbid")

    parent_id: int | None = None
    categories: list[int] = Field(max_length=5000)


@router.put("/categories-order", responses=documented(401, 403, 404, 422))
async def order_categories(
    shop_id: ShopId, order: CategoryOrder, visitor: Owner, resources: UsesResources
) -> list[Category]:
    """Sets the order in which a level is shown."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await categories.arrange(connection, shop_id, order.parent_id, order.categories)
        return await categories.of_shop(connection, shop_id)


class ProductsPage(BaseModel):
    """`next` is the cursor of the following page; none on the last."""

    products: list[OwnedProduct]
    next: str | None


@router.get("/products", responses=documented(401, 404, 422))
async def list_products(
    shop_id: ShopId,
    visitor: AnyVisitor,
    resources: UsesResources,
    category: Annotated[
        str,
        Query(pattern=r"^(any|none|[1-9][0-9]{0,17})$", description="A number, none or any."),
    ] = "any",
    archived: bool = False,
    words: Annotated[str, Query(max_length=100)] = "",
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 50,
    after: Annotated[str | None, Query(description="`next` of the page before.")] = None,
) -> ProductsPage:
    """Products in the owner's order, including hidden and future ones."""
    chosen = Filter(category=_category(category), archived=archived, words=words.replace("\0", ""))
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        found = await owned_products.page(
            connection, shop_id, chosen, size=limit + 1, after=_place(after)
        )
    shown = found[:limit]
    more = cursor_of((shown[-1].position, shown[-1].id)) if len(found) > limit else None
    return ProductsPage(products=shown, next=more)


def _category(text: str) -> int | None | Literal["any"]:
    if text == "any":
        return "any"
    return None if text == "none" else int(text)


def _place(after: str | None) -> Place | None:
    return None if after is None else Place(*numbers_of(after, (2**31 - 1, 2**63 - 1)))


@router.post("/products", status_code=201, responses=documented(401, 403, 404, 409, 422))
async def create_product(
    shop_id: ShopId,
    draft: ProductDraft,
    visitor: Owner,
    resources: UsesResources,
    response: Response,
) -> OwnedProduct:
    """Puts a product on sale, after the others."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        return _tagged(response, await owned_products.add(connection, shop_id, draft))


@router.get("/products/{number}", responses=documented(401, 404, 422))
async def read_product(
    shop_id: ShopId,
    number: Number,
    visitor: AnyVisitor,
    resources: UsesResources,
    response: Response,
) -> OwnedProduct:
    """One product, archived or not; the ETag is its version."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        return _tagged(response, await owned_products.get(connection, shop_id, number))


@router.put("/products/{number}", responses=documented(401, 403, 404, 409, 412, 422, 428))
async def change_product(
    shop_id: ShopId,
    number: Number,
    draft: ProductDraft,
    seen: SeenVersion,
    visitor: Owner,
    resources: UsesResources,
    response: Response,
) -> OwnedProduct:
    """Replaces what the draft states; stock and currency stay (stock has its own route, so that a
    sale meanwhile is not undone)."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        changed = await owned_products.change(connection, shop_id, number, draft, seen_version=seen)
        return _tagged(response, changed)


class Archived(BaseModel):
    model_config = ConfigDict(extra="forbid")

    is_archived: bool


@router.put("/products/{number}/archived", responses=documented(401, 403, 404, 422))
async def archive_product(
    shop_id: ShopId, number: Number, wanted: Archived, visitor: Owner, resources: UsesResources
) -> OwnedProduct:
    """Takes a product off sale, or puts it on sale again; orders keep it."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        return await owned_products.archive(
            connection, shop_id, number, is_archived=wanted.is_archived
        )


class ProductOrder(BaseModel):
    """Products in the wanted order; they exchange the places that they have now."""

    model_config = ConfigDict(extra="forbid")

    products: list[int] = Field(min_length=1, max_length=1000)


@router.put("/products-order", status_code=204, responses=documented(401, 403, 404, 422))
async def order_products(
    shop_id: ShopId, order: ProductOrder, visitor: Owner, resources: UsesResources
) -> None:
    """The order in which products are listed."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await owned_products.arrange(connection, shop_id, order.products)


class StockCount(BaseModel):
    """Either `to`, the number in stock (null: unlimited), or `by`, how many came in (negative: went
    out)."""

    model_config = ConfigDict(extra="forbid")

    variant_id: int | None = None
    to: int | None = Field(default=None, ge=0, le=1_000_000_000)
    by: int | None = Field(default=None, ge=-1_000_000_000, le=1_000_000_000)


@router.put("/products/{number}/stock", responses=documented(401, 403, 404, 409, 412, 422, 428))
async def set_product_stock(
    shop_id: ShopId,
    number: Number,
    count: StockCount,
    seen: SeenTag,
    visitor: Owner,
    resources: UsesResources,
) -> OwnedProduct:
    """Corrects the stock. If-Match is the number that was seen, like `"12"`, or `"unlimited"`: 412
    `changed_meanwhile` if it is another by now. `*`, whatever there is: for `by`."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        return await owned_products.set_stock(
            connection,
            shop_id,
            number,
            variant_id=count.variant_id,
            to=count.to,
            by=count.by,
            seen=seen,
        )


class Photos(BaseModel):
    """SHA-256 of pictures that were uploaded to the shop's files, in the order to show them."""

    model_config = ConfigDict(extra="forbid")

    photos: list[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] = Field(max_length=10)


@router.put("/products/{number}/photos", responses=documented(401, 403, 404, 412, 422, 428))
async def set_product_photos(
    shop_id: ShopId,
    number: Number,
    wanted: Photos,
    seen: SeenVersion,
    visitor: Owner,
    resources: UsesResources,
) -> OwnedProduct:
    """Sets the product's photos; upload them by `POST /api/v1/shops/{shop_id}/files`. If-Match is
    the product's `version`."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await owned_products.ensure_seen(connection, shop_id, number, seen)
        return await product_photos.put(connection, shop_id, number, wanted.photos)


@router.post(
    "/products/{number}/variants", status_code=201, responses=documented(401, 403, 404, 409, 422)
)
async def create_variant(
    shop_id: ShopId, number: Number, draft: VariantDraft, visitor: Owner, resources: UsesResources
) -> Variant:
    """Puts a variant on sale; a former variant with this name comes back."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        return await owned_products.add_variant(connection, shop_id, number, draft)


@router.put(
    "/products/{number}/variants/{variant}",
    responses=documented(401, 403, 404, 409, 412, 422, 428),
)
async def change_variant(
    shop_id: ShopId,
    number: Number,
    variant: Number,
    draft: VariantDraft,
    seen: SeenVersion,
    visitor: Owner,
    resources: UsesResources,
) -> Variant:
    """Replaces what the draft states; its stock stays. If-Match is the product's `version`."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await owned_products.ensure_seen(connection, shop_id, number, seen)
        return await owned_products.change_variant(connection, shop_id, number, variant, draft)


@router.delete("/products/{number}/variants/{variant}", responses=documented(401, 403, 404, 422))
async def remove_variant(
    shop_id: ShopId, number: Number, variant: Number, visitor: Owner, resources: UsesResources
) -> OwnedProduct:
    """Takes a variant off sale; orders keep it."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        return await owned_products.remove_variant(connection, shop_id, number, variant)


class VariantOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    variants: list[int] = Field(max_length=100)


@router.put("/products/{number}/variants-order", responses=documented(401, 403, 404, 412, 422, 428))
async def order_variants(
    shop_id: ShopId,
    number: Number,
    order: VariantOrder,
    seen: SeenVersion,
    visitor: Owner,
    resources: UsesResources,
) -> OwnedProduct:
    """The order in which a product's variants are shown. If-Match is the product's `version`."""
    async with shop_transaction(resources, visitor, shop_id) as (connection, _):
        await owned_products.ensure_seen(connection, shop_id, number, seen)
        return await owned_products.arrange_variants(connection, shop_id, number, order.variants)

"""Who makes a request, and what they may see: the session cookie, roles, the choice of shops."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from api.resources import Resources, UsesResources
from core.errors import NotFound
from core.postgres import Connection
from core.shop import access, shops
from core.shop.access import Forbidden, Visitor
from core.shop.shops import Shop


class ShopNotFound(NotFound):
    """The shop does not exist, or the visitor may not see it: both get the same answer."""

    code = "shop_not_found"


def _cookie_name(request: Request) -> str:
    # A browser takes a __Host- cookie only over TLS, from the host itself, for every path.
    return "__Host-vitrina" if request.url.scheme == "https" else "vitrina"


def session_cookie(request: Request) -> str | None:
    """The session's secret, if the request has one."""
    return request.cookies.get(_cookie_name(request))


def _attributes(request: Request) -> dict[str, Any]:
    secure = request.url.scheme == "https"
    return {"path": "/", "secure": secure, "httponly": True, "samesite": "lax"}


def give_cookie(request: Request, response: Response, cookie: str) -> None:
    lifetime = int(access.ABSOLUTE.total_seconds())
    response.set_cookie(_cookie_name(request), cookie, max_age=lifetime, **_attributes(request))


def take_cookie(request: Request, response: Response) -> None:
    response.delete_cookie(_cookie_name(request), **_attributes(request))


async def _visitor(request: Request, resources: UsesResources) -> Visitor:
    async with resources.pool.acquire() as connection:
        return await access.visitor(connection, session_cookie(request))


AnyVisitor = Annotated[Visitor, Depends(_visitor)]


def _owner(visitor: AnyVisitor) -> Visitor:
    if visitor.role != "owner":
        raise Forbidden("only an owner's link may change this")
    return visitor


Owner = Annotated[Visitor, Depends(_owner)]


def _shop_numbers(
    shops_: Annotated[
        str | None,
        Query(
            alias="shops",
            description="Shop ids with commas, like 1,2. Default: every shop that you see.",
            examples=["1,2"],
        ),
    ] = None,
) -> list[int] | None:
    if not shops_:
        return None
    parts = [part.strip() for part in shops_.split(",")]
    # Nine digits fit any shop's id and never exceed PostgreSQL's int.
    if not all(part.isascii() and part.isdigit() and len(part) <= 9 for part in parts):
        raise RequestValidationError(
            [{"loc": ("query", "shops"), "msg": "write ids with commas, like 1,2", "type": "ids"}]
        )
    return sorted({int(part) for part in parts})


WantedShops = Annotated[list[int] | None, Depends(_shop_numbers)]


async def ensure_seen(connection: Connection, visitor: Visitor, shop_id: int) -> None:
    """Raises ShopNotFound for a shop that does not exist or that the visitor may not see."""
    if not visitor.sees(shop_id):
        raise ShopNotFound(f"there is no shop {shop_id} among those that you see")
    try:
        await shops.get(connection, shop_id)
    except NotFound as error:
        raise ShopNotFound(error.detail) from error


async def visible_shops(resources: Resources, visitor: Visitor) -> list[Shop]:
    """Every shop that the visitor sees, oldest first."""
    async with resources.pool.acquire() as connection:
        return [shop for shop in await shops.all_shops(connection) if visitor.sees(shop.id)]


async def _chosen_shops(
    resources: UsesResources, visitor: AnyVisitor, wanted: WantedShops
) -> Sequence[Shop]:
    visible = await visible_shops(resources, visitor)
    if wanted is None:
        return visible
    chosen = [shop for shop in visible if shop.id in wanted]
    if len(chosen) < len(wanted):
        missing = sorted(set(wanted) - {shop.id for shop in chosen})
        raise ShopNotFound(f"there is no shop {missing[0]} among those that you see")
    return chosen


# The shops named in the query; ShopNotFound if the visitor may not see one of them.
ChosenShops = Annotated[Sequence[Shop], Depends(_chosen_shops)]

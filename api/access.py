"""Who makes a request and what they may see: the session cookie, roles, the choice of shops, and
transactions on one shop or bot."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from api import archived_shops, json_types
from api.key_access import key_of, require_scope
from api.lent_connections import borrowed
from api.resources import Resources, UsesResources
from core.errors import Conflict, NotFound
from core.postgres import Connection
from core.shop import access, api_keys, bots, shops
from core.shop.access import Forbidden, Visitor
from core.shop.api_keys import KeyHolder
from core.shop.bots import Bot
from core.shop.shops import Shop


class ShopNotFound(NotFound):
    """The shop does not exist, or the visitor may not see it: both get the same answer."""

    code = "shop_not_found"


class BotNotFound(NotFound):
    """The bot does not exist, or the visitor may not see its shop: both get the same answer."""

    code = "bot_not_found"


def _cookie_name(request: Request) -> str:
    # A browser takes a __Host- cookie only over TLS, from the host itself, for every path.
    return "__Host-vitrina" if request.url.scheme == "https" else "vitrina"


def session_cookie(request: Request) -> str | None:
    """The session's secret, if the request has one: in the header `Authorization: Bearer vts_…`,
    as the panel within Telegram sends it, or else in the cookie."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and secret.strip().startswith(access.SESSION_PREFIX):
        return secret.strip()
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
    key = key_of(request)
    async with resources.pool.acquire() as connection:
        visitor = (
            await access.visitor(
                connection, session_cookie(request), is_noted=borrowed() is not None
            )
            if key is None
            else await api_keys.holder(connection, key)
        )
        request.state.visitor = visitor  # for the access log
        await archived_shops.refuse_changes(request, connection, visitor)
    if isinstance(visitor, KeyHolder):
        require_scope(request, visitor)
    resources.hub.requested()
    await json_types.check(request)  # only now: a stranger is told nothing of it
    return visitor


AnyVisitor = Annotated[Visitor, Depends(_visitor)]


async def _owner(visitor: AnyVisitor) -> Visitor:
    if visitor.role != "owner":
        raise Forbidden("only an owner's link may change this")
    return visitor


Owner = Annotated[Visitor, Depends(_owner)]


async def _shop_numbers(
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


async def visible_shop(connection: Connection, visitor: Visitor, shop_id: int) -> Shop:
    """The shop; raises ShopNotFound if it does not exist or the visitor may not see it."""
    if not visitor.sees(shop_id):
        raise ShopNotFound(f"there is no shop {shop_id} among those that you see")
    try:
        return await shops.get(connection, shop_id)
    except NotFound as error:
        raise ShopNotFound(error.detail) from error


async def visible_bot(connection: Connection, visitor: Visitor, bot_id: int) -> Bot:
    """The bot; raises BotNotFound if it does not exist or the visitor may not see its shop."""
    with contextlib.suppress(NotFound):
        bot = await bots.get(connection, bot_id)
        if visitor.sees(bot.shop_id):
            return bot
    raise BotNotFound(f"there is no bot {bot_id} among those that you see")


@asynccontextmanager
async def shop_transaction(
    resources: Resources, visitor: Visitor, shop_id: int
) -> AsyncIterator[tuple[Connection, Shop]]:
    """A transaction on a shop that the visitor may see, and the shop; raises ShopNotFound."""
    async with resources.pool.acquire() as connection, connection.transaction():
        yield connection, await visible_shop(connection, visitor, shop_id)


@asynccontextmanager
async def bot_transaction(
    resources: Resources, visitor: Visitor, bot_id: int
) -> AsyncIterator[tuple[Connection, Bot]]:
    """A transaction on a bot of a shop that the visitor may see, and the bot.

    Raises BotNotFound.
    """
    async with resources.pool.acquire() as connection, connection.transaction():
        yield connection, await visible_bot(connection, visitor, bot_id)


@asynccontextmanager
async def hosted_bot_transaction(
    resources: Resources, visitor: Visitor, bot_id: int
) -> AsyncIterator[Connection]:
    """A transaction on a bot that can have modules; raises BotNotFound, Conflict."""
    async with bot_transaction(resources, visitor, bot_id) as (connection, bot):
        if bot.mode != "hosted":
            raise Conflict("this bot only counts: it answers nobody, and has no modules")
        yield connection


async def visible_shops(resources: Resources, visitor: Visitor) -> list[Shop]:
    """Every shop that the visitor sees, oldest first."""
    async with resources.pool.acquire() as connection:
        if visitor.shop_ids is None:
            return await shops.all_shops(connection)
        return await shops.some(connection, visitor.shop_ids)


async def _chosen_shops(
    resources: UsesResources, visitor: AnyVisitor, wanted: WantedShops
) -> Sequence[Shop]:
    if wanted is None:
        return await visible_shops(resources, visitor)
    async with resources.pool.acquire() as connection:
        chosen = await shops.some(connection, [one for one in wanted if visitor.sees(one)])
    if len(chosen) < len(wanted):
        missing = sorted(set(wanted) - {shop.id for shop in chosen})
        raise ShopNotFound(f"there is no shop {missing[0]} among those that you see")
    return chosen


# The shops named in the query; ShopNotFound if the visitor may not see one of them.
ChosenShops = Annotated[Sequence[Shop], Depends(_chosen_shops)]

"""Logging in and out: a secret link opens a session, by pressing a button and never by a GET."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, SecretStr

from api.access import AnyVisitor, give_cookie, session_cookie, take_cookie
from api.places import place_of
from api.problems import documented
from api.resources import UsesResources
from core.shop import access
from core.shop.access import LinkInvalid, Role

router = APIRouter(tags=["access"])


class Entry(BaseModel):
    """The token of a link, `vtr_…`."""

    token: SecretStr


class Me(BaseModel):
    """Who the session belongs to. `shop_ids` null means every shop."""

    role: Role
    label: str
    shop_ids: list[int] | None


@router.post("/enter", status_code=204, responses=documented(401, 403, 422, 429))
async def enter(
    entry: Entry, request: Request, response: Response, resources: UsesResources
) -> None:
    """Opens a session. Unknown, expired and revoked links get the same answer: 401 `link_invalid`.

    A valid link always opens: behind a proxy all visitors may have one address, and 256 random bits
    need no protection from guessing. An address that guesses gets 429.
    """
    address = request.client.host if request.client else "unknown"
    try:
        async with resources.pool.acquire() as connection, connection.transaction():
            # The new session replaces the one that this browser had.
            await access.leave(connection, session_cookie(request), "entered_again")
            token = entry.token.get_secret_value()
            cookie = await access.enter(connection, token, place_of(request))
    except LinkInvalid:
        resources.throttle.check(address)
        resources.throttle.record(address)
        raise
    give_cookie(request, response, cookie)


@router.post("/leave", status_code=204, responses=documented(403))
async def leave(request: Request, response: Response, resources: UsesResources) -> None:
    """Ends the session; harmless without one."""
    async with resources.pool.acquire() as connection:
        await access.leave(connection, session_cookie(request))
    take_cookie(request, response)


@router.get("/me", responses=documented(401))
async def me(visitor: AnyVisitor) -> Me:
    """Who is here."""
    return Me(role=visitor.role, label=visitor.label, shop_ids=visitor.shop_ids)

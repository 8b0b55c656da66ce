"""Logging in and out: a secret link opens a session, by pressing a button and never by a GET."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, SecretStr

from api.access import AnyVisitor, give_cookie, session_cookie, take_cookie
from api.places import place_of
from api.problems import documented
from api.resources import Resources, UsesResources
from core.shop import access, access_alerts
from core.shop.access import LinkInvalid, Role
from core.shop.access_alerts import Alert

router = APIRouter(tags=["access"])

_EVERYBODY = ""


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
            place = place_of(request, resources.geography)
            cookie = await access.enter(connection, token, place)
            visitors = await access.visitors(connection, [cookie])
    except LinkInvalid:
        await guessed(resources, address)
        raise
    request.state.visitor = visitors[cookie]  # for the access log
    give_cookie(request, response, cookie)


async def guessed(resources: Resources, address: str) -> None:
    """Counts a wrong link; raises TooManyAttempts. Whoever uses up what is allowed, or all together
    what is allowed to all, is an alert."""
    settings = resources.settings
    resources.throttle.check(address)
    resources.guesses.check(_EVERYBODY)
    alerts = []
    if resources.throttle.record(address):
        limit = settings.alert_guesses
        alerts.append(Alert("guessing", limit, limit, subject=address))
    if resources.guesses.record(_EVERYBODY):
        limit = settings.alert_guesses_overall
        alerts.append(Alert("guessing", limit, limit))
    if alerts:
        async with resources.pool.acquire() as connection, connection.transaction():
            for alert in alerts:
                await access_alerts.raise_alert(connection, alert)


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

"""Logging in inside Telegram: what Telegram signed for a bot opens a session of its owner."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from api.access import give_cookie
from api.places import place_of
from api.problems import documented
from api.resources import UsesResources
from api.routes.access import guessed
from bots.sdk import owner_desk
from bots.sdk.reacting import acting
from core.errors import NotFound
from core.postgres import Connection
from core.secrets import KeyRing
from core.shop import access, bots, mini_app, owner_chats
from core.shop.mini_app import InitDataInvalid, NotTheOwnersChat

router = APIRouter(tags=["access"])


class AppLaunch(BaseModel):
    """The bot whose button was pressed, and the launch's `initData` as Telegram gave it."""

    model_config = ConfigDict(extra="forbid")

    bot_id: int = Field(gt=0, lt=2**63)
    init_data: SecretStr = Field(max_length=8192)


class AppSession(BaseModel):
    """To be sent as `Authorization: Bearer vts_…`, for cookies do not reach the API from within
    Telegram's web client. It lives as long as any session."""

    token: str
    expires_in: int = Field(description="Seconds, at most; 12 hours unused end it sooner.")


async def _token_of(connection: Connection, keys: KeyRing, bot_id: int) -> str:
    try:
        await bots.get(connection, bot_id)
    except NotFound as error:
        raise InitDataInvalid from error
    return await bots.token_of(connection, keys, bot_id)


@router.post("/enter/telegram", responses=documented(401, 403, 422, 429))
async def enter_by_telegram(
    launch: AppLaunch, request: Request, response: Response, resources: UsesResources
) -> AppSession:
    """Opens a session inside Telegram, with the rights of the owner's chat. 401
    `init_data_invalid` for what Telegram did not sign for this bot in the last five minutes, or
    what was used before; 403 `not_the_owners_chat`. The chat is told of it.

    Where cookies do arrive (Telegram's apps, not its web client) pictures and downloads use one.
    """
    try:
        async with resources.pool.acquire() as connection, connection.transaction():
            token = await _token_of(connection, resources.keys, launch.bot_id)
            told = mini_app.read_launch(
                launch.init_data.get_secret_value(),
                token,
                resources.settings.telegram_launch_key,
                datetime.now(UTC),
            )
            chat = await owner_chats.of_person(connection, launch.bot_id, told.telegram_id)
            if chat is None:
                raise NotTheOwnersChat
            place = place_of(request, resources.geography)
            secret = await mini_app.enter(connection, chat, told, place)
            loaded, keys = resources.loaded, resources.keys
            async with acting(connection, loaded, chat.bot_id, keys) as transaction:
                await owner_desk.tell_of_entrance(transaction, chat, place, told.mark)
            visitors = await access.visitors(connection, [secret])
    except InitDataInvalid:
        await guessed(resources, request.client.host if request.client else "unknown")
        raise
    request.state.visitor = visitors[secret]  # for the access log
    give_cookie(request, response, secret)
    return AppSession(token=secret, expires_in=int(access.ABSOLUTE.total_seconds()))

"""Whose a token is: the bot's name and picture before it is connected."""

import asyncio
import contextlib

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from api.access import BotNotFound, Owner, visible_bot
from api.problems import documented
from api.resources import Resources, UsesResources
from api.routes.bots import own_mistake
from core.errors import VitrinaError
from core.postgres import Connection
from core.shop import bot_lookups, bots
from core.shop.access import Visitor
from core.shop.bot_lookups import Found, TokenUnknown

router = APIRouter(prefix="/bots", tags=["bots"])

_SECONDS = 12.0  # a worker begins within three, and looks for no more than eight
_LOOK_SECONDS = 0.1


class LookupUnanswered(VitrinaError):
    """No worker has heard the question, or Telegram has not answered."""

    code = "lookup_unanswered"
    status = 503
    retry_after = 10

    def __init__(self) -> None:
        super().__init__("Telegram does not answer for now: the bot can be connected all the same")


class TokenToPreview(BaseModel):
    """What @BotFather gave, and the shop that the bot is meant for, once it is chosen."""

    model_config = ConfigDict(extra="forbid")

    token: SecretStr
    shop_id: int | None = Field(default=None, gt=0, lt=2**31)


class BotPreview(BaseModel):
    """The bot as Telegram shows it; `photo` is a small JPEG in base64, null without one."""

    id: int
    username: str | None
    title: str
    photo: str | None


@router.post("/preview", responses=documented(401, 403, 409, 422, 429, 503))
async def preview_bot(
    draft: TokenToPreview, visitor: Owner, resources: UsesResources
) -> BotPreview:
    """Asks Telegram whose the token is; connects nothing, and keeps neither the token nor the
    answer.

    409 `bot_taken` for one of yours that runs; 422 `token_malformed`, or `token_unknown` to
    Telegram; 429 `too_many_lookups` after three of a bot or twenty in all by your link in ten
    minutes; 503 `lookup_unanswered`: it may be connected unseen.
    """
    found = await _looked_up(draft, visitor, resources)
    if found.outcome == "token_unknown":
        raise TokenUnknown
    if found.outcome != "found":
        raise LookupUnanswered
    return BotPreview(
        id=bots.bot_id_of(draft.token.get_secret_value().strip()),
        username=found.username,
        title=found.title,
        photo=found.photo,
    )


async def _keep_from_own(
    connection: Connection, visitor: Visitor, bot_id: int, shop_id: int | None
) -> None:
    """One's own bot that runs needs no look; nobody learns here that another owner's does."""
    with contextlib.suppress(BotNotFound):
        bot = await visible_bot(connection, visitor, bot_id)
        own = await own_mistake(connection, visitor, bot_id, shop_id)
        if bot.state == "running" and own is not None:
            raise own


async def _looked_up(draft: TokenToPreview, visitor: Visitor, resources: Resources) -> Found:
    bot_id = bots.bot_id_of(draft.token.get_secret_value().strip())
    async with resources.pool.acquire() as connection, connection.transaction():
        await _keep_from_own(connection, visitor, bot_id, draft.shop_id)
        lookup_id = await bot_lookups.ask(
            connection, resources.keys, link_id=visitor.link_id, token=draft.token
        )
    try:
        async with asyncio.timeout(_SECONDS):
            while True:
                async with resources.pool.acquire() as connection:
                    found = await bot_lookups.take_found(connection, lookup_id)
                if found is not None:
                    return found
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError as error:
        raise LookupUnanswered from error

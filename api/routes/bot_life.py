"""A bot's later life: paused and resumed, moved to another of the owner's shops."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.access import Owner, bot_transaction, visible_shop
from api.problems import documented
from api.resources import UsesResources
from api.routes.bots import BotId, bot_name
from api.step_up import UsesStepUp
from core.events import Bilingual
from core.shop import archives, bot_moves, bot_pauses, erasures
from core.shop.bots import Bot

router = APIRouter(prefix="/bots/{bot_id}", tags=["bots"])

# A button's notice and the reason why a bill cannot be paid hold no more.
_SENTENCE = Field(min_length=1, max_length=200, pattern=r"^[^\x00]*\S[^\x00]*$")


class PauseText(BaseModel):
    """What a paused bot says, one sentence in each language."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    ru: str = _SENTENCE
    en: str = _SENTENCE


class Pausing(BaseModel):
    """`text` null: the bot says nothing."""

    model_config = ConfigDict(extra="forbid")

    text: PauseText | None = None


@router.put("/pause", responses=documented(401, 403, 404, 409, 422))
async def pause_bot(
    bot_id: BotId, pausing: Pausing, visitor: Owner, resources: UsesResources
) -> Bot:
    """The bot answers nobody but by this sentence, and no bill can be paid; again: changes what it
    says.

    What was paid is handled as always: payments that arrive are booked, goods are handed out, staff
    and owners are answered, and so is who asks for the terms or help. 409 `pause_impossible` for a
    bot that only counts.
    """
    text = None if pausing.text is None else Bilingual(pausing.text.ru, pausing.text.en)
    async with bot_transaction(resources, visitor, bot_id) as (connection, _):
        return await bot_pauses.pause(connection, bot_id, text)


@router.delete("/pause", responses=documented(401, 403, 404, 422))
async def resume_bot(bot_id: BotId, visitor: Owner, resources: UsesResources) -> Bot:
    """The bot answers again."""
    async with bot_transaction(resources, visitor, bot_id) as (connection, _):
        return await bot_pauses.resume(connection, bot_id)


class NewShop(BaseModel):
    """The shop to which the bot goes."""

    model_config = ConfigDict(extra="forbid")

    shop_id: int = Field(gt=0, lt=2**31)


@router.put("/shop", responses=documented(401, 403, 404, 409, 422, 429))
async def move_bot(
    bot_id: BotId, new: NewShop, visitor: Owner, resources: UsesResources, step_up: UsesStepUp
) -> Bot:
    """Moves the bot to another of your shops. Its orders, customers and figures stay in the former
    one. The same modules are on; their settings, words and secrets, the staff's groups and the
    owners' chats stay behind, and begin anew.

    403 `confirmation_needed`; 404 `shop_not_found`; 409 `bot_busy` while its shoppers wait for
    something (open orders, unread proofs, bookings), `shop_archived`.
    """
    async with bot_transaction(resources, visitor, bot_id) as (connection, bot):
        await visible_shop(connection, visitor, new.shop_id)
        await archives.keep_open(connection, bot.shop_id)
        shop = await archives.keep_open(connection, new.shop_id)
        if bot.shop_id == shop.id:
            return bot
        subject = f"{bot_name(bot)} → {shop.name}"
        await step_up.require(connection, "bot_move", [bot.shop_id, shop.id], subject=subject)
        declared = await erasures.declared(connection, resources.modules)
        return await bot_moves.move(connection, bot_id, shop.id, declared)

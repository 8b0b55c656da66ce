"""Bots: connecting one by its token, a new token, its photo, taking it out."""

import contextlib
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from api.access import (
    AnyVisitor,
    BotNotFound,
    Owner,
    bot_transaction,
    visible_bot,
    visible_shop,
)
from api.archived_shops import works_archived
from api.problems import documented
from api.resources import Resources, UsesResources
from api.step_up import StepUp, UsesStepUp
from bots.sdk.contact import require_contact
from bots.sdk.shop_templates import apply
from core.errors import Refused
from core.events import Bilingual
from core.modules import Modules
from core.postgres import Connection
from core.shop import archives, bot_claims, bots, owner_chats, shops
from core.shop.access import Visitor
from core.shop.bot_modules import Author
from core.shop.bots import Bot, BotMode, BotTaken
from core.shop.imprint import Contact, ImprintDraft

router = APIRouter(tags=["bots"])


class ModuleUnknown(Refused):
    code = "module_unknown"


BotId = Annotated[int, Path(gt=0, lt=2**63)]


class BotDraft(BaseModel):
    """A bot to connect. What its modules require is switched on with them.

    An observed bot answers nobody, so it has no modules, whatever is asked for. A `template` brings
    its own mode and modules, with their settings and words: name it in place of them. `contact` is
    how shoppers reach the shop, kept in its imprint; one that takes money has to name one.
    """

    model_config = ConfigDict(extra="forbid")

    shop_id: int = Field(gt=0, lt=2**31)
    token: SecretStr
    mode: BotMode = "hosted"
    modules: list[str] = Field(default=[], max_length=100)
    template: str | None = Field(default=None, max_length=50)
    contact: Contact = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> "BotDraft":
        if self.template is not None and {"mode", "modules"} & self.model_fields_set:
            raise ValueError(
                "a template brings its mode and modules: name either the template or these"
            )
        return self


def ordered_modules(known: Modules, wanted: list[str]) -> list[str]:
    """The wanted modules in their order, each after those that it requires.

    Raises ModuleUnknown.
    """
    ordered: list[str] = []

    def add(key: str) -> None:
        if key in ordered:
            return
        if key not in known.manifests:
            raise ModuleUnknown(f"there is no module {key!r:.80}")
        for required in known.manifests[key].requires:
            add(required)
        ordered.append(key)

    for key in wanted:
        add(key)
    return ordered


@router.post("/bots", status_code=201, responses=documented(401, 403, 404, 409, 422, 429))
async def connect_bot(
    draft: BotDraft, visitor: Owner, resources: UsesResources, step_up: UsesStepUp
) -> Bot:
    """Stores a bot as queued; a worker starts it and fills in its name.

    403 `confirmation_needed` to connect one again that answered, to only count from now on;
    404 `shop_not_found`; 409 `shop_archived`, or `bot_taken`, which explains where the bot is if
    that is yours to know; 422 `token_malformed`, `module_unknown`, `template_unknown`, or
    `contact_missing` for modules that take money.
    """
    try:
        return await _connect(draft, visitor, resources, step_up)
    except BotTaken as taken:
        # In a transaction of its own, as that of the request is undone.
        async with resources.pool.acquire() as connection, connection.transaction():
            bot_id = bots.bot_id_of(draft.token.get_secret_value().strip())
            own = await own_mistake(connection, visitor, bot_id, draft.shop_id)
            if own is not None:
                raise own from taken
            await bot_claims.note(
                connection, resources.keys, token=draft.token, shop_id=draft.shop_id
            )
        raise


async def own_mistake(
    connection: Connection, visitor: Visitor, bot_id: int, shop_id: int | None
) -> BotTaken | None:
    """What to do with a bot that the visitor has already; None if another owner has it. `shop_id`
    is where it is wanted, None: not chosen yet."""
    try:
        bot = await visible_bot(connection, visitor, bot_id)
    except BotNotFound:
        return None
    name = bot_name(bot)
    if bot.shop_id == shop_id:
        return BotTaken(
            f"{name} is connected to this shop already; a new token goes to "
            f"PUT /api/v1/bots/{bot.id}/token",
            Bilingual(
                f"{name} уже подключён к этому магазину. Новый токен меняют на его странице.",
                f"{name} is connected to this shop already. A new token is given on its page.",
            ),
        )
    shop = await shops.get(connection, bot.shop_id)
    if shop_id is None:
        return BotTaken(
            f"{name} is connected to your shop {shop.id}: PUT /api/v1/bots/{bot.id}/shop moves it, "
            f"PUT /api/v1/bots/{bot.id}/token gives it a new token",
            Bilingual(
                f"{name} уже подключён к вашему магазину «{shop.name}». Перенести его или сменить "
                "токен можно на его странице.",
                f"{name} is connected to your shop “{shop.name}” already. It is moved, or given a "
                "new token, on its page.",
            ),
        )
    return BotTaken(
        f"{name} is connected to your shop {shop.id}: move it by PUT /api/v1/bots/{bot.id}/shop",
        Bilingual(
            f"{name} подключён к вашему магазину «{shop.name}»: перенесите его оттуда.",
            f"{name} is connected to your shop “{shop.name}”: move it from there.",
        ),
    )


async def _connect(draft: BotDraft, visitor: Visitor, resources: Resources, step_up: StepUp) -> Bot:
    async with resources.pool.acquire() as connection, connection.transaction():
        await visible_shop(connection, visitor, draft.shop_id)
        shop = await archives.keep_open(connection, draft.shop_id)
        if draft.contact:
            stated = shop.imprint.model_dump() | {"contact": draft.contact}
            await shops.set_imprint(connection, shop.id, ImprintDraft.model_validate(stated))
        template = resources.templates.get(draft.template) if draft.template is not None else None
        modules = ordered_modules(resources.modules, draft.modules)
        mode = draft.mode if template is None else template.mode
        await _confirm_silence(connection, visitor, draft, mode, step_up)
        bot = await bots.connect(
            connection,
            resources.keys,
            shop_id=draft.shop_id,
            token=draft.token,
            mode=draft.mode,
            modules=modules if draft.mode == "hosted" else [],
        )
        await require_contact(connection, bot.id, [resources.loaded[key] for key in bot.modules])
        if template is None:
            return bot
        return await apply(
            connection,
            resources.modules,
            resources.keys,
            bot.id,
            template,
            Author(visitor.label, visitor.link_id),
        )


async def _confirm_silence(
    connection: Connection, visitor: Visitor, draft: BotDraft, mode: BotMode, step_up: StepUp
) -> None:
    """An owner's chat with a bot ends where the bot only counts: he confirms that."""
    if mode != "observed":
        return
    bot_id = bots.bot_id_of(draft.token.get_secret_value().strip())
    with contextlib.suppress(BotNotFound):
        bot = await visible_bot(connection, visitor, bot_id)
        if await owner_chats.of_bot(connection, bot_id):
            await step_up.require(connection, "bot_silencing", [bot.shop_id], subject=bot_name(bot))


class NewToken(BaseModel):
    """What @BotFather gives in place of a token that was revoked."""

    model_config = ConfigDict(extra="forbid")

    token: SecretStr


@router.put("/bots/{bot_id}/token", responses=documented(401, 403, 404, 409, 422, 429))
async def replace_token(
    bot_id: BotId, new: NewToken, visitor: Owner, resources: UsesResources, step_up: UsesStepUp
) -> Bot:
    """Gives a bot its new token after the old one was revoked; what failed is started again.

    The owner must confirm it in his chat with a bot, unless this one has failed: it is repaired so.
    403 `confirmation_needed`, 404 `bot_not_found`, 409 `shop_archived`, 422 `token_malformed` or
    `token_of_another`.
    """
    async with bot_transaction(resources, visitor, bot_id) as (connection, bot):
        await archives.keep_open(connection, bot.shop_id)
        if bot.state != "failed":
            await step_up.require(connection, "bot_token", [bot.shop_id], subject=bot_name(bot))
        return await bots.replace_token(connection, resources.keys, bot_id, new.token)


def bot_name(bot: Bot) -> str:
    """What its owner knows the bot by."""
    return f"@{bot.username}" if bot.username else str(bot.id)


@router.delete("/bots/{bot_id}", status_code=204, responses=documented(401, 403, 404, 422, 429))
@works_archived
async def remove_bot(
    bot_id: BotId, visitor: Owner, resources: UsesResources, step_up: UsesStepUp
) -> None:
    """Stops hosting a bot and forgets its token and session. Orders and figures stay; it may be
    connected again.

    403 `confirmation_needed` for a bot in whose chat an owner confirms, unless it has failed.
    """
    async with bot_transaction(resources, visitor, bot_id) as (connection, bot):
        if bot.state != "failed" and await owner_chats.of_bot(connection, bot.id):
            await step_up.require(connection, "bot_removal", [bot.shop_id], subject=bot_name(bot))
        await bots.remove(connection, bot_id)


@router.get(
    "/bots/{bot_id}/photo",
    response_class=Response,
    responses=documented(401, 404, 422)
    | {
        200: {
            "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
            "description": "Small, square",
        }
    },
)
async def bot_photo(bot_id: BotId, visitor: AnyVisitor, resources: UsesResources) -> Response:
    """The bot's photo as Telegram shows it; ask with `?v=<photo_id>`, and it may be kept."""
    async with bot_transaction(resources, visitor, bot_id) as (connection, _):
        jpeg = await bots.photo_of(connection, bot_id)
    if jpeg is None:
        raise BotNotFound("the bot has no photo")
    headers = {"Cache-Control": "private, max-age=86400"}
    return Response(jpeg, media_type="image/jpeg", headers=headers)

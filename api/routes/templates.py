"""Shop templates: what a bot can begin as, and making a connected one another."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.access import AnyVisitor, Owner, bot_transaction
from api.problems import documented
from api.resources import UsesResources
from api.routes.bots import BotId
from api.routes.modules import Translated
from api.step_up import UsesStepUp
from bots.sdk import shop_templates
from core.shop import owner_chats
from core.shop.bot_modules import Author
from core.shop.bots import Bot, BotMode

router = APIRouter(tags=["templates"])


class TemplateView(BaseModel):
    """A template; `modules` are those that it switches on, in their order."""

    key: str
    title: Translated
    summary: Translated
    mode: BotMode
    modules: list[str]


@router.get("/templates", responses=documented(401))
async def list_templates(_visitor: AnyVisitor, resources: UsesResources) -> list[TemplateView]:
    """In the order in which to offer them."""
    return [
        TemplateView(
            key=key,
            title=Translated(ru=template.title.ru, en=template.title.en),
            summary=Translated(ru=template.summary.ru, en=template.summary.en),
            mode=template.mode,
            modules=shop_templates.modules_of(template, resources.modules),
        )
        for key, template in resources.templates.by_key.items()
    ]


class WantedTemplate(BaseModel):
    """The key of the template that the bot is to follow."""

    model_config = ConfigDict(extra="forbid")

    template: str = Field(max_length=50)


@router.put("/bots/{bot_id}/template", responses=documented(401, 403, 404, 422, 429))
async def apply_template(
    bot_id: BotId,
    wanted: WantedTemplate,
    visitor: Owner,
    resources: UsesResources,
    step_up: UsesStepUp,
) -> Bot:
    """Switches the bot's modules as the template says, with the settings and words that it names.

    What an owner wrote stays where the template says nothing; each module's history has what was
    set before. 404 `bot_not_found`, 422 `template_unknown`, or `contact_missing`
    where it takes money, 403 `confirmation_needed` to silence a bot in whose chat an owner
    confirms.
    """
    async with bot_transaction(resources, visitor, bot_id) as (connection, bot):
        template = resources.templates.get(wanted.template)
        if template.mode == "observed" and await owner_chats.of_bot(connection, bot_id):
            subject = f"@{bot.username}" if bot.username else str(bot.id)
            await step_up.require(connection, "bot_silencing", [bot.shop_id], subject=subject)
        return await shop_templates.apply(
            connection,
            resources.modules,
            resources.keys,
            bot_id,
            template,
            Author(visitor.label, visitor.link_id),
        )

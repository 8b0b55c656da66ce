"""Bots with whatever modules and templates there are, with something to sell; and what failed."""

from collections.abc import Sequence
from dataclasses import dataclass

from bots.sdk.loading import LoadedModule, load
from bots.sdk.shop_templates import ShopTemplate, ShopTemplates, apply
from core.modules import Modules
from core.postgres import Connection
from core.shop import bot_modules, shops
from core.shop.bot_modules import Author
from core.shop.bots import Bot
from core.shop.imprint import ImprintDraft
from core.shop.shops import Shop
from tests.bots.runtime.conftest import Stage
from tests.factories import KEYS, create_product, create_shop

MODULES = Modules.discover()
LOADED = load(MODULES)
TEMPLATES = ShopTemplates.discover()


@dataclass
class Case:
    """A bot with some modules, and what is wrong with it."""

    name: str
    shop: Shop
    bot: Bot
    modules: Sequence[LoadedModule]
    is_hosted: bool
    troubles: list[str]


async def shop_with_goods(connection: Connection) -> Shop:
    shop = await create_shop(connection, language="en")
    await shops.set_imprint(connection, shop.id, ImprintDraft(contact="@tea_shop"))
    for title, stock in (("Puer", 9), ("Gaba", 0)):
        await create_product(connection, shop.id, title=title, stock=stock)
    return shop


async def case_of(stage: Stage, name: str, keys: Sequence[str]) -> Case:
    async with stage.pool.acquire() as connection, connection.transaction():
        shop = await shop_with_goods(connection)
    bot = await stage.bot(shop, modules=[])
    async with stage.pool.acquire() as connection, connection.transaction():
        for key in keys:
            await bot_modules.switch_on(
                connection, MODULES, bot.id, key, Author(), with_required=True
            )
        on = [each.module for each in await bot_modules.of_bot(connection, bot.id)]
    return Case(name, shop, bot, [LOADED[key] for key in on], True, [])


async def case_of_template(stage: Stage, template: ShopTemplate) -> Case:
    case = await case_of(stage, template.key, [])
    async with stage.pool.acquire() as connection, connection.transaction():
        await apply(connection, MODULES, KEYS, case.bot.id, template, Author())
        on = [each.module for each in await bot_modules.of_bot(connection, case.bot.id)]
    case.modules = [LOADED[key] for key in on]
    case.is_hosted = template.mode == "hosted"
    return case


async def count(stage: Stage, case: Case, *names: str) -> int:
    found: int = await stage.pool.fetchval(
        "SELECT count(*) FROM outbox WHERE bot_id = $1 AND event = ANY ($2::text[])",
        case.bot.id,
        list(names),
    )
    return found


async def failed(stage: Stage) -> list[str]:
    """Bots, or modules of theirs, that did not do what they should."""
    rows = await stage.pool.fetch(
        "SELECT bot_id || ' ' || module || ': ' || notice AS said FROM bot_modules "
        "WHERE notice IS NOT NULL UNION ALL "
        "SELECT bot_id || ': ' || kind || ' ' || reason FROM bot_notices UNION ALL "
        "SELECT bot_id || ': ' || props::text FROM outbox "
        "WHERE event = 'update_handled' AND outcome <> 'ok'"
    )
    return [row["said"] for row in rows]

"""A bot of a template with something to sell, its visitors, and what its owner does meanwhile."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bots.sdk.context import Scope
from bots.sdk.loading import load
from bots.sdk.reacting import acting
from bots.sdk.shop_templates import ShopTemplates, apply
from core.module_settings import Vault
from core.modules import Modules
from core.postgres import Connection
from core.shop import bot_modules, shops
from core.shop.bot_modules import Author
from core.shop.bots import Bot
from core.shop.imprint import ImprintDraft
from core.shop.shops import Language, Shop
from simulator.world import accounts
from tests.bots.runtime.conftest import Stage
from tests.bots.visitor import Button, Visitor
from tests.factories import KEYS, create_shop

MODULES = Modules.discover()
LOADED = load(MODULES)
TEMPLATES = ShopTemplates.discover()
NAMES: dict[Language, tuple[str, str]] = {
    "ru": ("Чайная на Покровке", "Анна"),
    "en": ("The Tea Room", "Anna"),
}


@dataclass
class Scene:
    """One template in one language."""

    stage: Stage
    template: str
    language: Language
    shop: Shop
    bot: Bot
    visitor: Visitor

    @classmethod
    async def open(cls, stage: Stage, template: str, language: Language) -> "Scene":
        """The bot does not run yet; nothing is on sale."""
        shop_name, person_name = NAMES[language]
        async with stage.pool.acquire() as connection, connection.transaction():
            shop = await create_shop(connection, name=shop_name, language=language)
            contact = ImprintDraft(contact="@tea_room_owner")
            await shops.set_imprint(connection, shop.id, contact)
        bot = await stage.bot(shop, modules=[])
        async with stage.pool.acquire() as connection, connection.transaction():
            template_of = TEMPLATES.get(template)
            await apply(connection, MODULES, KEYS, bot.id, template_of, Author())
        with stage.telegram.world.change() as change:
            person = accounts.add_person(change.db, first_name=person_name, language=language)
        visitor = Visitor(stage.telegram.world, person, bot.id)
        return cls(stage, template, language, shop, bot, visitor)

    def say(self, ru: str, en: str) -> str:
        return ru if self.language == "ru" else en

    async def set(self, connection: Connection, module: str, **settings: Any) -> None:
        """What the owner sets, besides what the template does."""
        row = await bot_modules.get(connection, self.bot.id, module)
        assert row is not None
        vault = Vault(self.bot.id, module, KEYS)
        draft = row.settings | settings
        manifest = MODULES.manifests[module]
        await bot_modules.write_settings(
            connection, manifest, vault, draft, Author(), seen_version=row.version
        )

    @asynccontextmanager
    async def owner(self, module: str, deed: str) -> AsyncIterator[Scope[Any]]:
        # pylint: disable=contextmanager-generator-missing-cleanup  # `async with` ends it
        """What the owner does in the panel; the shopper's transcript says it in brackets."""
        self.visitor.notes(deed, "owner")
        async with (
            self.stage.pool.acquire() as connection,
            connection.transaction(),
            acting(connection, LOADED, self.bot.id, KEYS) as transaction,
        ):
            (item,) = (each for each in transaction.enabled if each.key == module)
            yield Scope(transaction, item)

    async def press(self, action: str, containing: str = "", *, last: bool = False) -> None:
        """Presses a button that has come since the last deed, by its action and its words: the
        first, or the last of its message."""

        def find() -> Button | None:
            for saw in self.visitor.seen:
                wanted = [each for each in saw.buttons if each.action == action]
                wanted = [each for each in wanted if containing in each.label]
                if wanted:
                    return wanted[-1 if last else 0]
            return None

        found = await self.visitor.until(find, f"a button {action} {containing}")
        await self.visitor.press(found)

    async def pay(self) -> None:
        await self.visitor.pay(await self.visitor.until(self.visitor.bill, "a bill"))

    async def asked(self) -> None:
        """Waits until the bot waits for an answer."""
        await self.visitor.until(self._question, "a question")

    def _question(self) -> bool | None:
        """A question can be left."""
        cancel = self.say("Отмена", "Cancel")
        labels = (label for saw in self.visitor.seen for row in saw.rows for label in row)
        return True if cancel in labels else None

    async def answer(self, text: str) -> None:
        await self.asked()
        self.visitor.write(text)

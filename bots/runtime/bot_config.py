"""What a worker needs to know about a bot to run it, read again whenever it changes."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from bots.sdk.loading import EnabledModule, LoadedModule, enable
from bots.sdk.pausing import Pause, pause_of
from bots.sdk.updates import Button
from core.errors import NotFound
from core.events import Origin
from core.module_settings import Secret
from core.postgres import Connection
from core.secrets import KeyRing
from core.shop import bot_modules, bots, module_texts, shops
from core.shop.bot_modules import Author
from core.shop.bots import Bot
from core.shop.shops import Shop

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class BotConfig:
    """A bot in its shop, with the modules that are on. An observed bot has none: it only counts.
    `buttons`: the actions of every module here, on or off, which its messages may still bear."""

    bot: Bot
    shop: Shop
    enabled: tuple[EnabledModule, ...]
    buttons: frozenset[str] = frozenset()

    @property
    def is_observed(self) -> bool:
        return self.bot.mode == "observed"

    @property
    def is_silent(self) -> bool:
        """Whether it answers nobody: observed, or without a module that has anything to say."""
        return not any(item.module.answers for item in self.enabled)

    @property
    def pause(self) -> Pause | None:
        """Its pause, if it is paused."""
        return pause_of(self.bot)

    @property
    def origin(self) -> Origin:
        return Origin(self.shop.id, self.bot.id, self.bot.mode, self.shop.retention_days)

    def provider_token(self, module: str) -> str:
        """What the module's bills in money are sent with: its setting `token`; empty if there is
        none."""
        for item in self.enabled:
            token = getattr(item.settings, "token", None) if item.key == module else None
            if isinstance(token, Secret):
                return token.reveal()
        return ""


async def load_bot_config(
    connection: Connection, bot_id: int, modules: Mapping[str, LoadedModule], keys: KeyRing
) -> BotConfig | None:
    """None if the bot was removed. Modules that cannot be on are switched off with a notice for the
    panel, in the caller's transaction."""
    try:
        bot = await bots.get(connection, bot_id)
    except NotFound:
        return None
    shop = await shops.get(connection, bot.shop_id)
    if bot.mode == "observed":
        return BotConfig(bot, shop, ())
    enabled, problems = enable(
        modules,
        await bots.enabled_modules(connection, bot_id),
        keys,
        own_texts=await module_texts.of_bot(connection, bot_id),
    )
    for problem in problems:
        log.warning(
            "module switched off", bot_id=bot_id, module=problem.module, notice=problem.notice
        )
        await bot_modules.switch_off_one(
            connection, bot_id, problem.module, Author(), notice=problem.notice
        )
    buttons = (each.router.subjects(Button) for each in modules.values())
    return BotConfig(bot, shop, tuple(enabled), frozenset[str]().union(*buttons))

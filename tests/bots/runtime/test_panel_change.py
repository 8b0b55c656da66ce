"""An owner's change of a bot in the panel reaches the bot within seconds, without a restart."""

from collections.abc import Awaitable, Callable, Sequence

import pytest

from core.module_settings import BilingualText, Vault
from core.postgres import Connection
from core.shop import bot_modules, module_texts, shops
from core.shop.bot_modules import Author
from core.shop.bots import Bot
from core.shop.imprint import ImprintDraft
from tests.bots.runtime.conftest import Stage, until
from tests.bots.runtime.matrix import MODULES
from tests.bots.visitor import Visitor
from tests.factories import KEYS

pytestmark = pytest.mark.usefixtures("quiet")
SECONDS = 5.0  # the promise; on a machine that others use, too, the test gives it ten times as long

Change = Callable[[Connection, Bot], Awaitable[object]]


async def described(connection: Connection, bot: Bot) -> None:
    about = BilingualText(ru="Чай из Уси", en="Tea from Wuyi")
    await shops.set_imprint(connection, bot.shop_id, ImprintDraft(about=about))


async def worded(connection: Connection, bot: Bot) -> None:
    await module_texts.write(connection, bot.id, "menu", "en", "choose", "Pick your tea:")


async def welcoming(connection: Connection, bot: Bot) -> None:
    row = await bot_modules.get(connection, bot.id, "menu")
    assert row is not None
    await bot_modules.write_settings(
        connection,
        MODULES.manifests["menu"],
        Vault(bot.id, "menu", KEYS),
        {"welcome": {"en": "Dear tea lover"}},
        Author(),
        seen_version=row.version,
    )


async def without_catalogue(connection: Connection, bot: Bot) -> None:
    await bot_modules.switch_off(connection, MODULES, bot.id, "catalogue", Author())


CHANGES: Sequence[tuple[Change, str, bool]] = (
    (described, "Tea from Wuyi", True),
    (worded, "Pick your tea:", True),
    (welcoming, "Dear tea lover", True),
    (without_catalogue, "Catalogue", False),
)


async def test_what_an_owner_changes_is_in_the_running_bot(stage: Stage) -> None:
    bot = await stage.bot()
    await stage.worker()
    await stage.runs(bot)
    visitor = Visitor(stage.telegram.world, stage.telegram.person(), bot.id)

    async def begun() -> str:
        """What Start shows: its words, and those of its buttons."""
        visitor.start()
        saw = await visitor.until(lambda: visitor.seen[0] if visitor.seen else None, "a welcome")
        return "\n".join([saw.entry.text, *(label for row in saw.rows for label in row)])

    with visitor.listening():
        for change, words, is_shown in CHANGES:
            assert (words in await begun()) is not is_shown
            async with stage.pool.acquire() as connection, connection.transaction():
                await change(connection, bot)

            async def is_seen(words: str = words, is_shown: bool = is_shown) -> bool:
                return (words in await begun()) is is_shown

            await until(is_seen, f"{change.__name__}: {words}", seconds=10 * SECONDS)
    workers = await stage.pool.fetchval("SELECT count(*) FROM workers")
    assert workers == 1  # the one that was there from the beginning

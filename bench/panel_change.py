"""How soon a shopper sees what the owner changed in the panel, beside the same screen unchanged.

    python -m bench.panel_change [--changes 20]

A worker runs a bot of the simulated Telegram, as `vitrina up` does. Three kinds of changes take
turns: a product's title, a text of the bot, a module's setting. Each is committed as the panel's
routes do; then a shopper asks for the screen again and again until it shows the new words. What a
screen takes that nothing has changed on is the limit that no change can beat. The goal is 5 s.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

from bench.running import parser, percentile, quiet
from bots.sdk.texts import LANGUAGES
from core import postgres
from core.module_settings import Vault
from core.postgres import Connection
from core.shop import bot_modules, module_texts, owned_products
from core.shop.bot_modules import Author
from core.shop.bots import Bot
from core.shop.catalogue import ProductDraft
from simulator.server import running
from simulator.simulator import SimulatorOptions
from simulator.wire.server_key import PUBLIC_FILE
from tests.bots.runtime.conftest import Stage, Telegram
from tests.bots.runtime.matrix import MODULES
from tests.bots.visitor import Visitor
from tests.conftest import migrate_all
from tests.engines import Engines
from tests.factories import KEYS

_GOAL_SECONDS = 5.0

Change = Callable[[Connection, Bot, str], Awaitable[object]]
Screen = Callable[[Visitor], Awaitable[str]]


async def _titled(connection: Connection, bot: Bot, words: str) -> None:
    """A product's title."""
    product_id = await connection.fetchval(
        "SELECT min(id) FROM products WHERE shop_id = $1", bot.shop_id
    )
    seen = await owned_products.get(connection, bot.shop_id, product_id)
    draft = ProductDraft(title=words, price_minor=seen.price_minor, currency=seen.currency)
    await owned_products.change(
        connection, bot.shop_id, product_id, draft, seen_version=seen.version
    )


async def _worded(connection: Connection, bot: Bot, words: str) -> None:
    """A text of the bot: what a button says."""
    for language in LANGUAGES:
        await module_texts.write(connection, bot.id, "menu", language, "help_entry", words)


async def _set(connection: Connection, bot: Bot, words: str) -> None:
    """A setting of a module."""
    row = await bot_modules.get(connection, bot.id, "menu")
    assert row is not None
    await bot_modules.write_settings(
        connection,
        MODULES.manifests["menu"],
        Vault(bot.id, "menu", KEYS),
        {"welcome": dict.fromkeys(LANGUAGES, words)},
        Author(),
        seen_version=row.version,
    )


async def _first_screen(visitor: Visitor) -> str:
    """What Start shows: its words, and those of its buttons."""
    visitor.start()
    await visitor.until(lambda: visitor.buttons() or None, "a menu")
    saw = visitor.seen[0]
    return "\n".join([saw.entry.text, *(label for row in saw.rows for label in row)])


async def _catalogue(visitor: Visitor) -> str:
    """The catalogue's first page, by Start and its button."""
    await _first_screen(visitor)
    button = next(each for each in visitor.buttons() if each.action == "catalogue")
    await visitor.press(button)
    await visitor.until(lambda: visitor.buttons() or None, "the catalogue")
    return "\n".join(each.label for each in visitor.buttons())


KINDS: tuple[tuple[Change, Screen], ...] = (
    (_titled, _catalogue),
    (_worded, _first_screen),
    (_set, _first_screen),
)


async def _looked_at(stage: Stage, bot: Bot, kind: int) -> str:
    """A screen as somebody sees who has just come: one person who asks without a pause is taken
    for a flood."""
    telegram = stage.telegram
    visitor = Visitor(telegram.world, telegram.person(), bot.id)
    with visitor.listening():
        return await KINDS[kind][1](visitor)


async def _seconds_unchanged(stage: Stage, bot: Bot, number: int) -> float:
    began = time.perf_counter()
    await _looked_at(stage, bot, number % len(KINDS))
    return time.perf_counter() - began


async def _seconds_until_seen(stage: Stage, bot: Bot, number: int) -> float:
    kind = number % len(KINDS)
    words = f"Changed {number}."
    async with stage.pool.acquire() as connection, connection.transaction():
        await KINDS[kind][0](connection, bot, words)
    committed = time.perf_counter()
    while words not in await _looked_at(stage, bot, kind):
        pass
    return time.perf_counter() - committed


async def measure(changes: int) -> None:
    with Engines.running() as engines, tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            url = await stack.enter_async_context(engines.database(migrate_all))
            pool = await postgres.open_pool(url)
            stack.push_async_callback(pool.close)
            options = SimulatorOptions(data_dir=Path(folder))
            simulator = await stack.enter_async_context(running(options))
            telegram = Telegram(
                f"127.0.0.1:{simulator.port}",
                Path(folder) / PUBLIC_FILE,
                simulator.control_port,
                simulator.world,
            )
            stage = Stage(pool, url, telegram, stack)
            bot = await stage.bot()
            await stage.worker()
            await stage.runs(bot)
            await _report(stage, bot, changes)


async def _report(stage: Stage, bot: Bot, changes: int) -> None:
    unchanged = [await _seconds_unchanged(stage, bot, number) for number in range(changes)]
    seen = [await _seconds_until_seen(stage, bot, number) for number in range(changes)]
    print(
        f"{changes} changes, seen after p50 {percentile(seen, 0.5):.2f} s, "
        f"p95 {percentile(seen, 0.95):.2f} s, at most {max(seen):.2f} s "
        f"(goal {_GOAL_SECONDS:.0f} s); the same screens unchanged p50 "
        f"{percentile(unchanged, 0.5):.2f} s, at most {max(unchanged):.2f} s"
    )


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--changes", type=int, default=20)
    quiet()
    asyncio.run(measure(arguments.parse_args().changes))


if __name__ == "__main__":
    main()

"""Telegram lists the commands of the modules that are on, and no others."""

import pytest

from core.postgres import Pool
from core.shop import bots
from simulator.world import profiles
from tests.bots.runtime.conftest import Stage, until

pytestmark = pytest.mark.usefixtures("quiet")


async def listed(stage: Stage, bot_id: int) -> list[str]:
    """The names of the commands that somebody who speaks English is shown."""
    shown = profiles.commands_shown(stage.telegram.world.db, bot_id, "en")
    names = [each.command for each in shown]
    return [name for name in ("menu", "catalogue", "prize") if name in names]


async def test_commands_follow_the_modules(stage: Stage, pool: Pool) -> None:
    bot = await stage.bot(modules=["menu", "catalogue"])
    await stage.worker()
    await stage.runs(bot)

    async def both() -> bool:
        return await listed(stage, bot.id) == ["menu", "catalogue"]

    await until(both, "both are listed")
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "UPDATE bot_modules SET enabled = false WHERE bot_id = $1 AND module = 'catalogue'",
            bot.id,
        )
        await bots.announce(connection, bot.id)

    async def one() -> bool:
        return await listed(stage, bot.id) == ["menu"]

    await until(one, "the other is gone")

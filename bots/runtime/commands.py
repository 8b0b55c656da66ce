"""A bot's commands, as Telegram lists them to shoppers in their language."""

import hashlib
import json
from collections.abc import Sequence

from pyrogram import raw

from bots.runtime import leases
from bots.runtime.bot_config import BotConfig
from bots.runtime.client import BotClient
from bots.runtime.leases import Lease
from bots.sdk.texts import LANGUAGES
from core.modules import BotCommand
from core.postgres import Connection, Pool
from core.shop.shops import Language

_TEXT_LENGTH = 256


def commands_of(config: BotConfig) -> list[BotCommand]:
    """Those that the enabled modules name, in the order in which they are asked."""
    return [command for item in config.enabled for command in item.module.manifest.commands]


async def set_commands(pool: Pool, lease: Lease, client: BotClient, config: BotConfig) -> None:
    """Tells Telegram the commands, unless it was told the same before. An observed bot's are its
    owner's: ours are taken back, and no others touched. Raises like `client.call`, or LeaseLost.
    """
    commands = commands_of(config)
    wanted = None if config.is_observed else _digest(commands, config.shop.language)
    async with pool.acquire() as connection:
        set_before = await connection.fetchval(
            "SELECT commands_digest FROM bots WHERE id = $1", lease.bot_id
        )
    if set_before == wanted or (set_before is None and not commands):
        return
    # The nameless list is for everybody whose language has none.
    for code, language in (("", config.shop.language), *((each, each) for each in LANGUAGES)):
        await client.call(
            raw.functions.bots.SetBotCommands(
                scope=raw.types.BotCommandScopeDefault(),
                lang_code=code,
                commands=[_command(command, language) for command in commands],
            )
        )
    async with pool.acquire() as connection, connection.transaction():
        await leases.check(connection, lease)
        await connection.execute(
            "UPDATE bots SET commands_digest = $2 WHERE id = $1", lease.bot_id, wanted
        )


async def listed(connection: Connection, config: BotConfig) -> list[raw.types.BotCommand] | None:
    """The commands for everybody as Telegram was told them; None if it would be told others now,
    or was told nothing."""
    commands, language = commands_of(config), config.shop.language
    if config.is_observed:
        return None
    told = await connection.fetchval(
        "SELECT commands_digest FROM bots WHERE id = $1", config.bot.id
    )
    if told is None or told != _digest(commands, language):
        return None
    return [_command(command, language) for command in commands]


def _command(command: BotCommand, language: Language) -> raw.types.BotCommand:
    text = command.text.ru if language == "ru" else command.text.en
    return raw.types.BotCommand(command=command.name, description=text[:_TEXT_LENGTH])


def _digest(commands: Sequence[BotCommand], language: Language) -> str:
    described = [[command.name, command.text.ru, command.text.en] for command in commands]
    return hashlib.sha256(json.dumps([language, described]).encode()).hexdigest()

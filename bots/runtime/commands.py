"""A bot's commands, as Telegram lists them to shoppers in their language."""

import hashlib
import json
from collections.abc import Sequence

from pyrogram import raw
from pyrogram.raw.functions.bots import GetBotCommands, ResetBotCommands, SetBotCommands

from bots.runtime import leases
from bots.runtime.bot_config import BotConfig
from bots.runtime.client import BotClient
from bots.runtime.dispatch import Dispatcher
from bots.runtime.leases import Lease
from bots.sdk.texts import LANGUAGES
from core.modules import BotCommand
from core.postgres import Connection, Pool
from core.shop.shops import Language

AGAIN = ""  # the digest of no commands whatever

_TEXT_LENGTH = 256
_ALL = raw.types.BotCommandScopeDefault()
_PRIVATE = raw.types.BotCommandScopeUsers()  # in any language before those for all


def commands_of(config: BotConfig) -> list[BotCommand]:
    """Those that the enabled modules name, in the order in which they are asked."""
    return [command for item in config.enabled for command in item.module.manifest.commands]


async def set_commands(pool: Pool, lease: Lease, client: BotClient, dispatcher: Dispatcher) -> None:
    """Tells Telegram the commands, unless it was told the same before. An observed bot's are its
    owner's: ours are taken back, and no others touched. Raises like `client.call`, or LeaseLost.
    """
    async with client.setting_commands:
        config = dispatcher.config
        commands = commands_of(config)
        wanted = None if config.is_observed else _digest(commands, config.shop.language)
        async with pool.acquire() as connection:
            set_before = await _told(connection, lease.bot_id)
        if set_before == wanted or (set_before is None and not commands):
            return
        await _note(pool, lease, AGAIN)  # whatever becomes of the calls
        for code, listed in _lists(config):
            await client.call(SetBotCommands(scope=_ALL, lang_code=code, commands=listed))
            if not config.is_observed:
                await client.call(ResetBotCommands(scope=_PRIVATE, lang_code=code))
        await _note(pool, lease, wanted)


async def are_told(connection: Connection, config: BotConfig) -> bool:
    """Whether Telegram was told these commands, and would be told no others now."""
    if config.is_observed:
        return False
    told = await _told(connection, config.bot.id)
    return told == _digest(commands_of(config), config.shop.language)


async def are_listed(client: BotClient, config: BotConfig) -> bool:
    """Whether Telegram lists to shoppers what `set_commands` tells it: for everybody, in each of
    our languages, and nothing that goes before it. Raises like `client.call`."""
    for code, listed in _lists(config):
        for scope, ours in ((_ALL, listed), (_PRIVATE, [])):
            theirs = await client.call(GetBotCommands(scope=scope, lang_code=code))
            if _named(theirs) != _named(ours):
                return False
    return True


def _lists(config: BotConfig) -> list[tuple[str, list[raw.types.BotCommand]]]:
    """By the code of a language; the nameless list is for everybody whose language has none."""
    languages: list[tuple[str, Language]] = [("", config.shop.language)]
    languages += [(each, each) for each in LANGUAGES]
    commands = commands_of(config)
    return [
        (code, [_command(command, language) for command in commands])
        for code, language in languages
    ]


def _named(commands: Sequence[raw.types.BotCommand]) -> list[tuple[str, str]]:
    return [(each.command, each.description) for each in commands]


async def _told(connection: Connection, bot_id: int) -> str | None:
    digest: str | None = await connection.fetchval(
        "SELECT commands_digest FROM bots WHERE id = $1", bot_id
    )
    return digest


async def _note(pool: Pool, lease: Lease, digest: str | None) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await leases.check(connection, lease)
        await note_told(connection, lease.bot_id, digest)


async def note_told(connection: Connection, bot_id: int, digest: str | None) -> None:
    """What Telegram was told; AGAIN has `set_commands` tell it again."""
    await connection.execute("UPDATE bots SET commands_digest = $2 WHERE id = $1", bot_id, digest)


def _command(command: BotCommand, language: Language) -> raw.types.BotCommand:
    text = command.text.ru if language == "ru" else command.text.en
    return raw.types.BotCommand(command=command.name, description=text[:_TEXT_LENGTH])


def _digest(commands: Sequence[BotCommand], language: Language) -> str:
    described = [[command.name, command.text.ru, command.text.en] for command in commands]
    return hashlib.sha256(json.dumps([language, described]).encode()).hexdigest()

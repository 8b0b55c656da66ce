"""bots.*: a bot's commands, menu button, name and descriptions."""

import re
from typing import Any

from pyrogram.raw import functions, types

from simulator.wire.rpc import RpcError
from simulator.wire.tl import Object, boolean, true, vector
from simulator.world import accounts, profiles
from simulator.world.botfather import check_username
from simulator.world.calls import Call, Methods
from simulator.world.methods.peers import account_of
from simulator.world.methods.photos import bot_of

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
MAX_COMMANDS = 100
MAX_DESCRIPTION_CHARACTERS = 256


def methods() -> Methods:
    group = Methods()
    _add_commands(group)
    _add_profile(group)
    return group


def _add_commands(group: Methods) -> None:
    @group.on(functions.bots.SetBotCommands)
    async def set_commands(call: Call, query: functions.bots.SetBotCommands) -> Object:
        _check_commands(query.commands)
        _list(call, query, query.commands)
        return true()

    @group.on(functions.bots.ResetBotCommands)
    async def reset_commands(call: Call, query: functions.bots.ResetBotCommands) -> Object:
        _list(call, query, [])
        return true()

    @group.on(functions.bots.GetBotCommands)
    async def get_commands(call: Call, query: functions.bots.GetBotCommands) -> Object:
        listed = profiles.commands_set(
            call.world.db, call.account.id, scope=query.scope, language=query.lang_code
        )
        return vector(listed)


def _list(
    call: Call,
    query: functions.bots.SetBotCommands | functions.bots.ResetBotCommands,
    commands: list[Any],
) -> None:
    with call.world.change() as change:
        profiles.list_commands(
            change, call.account.id, commands, scope=query.scope, language=query.lang_code
        )


def _check_commands(commands: list[Any]) -> None:
    if len(commands) > MAX_COMMANDS:
        raise RpcError(400, "BOT_COMMANDS_TOO_MUCH")
    for each in commands:
        if not COMMAND.fullmatch(each.command):
            raise RpcError(400, "BOT_COMMAND_INVALID")
        if not 1 <= len(each.description) <= MAX_DESCRIPTION_CHARACTERS:
            raise RpcError(400, "BOT_COMMAND_DESCRIPTION_INVALID")


def _add_profile(group: Methods) -> None:
    # One menu button for each bot: one for a single chat counts for all.
    @group.on(functions.bots.SetBotMenuButton)
    async def set_menu_button(call: Call, query: functions.bots.SetBotMenuButton) -> Object:
        with call.world.change() as change:
            profiles.set_menu_button(change, call.account.id, query.button)
        return true()

    @group.on(functions.bots.GetBotMenuButton)
    async def get_menu_button(call: Call, _query: functions.bots.GetBotMenuButton) -> Object:
        button: Object = profiles.find(call.world.db, call.account.id).menu_button
        return button or types.BotMenuButtonDefault()

    # Names and descriptions are the same for all languages.
    @group.on(functions.bots.SetBotInfo)
    async def set_info(call: Call, query: functions.bots.SetBotInfo) -> Object:
        bot = bot_of(call, query.bot)
        with call.world.change() as change:
            profiles.describe(
                change, bot.id, name=query.name, about=query.about, description=query.description
            )
        return true()

    @group.on(functions.bots.GetBotInfo)
    async def get_info(call: Call, query: functions.bots.GetBotInfo) -> Object:
        bot = account_of(call, query.bot) if query.bot is not None else call.account
        profile = profiles.find(call.world.db, bot.id)
        return types.bots.BotInfo(
            name=bot.first_name, about=profile.about, description=profile.description
        )

    @group.on(functions.bots.CheckUsername)
    async def check_name(call: Call, query: functions.bots.CheckUsername) -> Object:
        check_username(query.username)
        return boolean(accounts.by_username(call.world.db, query.username) is None)

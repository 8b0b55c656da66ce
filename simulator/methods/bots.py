"""bots.*: a bot's list of commands."""

from pyrogram.raw import functions

from simulator.rpc import Call, Methods
from simulator.tl import Object, decode, true, vector


def methods() -> Methods:
    group = Methods()

    # One list a bot: scopes and languages are accepted and not told apart.
    @group.on(functions.bots.SetBotCommands)
    async def set_commands(call: Call, query: functions.bots.SetBotCommands) -> Object:
        with call.world.change() as change:
            change.db.execute(
                "UPDATE accounts SET commands = ? WHERE id = ?",
                (vector(query.commands).write(), call.account.id),
            )
        return true()

    @group.on(functions.bots.ResetBotCommands)
    async def reset_commands(call: Call, _query: functions.bots.ResetBotCommands) -> Object:
        with call.world.change() as change:
            change.db.execute(
                "UPDATE accounts SET commands = NULL WHERE id = ?", (call.account.id,)
            )
        return true()

    @group.on(functions.bots.GetBotCommands)
    async def get_commands(call: Call, _query: functions.bots.GetBotCommands) -> Object:
        query = "SELECT commands FROM accounts WHERE id = ?"
        (commands,) = call.world.db.execute(query, (call.account.id,)).fetchone()
        return vector(decode(commands) if commands else [])

    return group

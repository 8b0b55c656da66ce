"""Blocking a bot, which the bot is told (updateBotStopped, of the qts sequence)."""

from pyrogram.raw import types

from simulator.world import accounts, sequences
from simulator.world.accounts import Account
from simulator.world.world import Change


def put(change: Change, person: Account, bot: Account, *, stopped: bool) -> None:
    """Block a bot, or let it write again; what is so already changes nothing."""
    if accounts.has_blocked(change.db, person.id, bot.id) == stopped:
        return
    statement = (
        "INSERT INTO blocks (user, bot) VALUES (?, ?)"
        if stopped
        else "DELETE FROM blocks WHERE user = ? AND bot = ?"
    )
    change.db.execute(statement, (person.id, bot.id))
    if bot.is_bot:
        sequences.log_qts(
            change,
            bot.id,
            lambda date, qts: types.UpdateBotStopped(
                user_id=person.id, date=date, stopped=stopped, qts=qts
            ),
            person.id,
            bot.id,
        )

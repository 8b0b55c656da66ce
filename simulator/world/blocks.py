"""Blocking a bot, which the bot learns by updateBotStopped (of the qts sequence)."""

from pyrogram.raw import types

from simulator.world import accounts, sequences
from simulator.world.accounts import Account
from simulator.world.world import Change


def put(change: Change, person: Account, bot: Account, *, stopped: bool) -> None:
    """Block or unblock a bot; does nothing if that is the present state."""
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

"""Blocking a bot, which the bot is told (updateBotStopped, of the qts sequence)."""

import time

from pyrogram.raw import types

from simulator import accounts
from simulator.accounts import Account
from simulator.world import Change


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
    if not bot.is_bot:
        return
    row = accounts.advance(change.db, bot.id, qts=1)
    update = types.UpdateBotStopped(
        user_id=person.id, date=int(time.time()), stopped=stopped, qts=row["qts"]
    )
    change.db.execute(
        "INSERT INTO updates (account, pts, pts_count, qts, people, body)"
        " VALUES (?, ?, 0, ?, ?, ?)",
        (bot.id, row["pts"], row["qts"], f"{person.id} {bot.id}", update.write()),
    )
    change.tell(bot.id, update, person.id, bot.id)

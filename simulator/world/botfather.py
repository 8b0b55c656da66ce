"""@BotFather: makes bots in a conversation, as Telegram's does.

Its words and the order of its questions follow https://core.telegram.org/bots/features#botfather
"""

import re
import secrets
import sqlite3

from pyrogram.raw import types

from simulator.wire.rpc import RpcError
from simulator.world import accounts, channels, mailbox, profiles
from simulator.world.accounts import Account
from simulator.world.mailbox import Content
from simulator.world.world import Change

ID = 93_372_553
ACCOUNT = Account(ID, True, "BotFather", None, "BotFather", None, None, False)
FIRST_BOT_ID, LAST_BOT_ID = 7_100_000_001, 7_999_999_999
USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,30}[A-Za-z0-9]")

HELP = (
    "I can help you create and manage Telegram bots.\n\n"
    "/newbot - create a new bot\n/mybots - list your bots\n/token - get a bot's token\n"
    "/revoke - revoke a bot's token\n/cancel - cancel the current operation"
)
ASK_NAME = "Alright, a new bot. How are we going to call it? Please choose a name for your bot."
ASK_USERNAME = (
    "Good. Now let's choose a username for your bot. It must end in `bot`. Like this, for example:"
    " TetrisBot or tetris_bot."
)
BAD_NAME = "Sorry, this name is invalid: it must have 1 to 64 characters."
BAD_USERNAME = "Sorry, this username is invalid."
NO_BOT_ENDING = "Sorry, the username must end in 'bot'. E.g. 'Tetris_bot' or 'Tetrisbot'"
TAKEN = "Sorry, this username is already taken. Please try something different."
NO_BOTS = "You have no bots yet. Use the /newbot command to create one."
NOT_YOURS = "Invalid bot selected. Send me the @username of one of your bots:"
ASK_WHICH = {
    "token": "Choose a bot to get its API token. Send me its @username:",
    "revoke": "Choose a bot to revoke its API token. Send me its @username:",
}
UNKNOWN = "Unrecognized command. Say what?"
CANCELLED = "The command has been cancelled. Anything else I can do for you?"
KEEP_IT = (
    "Keep your token secure and store it safely, it can be used by anyone to control your bot."
)


def settle(db: sqlite3.Connection) -> None:
    """Create BotFather if it does not exist."""
    db.execute(
        "INSERT OR IGNORE INTO accounts (id, is_bot, first_name, username) VALUES (?, 1, ?, ?)",
        (ACCOUNT.id, ACCOUNT.first_name, ACCOUNT.username),
    )


def hear(change: Change, person: Account, text: str) -> None:
    """Answer what a person has written."""
    mailbox.send(change, ACCOUNT, person, _answer(change, person, text.strip()))


# pylint: disable-next=too-many-return-statements  # one for each command and each step
def _answer(change: Change, person: Account, text: str) -> Content:
    command, _, rest = text.partition(" ")
    if command.startswith("/"):
        before = _forget_step(change, person)
        match command.removesuffix("@BotFather"):
            case "/start" | "/help":
                return Content(HELP)
            case "/newbot":
                return _ask(change, person, "name", ASK_NAME)
            case "/mybots":
                return _list(change, person)
            case "/token" | "/revoke" as chosen:
                return _which(change, person, chosen[1:], rest)
            case "/cancel":
                return Content(CANCELLED if before else "No active command to cancel.")
        return Content(UNKNOWN)
    step = change.db.execute(
        "SELECT step, name FROM botfather WHERE person = ?", (person.id,)
    ).fetchone()
    match step["step"] if step else None:
        case "name":
            if not 1 <= len(text) <= profiles.MAX_NAME_CHARACTERS:
                return Content(BAD_NAME)
            return _ask(change, person, "username", ASK_USERNAME, text)
        case "username":
            return _make(change, person, step["name"], text.removeprefix("@"))
        case "token" | "revoke" as chosen:
            return _do_with_bot(change, person, chosen, text)
    return Content(UNKNOWN)


def _ask(change: Change, person: Account, step: str, question: str, name: str = "") -> Content:
    change.db.execute(
        "INSERT OR REPLACE INTO botfather (person, step, name) VALUES (?, ?, ?)",
        (person.id, step, name),
    )
    return Content(question)


def _forget_step(change: Change, person: Account) -> bool:
    """Returns whether there was one."""
    done = change.db.execute("DELETE FROM botfather WHERE person = ?", (person.id,))
    return bool(done.rowcount)


def check_username(username: str) -> None:
    """Raises RpcError for an invalid username of a bot."""
    if not USERNAME.fullmatch(username) or not username.lower().endswith("bot"):
        raise RpcError(400, "USERNAME_INVALID")


def _make(change: Change, person: Account, name: str, username: str) -> Content:
    if not username.lower().endswith("bot"):
        return Content(NO_BOT_ENDING)
    if not USERNAME.fullmatch(username):
        return Content(BAD_USERNAME)
    if accounts.by_username(change.db, username) or channels.by_username(change.db, username):
        return Content(TAKEN)
    bot_id = _next_bot_id(change.db)
    token = new_token(bot_id)
    accounts.put_bot(change.db, bot_id, token, name, username)
    profiles.set_owner(change, bot_id, person.id)
    _forget_step(change, person)
    return _with_token(
        f"Done! Congratulations on your new bot. You will find it at t.me/{username}. You can now"
        " add a description, about section and profile picture for your bot.\n\n"
        "Use this token to access the HTTP API:\n",
        token,
    )


def _next_bot_id(db: sqlite3.Connection) -> int:
    query = "SELECT max(id) FROM accounts WHERE id BETWEEN ? AND ?"
    (newest,) = db.execute(query, (FIRST_BOT_ID, LAST_BOT_ID)).fetchone()
    return FIRST_BOT_ID if newest is None else int(newest) + 1


def new_token(bot_id: int) -> str:
    return f"{bot_id}:AA{secrets.token_urlsafe(25)[:33]}"


def _with_token(text: str, token: str) -> Content:
    """Telegram shows a token as code, which is copied with a tap."""
    entity = types.MessageEntityCode(offset=len(text), length=len(token))
    return Content(f"{text}{token}\n\n{KEEP_IT}", [entity])


def _list(change: Change, person: Account) -> Content:
    names = [_username(change.db, each) for each in profiles.bots_of(change.db, person.id)]
    if not names:
        return Content(NO_BOTS)
    return Content("Your bots:\n" + "\n".join(f"@{each}" for each in names))


def _username(db: sqlite3.Connection, bot_id: int) -> str:
    bot = accounts.by_id(db, bot_id)
    return (bot.username or "") if bot else ""


def _which(change: Change, person: Account, chosen: str, name: str) -> Content:
    """Execute a command that names its bot; otherwise ask, with the person's bots on a keyboard."""
    if name:
        return _do_with_bot(change, person, chosen, name)
    own = profiles.bots_of(change.db, person.id)
    if not own:
        return Content(NO_BOTS)
    rows = [
        types.KeyboardButtonRow(
            buttons=[
                types.KeyboardButton(
                    text=f"@{_username(change.db, each)}", type=types.ButtonTypeDefault()
                )
            ]
        )
        for each in own
    ]
    question = _ask(change, person, chosen, ASK_WHICH[chosen])
    markup = types.ReplyKeyboardMarkup(rows=rows, resize=True, single_use=True)
    return Content(question.text, markup=markup)


def _do_with_bot(change: Change, person: Account, chosen: str, name: str) -> Content:
    bot = accounts.by_username(change.db, name.strip().removeprefix("@"))
    if bot is None or bot.id not in profiles.bots_of(change.db, person.id):
        return Content(NOT_YOURS)
    _forget_step(change, person)
    if chosen == "revoke":
        token = new_token(bot.id)
        change.db.execute("UPDATE accounts SET token = ? WHERE id = ?", (token, bot.id))
        change.signed_out.append(bot.id)
        return _with_token("Your token was replaced with a new one:\n", token)
    query = "SELECT token FROM accounts WHERE id = ?"
    (token,) = change.db.execute(query, (bot.id,)).fetchone()
    if token is None:
        return Content("This bot has no token. Use /revoke to get a new one.")
    return _with_token("You can use this token to access HTTP API:\n", token)

"""An account's profile, the owner of a bot, and profile photos."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyrogram.raw import types

from simulator.wire.rpc import RpcError
from simulator.wire.tl import decode, vector
from simulator.world import files
from simulator.world.world import Change

MAX_NAME_CHARACTERS = 64
MAX_ABOUT_CHARACTERS = 120
MAX_DESCRIPTION_CHARACTERS = 512


@dataclass(frozen=True, slots=True)
class Profile:
    about: str = ""
    description: str = ""
    owner: int | None = None
    menu_button: Any = None


def find(db: sqlite3.Connection, account_id: int) -> Profile:
    row = db.execute(
        "SELECT about, description, owner, menu_button FROM profiles WHERE account = ?",
        (account_id,),
    ).fetchone()
    if row is None:
        return Profile()
    button = decode(row["menu_button"]) if row["menu_button"] is not None else None
    return Profile(row["about"], row["description"], row["owner"], button)


def bots_of(db: sqlite3.Connection, owner_id: int) -> list[int]:
    rows = db.execute("SELECT account FROM profiles WHERE owner = ? ORDER BY account", (owner_id,))
    return [int(bot_id) for (bot_id,) in rows.fetchall()]


def _put(change: Change, account_id: int, column: str, value: object) -> None:
    change.db.execute(
        f"INSERT INTO profiles (account, {column}) VALUES (?1, ?2)"
        f" ON CONFLICT (account) DO UPDATE SET {column} = ?2",
        (account_id, value),
    )


def set_owner(change: Change, bot_id: int, owner_id: int) -> None:
    _put(change, bot_id, "owner", owner_id)


def set_menu_button(change: Change, bot_id: int, button: Any) -> None:
    _put(change, bot_id, "menu_button", button.write())


def list_commands(
    change: Change, bot_id: int, commands: Sequence[Any], *, scope: Any, language: str
) -> None:
    """A bot's list for a scope and a language, '' for any; none if there are no commands."""
    key = (bot_id, scope.write(), language)
    if commands:
        change.db.execute(
            "INSERT OR REPLACE INTO bot_commands VALUES (?, ?, ?, ?)",
            (*key, vector(commands).write()),
        )
    else:
        change.db.execute(
            "DELETE FROM bot_commands WHERE bot = ? AND scope = ? AND language = ?", key
        )


def commands_set(db: sqlite3.Connection, bot_id: int, *, scope: Any, language: str) -> list[Any]:
    """The list that was set for just these."""
    row = db.execute(
        "SELECT commands FROM bot_commands WHERE bot = ? AND scope = ? AND language = ?",
        (bot_id, scope.write(), language),
    ).fetchone()
    return list(decode(row["commands"])) if row is not None else []


def commands_shown(db: sqlite3.Connection, bot_id: int, language: str | None) -> list[Any]:
    """What somebody with this language is shown in the private chat."""
    for scope in (types.BotCommandScopeUsers(), types.BotCommandScopeDefault()):
        for code in dict.fromkeys((language or "", "")):
            if found := commands_set(db, bot_id, scope=scope, language=code):
                return found
    return []


def describe(
    change: Change, account_id: int, *, name: str | None, about: str | None, description: str | None
) -> None:
    """Change the given fields. Raises RpcError for a text that is too long, or an empty name."""
    for text, characters in (
        (name, MAX_NAME_CHARACTERS),
        (about, MAX_ABOUT_CHARACTERS),
        (description, MAX_DESCRIPTION_CHARACTERS),
    ):
        if text is not None and len(text) > characters:
            raise RpcError(400, "BOT_TITLE_INVALID" if text is name else "ABOUT_TOO_LONG")
    if name is not None:
        if not name.strip():
            raise RpcError(400, "BOT_TITLE_INVALID")
        change.db.execute("UPDATE accounts SET first_name = ? WHERE id = ?", (name, account_id))
        change.renewed.add(account_id)
    if about is not None:
        _put(change, account_id, "about", about)
    if description is not None:
        _put(change, account_id, "description", description)


def add_photo(change: Change, account_id: int, data: bytes) -> types.Photo:
    """Raises RpcError."""
    photo = files.add_photo(change, data)
    change.db.execute(
        "INSERT INTO profile_photos (account, file) VALUES (?, ?)", (account_id, photo.id)
    )
    change.renewed.add(account_id)
    return photo


def photos(db: sqlite3.Connection, account_id: int, *, skip: int, limit: int) -> list[types.Photo]:
    """The newest first."""
    rows = db.execute(
        "SELECT file FROM profile_photos WHERE account = ? ORDER BY number DESC LIMIT ? OFFSET ?",
        (account_id, limit, skip),
    )
    return [files.photo(db, file_id) for (file_id,) in rows.fetchall()]

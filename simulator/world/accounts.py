"""People and bots: one row each."""

import sqlite3
from dataclasses import dataclass

from pyrogram.raw import types

FIRST_USER_ID = 1_000_000_001
# Stars of a new person: enough for every purchase of a test or demo.
STARTING_STARS = 1_000_000

COLUMNS = "id, is_bot, first_name, last_name, username, phone, language, premium"
PHOTO = (
    "(SELECT file FROM profile_photos WHERE account = accounts.id ORDER BY number DESC LIMIT 1)"
    " AS photo"
)
PHOTO_CENTRE = 2
"""The data centre that has the files: the only one there is."""


@dataclass(frozen=True, slots=True)
class Account:
    id: int
    is_bot: bool
    first_name: str
    last_name: str | None
    username: str | None
    phone: str | None
    language: str | None
    premium: bool
    photo: int | None = None
    """The file of the newest profile photo."""

    def seen_by(self, viewer_id: int) -> types.User:
        return types.User(
            id=self.id,
            is_self=self.id == viewer_id or None,
            access_hash=access_hash(self.id),
            first_name=self.first_name,
            last_name=self.last_name,
            username=self.username,
            phone=self.phone if self.id == viewer_id else None,
            bot=self.is_bot or None,
            bot_info_version=1 if self.is_bot else None,
            lang_code=self.language,
            premium=self.premium or None,
            photo=types.UserProfilePhoto(photo_id=self.photo, dc_id=PHOTO_CENTRE)
            if self.photo
            else None,
        )


def access_hash(account_id: int) -> int:
    """Telegram's are random numbers; one derived from the id needs no storage."""
    return account_id * 7_919 + 1


def _account(row: sqlite3.Row | None) -> Account | None:
    if row is None:
        return None
    fields = dict(row)
    fields["is_bot"], fields["premium"] = bool(row["is_bot"]), bool(row["premium"])
    return Account(**fields)


def by_id(db: sqlite3.Connection, account_id: int) -> Account | None:
    query = f"SELECT {COLUMNS}, {PHOTO} FROM accounts WHERE id = ?"
    return _account(db.execute(query, (account_id,)).fetchone())


def by_token(db: sqlite3.Connection, token: str) -> Account | None:
    query = f"SELECT {COLUMNS}, {PHOTO} FROM accounts WHERE token = ?"
    return _account(db.execute(query, (token,)).fetchone())


def by_phone(db: sqlite3.Connection, phone: str) -> Account | None:
    query = f"SELECT {COLUMNS}, {PHOTO} FROM accounts WHERE phone = ?"
    return _account(db.execute(query, (phone,)).fetchone())


def by_username(db: sqlite3.Connection, username: str) -> Account | None:
    query = f"SELECT {COLUMNS}, {PHOTO} FROM accounts WHERE lower(username) = lower(?)"
    return _account(db.execute(query, (username,)).fetchone())


def put_bot(
    db: sqlite3.Connection, bot_id: int, token: str, first_name: str, username: str
) -> Account:
    """Add a bot, or give a known one this token, name and username.

    Raises sqlite3.IntegrityError if another account has the token or username.
    """
    db.execute(
        "INSERT INTO accounts (id, is_bot, first_name, username, token) VALUES (?, 1, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET"
        " first_name = excluded.first_name, username = excluded.username, token = excluded.token",
        (bot_id, first_name, username, token),
    )
    return Account(bot_id, True, first_name, None, username, None, None, False)


def add_person(
    db: sqlite3.Connection,
    *,
    first_name: str,
    last_name: str | None = None,
    username: str | None = None,
    phone: str | None = None,
    language: str | None = None,
    premium: bool = False,
    wished_id: int | None = None,
) -> Account:
    """Add a person: with the next id, or the first free one from `wished_id`."""
    user_id = _next_user_id(db) if wished_id is None else wished_id
    while by_id(db, user_id) is not None:
        user_id += 1
    db.execute(
        f"INSERT INTO accounts ({COLUMNS}, stars) VALUES (?, 0, ?, ?, ?, ?, ?, ?, ?)",
        (user_id, first_name, last_name, username, phone, language, premium, STARTING_STARS),
    )
    return Account(user_id, False, first_name, last_name, username, phone, language, premium)


def _next_user_id(db: sqlite3.Connection) -> int:
    query = "SELECT max(id) FROM accounts WHERE NOT is_bot AND id BETWEEN ? AND ?"
    (newest,) = db.execute(query, (FIRST_USER_ID, 2 * FIRST_USER_ID)).fetchone()
    return FIRST_USER_ID if newest is None else int(newest) + 1


def advance(
    db: sqlite3.Connection, account_id: int, *, pts: int = 0, qts: int = 0, messages: int = 0
) -> sqlite3.Row:
    """Advance an account's sequences; the row has the new pts, qts and last_message_id."""
    row: sqlite3.Row = db.execute(
        "UPDATE accounts SET pts = pts + ?, qts = qts + ?, last_message_id = last_message_id + ?"
        " WHERE id = ? RETURNING pts, qts, last_message_id",
        (pts, qts, messages, account_id),
    ).fetchone()
    return row


def has_blocked(db: sqlite3.Connection, user_id: int, bot_id: int) -> bool:
    query = "SELECT 1 FROM blocks WHERE user = ? AND bot = ?"
    return db.execute(query, (user_id, bot_id)).fetchone() is not None

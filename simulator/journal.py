"""The state that must outlive the process: one SQLite file, one transaction for each change of the
world.

Only the process is ever killed, not the machine, so nothing is synced to the disk (measured: a
purchase, with both its messages, costs well under a millisecond). The file is locked for as long as
it is open: two simulators in one folder would assign the same message ids.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE = "telegram.sqlite3"

# Bodies are TL. A private message has a copy in two boxes, with an id in each; `twin` is its id in
# the box of `peer`. A basic group's message has a copy in the box of each reader: `peer` is the
# group's id with a minus, `twin` a number that the copies share. getDifference reads `updates`:
# `pts` is the account's after the update; a row with `qts` belongs to the second sequence and has
# the pts of its time. `people` are the peers that an update names: people and bots by their ids,
# channels and groups by theirs with a minus. Messages and updates of a channel are stored once for
# all readers; files have their TL description in `media`. A bot has a list of commands for each
# scope and language, '' for any.
SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    id INTEGER PRIMARY KEY,
    is_bot INTEGER NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT,
    username TEXT,
    phone TEXT UNIQUE,
    token TEXT UNIQUE,
    language TEXT,
    premium INTEGER NOT NULL DEFAULT 0,
    stars INTEGER NOT NULL DEFAULT 0,
    pts INTEGER NOT NULL DEFAULT 1,
    qts INTEGER NOT NULL DEFAULT 0,
    last_message_id INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS accounts_username ON accounts (lower(username));

CREATE TABLE IF NOT EXISTS bot_commands (
    bot INTEGER NOT NULL REFERENCES accounts (id),
    scope BLOB NOT NULL,
    language TEXT NOT NULL,
    commands BLOB NOT NULL,
    PRIMARY KEY (bot, scope, language)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS auth_keys (
    id BLOB PRIMARY KEY,
    secret BLOB NOT NULL,
    salt INTEGER NOT NULL,
    account INTEGER REFERENCES accounts (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS auth_keys_account ON auth_keys (account);

CREATE TABLE IF NOT EXISTS duplicated_keys (auth_key BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS subscriptions (
    auth_key BLOB NOT NULL,
    session BLOB NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (auth_key, session)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    box INTEGER NOT NULL,
    id INTEGER NOT NULL,
    peer INTEGER NOT NULL,
    twin INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (box, id)
) STRICT;
CREATE INDEX IF NOT EXISTS messages_chat ON messages (box, peer, id);
CREATE INDEX IF NOT EXISTS messages_copies ON messages (peer, twin) WHERE peer < 0;

CREATE TABLE IF NOT EXISTS updates (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL,
    pts INTEGER NOT NULL,
    pts_count INTEGER NOT NULL,
    qts INTEGER,
    people TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS updates_difference ON updates (account, pts);

CREATE TABLE IF NOT EXISTS sent (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    sender INTEGER NOT NULL,
    random_id INTEGER NOT NULL,
    message INTEGER NOT NULL,
    pts INTEGER NOT NULL,
    UNIQUE (sender, random_id)
) STRICT;

CREATE TABLE IF NOT EXISTS invoices (
    bot INTEGER NOT NULL,
    message INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (bot, message)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS charges (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    bot INTEGER NOT NULL,
    user INTEGER NOT NULL,
    invoice INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    payload BLOB NOT NULL,
    paid_at REAL NOT NULL,
    refunded_at REAL,
    UNIQUE (bot, invoice)
) STRICT;
CREATE INDEX IF NOT EXISTS charges_user ON charges (user);

CREATE TABLE IF NOT EXISTS blocks (
    user INTEGER NOT NULL,
    bot INTEGER NOT NULL,
    PRIMARY KEY (user, bot)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS files (
    id INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS media (
    id INTEGER PRIMARY KEY REFERENCES files (id),
    body BLOB NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS profiles (
    account INTEGER PRIMARY KEY REFERENCES accounts (id),
    owner INTEGER,
    about TEXT NOT NULL DEFAULT '',
    description TEXT NOT NULL DEFAULT '',
    menu_button BLOB
) STRICT;
CREATE INDEX IF NOT EXISTS profiles_owner ON profiles (owner);

CREATE TABLE IF NOT EXISTS profile_photos (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL,
    file INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS profile_photos_account ON profile_photos (account, number);

CREATE TABLE IF NOT EXISTS basic_groups (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 0,
    last_number INTEGER NOT NULL DEFAULT 0,
    migrated_to INTEGER
) STRICT;

CREATE TABLE IF NOT EXISTS group_members (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    chat INTEGER NOT NULL,
    user INTEGER NOT NULL,
    status TEXT NOT NULL,
    inviter INTEGER NOT NULL,
    since INTEGER NOT NULL,
    UNIQUE (chat, user)
) STRICT;

CREATE TABLE IF NOT EXISTS channels (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    about TEXT NOT NULL,
    username TEXT,
    megagroup INTEGER NOT NULL,
    forum INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    pts INTEGER NOT NULL DEFAULT 1,
    last_message_id INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS channels_username ON channels (lower(username));

CREATE TABLE IF NOT EXISTS members (
    channel INTEGER NOT NULL,
    user INTEGER NOT NULL,
    status TEXT NOT NULL,
    rights BLOB,
    actor INTEGER NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (channel, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS topics (
    channel INTEGER NOT NULL,
    id INTEGER NOT NULL,
    title TEXT NOT NULL,
    icon_color INTEGER NOT NULL,
    icon_emoji INTEGER,
    creator INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    closed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (channel, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS channel_messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    channel INTEGER NOT NULL,
    id INTEGER NOT NULL,
    topic INTEGER,
    sender INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (channel, id)
) STRICT;
CREATE INDEX IF NOT EXISTS channel_messages_topic ON channel_messages (channel, topic, id);

CREATE TABLE IF NOT EXISTS channel_updates (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    channel INTEGER NOT NULL,
    pts INTEGER NOT NULL,
    pts_count INTEGER NOT NULL,
    sender INTEGER NOT NULL,
    people TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS channel_updates_difference ON channel_updates (channel, pts);

CREATE TABLE IF NOT EXISTS provider_charges (
    charge TEXT PRIMARY KEY REFERENCES charges (id),
    id TEXT NOT NULL,
    info BLOB
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS requested_info (
    id TEXT PRIMARY KEY,
    user INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS shipping_options (
    info TEXT NOT NULL REFERENCES requested_info (id),
    id TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (info, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS botfather (
    person INTEGER PRIMARY KEY,
    step TEXT NOT NULL,
    name TEXT NOT NULL
) STRICT;
"""

# The newest rows kept of each table that would grow for ever. Accounts, charges and files stay.
KEPT = {
    "messages": 200_000,
    "updates": 200_000,
    "sent": 100_000,
    "channel_messages": 100_000,
    "channel_updates": 100_000,
}


class DataDirectoryInUse(RuntimeError):
    """Another simulator works in this data directory."""


class Journal:
    def __init__(self, directory: Path) -> None:
        """Open or create the journal. Raises DataDirectoryInUse."""
        file = directory / FILE
        file.touch(mode=0o600)  # the files that SQLite puts beside it get the same mode
        file.chmod(0o600)  # of an earlier version
        # Autocommit: only `transaction` opens a transaction.
        self.db = sqlite3.connect(file, isolation_level=None, timeout=0)
        self.db.row_factory = sqlite3.Row
        try:
            self.db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self.db.execute("PRAGMA synchronous = OFF")
            self.db.execute("PRAGMA journal_mode = WAL")
            self.db.executescript(SCHEMA)
        except sqlite3.OperationalError as error:
            self.db.close()
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            raise DataDirectoryInUse(f"{directory} is in use by another simulator") from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def prune(self) -> int:
        """Delete rows older than KEPT allows; returns how many.

        A client that was away for longer than the update log reaches gets differenceTooLong, as on
        Telegram.
        """
        with self.transaction() as db:
            forgotten = 0
            for table, kept in KEPT.items():
                forgotten += db.execute(
                    f"DELETE FROM {table} WHERE number <= (SELECT max(number) FROM {table}) - ?",
                    (kept,),
                ).rowcount
            if forgotten:
                db.execute(
                    "DELETE FROM invoices WHERE NOT EXISTS"
                    " (SELECT 1 FROM messages WHERE box = invoices.bot AND id = invoices.message)"
                )
        return forgotten

    def close(self) -> None:
        self.db.close()

"""Supergroups and broadcast channels, and their members: rows, and how each viewer sees them.

Source: https://core.telegram.org/api/channel
"""

import sqlite3
import time
from dataclasses import dataclass
from enum import StrEnum

from pyrogram.raw import types

from simulator.wire.rpc import RpcError
from simulator.wire.tl import decode

FIRST_CHANNEL_ID = 2_000_000_001
COLUMNS = "id, title, about, username, megagroup, forum, created_at"
ALL_RIGHTS = types.ChatAdminRights(
    change_info=True,
    post_messages=True,
    edit_messages=True,
    delete_messages=True,
    ban_users=True,
    invite_users=True,
    pin_messages=True,
    add_admins=True,
    manage_topics=True,
    other=True,
)


class Status(StrEnum):
    CREATOR = "creator"
    ADMIN = "admin"
    MEMBER = "member"
    LEFT = "left"
    BANNED = "banned"


PRESENT = frozenset({Status.CREATOR, Status.ADMIN, Status.MEMBER})


@dataclass(frozen=True, slots=True)
class Member:
    user: int
    status: Status
    rights: types.ChatAdminRights | None
    actor: int
    """Who gave this person their status: the inviter, the promoter, the one who banned."""
    since: int

    @property
    def is_present(self) -> bool:
        return self.status in PRESENT

    @property
    def is_admin(self) -> bool:
        return self.status in (Status.CREATOR, Status.ADMIN)

    def may(self, right: str) -> bool:
        """Whether an administrator has a right, by its name in ChatAdminRights."""
        return self.is_admin and bool(getattr(self.rights, right))


@dataclass(frozen=True, slots=True)
class Channel:
    id: int
    title: str
    about: str
    username: str | None
    megagroup: bool
    """A supergroup; otherwise a broadcast channel."""
    forum: bool
    created_at: int

    @property
    def peer(self) -> types.PeerChannel:
        return types.PeerChannel(channel_id=self.id)

    def seen_by(
        self, db: sqlite3.Connection, viewer_id: int
    ) -> types.Channel | types.ChannelForbidden:
        member = find_member(db, self.id, viewer_id)
        if member is not None and member.status is Status.BANNED:
            return types.ChannelForbidden(
                id=self.id,
                access_hash=access_hash(self.id),
                title=self.title,
                broadcast=not self.megagroup or None,
                megagroup=self.megagroup or None,
            )
        return types.Channel(
            id=self.id,
            title=self.title,
            photo=types.ChatPhotoEmpty(),
            date=self.created_at,
            creator=(member is not None and member.status is Status.CREATOR) or None,
            left=(member is None or not member.is_present) or None,
            broadcast=not self.megagroup or None,
            megagroup=self.megagroup or None,
            forum=self.forum or None,
            access_hash=access_hash(self.id),
            username=self.username,
            admin_rights=member.rights if member is not None and member.is_admin else None,
        )


def access_hash(channel_id: int) -> int:
    return channel_id * 7_919 + 3


def _channel(row: sqlite3.Row | None) -> Channel | None:
    if row is None:
        return None
    fields = dict(row)
    fields["megagroup"], fields["forum"] = bool(row["megagroup"]), bool(row["forum"])
    return Channel(**fields)


def by_id(db: sqlite3.Connection, channel_id: int) -> Channel:
    """Raises RpcError."""
    query = f"SELECT {COLUMNS} FROM channels WHERE id = ?"
    channel = _channel(db.execute(query, (channel_id,)).fetchone())
    if channel is None:
        raise RpcError(400, "CHANNEL_INVALID")
    return channel


def by_username(db: sqlite3.Connection, username: str) -> Channel | None:
    query = f"SELECT {COLUMNS} FROM channels WHERE lower(username) = lower(?)"
    return _channel(db.execute(query, (username,)).fetchone())


def add(
    db: sqlite3.Connection,
    *,
    title: str,
    about: str = "",
    username: str | None = None,
    megagroup: bool = False,
    forum: bool = False,
) -> Channel:
    (newest,) = db.execute("SELECT max(id) FROM channels").fetchone()
    channel_id = FIRST_CHANNEL_ID if newest is None else int(newest) + 1
    channel = Channel(channel_id, title, about, username, megagroup, forum, int(time.time()))
    db.execute(
        f"INSERT INTO channels ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (channel_id, title, about, username, megagroup, forum, channel.created_at),
    )
    return channel


def advance(
    db: sqlite3.Connection, channel_id: int, *, pts: int = 0, messages: int = 0
) -> sqlite3.Row:
    """Advance a channel's sequences; the row has the new pts and last_message_id."""
    row: sqlite3.Row = db.execute(
        "UPDATE channels SET pts = pts + ?, last_message_id = last_message_id + ?"
        " WHERE id = ? RETURNING pts, last_message_id",
        (pts, messages, channel_id),
    ).fetchone()
    return row


def position(db: sqlite3.Connection, channel_id: int) -> tuple[int, int]:
    """The pts, and the id of the last message."""
    query = "SELECT pts, last_message_id FROM channels WHERE id = ?"
    row = db.execute(query, (channel_id,)).fetchone()
    return row["pts"], row["last_message_id"]


def find_member(db: sqlite3.Connection, channel_id: int, user_id: int) -> Member | None:
    query = "SELECT user, status, rights, actor, since FROM members WHERE channel = ? AND user = ?"
    row = db.execute(query, (channel_id, user_id)).fetchone()
    return _member(row) if row else None


def _member(row: sqlite3.Row) -> Member:
    rights = decode(row["rights"]) if row["rights"] is not None else None
    return Member(row["user"], Status(row["status"]), rights, row["actor"], row["since"])


def members(
    db: sqlite3.Connection, channel_id: int, *, limit: int = -1, skip: int = 0
) -> list[Member]:
    """The present members of a channel, in the order in which they joined."""
    rows = db.execute(
        "SELECT user, status, rights, actor, since FROM members"
        " WHERE channel = ? AND status IN ('creator', 'admin', 'member')"
        " ORDER BY since, user LIMIT ? OFFSET ?",
        (channel_id, limit, skip),
    )
    return [_member(row) for row in rows.fetchall()]


def count_members(db: sqlite3.Connection, channel_id: int) -> int:
    query = (
        "SELECT count(*) FROM members"
        " WHERE channel = ? AND status IN ('creator', 'admin', 'member')"
    )
    (number,) = db.execute(query, (channel_id,)).fetchone()
    return int(number)


def put_member(db: sqlite3.Connection, channel_id: int, member: Member) -> None:
    db.execute(
        "INSERT OR REPLACE INTO members (channel, user, status, rights, actor, since)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            channel_id,
            member.user,
            member.status.value,
            member.rights.write() if member.rights is not None else None,
            member.actor,
            member.since,
        ),
    )


def present(db: sqlite3.Connection, channel: Channel, user_id: int) -> Member:
    """Raises RpcError if the user is not in the channel."""
    member = find_member(db, channel.id, user_id)
    if member is None or not member.is_present:
        raise RpcError(400, "CHANNEL_PRIVATE")
    return member


def require(db: sqlite3.Connection, channel: Channel, user_id: int, right: str) -> Member:
    """Raises RpcError if the user is not an administrator with this right."""
    member = present(db, channel, user_id)
    if not member.may(right):
        raise RpcError(400, "CHAT_ADMIN_REQUIRED")
    return member

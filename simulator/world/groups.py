"""Basic groups: at most two hundred members, without the sequences of channels.

Source: https://core.telegram.org/api/channel#basic-groups
"""

import sqlite3
import time
from dataclasses import dataclass
from typing import Any

from pyrogram.raw import types

from simulator.wire.rpc import RpcError
from simulator.world import channels
from simulator.world.channels import ALL_RIGHTS, Status

FIRST_GROUP_ID = 1_000_001
MAX_MEMBERS = 200
_COLUMNS = "id, title, created_at, version, migrated_to"


@dataclass(frozen=True, slots=True)
class GroupMember:
    user: int
    status: Status
    inviter: int
    since: int

    @property
    def is_present(self) -> bool:
        return self.status in channels.PRESENT

    @property
    def is_admin(self) -> bool:
        return self.status in (Status.CREATOR, Status.ADMIN)

    def participant(self) -> Any:
        """None for somebody who is not a member."""
        match self.status:
            case Status.CREATOR:
                return types.ChatParticipantCreator(user_id=self.user)
            case Status.ADMIN:
                return types.ChatParticipantAdmin(
                    user_id=self.user, inviter_id=self.inviter, date=self.since
                )
            case Status.MEMBER:
                return types.ChatParticipant(
                    user_id=self.user, inviter_id=self.inviter, date=self.since
                )
            case _:
                return None


@dataclass(frozen=True, slots=True)
class Group:
    id: int
    title: str
    created_at: int
    version: int
    """The number of changes of its members."""
    migrated_to: int | None
    """The supergroup that has replaced it."""

    @property
    def peer(self) -> types.PeerChat:
        return types.PeerChat(chat_id=self.id)

    def seen_by(self, db: sqlite3.Connection, viewer_id: int) -> types.Chat | types.ChatForbidden:
        member = find_member(db, self.id, viewer_id)
        if member is None or not member.is_present:
            return types.ChatForbidden(id=self.id, title=self.title)
        return types.Chat(
            id=self.id,
            title=self.title,
            photo=types.ChatPhotoEmpty(),
            participants_count=len(present_members(db, self.id)),
            date=self.created_at,
            version=self.version,
            creator=member.status is Status.CREATOR or None,
            deactivated=self.migrated_to is not None or None,
            migrated_to=types.InputChannel(
                channel_id=self.migrated_to, access_hash=channels.access_hash(self.migrated_to)
            )
            if self.migrated_to is not None
            else None,
            admin_rights=ALL_RIGHTS if member.status is Status.ADMIN else None,
        )


def is_group(chat_id: int) -> bool:
    """Whether an id is that of a basic group, not of a channel."""
    return chat_id < channels.FIRST_CHANNEL_ID


def by_id(db: sqlite3.Connection, group_id: int) -> Group:
    """Raises RpcError."""
    query = f"SELECT {_COLUMNS} FROM basic_groups WHERE id = ?"
    row = db.execute(query, (group_id,)).fetchone()
    if row is None:
        raise RpcError(400, "CHAT_ID_INVALID")
    return Group(**row)


def active(db: sqlite3.Connection, group_id: int) -> Group:
    """A group that has not become a supergroup. Raises RpcError."""
    group = by_id(db, group_id)
    if group.migrated_to is not None:
        raise RpcError(400, "CHAT_ID_INVALID")
    return group


def add(db: sqlite3.Connection, title: str, group_id: int | None = None) -> Group:
    """A group with the next id, or with one below `FIRST_GROUP_ID` that is free."""
    if group_id is None:
        (newest,) = db.execute("SELECT max(id) FROM basic_groups").fetchone()
        group_id = max(FIRST_GROUP_ID, (newest or 0) + 1)
    now = int(time.time())
    db.execute(
        "INSERT INTO basic_groups (id, title, created_at) VALUES (?, ?, ?)", (group_id, title, now)
    )
    return Group(group_id, title, now, 0, None)


def rename(db: sqlite3.Connection, group: Group, title: str) -> None:
    db.execute("UPDATE basic_groups SET title = ? WHERE id = ?", (title, group.id))


def end(db: sqlite3.Connection, group: Group, channel_id: int) -> None:
    """A supergroup replaces it; no more messages can be sent here."""
    db.execute("UPDATE basic_groups SET migrated_to = ? WHERE id = ?", (channel_id, group.id))


def next_number(db: sqlite3.Connection, group_id: int) -> int:
    """The number that the copies of its next message share."""
    (number,) = db.execute(
        "UPDATE basic_groups SET last_number = last_number + 1 WHERE id = ? RETURNING last_number",
        (group_id,),
    ).fetchone()
    return int(number)


def _member(row: sqlite3.Row) -> GroupMember:
    return GroupMember(row["user"], Status(row["status"]), row["inviter"], row["since"])


def find_member(db: sqlite3.Connection, group_id: int, user_id: int) -> GroupMember | None:
    row = db.execute(
        "SELECT user, status, inviter, since FROM group_members WHERE chat = ? AND user = ?",
        (group_id, user_id),
    ).fetchone()
    return _member(row) if row else None


def present_members(db: sqlite3.Connection, group_id: int) -> list[GroupMember]:
    """The present members, in the order in which they joined."""
    rows = db.execute(
        "SELECT user, status, inviter, since FROM group_members"
        " WHERE chat = ? AND status IN ('creator', 'admin', 'member') ORDER BY number",
        (group_id,),
    )
    return [_member(row) for row in rows.fetchall()]


def present(db: sqlite3.Connection, group: Group, user_id: int) -> GroupMember:
    """Raises RpcError if the user is not in the group."""
    member = find_member(db, group.id, user_id)
    if member is None or not member.is_present:
        raise RpcError(400, "CHAT_ID_INVALID")
    return member


def put_member(db: sqlite3.Connection, group_id: int, member: GroupMember) -> None:
    db.execute(
        "INSERT INTO group_members (chat, user, status, inviter, since) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (chat, user) DO UPDATE SET status = excluded.status,"
        " inviter = excluded.inviter, since = excluded.since",
        (group_id, member.user, member.status.value, member.inviter, member.since),
    )
    db.execute("UPDATE basic_groups SET version = version + 1 WHERE id = ?", (group_id,))


def participants(db: sqlite3.Connection, group: Group, viewer_id: int) -> Any:
    """All members, as one of them sees them."""
    viewer = find_member(db, group.id, viewer_id)
    if viewer is None or not viewer.is_present:
        return types.ChatParticipantsForbidden(chat_id=group.id)
    return types.ChatParticipants(
        chat_id=group.id,
        participants=[each.participant() for each in present_members(db, group.id)],
        version=group.version,
    )

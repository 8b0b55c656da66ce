"""Topics of a forum: each is identified by the id of the service message that opened it.

Source: https://core.telegram.org/api/forum and https://core.telegram.org/api/threads
"""

import sqlite3
import time
from dataclasses import dataclass

from pyrogram.raw import types

from simulator.wire.rpc import RpcError
from simulator.world.channels import Channel, Member

GENERAL = 1
"""The topic that every forum has; messages without a topic are in it."""
DEFAULT_COLOR = 0x6FB9F0
MAX_TITLE_CHARACTERS = 128


@dataclass(frozen=True, slots=True)
class Topic:
    id: int
    title: str
    icon_color: int
    icon_emoji: int | None
    creator: int
    created_at: int
    closed: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """Where a message belongs."""

    topic: int | None
    header: types.MessageReplyHeader | None


def check_title(title: str) -> None:
    """Raises RpcError."""
    if not 1 <= len(title.strip()) <= MAX_TITLE_CHARACTERS:
        raise RpcError(400, "TOPIC_TITLE_EMPTY")


def add(
    db: sqlite3.Connection,
    channel: Channel,
    creator: int,
    topic_id: int,
    action: types.MessageActionTopicCreate,
) -> None:
    db.execute(
        "INSERT INTO topics (channel, id, title, icon_color, icon_emoji, creator, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            channel.id,
            topic_id,
            action.title,
            action.icon_color,
            action.icon_emoji_id,
            creator,
            int(time.time()),
        ),
    )


def find(db: sqlite3.Connection, channel: Channel, topic_id: int) -> Topic | None:
    if topic_id == GENERAL and channel.forum:
        return Topic(GENERAL, "General", DEFAULT_COLOR, None, 0, channel.created_at, False)
    row = db.execute(
        "SELECT id, title, icon_color, icon_emoji, creator, created_at, closed FROM topics"
        " WHERE channel = ? AND id = ?",
        (channel.id, topic_id),
    ).fetchone()
    return Topic(**(dict(row) | {"closed": bool(row["closed"])})) if row else None


def existing(db: sqlite3.Connection, channel: Channel, topic_id: int) -> Topic:
    """Raises RpcError."""
    topic = find(db, channel, topic_id)
    if topic is None:
        raise RpcError(400, "TOPIC_ID_INVALID")
    return topic


def listed(
    db: sqlite3.Connection, channel: Channel, *, before: int, words: str, limit: int
) -> list[Topic]:
    """Topics below an id (0: all), the newest first, General last."""
    rows = db.execute(
        "SELECT id FROM topics WHERE channel = ?1 AND (?2 = 0 OR id < ?2)"
        " AND instr(lower(title), lower(?3)) ORDER BY id DESC LIMIT ?4",
        (channel.id, before, words, limit),
    )
    found = [find(db, channel, int(topic_id)) for (topic_id,) in rows.fetchall()]
    if len(found) < limit and not words and before != GENERAL:
        found.append(find(db, channel, GENERAL))
    return [each for each in found if each]


def change(
    db: sqlite3.Connection, channel: Channel, topic_id: int, edit: types.MessageActionTopicEdit
) -> None:
    """Raises RpcError if nothing would change."""
    changed = db.execute(
        "UPDATE topics SET title = coalesce(?3, title), icon_emoji = coalesce(?4, icon_emoji),"
        " closed = coalesce(?5, closed) WHERE channel = ?1 AND id = ?2"
        " AND NOT (title IS coalesce(?3, title) AND icon_emoji IS coalesce(?4, icon_emoji)"
        " AND closed IS coalesce(?5, closed))",
        (channel.id, topic_id, edit.title, edit.icon_emoji_id, edit.closed),
    ).rowcount
    if not changed:
        raise RpcError(400, "TOPIC_NOT_MODIFIED")


def remove(db: sqlite3.Connection, channel: Channel, topic_id: int) -> list[int]:
    """Delete a topic; returns the ids of its messages. Raises RpcError for General."""
    if topic_id == GENERAL:
        raise RpcError(400, "TOPIC_ID_INVALID")
    db.execute("DELETE FROM topics WHERE channel = ? AND id = ?", (channel.id, topic_id))
    rows = db.execute(
        "SELECT id FROM channel_messages WHERE channel = ?1 AND (topic = ?2 OR id = ?2)",
        (channel.id, topic_id),
    )
    return [int(message_id) for (message_id,) in rows.fetchall()]


def header(topic: int, reply_to: int | None = None) -> types.MessageReplyHeader:
    """The reply header that places a message in a topic, and what it replies to there."""
    if reply_to is None or reply_to == topic:
        return types.MessageReplyHeader(forum_topic=True, reply_to_msg_id=topic)
    return types.MessageReplyHeader(
        forum_topic=True, reply_to_msg_id=reply_to, reply_to_top_id=topic
    )


def thread_of(
    db: sqlite3.Connection, channel: Channel, reply_to: int | None, top: int | None
) -> Thread:
    """The topic of a new message, from what it replies to and the topic that it names.

    Raises RpcError.
    """
    if not channel.forum:
        if reply_to is None:
            return Thread(None, None)
        return Thread(None, types.MessageReplyHeader(reply_to_msg_id=reply_to))
    if top is None and reply_to is not None:
        top = reply_to if find(db, channel, reply_to) else _topic_of_message(db, channel, reply_to)
    if top is None or top == GENERAL:
        plain = types.MessageReplyHeader(reply_to_msg_id=reply_to) if reply_to else None
        return Thread(GENERAL, plain if reply_to != GENERAL else None)
    if find(db, channel, top) is None:
        raise RpcError(400, "TOPIC_DELETED")
    return Thread(top, header(top, reply_to))


def _topic_of_message(db: sqlite3.Connection, channel: Channel, message_id: int) -> int:
    row = db.execute(
        "SELECT topic FROM channel_messages WHERE channel = ? AND id = ?", (channel.id, message_id)
    ).fetchone()
    if row is None:
        raise RpcError(400, "TOPIC_DELETED")
    return int(row["topic"] or GENERAL)


def check_open(
    db: sqlite3.Connection, channel: Channel, topic_id: int | None, member: Member
) -> None:
    """Raises RpcError if the topic is closed for this member."""
    topic = find(db, channel, topic_id) if topic_id is not None else None
    if topic is not None and topic.closed and not member.may("manage_topics"):
        raise RpcError(400, "TOPIC_CLOSED")

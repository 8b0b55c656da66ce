"""Messages of channels and supergroups: one copy each, under an id of the channel.

Sources: https://core.telegram.org/api/channel
and https://core.telegram.org/bots/features#privacy-mode
"""

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pyrogram.raw import types

from simulator.wire.rpc import RpcError
from simulator.wire.tl import Object, decode
from simulator.world import channels, mailbox, sequences, topics
from simulator.world.accounts import Account
from simulator.world.channels import Channel, Member
from simulator.world.mailbox import Content, Sent
from simulator.world.world import Change


@dataclass(frozen=True, slots=True)
class Posted:
    channel: int
    id: int
    topic: int | None
    sender: int
    message: Any = field(repr=False)

    def seen_by(self, viewer_id: int) -> Any:
        """The message with the flags that only its viewer's copy has."""
        self.message.out = self.sender == viewer_id or None
        return self.message


def post(
    change: Change,
    author: Account,
    channel: Channel,
    content: Content,
    random_id: int | None = None,
) -> Sent:
    """Send a message to a channel; a random id that was used before sends nothing.

    Raises RpcError.
    """
    return mailbox.send_once(
        change.db, author.id, random_id, lambda: _post(change, author, channel, content)
    )


def _post(change: Change, author: Account, channel: Channel, content: Content) -> Sent:
    member = _check_may_write(change.db, author, channel)
    mailbox.check_length(content)
    thread = topics.thread_of(change.db, channel, content.reply_to, content.top)
    topics.check_open(change.db, channel, thread.topic, member)
    message = mailbox.message_of(content, thread.header, _place(author, channel))
    return _put(change, author, channel, message, thread.topic)


def announce(
    change: Change,
    author: Account,
    channel: Channel,
    action: Any,
    *people: int,
    topic: int | None = None,
) -> Sent:
    """Put a service message into a channel: it is the channel's own, so no rights are checked."""
    header = topics.header(topic) if topic is not None else None
    message = types.MessageService(action=action, reply_to=header, **_place(author, channel))
    return _put(change, author, channel, message, topic, *people)


def _check_may_write(db: sqlite3.Connection, author: Account, channel: Channel) -> Member:
    member = channels.find_member(db, channel.id, author.id)
    if member is not None and member.status is channels.Status.BANNED:
        raise RpcError(400, "USER_BANNED_IN_CHANNEL")
    if member is None or not member.is_present:
        if channel.username is None:
            raise RpcError(400, "CHANNEL_PRIVATE")
        raise RpcError(403, "CHAT_WRITE_FORBIDDEN")
    if not channel.megagroup and not member.may("post_messages"):
        raise RpcError(403, "CHAT_WRITE_FORBIDDEN")
    return member


def _place(author: Account, channel: Channel) -> dict[str, Any]:
    """In a broadcast channel the channel itself is the author."""
    return {
        "id": 0,
        "peer_id": channel.peer,
        "from_id": types.PeerUser(user_id=author.id) if channel.megagroup else None,
        "post": not channel.megagroup or None,
        "date": int(time.time()),
    }


def _put(
    change: Change, author: Account, channel: Channel, message: Any, topic: int | None, *people: int
) -> Sent:
    row = channels.advance(change.db, channel.id, pts=1, messages=1)
    message.id, pts = row["last_message_id"], row["pts"]
    change.db.execute(
        "INSERT INTO channel_messages (channel, id, topic, sender, body) VALUES (?, ?, ?, ?, ?)",
        (channel.id, message.id, topic, author.id, message.write()),
    )
    update = types.UpdateNewChannelMessage(message=message, pts=pts, pts_count=1)
    _log(change, channel, update, author.id, *people)
    return Sent(message.id, pts)


def _log(change: Change, channel: Channel, update: Any, sender_id: int, *people: int) -> None:
    """Record an update for getChannelDifference, and send it to the members who may see it.

    The sender's own copy is marked as such; in broadcast channels the channel is named in place of
    the author.
    """
    body = update.write()
    peers = (-channel.id, *people, *((sender_id,) if channel.megagroup else ()))
    change.db.execute(
        "INSERT INTO channel_updates (channel, pts, pts_count, sender, people, body)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (channel.id, update.pts, update.pts_count, sender_id, sequences.joined(peers), body),
    )
    message = getattr(update, "message", None)
    rows = change.db.execute(
        "SELECT user, is_bot, username, status FROM members JOIN accounts ON accounts.id = user"
        " WHERE channel = ? AND status IN ('creator', 'admin', 'member') AND user <> ?",
        (channel.id, sender_id),
    )
    from_bot = _is_bot(change.db, sender_id)
    for row in rows.fetchall():
        if not row["is_bot"] or row["status"] == "admin" or message is None:
            change.tell(row["user"], update, *peers, body=body)
        elif not from_bot and is_addressed(change.db, row["user"], row["username"], message):
            change.tell(row["user"], update, *peers, body=body)
    if message is not None:
        own = decode(body)
        own.message.out = True
        change.tell(sender_id, own, *peers)
    else:
        change.tell(sender_id, update, *peers, body=body)


def _is_bot(db: sqlite3.Connection, account_id: int) -> bool:
    (is_bot,) = db.execute("SELECT is_bot FROM accounts WHERE id = ?", (account_id,)).fetchone()
    return bool(is_bot)


def hears(
    db: sqlite3.Connection, viewer: Account, member: Member, sender_id: int, update: Any
) -> bool:
    """Whether a member receives an update of the channel."""
    message = getattr(update, "message", None)
    if not viewer.is_bot or member.is_admin or message is None or sender_id == viewer.id:
        return True
    return not _is_bot(db, sender_id) and is_addressed(db, viewer.id, viewer.username, message)


def is_addressed(db: sqlite3.Connection, bot_id: int, username: str | None, message: Any) -> bool:
    """Whether a bot in privacy mode gets a group's message: commands, mentions, replies to it."""
    if is_called(username, message):
        return True
    header = getattr(message, "reply_to", None)
    if not isinstance(header, types.MessageReplyHeader) or header.reply_to_msg_id is None:
        return False
    query = "SELECT 1 FROM channel_messages WHERE channel = ? AND id = ? AND sender = ?"
    of_bot = (message.peer_id.channel_id, header.reply_to_msg_id, bot_id)
    return db.execute(query, of_bot).fetchone() is not None


def is_called(username: str | None, message: Any) -> bool:
    """Whether a message is for every bot or names this one: service messages, commands that do not
    name another bot, mentions."""
    if isinstance(message, types.MessageService):
        return True
    text, name = message.message.lower(), f"@{username or ''}".lower()
    if text.startswith("/"):
        command, _, _ = text.partition(" ")
        if "@" not in command or command.endswith(name):
            return True
    return name != "@" and name in text.split()


def find(db: sqlite3.Connection, channel_id: int, message_id: int) -> Posted | None:
    row = db.execute(
        "SELECT channel, id, topic, sender, body FROM channel_messages"
        " WHERE channel = ? AND id = ?",
        (channel_id, message_id),
    ).fetchone()
    return _posted(row) if row else None


def _posted(row: sqlite3.Row) -> Posted:
    return Posted(row["channel"], row["id"], row["topic"], row["sender"], decode(row["body"]))


def history(
    db: sqlite3.Connection,
    channel_id: int,
    *,
    limit: int,
    below: int = 0,
    above: int = 0,
    skip: int = 0,
    topic: int | None = None,
) -> list[Posted]:
    """Messages, the newest first, with `above` < id < `below` (0: no bound)."""
    rows = db.execute(
        "SELECT channel, id, topic, sender, body FROM channel_messages"
        " WHERE channel = ?1 AND (?2 IS NULL OR topic = ?2) AND id > ?3 AND (?4 = 0 OR id < ?4)"
        " ORDER BY id DESC LIMIT ?5 OFFSET ?6",
        (channel_id, topic, above, below, limit, skip),
    )
    return [_posted(row) for row in rows.fetchall()]


def edit(
    change: Change, editor: Account, channel: Channel, message_id: int, content: Content
) -> None:
    """Raises RpcError."""
    posted = find(change.db, channel.id, message_id)
    if posted is None or not isinstance(posted.message, types.Message):
        raise RpcError(400, "MESSAGE_ID_INVALID")
    member = channels.present(change.db, channel, editor.id)
    if posted.sender != editor.id and (channel.megagroup or not member.may("edit_messages")):
        raise RpcError(403, "MESSAGE_AUTHOR_REQUIRED")
    mailbox.check_length(content)
    message = posted.message
    if mailbox.shows(message, content):
        raise RpcError(400, "MESSAGE_NOT_MODIFIED")
    mailbox.put_content(message, content)
    pts = channels.advance(change.db, channel.id, pts=1)["pts"]
    change.db.execute(
        "UPDATE channel_messages SET body = ? WHERE channel = ? AND id = ?",
        (message.write(), channel.id, message_id),
    )
    update = types.UpdateEditChannelMessage(message=message, pts=pts, pts_count=1)
    _log(change, channel, update, posted.sender)


def delete(change: Change, actor: Account, channel: Channel, message_ids: Sequence[int]) -> int:
    """Delete messages, own ones or with the right to do so; returns the channel's pts.

    Raises RpcError.
    """
    member = channels.present(change.db, channel, actor.id)
    found = [each for each in (find(change.db, channel.id, i) for i in message_ids) if each]
    if any(each.sender != actor.id for each in found) and not member.may("delete_messages"):
        raise RpcError(403, "MESSAGE_DELETE_FORBIDDEN")
    ids = [each.id for each in found]
    pts: int = channels.advance(change.db, channel.id, pts=len(ids))["pts"]
    change.db.executemany(
        "DELETE FROM channel_messages WHERE channel = ? AND id = ?",
        [(channel.id, each) for each in ids],
    )
    if ids:
        update = types.UpdateDeleteChannelMessages(
            channel_id=channel.id, messages=ids, pts=pts, pts_count=len(ids)
        )
        _log(change, channel, update, actor.id)
    return pts


def difference_rows(
    db: sqlite3.Connection, channel_id: int, pts: int, limit: int
) -> list[tuple[sqlite3.Row, Object]]:
    """The updates after `pts`, each with its row."""
    rows = db.execute(
        "SELECT pts, pts_count, sender, people, body FROM channel_updates"
        " WHERE channel = ? AND pts > ? ORDER BY pts LIMIT ?",
        (channel_id, pts, limit),
    )
    return [(row, decode(row["body"])) for row in rows.fetchall()]

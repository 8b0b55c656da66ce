"""Messages of basic groups: a copy in the box of each member, each under an id of its own.

The copies are stored beside private messages; their peer is the group's id with a minus, and `twin`
is the number that they share. Source: https://core.telegram.org/api/channel#basic-groups
"""

import sqlite3
import time
from collections.abc import Sequence
from typing import Any

from pyrogram.raw import types

from simulator.wire.rpc import RpcError
from simulator.wire.tl import decode
from simulator.world import accounts, channel_box, groups, mailbox, sequences
from simulator.world.accounts import Account
from simulator.world.groups import Group
from simulator.world.mailbox import Content, Sent, Stored
from simulator.world.world import Change


def post(
    change: Change,
    author: Account,
    group: Group,
    content: Content,
    random_id: int | None = None,
) -> Sent:
    """Send a message to a group; a random id that was used before sends nothing.

    Raises RpcError.
    """
    return mailbox.send_once(
        change.db, author.id, random_id, lambda: _post(change, author, group, content)
    )


def _post(change: Change, author: Account, group: Group, content: Content) -> Sent:
    check_may_write(change.db, author, group)
    mailbox.check_length(content)
    replied = mailbox.find(change.db, author.id, content.reply_to) if content.reply_to else None
    number = replied.twin if replied is not None and replied.peer == -group.id else None
    # Each reader's copy gets a reply header of its own (`_put_copy`).
    message = mailbox.message_of(content, None, _place(author, group))
    return _put(change, author, group, message, replied_to=number)


def announce(
    change: Change, author: Account, group: Group, action: Any, *people: int, also: int = 0
) -> Sent:
    """Put a service message into the group; `also`: a former member who still gets it."""
    message = types.MessageService(action=action, **_place(author, group))
    return _put(change, author, group, message, *people, also=also)


def check_may_write(db: sqlite3.Connection, author: Account, group: Group) -> None:
    """Raises RpcError."""
    if group.migrated_to is not None:
        raise RpcError(400, "PEER_ID_INVALID")
    member = groups.find_member(db, group.id, author.id)
    if member is None or not member.is_present:
        raise RpcError(403, "CHAT_WRITE_FORBIDDEN")


def _place(author: Account, group: Group) -> dict[str, Any]:
    return {
        "id": 0,
        "peer_id": group.peer,
        "from_id": types.PeerUser(user_id=author.id),
        "date": int(time.time()),
    }


def _put(
    change: Change,
    author: Account,
    group: Group,
    message: Any,
    *people: int,
    also: int = 0,
    replied_to: int | None = None,
) -> Sent:
    number = groups.next_number(change.db, group.id)
    readers = [each.user for each in groups.present_members(change.db, group.id)]
    if also and also not in readers:
        readers.append(also)
    own: Sent | None = None
    for reader in readers:
        if not _hears(change.db, reader, author, group, message, replied_to):
            continue
        sent = _put_copy(change, group, message, reader, author.id, number, replied_to, people)
        own = sent if reader == author.id else own
    if own is None:
        raise RpcError(403, "CHAT_WRITE_FORBIDDEN")
    return own


def _put_copy(  # pylint: disable=too-many-arguments,too-many-positional-arguments  # of one message
    change: Change,
    group: Group,
    message: Any,
    reader: int,
    author_id: int,
    number: int,
    replied_to: int | None,
    people: Sequence[int],
) -> Sent:
    row = accounts.advance(change.db, reader, pts=1, messages=1)
    message.id, message.out = row["last_message_id"], reader == author_id or None
    copy = _copy_of(change.db, reader, group.id, replied_to) if replied_to is not None else None
    if isinstance(message, types.Message):
        message.reply_to = types.MessageReplyHeader(reply_to_msg_id=copy.id) if copy else None
    body = message.write()
    change.db.execute(
        "INSERT INTO messages (box, id, peer, twin, body) VALUES (?, ?, ?, ?, ?)",
        (reader, message.id, -group.id, number, body),
    )
    update = types.UpdateNewMessage(message=decode(body), pts=row["pts"], pts_count=1)
    sequences.log_pts(change, reader, update, row["pts"], 1, author_id, -group.id, *people)
    return Sent(message.id, row["pts"])


def _hears(
    db: sqlite3.Connection,
    reader: int,
    author: Account,
    group: Group,
    message: Any,
    replied_to: int | None,
) -> bool:
    """Whether a reader gets a copy: bots get only messages for them, as in supergroups, unless they
    administer the group."""
    account = accounts.by_id(db, reader)
    member = groups.find_member(db, group.id, reader)
    if account is None or not account.is_bot or reader == author.id:
        return True
    if member is not None and member.is_admin:
        return True
    if author.is_bot and isinstance(message, types.Message):
        return False
    if channel_box.is_called(account.username, message):
        return True
    copy = _copy_of(db, reader, group.id, replied_to) if replied_to is not None else None
    return copy is not None and bool(copy.message.out)


def _copy_of(db: sqlite3.Connection, box: int, group_id: int, number: int) -> Stored | None:
    row = db.execute(
        "SELECT box, id, peer, twin, body FROM messages WHERE box = ? AND peer = ? AND twin = ?",
        (box, -group_id, number),
    ).fetchone()
    return mailbox.stored_of(row) if row else None


def copies(db: sqlite3.Connection, group_id: int, number: int) -> list[Stored]:
    """All copies of a message, in its readers' boxes."""
    rows = db.execute(
        "SELECT box, id, peer, twin, body FROM messages WHERE peer = ? AND twin = ? ORDER BY box",
        (-group_id, number),
    )
    return [mailbox.stored_of(row) for row in rows.fetchall()]


def of_sender(db: sqlite3.Connection, stored: Stored) -> Stored | None:
    """The copy of the message's author."""
    sender = getattr(stored.message.from_id, "user_id", 0)
    return _copy_of(db, sender, -stored.peer, stored.twin)


def edit(change: Change, author: Account, group: Group, message_id: int, content: Content) -> None:
    """Change an own message in every box. Raises RpcError."""
    stored = mailbox.find(change.db, author.id, message_id)
    if stored is None or stored.peer != -group.id or not isinstance(stored.message, types.Message):
        raise RpcError(400, "MESSAGE_ID_INVALID")
    check_may_write(change.db, author, group)
    if not stored.message.out:
        raise RpcError(403, "MESSAGE_AUTHOR_REQUIRED")
    mailbox.check_length(content)
    if mailbox.shows(stored.message, content):
        raise RpcError(400, "MESSAGE_NOT_MODIFIED")
    for copy in copies(change.db, group.id, stored.twin):
        mailbox.put_content(copy.message, content)
        mailbox.replace(change, copy)

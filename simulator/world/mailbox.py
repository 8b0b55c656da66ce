"""Private messages, as Telegram stores them: a copy in each of two boxes, with an id in each."""

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyrogram.raw import types

from simulator.wire.rpc import RpcError
from simulator.wire.tl import decode, same
from simulator.world import accounts, sequences
from simulator.world.accounts import Account
from simulator.world.world import Change

MAX_TEXT_CHARACTERS = 4096
MAX_CAPTION_CHARACTERS = 1024


@dataclass(frozen=True, slots=True)
class Content:
    text: str = ""
    entities: Sequence[Any] = ()
    media: Any = None
    markup: Any = None
    reply_to: int | None = None
    """Id in the sender's box."""
    top: int | None = None
    """The forum topic that is named beside the message replied to."""
    album: int | None = None
    """The album's id, which all of its messages share."""
    author_id: int | None = None
    """Who wrote it first, if the sender forwards it."""


@dataclass(frozen=True, slots=True)
class Actions:
    """A service message; the two sides may see different actions, as for a payment."""

    for_sender: Any
    for_recipient: Any


@dataclass(frozen=True, slots=True)
class Box:
    """One side of a message: the box and the id there."""

    owner_id: int
    peer_id: int
    message_id: int
    twin_id: int
    outgoing: bool


@dataclass(frozen=True, slots=True)
class Sent:
    message_id: int
    """Id in the sender's box."""
    pts: int


@dataclass(frozen=True, slots=True)
class Stored:
    box: int
    id: int
    peer: int
    twin: int
    message: Any = field(repr=False)


def _check(
    db: sqlite3.Connection, sender: Account, recipient: Account, content: Content | Actions
) -> None:
    if sender.id == recipient.id or (sender.is_bot and recipient.is_bot):
        raise RpcError(400, "PEER_ID_INVALID")
    if isinstance(content, Actions):
        return  # service messages reach even those who blocked the bot
    if sender.is_bot and accounts.has_blocked(db, recipient.id, sender.id):
        raise RpcError(400, "USER_IS_BLOCKED")
    check_length(content)


def check_length(content: Content) -> None:
    """Raises RpcError."""
    if content.media is None and len(content.text) > MAX_TEXT_CHARACTERS:
        raise RpcError(400, "MESSAGE_TOO_LONG")
    if content.media is not None and len(content.text) > MAX_CAPTION_CHARACTERS:
        raise RpcError(400, "MEDIA_CAPTION_TOO_LONG")


def send(
    change: Change,
    sender: Account,
    recipient: Account,
    content: Content | Actions,
    random_id: int | None = None,
) -> Sent:
    """Put a message into both boxes and notify both sides; `random_id` as in `send_once`.

    Raises RpcError.
    """
    return send_once(
        change.db, sender.id, random_id, lambda: _send(change, sender, recipient, content)
    )


def send_once(
    db: sqlite3.Connection, sender_id: int, random_id: int | None, send_new: Callable[[], Sent]
) -> Sent:
    """Send a message unless this sender has used the random id before: then return the earlier one.

    Source: https://core.telegram.org/method/messages.sendMessage
    """
    if random_id is None:
        return send_new()
    sent = find_sent(db, sender_id, random_id)
    if sent is None:
        sent = send_new()
        keep_sent(db, sender_id, random_id, sent)
    return sent


def _send(change: Change, sender: Account, recipient: Account, content: Content | Actions) -> Sent:
    _check(change.db, sender, recipient, content)
    mine = accounts.advance(change.db, sender.id, pts=1, messages=1)
    theirs = accounts.advance(change.db, recipient.id, pts=1, messages=1)
    my_id, their_id = mine["last_message_id"], theirs["last_message_id"]
    for box, pts in (
        (Box(sender.id, recipient.id, my_id, their_id, True), mine["pts"]),
        (Box(recipient.id, sender.id, their_id, my_id, False), theirs["pts"]),
    ):
        message = _message(change.db, box, content)
        change.db.execute(
            "INSERT INTO messages (box, id, peer, twin, body) VALUES (?, ?, ?, ?, ?)",
            (box.owner_id, box.message_id, box.peer_id, box.twin_id, message.write()),
        )
        update = types.UpdateNewMessage(message=message, pts=pts, pts_count=1)
        sequences.log_pts(change, box.owner_id, update, pts, 1, sender.id, recipient.id)
    return Sent(my_id, mine["pts"])


def keep_sent(db: sqlite3.Connection, sender_id: int, random_id: int, sent: Sent) -> None:
    """Record what a sender has sent under a random id."""
    db.execute(
        "INSERT INTO sent (sender, random_id, message, pts) VALUES (?, ?, ?, ?)",
        (sender_id, random_id, sent.message_id, sent.pts),
    )


def find_sent(db: sqlite3.Connection, sender_id: int, random_id: int) -> Sent | None:
    """What a sender has sent under a random id."""
    query = "SELECT message, pts FROM sent WHERE sender = ? AND random_id = ?"
    row = db.execute(query, (sender_id, random_id)).fetchone()
    return Sent(row["message"], row["pts"]) if row else None


def _message(
    db: sqlite3.Connection, box: Box, content: Content | Actions
) -> types.Message | types.MessageService:
    author_id = box.owner_id if box.outgoing else box.peer_id
    place: dict[str, Any] = {
        "id": box.message_id,
        "peer_id": types.PeerUser(user_id=box.peer_id),
        "from_id": types.PeerUser(user_id=author_id),
        "date": int(time.time()),
        "out": box.outgoing or None,
    }
    if isinstance(content, Actions):
        action = content.for_sender if box.outgoing else content.for_recipient
        return types.MessageService(action=action, **place)
    reply_to = content.reply_to
    if reply_to is not None and not box.outgoing:
        reply_to = _twin_id(db, box.peer_id, reply_to)
    header = types.MessageReplyHeader(reply_to_msg_id=reply_to) if reply_to else None
    return message_of(content, header, place)


def message_of(content: Content, reply_to: Any, place: dict[str, Any]) -> types.Message:
    """A message; `place` has its id, chat, author and date, `reply_to` the reply header or None."""
    forwarded = None
    if content.author_id is not None:
        author = types.PeerUser(user_id=content.author_id)
        forwarded = types.MessageFwdHeader(date=place["date"], from_id=author)
    return types.Message(
        message=content.text,
        entities=list(content.entities),
        media=content.media,
        reply_markup=content.markup,
        reply_to=reply_to,
        grouped_id=content.album,
        fwd_from=forwarded,
        **place,
    )


def _twin_id(db: sqlite3.Connection, box: int, message_id: int) -> int | None:
    stored = find(db, box, message_id)
    return stored.twin if stored else None


def find(db: sqlite3.Connection, box: int, message_id: int) -> Stored | None:
    row = db.execute(
        "SELECT box, id, peer, twin, body FROM messages WHERE box = ? AND id = ?",
        (box, message_id),
    ).fetchone()
    return stored_of(row) if row else None


def stored_of(row: sqlite3.Row) -> Stored:
    """A row of `messages` as an object."""
    return Stored(row["box"], row["id"], row["peer"], row["twin"], decode(row["body"]))


def history(
    db: sqlite3.Connection,
    box: int,
    peer: int,
    *,
    limit: int,
    below: int = 0,
    above: int = 0,
    skip: int = 0,
) -> list[Stored]:
    """Messages of one chat, the newest first, with `above` < id < `below` (0: no bound)."""
    rows = db.execute(
        "SELECT box, id, peer, twin, body FROM messages"
        " WHERE box = ? AND peer = ? AND id > ? AND (? = 0 OR id < ?)"
        " ORDER BY id DESC LIMIT ? OFFSET ?",
        (box, peer, above, below, below, limit, skip),
    )
    return [stored_of(row) for row in rows.fetchall()]


def edit(change: Change, author: Account, message_id: int, content: Content) -> types.Message:
    """Change an own message in both boxes; returns the author's copy.

    Raises RpcError if there is no such message or nothing would change.
    """
    stored = find(change.db, author.id, message_id)
    if stored is None or not isinstance(stored.message, types.Message):
        raise RpcError(400, "MESSAGE_ID_INVALID")
    if not stored.message.out:
        raise RpcError(403, "MESSAGE_AUTHOR_REQUIRED")
    check_length(content)
    if shows(stored.message, content):
        raise RpcError(400, "MESSAGE_NOT_MODIFIED")
    twin = find(change.db, stored.peer, stored.twin)
    for side in (stored, twin):
        if side is not None:
            _edit_side(change, side, content)
    edited: types.Message = stored.message
    return edited


def shows(message: types.Message, content: Content) -> bool:
    """Whether an edit would change nothing visible."""
    entities = [each.write() for each in message.entities or []]
    return (
        message.message == content.text
        and entities == [each.write() for each in content.entities]
        and same(message.media, content.media)
        and same(message.reply_markup, content.markup)
    )


def _edit_side(change: Change, side: Stored, content: Content) -> None:
    put_content(side.message, content)
    replace(change, side)


def put_content(message: types.Message, content: Content) -> None:
    """Apply an edit to a message."""
    message.message, message.entities = content.text, list(content.entities)
    message.media, message.reply_markup = content.media, content.markup
    message.edit_date = int(time.time())


def replace(change: Change, side: Stored) -> int:
    """Store a changed copy and notify its owner; returns the owner's new pts."""
    pts: int = accounts.advance(change.db, side.box, pts=1)["pts"]
    change.db.execute(
        "UPDATE messages SET body = ? WHERE box = ? AND id = ?",
        (side.message.write(), side.box, side.id),
    )
    update = types.UpdateEditMessage(message=side.message, pts=pts, pts_count=1)
    author = getattr(side.message.from_id, "user_id", side.box)
    sequences.log_pts(change, side.box, update, pts, 1, side.box, side.peer, author)
    return pts


def delete(change: Change, owner: Account, message_ids: Sequence[int], both_sides: bool) -> int:
    """Delete messages of the owner's box, and their twins if asked; returns the owner's pts."""
    stored = [each for each in (find(change.db, owner.id, i) for i in message_ids) if each]
    doomed: dict[int, list[int]] = {owner.id: [each.id for each in stored]}
    if both_sides:
        for each in stored:
            for box, message_id in _twins(change.db, each):
                doomed.setdefault(box, []).append(message_id)
    own_pts = 0
    for box, ids in doomed.items():
        change.db.executemany(
            "DELETE FROM messages WHERE box = ? AND id = ?", [(box, each) for each in ids]
        )
        pts = accounts.advance(change.db, box, pts=len(ids))["pts"]
        if box == owner.id:
            own_pts = pts
        if ids:
            update = types.UpdateDeleteMessages(messages=ids, pts=pts, pts_count=len(ids))
            sequences.log_pts(change, box, update, pts, len(ids))
    return own_pts


def _twins(db: sqlite3.Connection, stored: Stored) -> list[tuple[int, int]]:
    """The other copies of a message: box and id."""
    if stored.peer > 0:
        return [(stored.peer, stored.twin)]
    rows = db.execute(
        "SELECT box, id FROM messages WHERE peer = ? AND twin = ? AND box <> ?",
        (stored.peer, stored.twin, stored.box),
    )
    return [(row["box"], row["id"]) for row in rows.fetchall()]

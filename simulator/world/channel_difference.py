"""updates.getChannelDifference: what a member missed of one channel.

Source: https://core.telegram.org/api/updates#recovering-gaps
"""

from typing import Any

from pyrogram.raw import types

from simulator.wire.rpc import RpcError
from simulator.wire.tl import Object
from simulator.world import channel_box, channels, sequences
from simulator.world.accounts import Account
from simulator.world.channels import Channel
from simulator.world.world import World

MAX_UPDATES = 100
LATEST_MESSAGES = 10
TIMEOUT_SECONDS = 30


def difference(world: World, viewer: Account, channel: Channel, pts: int, limit: int) -> Object:
    """Everything after `pts` that this member may see, at most MAX_UPDATES at once.

    Updates that a bot in privacy mode may not see are left out, and their pts is skipped. Raises
    RpcError.
    """
    member = channels.present(world.db, channel, viewer.id)
    now, _ = channels.position(world.db, channel.id)
    if not 0 < pts <= now:
        raise RpcError(400, "PERSISTENT_TIMESTAMP_INVALID")
    if pts == now:
        return types.updates.ChannelDifferenceEmpty(pts=now, final=True, timeout=TIMEOUT_SECONDS)
    count = min(max(limit, 1), MAX_UPDATES)
    rows = channel_box.difference_rows(world.db, channel.id, pts, count)
    if not rows or rows[0][0]["pts"] - rows[0][0]["pts_count"] > pts:
        return _too_long(world, viewer, channel, now)
    heard = [
        (row, update)
        for row, update in rows
        if channel_box.hears(world.db, viewer, member, row["sender"], update)
    ]
    reached = rows[-1][0]["pts"]
    peers = {each for row, _ in heard for each in sequences.split(row["people"])}
    return types.updates.ChannelDifference(
        pts=reached,
        final=reached == now or None,
        timeout=TIMEOUT_SECONDS,
        **_parts(viewer.id, heard),
        chats=world.chats(viewer.id, peers | {-channel.id}),
        users=world.users(viewer.id, peers),
    )


def _parts(viewer_id: int, heard: list[tuple[Any, Any]]) -> dict[str, Any]:
    new, other = [], []
    for row, update in heard:
        message = getattr(update, "message", None)
        if message is not None:
            message.out = row["sender"] == viewer_id or None
        if isinstance(update, types.UpdateNewChannelMessage):
            new.append(update.message)
        else:
            other.append(update)
    return {"new_messages": new, "other_updates": other}


def _too_long(world: World, viewer: Account, channel: Channel, now: int) -> Object:
    """The log has been pruned beyond the requested pts: only the latest messages are sent."""
    latest = channel_box.history(world.db, channel.id, limit=LATEST_MESSAGES)
    _, last_message = channels.position(world.db, channel.id)
    return types.updates.ChannelDifferenceTooLong(
        final=True,
        timeout=TIMEOUT_SECONDS,
        dialog=types.Dialog(
            peer=channel.peer,
            top_message=last_message,
            read_inbox_max_id=0,
            read_outbox_max_id=0,
            unread_count=0,
            unread_mentions_count=0,
            unread_reactions_count=0,
            unread_poll_votes_count=0,
            notify_settings=types.PeerNotifySettings(),
            pts=now,
        ),
        messages=[each.seen_by(viewer.id) for each in latest],
        chats=world.chats(viewer.id, (-channel.id,)),
        users=world.users(viewer.id, {each.sender for each in latest}),
    )

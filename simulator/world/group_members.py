"""Creating a basic group, joining and leaving it, and its migration to a supergroup.

A bot learns of its own status (my_chat_member of the Bot API), and of everybody's where it is an
administrator. Source: https://core.telegram.org/api/channel#migration
"""

import time
from collections.abc import Sequence
from functools import partial

from pyrogram.raw import types

from simulator.wire.rpc import RpcError
from simulator.world import (
    accounts,
    channel_box,
    channels,
    group_box,
    groups,
    members,
    sequences,
)
from simulator.world.accounts import Account
from simulator.world.channels import ALL_RIGHTS, Channel, Status
from simulator.world.groups import Group, GroupMember
from simulator.world.world import Change


def found(change: Change, creator: Account, users: Sequence[Account], title: str) -> Group:
    """Make a group of some people and bots. Raises RpcError."""
    if creator.is_bot:
        raise RpcError(400, "BOT_METHOD_INVALID")
    if not title.strip():
        raise RpcError(400, "CHAT_TITLE_EMPTY")
    if not users:
        raise RpcError(400, "USERS_TOO_FEW")
    group = groups.add(change.db, title)
    _set_status(change, group, creator, creator, Status.CREATOR)
    for user in users:
        _set_status(change, group, user, creator, Status.MEMBER)
    ids = [user.id for user in users]
    action = types.MessageActionChatCreate(title=title, users=[creator.id, *ids])
    group_box.announce(change, creator, group, action, *ids)
    return group


def add(change: Change, actor: Account, group: Group, user: Account) -> None:
    """Raises RpcError."""
    groups.present(change.db, group, actor.id)
    member = groups.find_member(change.db, group.id, user.id)
    if member is not None and member.is_present:
        raise RpcError(400, "USER_ALREADY_PARTICIPANT")
    if len(groups.present_members(change.db, group.id)) >= groups.MAX_MEMBERS:
        raise RpcError(400, "USERS_TOO_MUCH")
    _set_status(change, group, user, actor, Status.MEMBER)
    action = types.MessageActionChatAddUser(users=[user.id])
    group_box.announce(change, actor, group, action, user.id)


def remove(change: Change, actor: Account, group: Group, user: Account) -> None:
    """Leave the group, or remove somebody: the creator may remove anyone, administrators those who
    are not, members those whom they invited. Raises RpcError."""
    own = groups.present(change.db, group, actor.id)
    member = groups.find_member(change.db, group.id, user.id)
    if member is None or not member.is_present:
        raise RpcError(400, "USER_NOT_PARTICIPANT")
    may = (
        actor.id == user.id
        or own.status is Status.CREATOR
        or (own.is_admin and not member.is_admin)
        or member.inviter == actor.id
    )
    if not may:
        raise RpcError(400, "CHAT_ADMIN_REQUIRED")
    _set_status(change, group, user, actor, Status.LEFT)
    action = types.MessageActionChatDeleteUser(user_id=user.id)
    group_box.announce(change, actor, group, action, user.id, also=user.id)


def set_admin(
    change: Change, actor: Account, group: Group, user: Account, *, is_admin: bool
) -> None:
    """Raises RpcError."""
    if groups.present(change.db, group, actor.id).status is not Status.CREATOR:
        raise RpcError(400, "CHAT_ADMIN_REQUIRED")
    member = groups.find_member(change.db, group.id, user.id)
    if member is None or not member.is_present:
        raise RpcError(400, "USER_NOT_PARTICIPANT")
    if member.status is not Status.CREATOR:
        _set_status(change, group, user, actor, Status.ADMIN if is_admin else Status.MEMBER)


def rename(change: Change, actor: Account, group: Group, title: str) -> None:
    """Raises RpcError."""
    if not groups.present(change.db, group, actor.id).is_admin:
        raise RpcError(400, "CHAT_ADMIN_REQUIRED")
    if not title.strip():
        raise RpcError(400, "CHAT_TITLE_EMPTY")
    if title == group.title:
        raise RpcError(400, "CHAT_NOT_MODIFIED")
    groups.rename(change.db, group, title)
    group_box.announce(change, actor, group, types.MessageActionChatEditTitle(title=title))


def migrate(change: Change, actor: Account, group: Group) -> Channel:
    """Make a supergroup of it, with the same members; the group itself becomes inactive. Raises
    RpcError."""
    if groups.present(change.db, group, actor.id).status is not Status.CREATOR:
        raise RpcError(400, "CHAT_ADMIN_REQUIRED")
    channel = channels.add(change.db, title=group.title, megagroup=True)
    for each in groups.present_members(change.db, group.id):
        user = accounts.by_id(change.db, each.user)
        assert user is not None  # accounts stay
        rights = ALL_RIGHTS if each.is_admin else None
        members.set_status(change, channel, user, actor, each.status, rights)
    moved = types.MessageActionChatMigrateTo(channel_id=channel.id)
    group_box.announce(change, actor, group, moved, -channel.id)
    groups.end(change.db, group, channel.id)
    came = types.MessageActionChannelMigrateFrom(title=group.title, chat_id=group.id)
    channel_box.announce(change, actor, channel, came, -group.id)
    return channel


def _set_status(
    change: Change, group: Group, user: Account, actor: Account, status: Status
) -> None:
    """Record someone's new status, and notify them and the bots that administer the group."""
    before = groups.find_member(change.db, group.id, user.id)
    inviter = before.inviter if before is not None and before.is_present else actor.id
    after = GroupMember(user.id, status, inviter, int(time.time()))
    groups.put_member(change.db, group.id, after)
    peers = (actor.id, user.id, -group.id)
    for bot_id in _bots_notified(change, group, user):
        made = partial(
            types.UpdateChatParticipant,
            chat_id=group.id,
            actor_id=actor.id,
            user_id=user.id,
            prev_participant=before.participant() if before is not None else None,
            new_participant=after.participant(),
        )
        sequences.log_qts(change, bot_id, made, *peers)
    change.tell(user.id, types.UpdateChat(chat_id=group.id), *peers)


def _bots_notified(change: Change, group: Group, user: Account) -> list[int]:
    rows = change.db.execute(
        "SELECT user FROM group_members JOIN accounts ON accounts.id = user"
        " WHERE chat = ? AND is_bot AND (status = 'admin' OR user = ?)",
        (group.id, user.id),
    )
    return [int(bot_id) for (bot_id,) in rows.fetchall()]

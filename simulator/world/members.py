"""Joining and leaving a channel, becoming an administrator or banned, and who is notified.

A bot learns of its own status (my_chat_member of the Bot API), and of everybody's where it is an
administrator.
"""

import time
from functools import partial
from typing import Any, assert_never

from pyrogram.raw import types

from simulator.wire.rpc import RpcError
from simulator.world import channel_box, channels, sequences
from simulator.world.accounts import Account
from simulator.world.channels import ALL_RIGHTS, Channel, Member, Status
from simulator.world.world import Change

NO_RIGHTS = types.ChatAdminRights()


def found(
    change: Change,
    creator: Account,
    *,
    title: str,
    about: str = "",
    username: str | None = None,
    megagroup: bool = False,
    forum: bool = False,
) -> Channel:
    """Make a channel or supergroup. Raises RpcError."""
    if not title.strip():
        raise RpcError(400, "CHAT_TITLE_EMPTY")
    channel = channels.add(
        change.db, title=title, about=about, username=username, megagroup=megagroup, forum=forum
    )
    set_status(change, channel, creator, creator, Status.CREATOR, ALL_RIGHTS)
    action = types.MessageActionChannelCreate(title=title)
    channel_box.announce(change, creator, channel, action)
    return channel


def join(change: Change, person: Account, channel: Channel) -> None:
    """Raises RpcError for bots, for banned users, and for channels without a username."""
    member = channels.find_member(change.db, channel.id, person.id)
    if person.is_bot:
        raise RpcError(400, "BOT_METHOD_INVALID")
    if member is not None and member.is_present:
        raise RpcError(400, "USER_ALREADY_PARTICIPANT")
    if channel.username is None or (member is not None and member.status is Status.BANNED):
        raise RpcError(400, "CHANNEL_PRIVATE")
    _enter(change, person, channel, person, Status.MEMBER)


def invite(change: Change, actor: Account, channel: Channel, user: Account) -> None:
    """Raises RpcError."""
    inviter = channels.present(change.db, channel, actor.id)
    if not channel.megagroup and not inviter.may("invite_users"):
        raise RpcError(400, "CHAT_ADMIN_REQUIRED")
    if user.is_bot and not channel.megagroup:
        raise RpcError(400, "USER_BOT")  # bots join a broadcast channel as administrators
    member = channels.find_member(change.db, channel.id, user.id)
    if member is not None and member.is_present:
        raise RpcError(400, "USER_ALREADY_PARTICIPANT")
    if member is not None and member.status is Status.BANNED:
        raise RpcError(400, "USER_KICKED")
    _enter(change, actor, channel, user, Status.MEMBER)


def leave(change: Change, person: Account, channel: Channel) -> None:
    """Raises RpcError."""
    member = channels.find_member(change.db, channel.id, person.id)
    if member is None or not member.is_present:
        raise RpcError(400, "USER_NOT_PARTICIPANT")
    if member.status is Status.CREATOR:
        raise RpcError(400, "USER_CREATOR")
    _go(change, person, channel, person, Status.LEFT)


def promote(
    change: Change, actor: Account, channel: Channel, user: Account, rights: types.ChatAdminRights
) -> None:
    """Give administrator rights, or take them away. A bot that is not a member yet joins. Raises
    RpcError."""
    channels.require(change.db, channel, actor.id, "add_admins")
    member = channels.find_member(change.db, channel.id, user.id)
    if member is not None and member.status is Status.CREATOR:
        raise RpcError(400, "USER_CREATOR")
    status = Status.MEMBER if rights.write() == NO_RIGHTS.write() else Status.ADMIN
    if member is not None and member.is_present:
        if user.is_bot and status is Status.MEMBER and not channel.megagroup:
            set_status(change, channel, user, actor, Status.LEFT)
            return
        set_status(change, channel, user, actor, status, rights)
        return
    if not user.is_bot or status is not Status.ADMIN:
        raise RpcError(400, "USER_NOT_PARTICIPANT")
    _enter(change, actor, channel, user, status, rights)


def ban(change: Change, actor: Account, channel: Channel, user: Account, *, banned: bool) -> None:
    """Ban someone permanently, or lift the ban. Raises RpcError."""
    channels.require(change.db, channel, actor.id, "ban_users")
    member = channels.find_member(change.db, channel.id, user.id)
    if member is not None and member.is_admin:
        raise RpcError(400, "USER_ADMIN_INVALID")
    if not banned:
        if member is not None and member.status is Status.BANNED:
            set_status(change, channel, user, actor, Status.LEFT)
    elif member is not None and member.is_present:
        _go(change, actor, channel, user, Status.BANNED)
    else:
        set_status(change, channel, user, actor, Status.BANNED)


def _enter(
    change: Change,
    actor: Account,
    channel: Channel,
    user: Account,
    status: Status,
    rights: types.ChatAdminRights | None = None,
) -> None:
    set_status(change, channel, user, actor, status, rights)
    if channel.megagroup:
        action = types.MessageActionChatAddUser(users=[user.id])
        channel_box.announce(change, actor, channel, action, user.id)


def _go(change: Change, actor: Account, channel: Channel, user: Account, status: Status) -> None:
    set_status(change, channel, user, actor, status)
    if channel.megagroup:
        action = types.MessageActionChatDeleteUser(user_id=user.id)
        channel_box.announce(change, actor, channel, action, user.id)


def set_status(
    change: Change,
    channel: Channel,
    user: Account,
    actor: Account,
    status: Status,
    rights: types.ChatAdminRights | None = None,
) -> None:
    """Record someone's new status, and notify them and the bots that administer the channel."""
    before = channels.find_member(change.db, channel.id, user.id)
    after = Member(user.id, status, rights, actor.id, int(time.time()))
    channels.put_member(change.db, channel.id, after)
    peers = (actor.id, user.id, -channel.id)
    for bot_id in _bots_notified(change, channel, user):
        made = partial(
            types.UpdateChannelParticipant,
            channel_id=channel.id,
            actor_id=actor.id,
            user_id=user.id,
            prev_participant=_side(before, bot_id),
            new_participant=_side(after, bot_id),
        )
        sequences.log_qts(change, bot_id, made, *peers)
    change.tell(user.id, types.UpdateChannel(channel_id=channel.id), *peers)


def _bots_notified(change: Change, channel: Channel, user: Account) -> list[int]:
    rows = change.db.execute(
        "SELECT user FROM members JOIN accounts ON accounts.id = user"
        " WHERE channel = ? AND is_bot AND (status = 'admin' OR user = ?)",
        (channel.id, user.id),
    )
    return [int(bot_id) for (bot_id,) in rows.fetchall()]


def _side(member: Member | None, viewer_id: int) -> Any:
    """One side of a change: None for someone who is not in the channel."""
    if member is None or member.status is Status.LEFT:
        return None
    return participant(member, viewer_id)


def participant(member: Member, viewer_id: int) -> Any:
    """A member as `viewer_id` sees them. Raises RpcError for one who has left."""
    match member.status:
        case Status.CREATOR:
            return types.ChannelParticipantCreator(user_id=member.user, admin_rights=ALL_RIGHTS)
        case Status.ADMIN:
            assert member.rights is not None
            return types.ChannelParticipantAdmin(
                user_id=member.user,
                promoted_by=member.actor,
                date=member.since,
                admin_rights=member.rights,
                is_self=member.user == viewer_id or None,
                inviter_id=member.actor if member.user == viewer_id else None,
            )
        case Status.MEMBER if member.user == viewer_id:
            return types.ChannelParticipantSelf(
                user_id=member.user, inviter_id=member.actor, date=member.since
            )
        case Status.MEMBER:
            return types.ChannelParticipant(user_id=member.user, date=member.since)
        case Status.BANNED:
            return types.ChannelParticipantBanned(
                peer=types.PeerUser(user_id=member.user),
                kicked_by=member.actor,
                date=member.since,
                banned_rights=types.ChatBannedRights(until_date=0, view_messages=True),
                left=True,
            )
        case Status.LEFT:
            raise RpcError(400, "USER_NOT_PARTICIPANT")
    assert_never(member.status)

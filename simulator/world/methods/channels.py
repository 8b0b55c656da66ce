"""channels.*: channels and supergroups, and who is in them."""

import re
import sqlite3
from typing import Any

from pyrogram.raw import functions, types

from simulator.wire.rpc import RpcError
from simulator.wire.tl import Object, true
from simulator.world import accounts, channels, members
from simulator.world.calls import Call, Methods
from simulator.world.channels import Channel, Member
from simulator.world.methods.peers import account_of, channel_of

MAX_PARTICIPANTS = 200
USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,30}[A-Za-z0-9]")


def methods() -> Methods:
    group = Methods()
    _add_reading(group)
    _add_participants(group)
    _add_coming_and_going(group)
    _add_founding(group)
    return group


def _add_reading(group: Methods) -> None:
    @group.on(functions.channels.GetChannels)
    async def get_channels(call: Call, query: functions.channels.GetChannels) -> Object:
        found = [-channel_of(call, each).id for each in query.id]
        return types.messages.Chats(chats=call.world.chats(call.account.id, found))

    @group.on(functions.channels.GetFullChannel)
    async def get_full(call: Call, query: functions.channels.GetFullChannel) -> Object:
        channel = channel_of(call, query.channel)
        if channel.username is None:
            channels.present(call.world.db, channel, call.account.id)
        pts, _ = channels.position(call.world.db, channel.id)
        full = types.ChannelFull(
            id=channel.id,
            about=channel.about,
            read_inbox_max_id=0,
            read_outbox_max_id=0,
            unread_count=0,
            chat_photo=types.PhotoEmpty(id=0),
            notify_settings=types.PeerNotifySettings(),
            bot_info=[],
            pts=pts,
            participants_count=channels.count_members(call.world.db, channel.id),
        )
        chats = call.world.chats(call.account.id, (-channel.id,))
        return types.messages.ChatFull(full_chat=full, chats=chats, users=[])


def _add_participants(group: Methods) -> None:
    @group.on(functions.channels.GetParticipant)
    async def get_participant(call: Call, query: functions.channels.GetParticipant) -> Object:
        channel, user = channel_of(call, query.channel), account_of(call, query.participant)
        _check_sees_members(call, channel, user.id)
        member = channels.find_member(call.world.db, channel.id, user.id)
        if member is None:
            raise RpcError(400, "USER_NOT_PARTICIPANT")
        return types.channels.ChannelParticipant(
            participant=members.participant(member, call.account.id),
            chats=call.world.chats(call.account.id, (-channel.id,)),
            users=call.world.users(call.account.id, (user.id, member.actor)),
        )

    @group.on(functions.channels.GetParticipants)
    async def get_participants(call: Call, query: functions.channels.GetParticipants) -> Object:
        channel = channel_of(call, query.channel)
        _check_sees_members(call, channel, 0)
        limit = min(query.limit, MAX_PARTICIPANTS)
        found = [
            each
            for each in channels.members(call.world.db, channel.id, limit=limit, skip=query.offset)
            if _is_asked_for(call, query.filter, each)
        ]
        return types.channels.ChannelParticipants(
            count=channels.count_members(call.world.db, channel.id),
            participants=[members.participant(each, call.account.id) for each in found],
            chats=call.world.chats(call.account.id, (-channel.id,)),
            users=call.world.users(call.account.id, {each.user for each in found}),
        )


def _check_sees_members(call: Call, channel: Channel, user_id: int) -> None:
    """Only administrators may see a broadcast channel's subscribers. Raises RpcError."""
    member = channels.find_member(call.world.db, channel.id, call.account.id)
    if member is None or not member.is_present:
        if user_id == call.account.id:
            return
        raise RpcError(400, "CHAT_ADMIN_REQUIRED" if channel.username else "CHANNEL_PRIVATE")
    if not channel.megagroup and not member.is_admin and user_id != call.account.id:
        raise RpcError(400, "CHAT_ADMIN_REQUIRED")


def _is_asked_for(call: Call, asked: Any, member: Member) -> bool:
    if isinstance(asked, types.ChannelParticipantsAdmins):
        return member.is_admin
    if isinstance(asked, types.ChannelParticipantsBots):
        return call.world.account(member.user).is_bot
    if isinstance(asked, types.ChannelParticipantsSearch) and asked.q:
        return asked.q.lower() in call.world.account(member.user).first_name.lower()
    if isinstance(asked, (types.ChannelParticipantsKicked, types.ChannelParticipantsBanned)):
        return False
    return True


def _add_coming_and_going(group: Methods) -> None:
    @group.on(functions.channels.JoinChannel)
    async def join(call: Call, query: functions.channels.JoinChannel) -> Object:
        channel = channel_of(call, query.channel)
        with call.world.change(call.session) as change:
            members.join(change, call.account, channel)
        updates = call.world.result(change, call.account.id)
        return types.messages.ChatInviteJoinResultOk(updates=updates)

    @group.on(functions.channels.LeaveChannel)
    async def leave(call: Call, query: functions.channels.LeaveChannel) -> Object:
        channel = channel_of(call, query.channel)
        with call.world.change(call.session) as change:
            members.leave(change, call.account, channel)
        return call.world.result(change, call.account.id)

    @group.on(functions.channels.InviteToChannel)
    async def invite(call: Call, query: functions.channels.InviteToChannel) -> Object:
        channel = channel_of(call, query.channel)
        with call.world.change(call.session) as change:
            for each in query.users:
                members.invite(change, call.account, channel, account_of(call, each))
        updates = call.world.result(change, call.account.id)
        return types.messages.InvitedUsers(updates=updates, missing_invitees=[])

    @group.on(functions.channels.EditAdmin)
    async def promote(call: Call, query: functions.channels.EditAdmin) -> Object:
        channel, user = channel_of(call, query.channel), account_of(call, query.user_id)
        with call.world.change(call.session) as change:
            members.promote(change, call.account, channel, user, query.admin_rights)
        return _with_channel(call, change, channel)

    @group.on(functions.channels.EditBanned)
    async def ban(call: Call, query: functions.channels.EditBanned) -> Object:
        channel, user = channel_of(call, query.channel), account_of(call, query.participant)
        banned = bool(query.banned_rights.view_messages)
        with call.world.change(call.session) as change:
            members.ban(change, call.account, channel, user, banned=banned)
        return _with_channel(call, change, channel)


def _with_channel(call: Call, change: Any, channel: Channel) -> Object:
    """The change's updates; the result has the channel even if the caller gets no update."""
    result = call.world.result(change, call.account.id)
    if result.chats:
        return result
    return call.world.updates(
        call.account.id, [types.UpdateChannel(channel_id=channel.id)], (-channel.id,)
    )


def _add_founding(group: Methods) -> None:
    @group.on(functions.channels.CreateChannel)
    async def create(call: Call, query: functions.channels.CreateChannel) -> Object:
        if call.account.is_bot:
            raise RpcError(400, "BOT_METHOD_INVALID")
        with call.world.change(call.session) as change:
            members.found(
                change,
                call.account,
                title=query.title,
                about=query.about,
                megagroup=bool(query.megagroup or query.forum),
                forum=bool(query.forum),
            )
        return call.world.result(change, call.account.id)

    @group.on(functions.channels.UpdateUsername)
    async def update_username(call: Call, query: functions.channels.UpdateUsername) -> Object:
        channel = channel_of(call, query.channel)
        with call.world.change() as change:
            channels.require(change.db, channel, call.account.id, "change_info")
            _check_name(change.db, query.username)
            change.db.execute(
                "UPDATE channels SET username = ? WHERE id = ?",
                (query.username or None, channel.id),
            )
        return true()

    @group.on(functions.channels.ToggleForum)
    async def toggle_forum(call: Call, query: functions.channels.ToggleForum) -> Object:
        channel = channel_of(call, query.channel)
        with call.world.change(call.session) as change:
            channels.require(change.db, channel, call.account.id, "change_info")
            if not channel.megagroup:
                raise RpcError(400, "CHANNEL_INVALID")
            if channel.forum == query.enabled:
                raise RpcError(400, "CHAT_NOT_MODIFIED")
            change.db.execute(
                "UPDATE channels SET forum = ? WHERE id = ?", (query.enabled, channel.id)
            )
        return _with_channel(call, change, channel)


def _check_name(db: sqlite3.Connection, username: str) -> None:
    if not username:
        return
    if not USERNAME.fullmatch(username):
        raise RpcError(400, "USERNAME_INVALID")
    if accounts.by_username(db, username) or channels.by_username(db, username):
        raise RpcError(400, "USERNAME_OCCUPIED")

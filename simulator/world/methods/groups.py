"""messages.*Chat*: basic groups, and who is in them."""

from pyrogram.raw import functions, types

from simulator.wire.tl import Object, true
from simulator.world import group_members, groups
from simulator.world.calls import Call, Methods
from simulator.world.groups import Group
from simulator.world.methods.peers import account_of
from simulator.world.world import Change


def methods() -> Methods:
    group = Methods()
    _add_reading(group)
    _add_founding(group)
    _add_coming_and_going(group)
    return group


def _add_reading(group: Methods) -> None:
    @group.on(functions.messages.GetChats)
    async def get_chats(call: Call, query: functions.messages.GetChats) -> Object:
        found = [-groups.by_id(call.world.db, each).id for each in query.id]
        return types.messages.Chats(chats=call.world.chats(call.account.id, found))

    @group.on(functions.messages.GetFullChat)
    async def get_full(call: Call, query: functions.messages.GetFullChat) -> Object:
        found = groups.by_id(call.world.db, query.chat_id)
        participants = groups.participants(call.world.db, found, call.account.id)
        full = types.ChatFull(
            id=found.id,
            about="",
            participants=participants,
            notify_settings=types.PeerNotifySettings(),
        )
        people = {each.user_id for each in getattr(participants, "participants", [])}
        return types.messages.ChatFull(
            full_chat=full,
            chats=call.world.chats(call.account.id, (-found.id,)),
            users=call.world.users(call.account.id, people),
        )


def _add_founding(group: Methods) -> None:
    @group.on(functions.messages.CreateChat)
    async def create(call: Call, query: functions.messages.CreateChat) -> Object:
        users = [account_of(call, each) for each in query.users]
        with call.world.change(call.session) as change:
            group_members.found(change, call.account, users, query.title)
        updates = call.world.result(change, call.account.id)
        return types.messages.InvitedUsers(updates=updates, missing_invitees=[])

    @group.on(functions.messages.EditChatTitle)
    async def rename(call: Call, query: functions.messages.EditChatTitle) -> Object:
        with call.world.change(call.session) as change:
            found = groups.active(change.db, query.chat_id)
            group_members.rename(change, call.account, found, query.title)
        return call.world.result(change, call.account.id)

    @group.on(functions.messages.MigrateChat)
    async def migrate(call: Call, query: functions.messages.MigrateChat) -> Object:
        with call.world.change(call.session) as change:
            found = groups.active(change.db, query.chat_id)
            group_members.migrate(change, call.account, found)
        return call.world.result(change, call.account.id)


def _add_coming_and_going(group: Methods) -> None:
    @group.on(functions.messages.AddChatUser)
    async def add(call: Call, query: functions.messages.AddChatUser) -> Object:
        user = account_of(call, query.user_id)
        with call.world.change(call.session) as change:
            found = groups.active(change.db, query.chat_id)
            group_members.add(change, call.account, found, user)
        updates = call.world.result(change, call.account.id)
        return types.messages.InvitedUsers(updates=updates, missing_invitees=[])

    @group.on(functions.messages.DeleteChatUser)
    async def remove(call: Call, query: functions.messages.DeleteChatUser) -> Object:
        user = account_of(call, query.user_id)
        with call.world.change(call.session) as change:
            found = groups.active(change.db, query.chat_id)
            group_members.remove(change, call.account, found, user)
        return _with_group(call, change, found)

    @group.on(functions.messages.EditChatAdmin)
    async def set_admin(call: Call, query: functions.messages.EditChatAdmin) -> Object:
        user = account_of(call, query.user_id)
        with call.world.change(call.session) as change:
            found = groups.active(change.db, query.chat_id)
            group_members.set_admin(
                change, call.account, found, user, is_admin=bool(query.is_admin)
            )
        return true()


def _with_group(call: Call, change: Change, group: Group) -> Object:
    """The change's updates; the result has the group even if the caller gets no update."""
    result = call.world.result(change, call.account.id)
    if result.chats:
        return result
    updates: list[Object] = [types.UpdateChat(chat_id=group.id)]
    return call.world.updates(call.account.id, updates, (-group.id,))

"""users.*: who someone is."""

from pyrogram.raw import functions, types

from simulator import accounts
from simulator.methods.peers import account_of
from simulator.rpc import Call, Methods
from simulator.tl import Object, vector


def methods() -> Methods:
    group = Methods()

    @group.on(functions.users.GetUsers)
    async def get_users(call: Call, query: functions.users.GetUsers) -> Object:
        viewer = call.account
        return vector([account_of(call, each).seen_by(viewer.id) for each in query.id])

    @group.on(functions.users.GetFullUser)
    async def get_full_user(call: Call, query: functions.users.GetFullUser) -> Object:
        viewer, whom = call.account, account_of(call, query.id)
        blocked = accounts.has_blocked(call.world.db, viewer.id, whom.id)
        full = types.UserFull(
            id=whom.id,
            settings=types.PeerSettings(),
            notify_settings=types.PeerNotifySettings(),
            common_chats_count=0,
            blocked=blocked or None,
        )
        return types.users.UserFull(full_user=full, chats=[], users=[whom.seen_by(viewer.id)])

    return group

"""contacts.*: finding someone by name, and blocking."""

from pyrogram.raw import functions, types

from simulator.wire.rpc import RpcError
from simulator.wire.tl import Object, true
from simulator.world import accounts, blocks, channels
from simulator.world.calls import Call, Methods
from simulator.world.methods.peers import account_of


def methods() -> Methods:
    group = Methods()

    @group.on(functions.contacts.ResolveUsername)
    async def resolve_username(call: Call, query: functions.contacts.ResolveUsername) -> Object:
        found = accounts.by_username(call.world.db, query.username)
        if found is not None:
            users = call.world.users(call.account.id, (found.id,))
            peer = types.PeerUser(user_id=found.id)
            return types.contacts.ResolvedPeer(peer=peer, chats=[], users=users)
        channel = channels.by_username(call.world.db, query.username)
        if channel is None:
            raise RpcError(400, "USERNAME_NOT_OCCUPIED")
        chats = call.world.chats(call.account.id, (-channel.id,))
        return types.contacts.ResolvedPeer(peer=channel.peer, chats=chats, users=[])

    @group.on(functions.contacts.Block)
    async def block(call: Call, query: functions.contacts.Block) -> Object:
        with call.world.change(call.session) as change:
            blocks.put(change, call.account, account_of(call, query.id), stopped=True)
        return true()

    @group.on(functions.contacts.Unblock)
    async def unblock(call: Call, query: functions.contacts.Unblock) -> Object:
        with call.world.change(call.session) as change:
            blocks.put(change, call.account, account_of(call, query.id), stopped=False)
        return true()

    return group

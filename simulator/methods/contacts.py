"""contacts.*: finding someone by name, and blocking."""

from pyrogram.raw import functions, types

from simulator import accounts, blocks
from simulator.methods.peers import account_of
from simulator.rpc import Call, Methods, RpcError
from simulator.tl import Object, true


def methods() -> Methods:
    group = Methods()

    @group.on(functions.contacts.ResolveUsername)
    async def resolve_username(call: Call, query: functions.contacts.ResolveUsername) -> Object:
        found = accounts.by_username(call.world.db, query.username)
        if found is None:
            raise RpcError(400, "USERNAME_NOT_OCCUPIED")
        return types.contacts.ResolvedPeer(
            peer=types.PeerUser(user_id=found.id),
            chats=[],
            users=[found.seen_by(call.account.id)],
        )

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

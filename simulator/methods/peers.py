"""Who is meant by an input peer."""

from pyrogram.raw import types

from simulator.accounts import Account
from simulator.rpc import Call, RpcError
from simulator.tl import Object


def account_of(call: Call, peer: Object) -> Account:
    """Only people and bots are simulated, no groups or channels. Raises RpcError."""
    if isinstance(peer, (types.InputPeerSelf, types.InputUserSelf)):
        return call.account
    if isinstance(peer, (types.InputPeerUser, types.InputUser)):
        return call.world.account(peer.user_id)
    raise RpcError(400, "PEER_ID_INVALID")

"""Who is meant by an input peer."""

from typing import Any

from pyrogram.raw import types

from simulator.wire.rpc import RpcError
from simulator.world import channels
from simulator.world.accounts import Account
from simulator.world.calls import Call
from simulator.world.channels import Channel

CHANNELS = (types.InputPeerChannel, types.InputChannel)


def account_of(call: Call, peer: Any) -> Account:
    """A person or bot. Raises RpcError."""
    if isinstance(peer, (types.InputPeerSelf, types.InputUserSelf)):
        return call.account
    if isinstance(peer, (types.InputPeerUser, types.InputUser)):
        return call.world.account(peer.user_id)
    raise RpcError(400, "PEER_ID_INVALID")


def channel_of(call: Call, peer: Any) -> Channel:
    """A channel or supergroup; there are no basic groups. Raises RpcError."""
    if not isinstance(peer, CHANNELS):
        raise RpcError(400, "CHANNEL_INVALID")
    return channels.by_id(call.world.db, peer.channel_id)


def peer_of(call: Call, peer: Any) -> Account | Channel:
    """Raises RpcError."""
    return channel_of(call, peer) if isinstance(peer, CHANNELS) else account_of(call, peer)

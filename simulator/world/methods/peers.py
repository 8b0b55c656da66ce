"""The account, group or channel of an input peer."""

from typing import Any

from pyrogram.raw import types

from simulator.wire.rpc import RpcError
from simulator.world import channels, groups
from simulator.world.accounts import Account
from simulator.world.calls import Call
from simulator.world.channels import Channel
from simulator.world.groups import Group

Target = Account | Channel | Group
CHANNELS = (types.InputPeerChannel, types.InputChannel)


def account_of(call: Call, peer: Any) -> Account:
    """A person or bot. Raises RpcError."""
    if isinstance(peer, (types.InputPeerSelf, types.InputUserSelf)):
        return call.account
    if isinstance(peer, (types.InputPeerUser, types.InputUser)):
        return call.world.account(peer.user_id)
    raise RpcError(400, "PEER_ID_INVALID")


def channel_of(call: Call, peer: Any) -> Channel:
    """A channel or supergroup. Raises RpcError."""
    if not isinstance(peer, CHANNELS):
        raise RpcError(400, "CHANNEL_INVALID")
    return channels.by_id(call.world.db, peer.channel_id)


def peer_of(call: Call, peer: Any) -> Target:
    """Raises RpcError."""
    if isinstance(peer, types.InputPeerChat):
        return groups.by_id(call.world.db, peer.chat_id)
    return channel_of(call, peer) if isinstance(peer, CHANNELS) else account_of(call, peer)


def number_of(target: Target) -> int:
    """A peer as updates name it: channels and groups with a minus."""
    return target.id if isinstance(target, Account) else -target.id

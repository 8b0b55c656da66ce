"""updates.*: a client's state, and what it missed."""

from pyrogram.raw import functions

from simulator.wire.tl import Object
from simulator.world import channel_difference, difference
from simulator.world.calls import Call, Methods
from simulator.world.methods.peers import channel_of


def methods() -> Methods:
    group = Methods()

    @group.on(functions.updates.GetState)
    async def get_state(call: Call, _query: functions.updates.GetState) -> Object:
        return difference.state(call.world, call.account.id)

    @group.on(functions.updates.GetDifference)
    async def get_difference(call: Call, query: functions.updates.GetDifference) -> Object:
        return difference.difference(call.world, call.account.id, query.pts, query.qts)

    @group.on(functions.updates.GetChannelDifference)
    async def get_missed(call: Call, query: functions.updates.GetChannelDifference) -> Object:
        channel = channel_of(call, query.channel)
        return channel_difference.difference(
            call.world, call.account, channel, query.pts, query.limit
        )

    return group

"""updates.*: where a client stands, and what it missed."""

from pyrogram.raw import functions

from simulator import difference
from simulator.rpc import Call, Methods
from simulator.tl import Object


def methods() -> Methods:
    group = Methods()

    @group.on(functions.updates.GetState)
    async def get_state(call: Call, _query: functions.updates.GetState) -> Object:
        return difference.state(call.world, call.account.id)

    @group.on(functions.updates.GetDifference)
    async def get_difference(call: Call, query: functions.updates.GetDifference) -> Object:
        return difference.difference(call.world, call.account.id, query.pts, query.qts)

    return group

"""Channels that a shop wants its people to subscribe to; some leave them again later."""

import asyncio

from simulator.crowd.phone import Button, of
from simulator.crowd.visit import GaveUp, Visit
from simulator.world import channels, members

CHECK = "gate_check"
MOST_LOOKS = 60
LOOK_SECONDS = 0.5


async def subscribe(visit: Visit, shown: list[Button], *inside: str) -> list[Button]:
    """Do as the gate asks; what has one of the actions `inside` after that. Raises GaveUp,
    RpcError."""
    for address in visit.phone.links(CHECK):
        name = address.rpartition("/")[2]
        channel = channels.by_username(visit.world.db, name)
        if channel is not None and name not in visit.shopper.channels:
            with visit.world.change() as change:
                members.join(change, visit.shopper.account, channel)
            visit.shopper.channels.add(name)
    again = await visit.press(
        of(shown, CHECK), "shop", lambda now: visit.phone.screen(now, *inside)
    )
    visit.tell("pass", "subscription")
    return again


async def leave(visit: Visit, *inside: str) -> list[Button]:
    """Leave them all, and look in again until the shop has noticed: the gate. Raises GaveUp,
    RpcError."""
    for name in sorted(visit.shopper.channels):
        channel = channels.by_username(visit.world.db, name)
        if channel is not None:
            with visit.world.change() as change:
                members.leave(change, visit.shopper.account, channel)
            visit.tell("leave", name)
    visit.shopper.channels.clear()
    for _ in range(MOST_LOOKS):
        shown = await visit.start(*inside, CHECK)
        if of(shown, CHECK):
            return shown
        await asyncio.sleep(LOOK_SECONDS)
    raise GaveUp("who has left the channel is still let in")

"""messages.*: pressed buttons, shipping and pre-checkout queries, and the bots' answers to them."""

from pyrogram.raw import functions, types

from simulator.wire.rpc import RpcError
from simulator.wire.tl import Object, true
from simulator.world import gestures, shipping
from simulator.world.calls import Call, Methods
from simulator.world.channels import Channel
from simulator.world.methods.peers import peer_of

MAX_ANSWER_CHARACTERS = 200


def methods() -> Methods:
    group = Methods()

    @group.on(functions.messages.GetBotCallbackAnswer)
    async def press(call: Call, query: functions.messages.GetBotCallbackAnswer) -> Object:
        peer, data = peer_of(call, query.peer), query.data or b""
        if isinstance(peer, Channel):
            return await gestures.press_in(call.world, call.account, peer, query.msg_id, data)
        return await gestures.press(call.world, call.account, query.msg_id, data)

    @group.on(functions.messages.SetBotCallbackAnswer)
    async def answer(call: Call, query: functions.messages.SetBotCallbackAnswer) -> Object:
        if len(query.message or "") > MAX_ANSWER_CHARACTERS:
            raise RpcError(400, "MESSAGE_TOO_LONG")
        call.world.answer(
            call.account.id,
            query.query_id,
            types.messages.BotCallbackAnswer(
                cache_time=query.cache_time,
                alert=query.alert,
                message=query.message,
                url=query.url,
            ),
        )
        return true()

    @group.on(functions.messages.SetBotPrecheckoutResults)
    async def verdict(call: Call, query: functions.messages.SetBotPrecheckoutResults) -> Object:
        if not query.success and not query.error:
            raise RpcError(400, "ERROR_TEXT_EMPTY")
        call.world.answer(call.account.id, query.query_id, query)
        return true()

    @group.on(functions.messages.SetBotShippingResults)
    async def ship(call: Call, query: functions.messages.SetBotShippingResults) -> Object:
        shipping.check_answer(query)
        call.world.answer(call.account.id, query.query_id, query)
        return true()

    return group

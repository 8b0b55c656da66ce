from pathlib import Path
from typing import Any

import pytest
from pyrogram import Client, raw
from pyrogram.errors import AccessTokenInvalid, AuthKeyUnregistered, FloodWait

from simulator.control import port as control
from simulator.control.port import ControlError
from simulator.demo import DEMO_BOTS
from simulator.simulator import Simulator
from tests.simulator.clients import TinyShop, client_of, new_token, started, until
from tests.simulator.test_messages import incoming

BOT = DEMO_BOTS[0]


async def ask(simulator: Simulator, op: str, **arguments: Any) -> Any:
    return await control.call("127.0.0.1", simulator.control_port, op, **arguments)


async def test_a_flood_wait_comes_as_often_as_ordered(
    simulator: Simulator, buyer: Client, shop: TinyShop
) -> None:
    await ask(simulator, "flood_wait", method="messages.sendMessage", seconds=60)
    with pytest.raises(FloodWait) as caught:
        await buyer.send_message(BOT.username, "hello")
    assert caught.value.value == 60
    await buyer.send_message(BOT.username, "hello again")
    await until(lambda: shop.texts == ["hello again"], "the second message")


async def test_what_a_cut_connection_did_not_deliver_comes_after_it(
    simulator: Simulator, buyer: Client, shop: TinyShop
) -> None:
    await buyer.send_message(BOT.username, "before")
    await incoming(buyer)
    assert await ask(simulator, "drop_sockets", account=BOT.id) == 1
    await until(lambda: simulator.sessions.attached == 1, "the bot's session losing its socket")
    await buyer.send_message(BOT.username, "meanwhile")
    await until(lambda: "meanwhile" in shop.texts, "the message sent meanwhile")
    await buyer.send_message(BOT.username, "after")
    await until(lambda: "after" in shop.texts, "a message after it")
    assert shop.texts == ["before", "meanwhile", "after"]


async def test_a_press_during_a_blink_is_not_lost(
    simulator: Simulator, buyer: Client, shop: TinyShop
) -> None:
    await buyer.send_message(BOT.username, "hello")
    (welcome,) = await incoming(buyer)
    await ask(simulator, "drop_sockets", account=BOT.id)
    answer = await buyer.request_callback_answer(BOT.id, welcome.id, "catalogue:0")
    assert answer.message == "you pressed catalogue:0"
    assert shop.pressed == ["catalogue:0"]


async def test_a_revoked_token_silences_and_then_refuses(
    simulator: Simulator, shop: TinyShop, buyer: Client, data_dir: Path
) -> None:
    await ask(simulator, "revoke_token", bot=BOT.id)
    await buyer.send_message(BOT.username, "hello")
    with pytest.raises(AuthKeyUnregistered):
        await shop.client.get_me()
    assert shop.texts == []
    with pytest.raises(AccessTokenInvalid):
        await client_of(simulator.port, data_dir, bot_token=BOT.token).start()
    # BotFather hands out a new token.
    token = new_token(BOT.id)
    await ask(simulator, "add_bot", token=token, name=BOT.name, username=BOT.username)
    async with started(client_of(simulator.port, data_dir, bot_token=token)) as client:
        assert client.me is not None and client.me.id == BOT.id


async def test_a_forgotten_key_is_answered_with_404(
    simulator: Simulator, shop: TinyShop, data_dir: Path
) -> None:
    session = await shop.client.export_session_string()
    await shop.client.stop()
    await ask(simulator, "forget_keys", account=BOT.id)
    assert (await ask(simulator, "stats"))["auth_keys"] == 0
    client = client_of(simulator.port, data_dir, session_string=session)
    connection = client.connection_factory(
        dc_id=2, server_address="", port=0, test_mode=False, loop=client.loop
    )
    await connection.connect()
    await connection.send(b"an unknown key's".ljust(64, b"."))
    assert await connection.recv() == (-404).to_bytes(4, "little", signed=True)
    await connection.close()
    shop.client.bot_token = BOT.token
    await shop.client.start()  # for the fixture to stop


async def test_latency_delays_every_call(simulator: Simulator, buyer: Client) -> None:
    loop = buyer.loop
    await ask(simulator, "latency", seconds=0.3)
    began = loop.time()
    await buyer.invoke(raw.functions.updates.GetState())
    assert loop.time() - began >= 0.3
    await ask(simulator, "latency", seconds=0)


async def test_the_control_port_lists_what_there_is(
    simulator: Simulator, buyer: Client, shop: TinyShop
) -> None:
    await buyer.send_message(BOT.username, "/start")
    await incoming(buyer)
    assert shop.texts and buyer.me is not None
    newest, oldest = await ask(simulator, "messages", account=buyer.me.id, peer=BOT.id)
    assert (oldest["text"], oldest["outgoing"]) == ("/start", True)
    assert (newest["text"], newest["buttons"]) == ("Welcome", ["catalogue:0"])
    stats = await ask(simulator, "stats")
    assert (stats["bots"], stats["people"], stats["sessions"]) == (2, 3, 2)  # two clerks
    assert stats["calls"]["messages.sendMessage"] == 2


@pytest.mark.parametrize(
    ("op", "arguments"),
    [
        ("nonsense", {}),
        ("charges", {"colour": "red"}),
        ("add_bot", {"token": "short", "name": "Shop", "username": "shop_bot"}),
        ("add_bot", {"token": new_token(7_000_000_099), "name": "x", "username": BOT.username}),
    ],
)
async def test_a_wrong_request_is_refused_with_a_reason(
    simulator: Simulator, op: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ControlError, match=r"\w+"):
        await ask(simulator, op, **arguments)
    assert (await ask(simulator, "stats"))["bots"] == 2

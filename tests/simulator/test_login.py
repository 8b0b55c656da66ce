from pathlib import Path

import pytest
from pyrogram import Client, types
from pyrogram.errors import AccessTokenInvalid, AuthKeyUnregistered, PhoneCodeInvalid

from simulator.demo import DEMO_BOTS
from simulator.simulator import Simulator
from tests.simulator.clients import TinyShop, client_of, new_token, person, started


async def test_a_bot_signs_in_with_its_token(shop: TinyShop) -> None:
    me = shop.client.me
    assert me is not None
    assert (me.id, me.username, me.is_bot) == (DEMO_BOTS[0].id, DEMO_BOTS[0].username, True)


async def test_an_unknown_token_is_refused(simulator: Simulator, data_dir: Path) -> None:
    client = client_of(simulator.port, data_dir, bot_token=new_token(7_000_000_055))
    with pytest.raises(AccessTokenInvalid):
        await client.start()


async def test_a_stored_session_does_not_sign_in_again(
    simulator: Simulator, data_dir: Path
) -> None:
    first = client_of(simulator.port, data_dir, bot_token=DEMO_BOTS[0].token)
    async with started(first):
        session = await first.export_session_string()
    second = client_of(simulator.port, data_dir, session_string=session)
    async with started(second):
        assert second.me is not None and second.me.id == DEMO_BOTS[0].id
    assert simulator.world.calls["auth.importBotAuthorization"] == 1


async def test_a_phone_number_is_one_person(simulator: Simulator, data_dir: Path) -> None:
    ids = []
    for phone in ("+79990000001", "7 999 000-00-01", "+79990000002"):
        async with person(simulator.port, data_dir, phone) as client:
            assert client.me is not None
            ids.append(client.me.id)
    assert ids[0] == ids[1] != ids[2]


async def test_a_wrong_code_is_refused(simulator: Simulator, data_dir: Path) -> None:
    client = client_of(simulator.port, data_dir)
    await client.connect()
    code = await client.send_code("+79990000003")
    with pytest.raises(PhoneCodeInvalid):
        await client.sign_in("+79990000003", code.phone_code_hash, "11111")
    await client.disconnect()


async def test_nobody_reads_without_signing_in(simulator: Simulator, data_dir: Path) -> None:
    client = client_of(simulator.port, data_dir)
    await client.connect()
    with pytest.raises(AuthKeyUnregistered):
        await client.get_me()
    await client.disconnect()


async def test_the_language_of_a_client_becomes_its_persons(shop: TinyShop, buyer: Client) -> None:
    assert buyer.me is not None
    await buyer.send_message(DEMO_BOTS[0].username, "hello")
    seen = await shop.client.get_users(buyer.me.id)
    assert isinstance(seen, types.User)
    assert seen.language_code == "en"

"""The faults that can be ordered, seen by a client that is not Kurigram."""

import struct
from base64 import urlsafe_b64encode
from pathlib import Path
from random import Random
from typing import Any

import pytest
from telethon.tl import functions, types

from simulator.control.port import ControlError
from simulator.demo import DEMO_BOTS
from simulator.simulator import Simulator
from simulator.wire.faults import EVERY_METHOD, Faults, LostAnswers
from tests.simulator.clients import client_of, started, until
from tests.simulator.test_faults import ask
from tests.simulator.wire import Peer, back_again, connected, learn_salt

BOT = DEMO_BOTS[0]
STATE = functions.updates.GetStateRequest()
SEND = "messages.sendMessage"


def message(
    user_id: int, random_id: int, text: str = "hello"
) -> functions.messages.SendMessageRequest:
    peer = types.InputPeerUser(user_id, 0)
    return functions.messages.SendMessageRequest(peer, text, random_id=random_id)


async def passer_by(simulator: Simulator) -> int:
    (user_id,) = await ask(simulator, "burst", bot=BOT.id)
    return int(user_id)


async def sent_to(simulator: Simulator, user_id: int) -> list[str]:
    found = await ask(simulator, "messages", account=BOT.id, peer=user_id)
    return [each["text"] for each in found if each["outgoing"]]


async def test_an_answer_lost_after_the_commit_and_the_call_repeated(
    simulator: Simulator, peer: Peer
) -> None:
    user_id = await passer_by(simulator)
    await ask(simulator, "lose_answers", method=SEND, times=1)
    lost = await peer.send(message(user_id, 7))
    again = await peer.ask(message(user_id, 7))
    assert not [each for each in peer.received if each.answers == lost]
    assert again.updates[0].random_id == 7
    assert await sent_to(simulator, user_id) == ["hello"]


async def test_an_answer_lost_with_its_socket(simulator: Simulator, peer: Peer) -> None:
    user_id = await passer_by(simulator)
    await ask(simulator, "lose_answers", method=SEND, times=1, cut=True)
    with pytest.raises(ConnectionError):
        await peer.ask(message(user_id, 7))
    async with back_again(simulator.port, peer) as back:
        await back.ask(message(user_id, 7))
    assert await sent_to(simulator, user_id) == ["hello"]


async def test_a_message_repeated_while_the_first_is_on_its_way_is_sent_once(
    simulator: Simulator, peer: Peer
) -> None:
    user_id = await passer_by(simulator)
    await ask(simulator, "latency", method=SEND, seconds=0.2)
    calls = [await peer.send(message(user_id, 7)) for _ in range(3)]
    answers = [await peer.get(lambda each: each.answers in calls) for _ in calls]
    assert len({each.body.updates[0].id for each in answers}) == 1
    assert await sent_to(simulator, user_id) == ["hello"]


async def test_latency_of_one_method_leaves_the_others_alone(
    simulator: Simulator, peer: Peer
) -> None:
    user_id = await passer_by(simulator)
    await ask(simulator, "latency", method=SEND, seconds=30)
    await peer.send(message(user_id, 7))
    assert (await peer.ask(STATE)).pts >= 1
    assert await sent_to(simulator, user_id) == []


def test_chance_is_seeded() -> None:
    def lost(seed: int) -> list[bool]:
        faults = Faults(Random(seed))
        faults.lost_answers[EVERY_METHOD] = LostAnswers(share=0.3, times=None, cut=False)
        return [faults.lose_answer(SEND) is not None for _ in range(1000)]

    assert lost(5) == lost(5) != lost(6)
    assert 250 < sum(lost(5)) < 350


async def test_duplicated_updates_until_all_is_cleared(simulator: Simulator, peer: Peer) -> None:
    await peer.ask(STATE)
    await ask(simulator, "duplicate_updates", share=1)
    await passer_by(simulator)
    one, other = await peer.get(types.Updates), await peer.get(types.Updates)
    assert one.id != other.id
    assert one.body.updates[0].pts == other.body.updates[0].pts
    await ask(simulator, "clear_faults")
    await passer_by(simulator)
    await peer.get(types.Updates)
    await peer.ask(STATE)
    assert len([each for each in peer.received if isinstance(each.body, types.Updates)]) == 3


async def test_lost_updates_end_in_updates_too_long(simulator: Simulator, peer: Peer) -> None:
    before = (await peer.ask(STATE)).pts
    assert await ask(simulator, "lose_updates", account=BOT.id, count=2) == 1
    await passer_by(simulator)
    await passer_by(simulator)
    await peer.get(types.UpdatesTooLong)
    assert not [each for each in peer.received if isinstance(each.body, types.Updates)]
    query = functions.updates.GetDifferenceRequest(pts=before, date=None, qts=0)
    assert len((await peer.ask(query)).new_messages) == 2
    assert await ask(simulator, "lose_updates", account=BOT.id) == 1
    await peer.get(types.UpdatesTooLong)


async def test_a_session_that_fell_too_far_behind_is_told(simulator: Simulator, peer: Peer) -> None:
    await peer.ask(STATE)
    peer.writer.close()
    await until(lambda: simulator.sessions.attached == 0, "the session without a connection")
    await ask(simulator, "burst", bot=BOT.id, messages=1100)
    async with back_again(simulator.port, peer) as back:
        await back.send(functions.PingRequest(2))
        await back.get(types.UpdatesTooLong)


async def test_one_key_in_two_places_is_void(
    simulator: Simulator, secret: bytes, peer: Peer
) -> None:
    await peer.ask(STATE)
    async with connected(simulator.port, secret, salt=peer.salt) as files:
        part = functions.upload.SaveFilePartRequest(file_id=1, file_part=0, bytes=b"part")
        assert await files.ask(part) is True, "a further session for files is no second place"
    async with connected(simulator.port, secret, salt=peer.salt) as second:
        assert (await second.ask(STATE)).error_message == "AUTH_KEY_DUPLICATED"
        assert (await peer.ask(STATE)).error_code == 406
    async with connected(simulator.port, secret, salt=peer.salt) as late:
        assert (await late.ask(functions.help.GetConfigRequest())).error_code == 406
    (fresh,) = await ask(simulator, "seed_keys", accounts=[BOT.id])
    async with connected(simulator.port, bytes.fromhex(fresh["key"])) as new:
        await learn_salt(new)
        assert (await new.ask(STATE)).pts >= 1
        await ask(simulator, "duplicate_key", account=BOT.id)
        assert (await new.ask(STATE)).error_code == 406


async def test_a_client_that_comes_back_is_no_second_place(
    simulator: Simulator, secret: bytes, peer: Peer
) -> None:
    await peer.ask(STATE)
    await ask(simulator, "drop_sockets", account=BOT.id)
    async with connected(simulator.port, secret, salt=peer.salt) as back:
        assert (await back.ask(STATE)).pts >= 1


async def test_sockets_are_cut_at_random_for_a_time(simulator: Simulator, secret: bytes) -> None:
    await ask(simulator, "drop_at_random", per_second=500, seconds=60, account=BOT.id)
    for _ in range(3):
        async with connected(simulator.port, secret) as peer:
            with pytest.raises(ConnectionError):
                await peer.send(functions.PingRequest(1))
                await peer.get(types.Pong)
    await ask(simulator, "drop_at_random", seconds=0)
    async with connected(simulator.port, secret) as peer:
        await learn_salt(peer)
        assert (await peer.ask(STATE)).pts >= 1


async def test_a_burst_waits_for_a_bot_that_is_away(simulator: Simulator, peer: Peer) -> None:
    before = (await peer.ask(STATE)).pts
    peer.writer.close()
    people = await ask(simulator, "burst", bot=BOT.id, people=3, messages=30, text="order {n}")
    assert len(set(people)) == 3
    (key,) = await ask(simulator, "seed_keys", accounts=[BOT.id])
    async with connected(simulator.port, bytes.fromhex(key["key"])) as back:
        await learn_salt(back)
        query = functions.updates.GetDifferenceRequest(pts=before, date=None, qts=0)
        missed = (await back.ask(query)).new_messages
    assert [each.message for each in missed] == [f"order {n}" for n in range(1, 31)]
    assert [each.peer_id.user_id for each in missed] == people * 10


async def test_seeded_keys_need_neither_exchange_nor_login(
    simulator: Simulator, data_dir: Path
) -> None:
    seeded = await ask(simulator, "seed_keys", accounts=[each.id for each in DEMO_BOTS])
    for bot, each in zip(DEMO_BOTS, seeded, strict=True):
        packed = struct.pack(">BI?256sQ?", 2, 1, False, bytes.fromhex(each["key"]), bot.id, True)
        text = urlsafe_b64encode(packed).decode().rstrip("=")
        async with started(client_of(simulator.port, data_dir, session_string=text)) as client:
            assert client.me is not None and client.me.username == bot.username
    assert "auth.importBotAuthorization" not in simulator.world.calls
    with pytest.raises(ControlError):
        await ask(simulator, "seed_keys", accounts=[1])


async def test_a_burst_of_a_bots_own_meets_telegrams_limits(
    simulator: Simulator, peer: Peer
) -> None:
    user_id, other_id = await ask(simulator, "burst", bot=BOT.id, people=2, messages=2)

    async def send(count: int, whom: int) -> list[Any]:
        calls = [await peer.send(message(whom, next(numbers))) for _ in range(count)]
        found = [await peer.get(lambda each: each.answers in calls) for _ in calls]
        return [getattr(each.body, "error_message", "") for each in found]

    numbers = iter(range(100))
    assert await send(20, user_id) == [""] * 20, "a short burst passes"
    (refusal,) = await send(1, user_id)
    assert refusal in ("FLOOD_WAIT_5", "FLOOD_WAIT_4")
    assert await send(1, other_id) == [""], "another chat is another matter"
    stats = await ask(simulator, "stats")
    assert (stats["limits"], stats["refused_by_limits"]) == (True, 1)
    await ask(simulator, "limits", enabled=False)
    assert await send(10, user_id) == [""] * 10

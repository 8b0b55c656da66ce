"""The rules of MTProto, seen by a client that shares no code with the server."""

import asyncio
import gzip

import pytest
from mtproto.enums import ConnectionRole
from mtproto.session.messages import Data
from mtproto.session.session import Session as PackageSession
from mtproto.transport.transports.abridged import AbridgedTransport
from mtproto.transport.transports.base_transport import BaseTransport
from mtproto.transport.transports.full import FullTransport
from mtproto.transport.transports.padded_intermediate import PaddedIntermediateTransport
from telethon.tl import TLObject, functions, types
from telethon.tl.core import GzipPacked, MessageContainer

from simulator.demo import DEMO_BOTS
from simulator.simulator import Simulator
from tests.simulator.clients import WAIT_SECONDS, until
from tests.simulator.test_faults import ask
from tests.simulator.wire import Peer, back_again, connected, learn_salt, message_id

BOT = DEMO_BOTS[0]
# Not the plain intermediate one: `mtproto` 0.3 takes its frames of 128 to 255 bytes for quick
# acknowledgements. Telethon speaks it in test_telethon.py.
TRANSPORTS = [AbridgedTransport, PaddedIntermediateTransport, FullTransport]


def gzip_packed(data: bytes) -> bytes:
    number: bytes = GzipPacked.CONSTRUCTOR_ID.to_bytes(4, "little")
    packed: bytes = TLObject.serialize_bytes(gzip.compress(data))
    return number + packed


async def write_to_bot(simulator: Simulator, messages: int = 1) -> None:
    await ask(simulator, "burst", bot=BOT.id, messages=messages)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_every_transport_carries_short_and_long_frames(
    simulator: Simulator, secret: bytes, transport: type[BaseTransport]
) -> None:
    async with connected(simulator.port, secret, transport) as peer:
        await learn_salt(peer)
        (me,) = await peer.ask(functions.users.GetUsersRequest([types.InputUserSelf()]))
        assert (me.id, me.username) == (BOT.id, BOT.username)
        part = bytes(range(256)) * 1024
        query = functions.upload.SaveFilePartRequest(file_id=1, file_part=0, bytes=part)
        assert await peer.ask(query) is True


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_an_unknown_key_is_a_transport_error(
    simulator: Simulator, transport: type[BaseTransport]
) -> None:
    async with connected(simulator.port, bytes(256), transport) as peer:
        await peer.send(functions.PingRequest(1))
        with pytest.raises(ConnectionError):
            await peer.get(types.Pong)
    assert [abs(each) for each in peer.errors] == [404]


async def test_the_packages_own_session_learns_salts_and_calls(
    simulator: Simulator, secret: bytes
) -> None:
    session = PackageSession(ConnectionRole.CLIENT, auth_key=secret)
    pong = types.Pong.CONSTRUCTOR_ID.to_bytes(4, "little")
    (key,) = simulator.keys.of_account(BOT.id)
    seen: list[bytes] = []
    async with connected(simulator.port, secret) as peer:
        peer.writer.write(session.send(bytes(functions.PingRequest(7)), content_related=True))
        async with asyncio.timeout(WAIT_SECONDS):
            # Its first salt is refused; it asks for those to come and repeats itself.
            while pong not in seen or not session.check_salt(key.salts.current):
                session.data_received(await peer.reader.read(2**16))
                # Nothing is what it says of a message that it keeps for itself, too.
                events = [session.next_event() for _ in range(10)]
                seen += [each.data[:4] for each in events if isinstance(each, Data)]
                peer.writer.write(session.send(None))


@pytest.mark.parametrize(("seconds", "bits", "code"), [(-400, 0, 16), (60, 0, 17), (0, 1, 18)])
async def test_a_message_id_out_of_time_or_form_is_refused(
    peer: Peer, seconds: int, bits: int, code: int
) -> None:
    wrong = message_id(seconds) | bits
    await peer.send(functions.PingRequest(2), msg_id=wrong)
    refusal = (await peer.get(types.BadMsgNotification)).body
    assert (refusal.bad_msg_id, refusal.error_code) == (wrong, code)
    await peer.send(functions.PingRequest(3))
    assert (await peer.get(types.Pong)).body.ping_id == 3


async def test_a_broken_container_is_refused_and_a_whole_one_obeyed(peer: Peer) -> None:
    head = MessageContainer.CONSTRUCTOR_ID.to_bytes(4, "little")
    broken = await peer.send(head + (5).to_bytes(4, "little") + bytes(8))
    refusal = (await peer.get(types.BadMsgNotification)).body
    assert (refusal.bad_msg_id, refusal.error_code) == (broken, 64)
    pings = [bytes(functions.PingRequest(each)) for each in (10, 11)]
    inner = b"".join(
        (message_id() + 4 * at).to_bytes(8, "little")
        + (1).to_bytes(4, "little")
        + len(each).to_bytes(4, "little")
        + each
        for at, each in enumerate(pings)
    )
    await peer.send(head + (2).to_bytes(4, "little") + inner, msg_id=message_id() + 64)
    assert [(await peer.get(types.Pong)).body.ping_id for _ in pings] == [10, 11]


async def test_what_is_sent_twice_is_done_once_and_answered_again(
    simulator: Simulator, peer: Peer
) -> None:
    query = functions.users.GetUsersRequest([types.InputUserSelf()])
    msg_id = await peer.send(query)
    first = await peer.get(lambda each: each.answers == msg_id)
    await peer.send(query, msg_id=msg_id)
    again = await peer.get(lambda each: each.answers == msg_id)
    assert again.id == first.id, "the very same message"
    await peer.send(types.MsgsAck([first.id]), seq_no=0)
    await peer.send(query, msg_id=msg_id)
    assert (await peer.get(types.MsgsAck)).body.msg_ids == [msg_id]
    assert simulator.world.calls["users.getUsers"] == 1


async def test_gzip_packed_is_understood_alone_and_within(peer: Peer) -> None:
    state = bytes(functions.updates.GetStateRequest())
    assert (await peer.ask(gzip_packed(state))).pts >= 1
    layer = functions.InvokeWithLayerRequest.CONSTRUCTOR_ID.to_bytes(4, "little")
    assert (await peer.ask(layer + (229).to_bytes(4, "little") + gzip_packed(state))).pts >= 1
    garbage = GzipPacked.CONSTRUCTOR_ID.to_bytes(4, "little") + b"\x07garbage"
    assert (await peer.ask(garbage)).error_code == 400
    bomb = gzip_packed(bytes(2**26))
    assert (await peer.ask(bomb)).error_code == 400


async def test_a_long_result_travels_packed(simulator: Simulator, peer: Peer) -> None:
    await write_to_bot(simulator, 100)
    msg_id = await peer.send(functions.updates.GetDifferenceRequest(pts=1, date=None, qts=0))
    answer = await peer.get(lambda each: each.answers == msg_id)
    assert answer.packed
    assert len(answer.body.new_messages) == 100


async def test_future_salts_begin_now_and_are_accepted(peer: Peer) -> None:
    msg_id = await peer.send(functions.GetFutureSaltsRequest(3))
    salts = (await peer.get(types.FutureSalts)).body
    assert salts.req_msg_id == msg_id
    assert len(salts.salts) == 3
    present, following, _ = salts.salts
    assert present.salt == peer.salt
    since, until_next = present.valid_since.timestamp(), following.valid_since.timestamp()
    assert since <= salts.now < until_next < present.valid_until.timestamp()


async def test_changed_salts_are_told(simulator: Simulator, peer: Peer) -> None:
    await ask(simulator, "change_salts", account=BOT.id)
    refused = await peer.send(functions.PingRequest(2))
    told = (await peer.get(types.BadServerSalt)).body
    assert (told.bad_msg_id, told.error_code) == (refused, 48)
    assert told.new_server_salt != peer.salt
    peer.salt = told.new_server_salt
    await peer.send(functions.PingRequest(3))
    assert (await peer.get(types.Pong)).body.ping_id == 3


async def test_a_client_that_promised_pings_and_sends_none_is_cut_off(peer: Peer) -> None:
    await peer.send(functions.PingDelayDisconnectRequest(4, disconnect_delay=60))
    await peer.send(functions.PingDelayDisconnectRequest(5, disconnect_delay=0))
    with pytest.raises(ConnectionError):
        await peer.get(lambda _each: False)
    assert [each.body.ping_id for each in peer.received if isinstance(each.body, types.Pong)][
        -2:
    ] == [4, 5]


async def test_nonsense_is_refused_and_the_connection_lives(peer: Peer) -> None:
    for nonsense in (b"\xde\xad\xbe\xef" * 4, bytes(functions.users.GetUsersRequest([]))[:6]):
        assert (await peer.ask(nonsense)).error_code == 400
    deep = functions.InvokeWithLayerRequest.CONSTRUCTOR_ID.to_bytes(4, "little") + bytes(4)
    assert (await peer.ask(deep * 5000)).error_code == 400
    await peer.send(functions.PingRequest(9))
    assert (await peer.get(types.Pong)).body.ping_id == 9


async def test_another_layer_and_an_unknown_method_are_answered(peer: Peer) -> None:
    query = functions.InvokeWithLayerRequest(150, functions.updates.GetStateRequest())
    assert (await peer.ask(query)).pts >= 1
    unknown = await peer.ask(functions.stories.GetAllStoriesRequest())
    assert unknown.error_code == 400


async def test_the_state_of_messages_is_told_and_the_kept_are_sent_again(peer: Peer) -> None:
    known = await peer.send(functions.PingRequest(2))
    result = await peer.send(functions.updates.GetStateRequest())
    kept = (await peer.get(lambda each: each.answers == result)).id
    asked = await peer.send(types.MsgsStateReq([known, 4]), seq_no=0)
    state = (await peer.get(types.MsgsStateInfo)).body
    assert (state.req_msg_id, state.info.encode()) == (asked, b"\x04\x01")
    await peer.send(types.MsgResendReq([kept]), seq_no=0)
    assert (await peer.get(lambda each: each.answers == result)).id == kept


async def test_what_was_not_acknowledged_comes_again_and_what_was_does_not(
    simulator: Simulator, peer: Peer
) -> None:
    await peer.ask(functions.updates.GetStateRequest())
    await write_to_bot(simulator, 2)
    acknowledged = await peer.get(types.Updates)
    kept = await peer.get(types.Updates)
    # All that came before, but for the last message.
    ids = [each.id for each in peer.received if each.id != kept.id]
    await peer.send(types.MsgsAck(ids), seq_no=0)
    await peer.send(functions.PingRequest(5))
    await peer.get(types.Pong)
    peer.writer.close()
    await until(lambda: simulator.sessions.attached == 0, "the session without a connection")
    await write_to_bot(simulator)
    async with back_again(simulator.port, peer) as back:
        await back.send(functions.PingRequest(6))
        repeated, new = await back.get(types.Updates), await back.get(types.Updates)
    assert repeated.id == kept.id
    assert new.id > kept.id > acknowledged.id
    assert not [each for each in back.received if isinstance(each.body, types.NewSessionCreated)]


async def test_two_sessions_of_a_bot_both_get_its_updates(simulator: Simulator, peer: Peer) -> None:
    (other_key,) = simulator.keys.seed([BOT.id])
    async with connected(simulator.port, other_key.secret) as other:
        await learn_salt(other)
        for each in (peer, other):
            await each.ask(functions.updates.GetStateRequest())
        await write_to_bot(simulator)
        texts = [(await each.get(types.Updates)).body.updates[0].message for each in (peer, other)]
    assert [text.message for text in texts] == ["message 1"] * 2
    assert texts[0].id == texts[1].id

"""Framing, encryption and key exchange, against code that is not Kurigram's."""

import asyncio
import secrets
from hashlib import sha1, sha256

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st
from pyrogram.raw import functions, types

from simulator.wire import envelope, tl
from simulator.wire.envelope import EnvelopeError, Message, open_frame, seal_frame
from simulator.wire.key_exchange import KeyExchange, KeyExchangeError
from simulator.wire.server_key import ServerKey
from simulator.wire.transport import MAX_FRAME_BYTES, Transport, TransportError

AUTH_KEY = bytes(range(256))
KEY_ID = sha1(AUTH_KEY).digest()[-8:]
SESSION = b"session!"


def xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def ige(data: bytes, key: bytes, iv: bytes, encrypt: bool) -> bytes:
    """AES-256-IGE from its definition, on single blocks."""
    cipher = Cipher(algorithms.AES(key), modes.ECB())
    block = cipher.encryptor() if encrypt else cipher.decryptor()
    before, after = (iv[:16], iv[16:]) if encrypt else (iv[16:], iv[:16])
    out = b""
    for at in range(0, len(data), 16):
        piece = data[at : at + 16]
        made = xor(block.update(xor(piece, before)), after)
        before, after = made, piece
        out += made
    return out


def aes_key_and_iv(msg_key: bytes, x: int) -> tuple[bytes, bytes]:
    """From https://core.telegram.org/mtproto/description, x = 0 from the client, 8 to it."""
    a = sha256(msg_key + AUTH_KEY[x : x + 36]).digest()
    b = sha256(AUTH_KEY[40 + x : 76 + x] + msg_key).digest()
    return a[:8] + b[8:24] + a[24:32], b[:8] + a[8:24] + b[24:32]


def client_frame(message: Message, salt: int = 5) -> bytes:
    plain = salt.to_bytes(8, "little") + SESSION + message.write()
    plain += secrets.token_bytes(12 + (-(len(plain) + 12) % 16))
    msg_key = sha256(AUTH_KEY[88:120] + plain).digest()[8:24]
    return KEY_ID + msg_key + ige(plain, *aes_key_and_iv(msg_key, 0), encrypt=True)


bodies = st.binary(min_size=1, max_size=60).map(lambda data: data * 4)


@given(bodies, st.integers(min_value=1, max_value=2**62))
def test_a_clients_frame_is_opened(body: bytes, msg_id: int) -> None:
    opened = open_frame(AUTH_KEY, client_frame(Message(msg_id, 1, body), salt=77))
    assert (opened.salt, opened.session_id) == (77, SESSION)
    assert opened.message == Message(msg_id, 1, body)


@given(bodies)
def test_a_client_opens_our_frame(body: bytes) -> None:
    frame = seal_frame(AUTH_KEY, KEY_ID, 9, SESSION, Message(4, 3, body))
    assert frame[:8] == KEY_ID
    plain = ige(frame[24:], *aes_key_and_iv(frame[8:24], 8), encrypt=False)
    assert sha256(AUTH_KEY[96:128] + plain).digest()[8:24] == frame[8:24]
    written = Message(4, 3, body).write()
    assert plain[:16] == (9).to_bytes(8, "little") + SESSION
    assert plain[16 : 16 + len(written)] == written
    assert 12 <= len(plain) - 16 - len(written) <= 1024


@given(st.integers(min_value=8, max_value=100))
def test_a_changed_frame_is_refused(position: int) -> None:
    frame = bytearray(client_frame(Message(4, 1, b"body" * 16)))
    frame[position] ^= 1
    with pytest.raises(EnvelopeError):
        open_frame(AUTH_KEY, bytes(frame))


@given(st.lists(bodies, max_size=5))
def test_a_container_holds_what_was_put_in(found: list[bytes]) -> None:
    messages = [Message(4 * number, 1, body) for number, body in enumerate(found, 1)]
    packed = Message(100, 0, envelope.container(messages))
    assert envelope.contents(packed) == messages


def reader_of(data: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return reader


class Wire:
    """The writing half of a socket, kept in memory."""

    def __init__(self) -> None:
        self.data = b""

    def is_closing(self) -> bool:
        return False

    def write(self, data: bytes) -> None:
        self.data += data


@pytest.mark.parametrize("words", [1, 126, 127, 70_000])
async def test_a_frame_of_any_length_travels(words: int) -> None:
    frame, wire = secrets.token_bytes(words * 4), Wire()
    Transport(reader_of(b""), wire).send(frame)  # type: ignore[arg-type]  # only writes
    # https://core.telegram.org/mtproto/mtproto-transports#abridged
    length = bytes([words]) if words < 127 else b"\x7f" + words.to_bytes(3, "little")
    assert wire.data == length + frame
    back = Transport(reader_of(b"\xef" + wire.data), wire)  # type: ignore[arg-type]  # same
    await back.greet()
    assert await back.receive() == frame


async def test_another_transport_and_a_huge_frame_are_refused() -> None:
    wire = Wire()
    with pytest.raises(TransportError):
        await Transport(reader_of(b"GET / HTTP"), wire).greet()  # type: ignore[arg-type]  # same
    huge = b"\x7f" + (MAX_FRAME_BYTES // 4 + 1).to_bytes(3, "little")
    with pytest.raises(TransportError):
        await Transport(reader_of(huge), wire).receive()  # type: ignore[arg-type]  # same


def test_the_key_exchange_refuses_steps_out_of_order_and_forged_ones(key: ServerKey) -> None:
    exchange = KeyExchange(key)
    offer = exchange.answer(functions.ReqPqMulti(nonce=1))
    assert isinstance(offer, types.ResPQ)
    step = {"nonce": 1, "server_nonce": offer.server_nonce}
    with pytest.raises(KeyExchangeError, match="before"):
        exchange.answer(functions.SetClientDHParams(encrypted_data=bytes(16), **step))
    forged = functions.ReqDHParams(
        p=b"p", q=b"q", public_key_fingerprint=1, encrypted_data=secrets.token_bytes(255), **step
    )
    with pytest.raises(KeyExchangeError):
        exchange.answer(forged)
    with pytest.raises(KeyExchangeError, match="nonces"):
        exchange.answer(
            functions.ReqDHParams(
                nonce=2,
                server_nonce=offer.server_nonce,
                p=b"p",
                q=b"q",
                public_key_fingerprint=1,
                encrypted_data=bytes(256),
            )
        )
    with pytest.raises(KeyExchangeError, match="no step"):
        exchange.answer(functions.Ping(ping_id=1))
    assert exchange.auth_key is None


def test_rsa_decrypts_what_the_public_key_encrypts(key: ServerKey) -> None:
    public = key.numbers.public_numbers
    plain = b"\0" + secrets.token_bytes(255)
    cipher = pow(int.from_bytes(plain, "big"), public.e, public.n).to_bytes(256, "big")
    assert key.decrypt(cipher) == plain


def test_a_trailing_vector_of_small_objects_is_read_as_objects() -> None:
    query = functions.messages.GetMessages(id=[types.InputMessageID(id=5)])
    assert tl.decode(query.write()).id == [types.InputMessageID(id=5)]
    users = functions.users.GetUsers(id=[types.InputUserSelf()])
    assert isinstance(tl.decode(users.write()).id[0], types.InputUserSelf)


def test_an_unknown_constructor_is_named() -> None:
    with pytest.raises(tl.UnknownConstructor, match="0xefbeadde"):
        tl.decode(bytes.fromhex("deadbeef"))

"""MTProto 2.0 message encryption, the server's side.

Source: https://core.telegram.org/mtproto/description#defining-aes-key-and-initialization-vector
"""

import secrets
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct

from pyrogram.crypto import aes
from pyrogram.crypto.mtproto import kdf
from pyrogram.raw.core import MsgContainer

from simulator.wire import tl

AUTH_KEY_ID_BYTES = 8
# The offset in the auth key of the secret part of the message key: 88 + 0 and 88 + 8.
FROM_CLIENT, FROM_SERVER = slice(88, 120), slice(96, 128)
CONTAINER_ID = MsgContainer.ID.to_bytes(4, "little")
MAX_CONTAINER_MESSAGES = 1020

# salt, session id | message id, sequence number, length
PREFIX, HEAD, COUNT = Struct("<q8s"), Struct("<qii"), Struct("<i")


class EnvelopeError(ConnectionError):
    """A frame that does not decrypt to what its message key promises."""


@dataclass(frozen=True, slots=True)
class Message:
    msg_id: int
    seq_no: int
    body: bytes

    def write(self) -> bytes:
        return HEAD.pack(self.msg_id, self.seq_no, len(self.body)) + self.body


@dataclass(frozen=True, slots=True)
class Opened:
    salt: int
    session_id: bytes
    message: Message


def open_frame(auth_key: bytes, frame: bytes) -> Opened:
    """Decrypt a client's frame. Raises EnvelopeError."""
    msg_key, cipher = frame[8:24], frame[24:]
    if not cipher or len(cipher) % 16:
        raise EnvelopeError(f"{len(cipher)} encrypted bytes are no whole blocks")
    aes_key, aes_iv = kdf(auth_key, msg_key, True)
    plain = aes.ige256_decrypt(cipher, aes_key, aes_iv)
    if sha256(auth_key[FROM_CLIENT] + plain).digest()[8:24] != msg_key:
        raise EnvelopeError("the message key does not match")
    if len(plain) < PREFIX.size + HEAD.size:
        raise EnvelopeError(f"a message of {len(plain)} bytes has no head")
    salt, session_id = PREFIX.unpack_from(plain)
    message, _ = _read_message(plain, PREFIX.size)
    return Opened(salt, session_id, message)


def seal_frame(
    auth_key: bytes, auth_key_id: bytes, salt: int, session_id: bytes, message: Message
) -> bytes:
    data = PREFIX.pack(salt, session_id) + message.write()
    data += secrets.token_bytes(-(len(data) + 12) % 16 + 12)
    msg_key = sha256(auth_key[FROM_SERVER] + data).digest()[8:24]
    aes_key, aes_iv = kdf(auth_key, msg_key, False)
    return auth_key_id + msg_key + aes.ige256_encrypt(data, aes_key, aes_iv)


def contents(message: Message) -> list[Message]:
    """The messages in a container, packed or not; other messages stand for themselves.

    Raises EnvelopeError.
    """
    body = tl.unpacked(message.body)
    if body[:4] != CONTAINER_ID:
        return [message]
    if len(body) < 8:
        raise EnvelopeError("a container without a count")
    (count,) = COUNT.unpack_from(body, 4)
    if not 0 <= count <= MAX_CONTAINER_MESSAGES:
        raise EnvelopeError(f"a container of {count} messages")
    messages, at = [], 8
    for _ in range(count):
        inner, at = _read_message(body, at)
        messages.append(inner)
    return messages


def container(messages: list[Message]) -> bytes:
    return CONTAINER_ID + COUNT.pack(len(messages)) + b"".join(each.write() for each in messages)


def _read_message(data: bytes, at: int) -> tuple[Message, int]:
    """A message, and the offset of its end."""
    if len(data) - at < HEAD.size:
        raise EnvelopeError("a message ends within its head")
    msg_id, seq_no, length = HEAD.unpack_from(data, at)
    begin = at + HEAD.size
    body = data[begin : begin + length]
    if length < 4 or len(body) != length:
        raise EnvelopeError(f"a message promises {length} bytes and holds {len(body)}")
    return Message(msg_id, seq_no, body), begin + length

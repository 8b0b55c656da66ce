"""MTProto 2.0 message encryption, the server's side.

Source: https://core.telegram.org/mtproto/description#defining-aes-key-and-initialization-vector
"""

import secrets
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

from pyrogram.crypto import aes
from pyrogram.crypto.mtproto import kdf
from pyrogram.raw.core import Int, Long, MsgContainer

AUTH_KEY_ID_BYTES = 8
# Where in the auth key the secret part of the message key lies: 88 + 0 and 88 + 8.
FROM_CLIENT, FROM_SERVER = slice(88, 120), slice(96, 128)
CONTAINER_ID = MsgContainer.ID.to_bytes(4, "little")


class EnvelopeError(ConnectionError):
    """A frame that does not decrypt to what its message key promises."""


@dataclass(frozen=True, slots=True)
class Message:
    msg_id: int
    seq_no: int
    body: bytes

    def write(self) -> bytes:
        return Long(self.msg_id) + Int(self.seq_no) + Int(len(self.body)) + self.body


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
    stream = BytesIO(plain)
    salt, session_id = Long.read(stream), stream.read(8)
    return Opened(salt, session_id, _read_message(stream))


def seal_frame(
    auth_key: bytes, auth_key_id: bytes, salt: int, session_id: bytes, message: Message
) -> bytes:
    data = Long(salt) + session_id + message.write()
    data += secrets.token_bytes(-(len(data) + 12) % 16 + 12)
    msg_key = sha256(auth_key[FROM_SERVER] + data).digest()[8:24]
    aes_key, aes_iv = kdf(auth_key, msg_key, False)
    return auth_key_id + msg_key + aes.ige256_encrypt(data, aes_key, aes_iv)


def contents(message: Message) -> list[Message]:
    """What a container holds; a message that is none holds itself."""
    if message.body[:4] != CONTAINER_ID:
        return [message]
    stream = BytesIO(message.body[4:])
    return [_read_message(stream) for _ in range(Int.read(stream))]


def container(messages: list[Message]) -> bytes:
    return CONTAINER_ID + Int(len(messages)) + b"".join(each.write() for each in messages)


def _read_message(stream: BytesIO) -> Message:
    msg_id, seq_no, length = Long.read(stream), Int.read(stream), Int.read(stream)
    body = stream.read(length)
    if length < 4 or len(body) != length:
        raise EnvelopeError(f"a message promises {length} bytes and holds {len(body)}")
    return Message(msg_id, seq_no, body)

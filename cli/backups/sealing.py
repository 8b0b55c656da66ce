"""The encryption of a backup's files: AES-256-GCM in chunks of a MiB, each authenticated.

A file is `VTB1`, 16 bytes of salt, then chunks: four bytes of length, then the ciphertext with its
tag. Its own key is derived from the backup key, the salt and the file's name (HKDF-SHA256), so that
a file cannot stand in for another. A chunk's nonce is its number and whether it is the last one:
chunks cannot change places, and a file that was cut off is recognised (the STREAM construction,
Hoang and others, 2015).
"""

import base64
import binascii
import hashlib
import hmac
import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import ConfigurationError, VitrinaError

CHUNK_BYTES = 1 << 20
_MAGIC = b"VTB1"
_SALT_BYTES = 16
_KEY_BYTES = 32
_LENGTH = struct.Struct(">I")
_TAG_BYTES = 16


class BackupDamaged(VitrinaError):
    """A file of the backup is cut off, was changed, or belongs to another."""

    code = "backup_damaged"
    status = 422


class BackupKey:
    """The key of 32 bytes that encrypts backups."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @classmethod
    def read(cls, file: Path) -> "BackupKey":
        """Reads base64 of 32 bytes; raises ConfigurationError, which never quotes it."""
        try:
            secret = base64.b64decode(file.read_text("utf-8").strip(), validate=True)
        except (binascii.Error, UnicodeDecodeError):
            secret = b""
        if len(secret) != _KEY_BYTES:
            raise ConfigurationError(
                f"{file} holds no backup key: make one by `vitrina backup key FILE`"
            )
        return cls(secret)

    @staticmethod
    def make() -> str:
        """A new key, as a file holds it."""
        return base64.b64encode(os.urandom(_KEY_BYTES)).decode()

    def mark(self, text: bytes) -> str:
        """A MAC by which only who has the key can vouch for a text."""
        return hmac.new(self._derived(b"", "manifest"), text, hashlib.sha256).hexdigest()

    def cipher(self, salt: bytes, name: str) -> AESGCM:
        """The cipher of one file."""
        return AESGCM(self._derived(salt, name))

    def _derived(self, salt: bytes, name: str) -> bytes:
        info = f"vitrina backup {name}".encode()
        return HKDF(hashes.SHA256(), _KEY_BYTES, salt or None, info).derive(self._secret)


def sealed(pieces: Iterable[bytes], key: BackupKey | None, name: str) -> Iterator[bytes]:
    """The pieces encrypted for the file of that name, or as they are without a key."""
    if key is None:
        yield from pieces
        return
    salt = os.urandom(_SALT_BYTES)
    cipher = key.cipher(salt, name)
    yield _MAGIC + salt
    waiting, number = bytearray(), 0
    for piece in pieces:
        waiting += piece
        while len(waiting) > CHUNK_BYTES:  # the last chunk is never cut off before the end is known
            yield _chunk(cipher, number, bytes(waiting[:CHUNK_BYTES]), is_last=False)
            del waiting[:CHUNK_BYTES]
            number += 1
    yield _chunk(cipher, number, bytes(waiting), is_last=True)


def opened(pieces: Iterable[bytes], key: BackupKey | None, name: str) -> Iterator[bytes]:
    """What `sealed` was given; raises BackupDamaged at the first chunk that is not genuine."""
    if key is None:
        yield from pieces
        return
    source = _Reader(pieces, name)
    head = source.take(len(_MAGIC) + _SALT_BYTES)
    if not head.startswith(_MAGIC):
        raise BackupDamaged(f"{name} is no encrypted file of a backup: it was changed")
    cipher = key.cipher(head[len(_MAGIC) :], name)
    number, is_last = 0, False
    while not is_last:
        (length,) = _LENGTH.unpack(source.take(_LENGTH.size))
        if not _TAG_BYTES <= length <= CHUNK_BYTES + _TAG_BYTES:
            raise BackupDamaged(f"{name} was changed: take another copy of the backup")
        chunk = source.take(length)
        is_last = source.is_at_end()
        try:
            yield cipher.decrypt(_nonce(number, is_last), chunk, None)
        except InvalidTag as error:
            raise BackupDamaged(
                f"{name} was changed or cut off at chunk {number}: take another copy of the backup"
            ) from error
        number += 1


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _chunk(cipher: AESGCM, number: int, plain: bytes, *, is_last: bool) -> bytes:
    made = cipher.encrypt(_nonce(number, is_last), plain, None)
    return _LENGTH.pack(len(made)) + made


class _Reader:
    """Reads exact numbers of bytes from pieces of any size."""

    def __init__(self, pieces: Iterable[bytes], name: str) -> None:
        self._pieces = iter(pieces)
        self._name = name
        self._waiting = bytearray()

    def take(self, count: int) -> bytes:
        while len(self._waiting) < count:
            piece = next(self._pieces, None)
            if piece is None:
                raise BackupDamaged(f"{self._name} is cut off: take another copy of the backup")
            self._waiting += piece
        taken = bytes(self._waiting[:count])
        del self._waiting[:count]
        return taken

    def is_at_end(self) -> bool:
        while not self._waiting:
            piece = next(self._pieces, None)
            if piece is None:
                return True
            self._waiting += piece
        return False

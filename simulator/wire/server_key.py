"""The server's RSA key, which clients trust and use to encrypt the first step of the key
exchange."""

import os
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

PRIVATE_FILE = "server_key.pem"
PUBLIC_FILE = "server_key.pub.pem"
KEY_BITS = 2048


def fingerprint_of(numbers: rsa.RSAPublicNumbers) -> int:
    """The low 64 bits of SHA1 over n and e as TL bytes, signed.

    Source: https://core.telegram.org/mtproto/auth_key
    """
    digest = sha1(_tl_bytes(numbers.n) + _tl_bytes(numbers.e)).digest()
    return int.from_bytes(digest[-8:], "little", signed=True)


def _tl_bytes(number: int) -> bytes:
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    head = bytes([len(data)]) if len(data) < 254 else b"\xfe" + len(data).to_bytes(3, "little")
    return head + data + bytes(-len(head + data) % 4)


def read_public_key(path: Path) -> rsa.RSAPublicNumbers:
    """Raises OSError, and ValueError if the file has no RSA public key."""
    key = load_pem_public_key(path.read_bytes())
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError(f"{path} does not hold an RSA public key")
    return key.public_numbers()


@dataclass(frozen=True, slots=True)
class ServerKey:
    numbers: rsa.RSAPrivateNumbers
    fingerprint: int

    @classmethod
    def load_or_create(cls, directory: Path) -> "ServerKey":
        """The key of a data directory, created at the first start and kept for ever.

        Clients with a stored session do not need it again; new ones need PUBLIC_FILE.
        """
        path = directory / PRIVATE_FILE
        if not path.exists():
            _write_private_key(path)
        key = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ValueError(f"{path} does not hold an RSA private key")
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        _replace(directory / PUBLIC_FILE, public, mode=0o644)
        numbers = key.private_numbers()
        return cls(numbers, fingerprint_of(numbers.public_numbers))

    def decrypt(self, data: bytes) -> bytes:
        """Textbook RSA, as the protocol requires, by the Chinese remainder theorem. Returns 256
        bytes."""
        key, cipher = self.numbers, int.from_bytes(data, "big")
        high, low = pow(cipher, key.dmp1, key.p), pow(cipher, key.dmq1, key.q)
        plain = low + key.q * (key.iqmp * (high - low) % key.p)
        return plain.to_bytes(KEY_BITS // 8, "big")


def _write_private_key(path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _replace(path, pem, mode=0o600)


def _replace(path: Path, data: bytes, mode: int) -> None:
    """Write a file completely or not at all, whenever the process dies."""
    draft = path.with_suffix(path.suffix + ".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(data)
    draft.replace(path)

"""Secrets at rest: AES-256-GCM with a ring of keys; each value is bound to its row."""

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import ConfigurationError

_NONCE_BYTES = 12
_KEY_BYTES = 32


FILE = "file:"


class _KeyFile:
    """A file of keys that is read again when it has changed, so that services need no restart."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, int] | None = None

    def changed(self) -> str | None:
        """The keys, if they are others than at the last call; None also while it cannot be
        read."""
        with contextlib.suppress(OSError):
            found = self.path.stat()
            stamp = found.st_mtime_ns, found.st_ino
            if stamp != self._stamp:
                text = self.path.read_text("utf-8").strip()
                self._stamp = stamp
                return text
        return None


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Encryption keys by number; the highest number encrypts, all of them decrypt.

    A sealed value is one byte of key number, 12 bytes of nonce, then the ciphertext with its tag.
    """

    keys: dict[int, bytes]
    # Keys that have left the file: what this process has read before is sealed with them still.
    _former: dict[int, bytes] = field(default_factory=dict, repr=False, compare=False)
    _file: _KeyFile | None = field(default=None, repr=False, compare=False)

    @classmethod
    def parse(cls, text: str | None) -> "KeyRing":
        """Reads `1:<base64 of 32 bytes>[,2:…]`, or from `file:PATH` the same.

        Raises ConfigurationError, which never quotes the keys.
        """
        advice = (
            "set VITRINA_SECRET_KEYS to 1:<base64 of 32 random bytes>, made by: "
            "python3 -c \"import base64,os;print('1:'+base64.b64encode(os.urandom(32)).decode())\""
        )
        if not text:
            raise ConfigurationError(f"no encryption key: {advice}")
        if text.startswith(FILE):
            file = _KeyFile(Path(text.removeprefix(FILE)))
            found = file.changed()
            if found is None:
                raise ConfigurationError(f"VITRINA_SECRET_KEYS: {file.path} cannot be read")
            try:
                return cls(cls.parse(found).keys, _file=file)
            except ConfigurationError as error:
                raise ConfigurationError(
                    f"VITRINA_SECRET_KEYS: {file.path} is empty or damaged: put it back as it was; "
                    "new keys do not open what is stored"
                ) from error
        keys: dict[int, bytes] = {}
        for part in text.split(","):
            number, _, encoded = part.strip().partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except binascii.Error as error:
                raise ConfigurationError(f"a key is not base64: {advice}") from error
            if not number.isdigit() or not 1 <= int(number) <= 255 or len(key) != _KEY_BYTES:
                raise ConfigurationError(f"a key is malformed: {advice}")
            keys[int(number)] = key
        return cls(keys)

    def refresh(self) -> None:
        """Takes over the keys of a file that has changed; one that is faulty changes nothing. Those
        that are no longer in it go on opening, until the process ends."""
        text = self._file.changed() if self._file else None
        if text is not None:
            with contextlib.suppress(ConfigurationError):
                found = KeyRing.parse(text).keys
                self.keys.update(found)  # never empty meanwhile: other threads read it
                for number in self.keys.keys() - found.keys():
                    self._former[number] = self.keys[number]
                    del self.keys[number]

    def seal(self, plain: bytes, row: str) -> bytes:
        """Encrypts a value for the row with this name, like `bots|42|token`."""
        self.refresh()
        number = max(self.keys)
        nonce = os.urandom(_NONCE_BYTES)
        cipher = AESGCM(self.keys[number]).encrypt(nonce, plain, row.encode())
        return bytes([number]) + nonce + cipher

    def open(self, sealed: bytes, row: str) -> bytes:
        """Decrypts what `seal` made for the same row; raises ConfigurationError if it cannot."""
        if sealed and sealed[0] not in self.keys:
            self.refresh()
        key = (self.keys.get(sealed[0]) or self._former.get(sealed[0])) if sealed else None
        if key is None:
            raise ConfigurationError(
                "a stored secret was sealed with a key that VITRINA_SECRET_KEYS no longer has: "
                "put the old key back"
            )
        nonce, cipher = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return AESGCM(key).decrypt(nonce, cipher, row.encode())
        except InvalidTag as error:
            raise ConfigurationError(
                f"the stored secret of {row} does not open with the keys given: "
                "either VITRINA_SECRET_KEYS changed or the row was moved or altered"
            ) from error

    def digests(self, plain: bytes, row: str) -> list[bytes]:
        """By which a value of the row is known again without being opened: an HMAC-SHA-256 with
        each key, the newest first. That one is stored; the others may have been before."""
        message = f"{row}|".encode() + plain
        return [
            hmac.digest(key, message, hashlib.sha256)
            for _, key in sorted(self.keys.items(), reverse=True)
        ]

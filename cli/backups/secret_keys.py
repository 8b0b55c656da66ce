"""Which of VITRINA_SECRET_KEYS a backup's secrets are sealed with; the keys are not in it."""

import hashlib

from cli import resealing
from core.errors import ConfigurationError
from core.postgres import Connection
from core.secrets import KeyRing
from core.settings import Settings


async def needed(reader: Connection, settings: Settings) -> tuple[str, ...]:
    """Number and fingerprint of each key that has sealed something in the reader's snapshot.

    A key that has sealed nothing may be forgotten, and the backup restored without it.
    """
    if settings.secret_keys is None:
        return ()
    keys = _ring(settings).keys
    used = await resealing.in_use(reader)
    return tuple(_fingerprint(number, keys[number]) for number in sorted(used) if number in keys)


def require(settings: Settings, fingerprints: tuple[str, ...]) -> None:
    """Raises ConfigurationError if a key of the backup's secrets is not configured."""
    if not fingerprints:
        return
    present = {_fingerprint(number, key) for number, key in _ring(settings).keys.items()}
    if missing := [each.partition(":")[0] for each in fingerprints if each not in present]:
        raise ConfigurationError(
            f"the backup's secrets are sealed with key {', '.join(missing)} of VITRINA_SECRET_KEYS,"
            " which is another one here: put the former keys back, then restore"
        )


def _ring(settings: Settings) -> KeyRing:
    return KeyRing.parse(settings.secret_keys.get_secret_value() if settings.secret_keys else None)


def _fingerprint(number: int, key: bytes) -> str:
    """A key's number and the beginning of a hash, which does not lead to it."""
    return f"{number}:{hashlib.sha256(b'vitrina key ' + key).hexdigest()[:16]}"

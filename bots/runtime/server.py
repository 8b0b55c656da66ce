"""Which Telegram to talk to: its own data centres, or a server of our choice with its own key."""

from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pyrogram.connection import Connection
from pyrogram.crypto import rsa

from core.errors import ConfigurationError
from core.settings import Settings

_KEY_NOT_FOUND = -404


@dataclass(frozen=True, slots=True)
class Server:
    """What a client needs to reach Telegram. `address` None means Telegram's own servers."""

    api_id: int
    api_hash: str
    address: tuple[str, int] | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Server":
        """From the settings, registering the server's key with Kurigram (for the whole process).

        Raises ConfigurationError if Telegram's own servers are meant and the credentials of an
        application are missing, or the key of another server cannot be read.
        """
        api_hash = settings.telegram_api_hash
        if not settings.telegram_server:
            if not settings.telegram_api_id or not api_hash:
                raise ConfigurationError(
                    "set VITRINA_TELEGRAM_API_ID and VITRINA_TELEGRAM_API_HASH: make them at "
                    "https://my.telegram.org/apps; or set VITRINA_TELEGRAM_SERVER to a simulator"
                )
            return cls(settings.telegram_api_id, api_hash.get_secret_value())
        if settings.telegram_server_key is not None:
            trust(settings.telegram_server_key)
        target = urlsplit(f"//{settings.telegram_server}")
        assert target.hostname and target.port  # the settings have checked it
        return cls(
            settings.telegram_api_id or 1,
            api_hash.get_secret_value() if api_hash else "vitrina",
            (target.hostname, target.port),
        )


def trust(pem: Path) -> None:
    """Makes Kurigram accept a server's public RSA key; raises ConfigurationError."""
    try:
        key = load_pem_public_key(pem.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"VITRINA_TELEGRAM_SERVER_KEY: {pem} is not a readable public key in PEM: {error}"
        ) from error
    if not isinstance(key, RSAPublicKey):
        raise ConfigurationError(f"VITRINA_TELEGRAM_SERVER_KEY: {pem} is not an RSA key")
    numbers = key.public_numbers()
    digest = sha1(_tl_bytes(numbers.n) + _tl_bytes(numbers.e)).digest()
    # https://core.telegram.org/mtproto/auth_key: the low 64 bits of the key's SHA-1.
    fingerprint = int.from_bytes(digest[-8:], "little", signed=True)
    rsa.server_public_keys[fingerprint] = rsa.PublicKey(numbers.n, numbers.e)


def _tl_bytes(number: int) -> bytes:
    """A big number as TL's `bytes`: length, data, padding to four."""
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    head = bytes([len(data)]) if len(data) < 254 else b"\xfe" + len(data).to_bytes(3, "little")
    return head + data + bytes(-len(head + data) % 4)


class Hooks(Protocol):
    """What a client wants to know of its connections."""

    def on_connection(self, connection: Connection) -> None:
        """One was made; it may have to be closed by its client, see TELEGRAM.md."""

    def on_key_gone(self) -> None:
        """The server does not know our key (transport error 404)."""

    @property
    def may_send(self) -> bool:
        """Whether the session is still ours to use."""


def connection_factory(address: tuple[str, int] | None, hooks: Hooks) -> type[Connection]:
    """Kurigram's connection, to `address` whatever data centre it asks for."""

    class ServerConnection(Connection):
        def __init__(self, **arguments: Any) -> None:
            if address is not None:
                arguments |= {"server_address": address[0], "port": address[1]}
            super().__init__(**arguments)
            hooks.on_connection(self)

        async def send(self, data: bytes) -> None:
            # The last place before the socket: a process that was frozen sends nothing stale.
            if not hooks.may_send:
                raise ConnectionError("the bot may be another worker's by now")
            await super().send(data)

        async def recv(self) -> bytes | None:
            packet = await super().recv()
            if packet is None or len(packet) != 4 or _number(packet) != _KEY_NOT_FOUND:
                return packet
            # Seeing the packet, the library would leave its session hanging for ever.
            hooks.on_key_gone()
            return None

    return ServerConnection


def _number(packet: bytes) -> int:
    return int.from_bytes(packet, "little", signed=True)

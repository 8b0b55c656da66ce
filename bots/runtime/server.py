"""Which Telegram to talk to: its own data centres, or a server of our choice with its own key."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
from typing import Any, Protocol, TypeAlias
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import SecretStr
from pyrogram.connection import Connection
from pyrogram.connection.proxy import (
    HTTPProxy,
    Proxy,
    SOCKS4Proxy,
    SOCKS5Proxy,
    normalize_proxy,
)
from pyrogram.crypto import rsa

from core.errors import ConfigurationError
from core.settings import Settings, telegram_servers

_KEY_NOT_FOUND = -404
_PROXIES: dict[str, type[SOCKS5Proxy] | type[SOCKS4Proxy] | type[HTTPProxy]] = {
    "socks5": SOCKS5Proxy,
    "socks4": SOCKS4Proxy,
    "http": HTTPProxy,
}

Addresses: TypeAlias = Mapping[int, tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Server:
    """What a client needs to reach Telegram. `addresses` are of data centres by their numbers, 0
    of the rest (`core.settings.telegram_servers`); None means Telegram's own servers, which are
    reached by IPv6 if `ipv6`."""

    api_id: int
    api_hash: str
    addresses: Addresses | None = None
    proxy: Proxy | None = None
    ipv6: bool = False

    @property
    def is_ipv6(self) -> bool:
        """Whether the addresses are of IPv6."""
        return ":" in self.addresses[0][0] if self.addresses else self.ipv6

    @classmethod
    def of(cls, settings: Settings) -> "Server":
        """From the settings, registering the server's key with Kurigram (for the whole process).

        Raises ConfigurationError if Telegram's own servers are meant and the credentials of an
        application are missing, or the key of another server cannot be read.
        """
        api_hash = settings.telegram_api_hash
        proxy = proxy_of(settings.telegram_proxy)
        if not settings.telegram_server:
            if not settings.telegram_api_id or not api_hash:
                raise ConfigurationError(
                    "set VITRINA_TELEGRAM_API_ID and VITRINA_TELEGRAM_API_HASH: make them at "
                    "https://my.telegram.org/apps; or set VITRINA_TELEGRAM_SERVER to a simulator"
                )
            return cls(
                settings.telegram_api_id,
                api_hash.get_secret_value(),
                proxy=proxy,
                ipv6=settings.telegram_ipv6,
            )
        if settings.telegram_server_key is not None:
            trust(settings.telegram_server_key)
        return cls(
            settings.telegram_api_id or 1,
            api_hash.get_secret_value() if api_hash else "vitrina",
            telegram_servers(settings.telegram_server),
            proxy,
        )


def proxy_of(setting: SecretStr | None) -> Proxy | None:
    """The proxy that the setting names; raises ConfigurationError, which tells no password."""
    if setting is None:
        return None
    text = setting.get_secret_value().strip()
    try:
        target = urlsplit(text)
        kind = _PROXIES.get(target.scheme)
        if kind is None:
            return normalize_proxy(text)
        if not target.hostname or not target.port:
            raise ValueError("its host or port is missing")
        login = [unquote(part) if part else None for part in (target.username, target.password)]
        return kind(target.hostname, target.port, *login)
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigurationError(
            "VITRINA_TELEGRAM_PROXY: write it as socks5://user:password@host:port, or as the "
            "link of an MTProxy, tg://proxy?server=host&port=443&secret=…"
        ) from error


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


def address_of(addresses: Addresses, dc_id: int) -> tuple[str, int]:
    """Where a data centre is."""
    return addresses.get(dc_id, addresses[0])


class Hooks(Protocol):
    """What a client needs to know about its connections."""

    def on_connection(self, connection: Connection) -> None:
        """One was made; it may have to be closed by its client, see docs/telegram.md."""

    def on_key_gone(self) -> None:
        """The server does not know our key (transport error 404)."""

    @property
    def may_send(self) -> bool:
        """Whether the session is still ours to use."""


def connection_factory(addresses: Addresses | None, hooks: Hooks) -> type[Connection]:
    """Kurigram's connection, to where the settings say that the data centre is."""

    class ServerConnection(Connection):
        def __init__(self, **arguments: Any) -> None:
            if addresses is not None:
                host, port = address_of(addresses, arguments["dc_id"])
                arguments |= {"server_address": host, "port": port}
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

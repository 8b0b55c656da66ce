"""Pointing a Kurigram client at this server: where it connects, and which key it trusts."""

from pathlib import Path
from typing import Any

from pyrogram.connection import Connection
from pyrogram.crypto import rsa

from simulator.server_key import fingerprint_of, read_public_key


def connection_to(server: str) -> type[Connection]:
    """A `connection_factory` for `pyrogram.Client` that goes to `host:port`, whatever the DC.

    Raises ValueError if `server` is not of that form.
    """
    host, separator, port = server.rpartition(":")
    if not (host and separator and port.isdigit()):
        raise ValueError(f"{server!r} is not host:port")

    class ServerConnection(Connection):
        def __init__(self, **arguments: Any) -> None:
            super().__init__(**(arguments | {"server_address": host, "port": int(port)}))

    return ServerConnection


def trust(public_key: Path) -> None:
    """Let this process's clients make keys with the server that holds this key.

    Raises OSError, ValueError.
    """
    numbers = read_public_key(public_key)
    rsa.server_public_keys[fingerprint_of(numbers)] = rsa.PublicKey(numbers.n, numbers.e)

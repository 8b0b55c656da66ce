"""Kurigram clients of this server: where they connect, which key they trust, who signs in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import structlog
from pyrogram import Client
from pyrogram.connection import Connection
from pyrogram.crypto import rsa
from pyrogram.errors import RPCError

from simulator.wire.server_key import fingerprint_of, read_public_key
from simulator.world.methods.auth import LOGIN_CODE

SIGN_IN_SECONDS = 30.0

log = structlog.get_logger()


class SignInFailed(RuntimeError):
    """The server is not there, or refuses the login; the text says why."""


def connection_to(server: str) -> type[Connection]:
    """A `connection_factory` for `pyrogram.Client` that connects to `host:port`, whatever the DC.

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
    """Let this process's clients exchange keys with the server that has this key.

    Raises OSError, ValueError.
    """
    numbers = read_public_key(public_key)
    rsa.server_public_keys[fingerprint_of(numbers)] = rsa.PublicKey(numbers.n, numbers.e)


@asynccontextmanager
async def person(server: str, phone: str, language: str) -> AsyncIterator[Client]:
    """The person with this phone number, signed in; a new person if nobody has it.

    Raises SignInFailed.
    """
    client = Client(
        f"person-{phone}",
        api_id=1,
        api_hash="simulator",
        in_memory=True,
        lang_code=language,
        workers=1,
        max_message_cache_size=20,
        fetch_replies=False,
        fetch_topics=False,
        fetch_stories=False,
        fetch_stickers=False,
        connection_factory=connection_to(server),
    )
    try:
        async with asyncio.timeout(SIGN_IN_SECONDS):
            # Not `start`: that is a dialogue with a terminal.
            await client.connect()
            code = await client.send_code(phone)
            await client.sign_in(phone, code.phone_code_hash, LOGIN_CODE)
            client.me = await client.get_me()
            await client.initialize()
    except (OSError, RPCError) as error:
        await _leave(client)
        raise SignInFailed(f"sign in at {server}: {error or type(error).__name__}") from error
    try:
        yield client
    finally:
        await _leave(client)


async def _leave(client: Client) -> None:
    """Stop a client in whatever state it is; errors do not matter any more."""
    try:
        async with asyncio.timeout(SIGN_IN_SECONDS):
            if client.is_initialized:
                await client.stop()
            elif client.is_connected:
                await client.disconnect()
    except (OSError, RPCError, ConnectionError) as error:
        log.warning("client_stop_failed", reason=str(error) or type(error).__name__)

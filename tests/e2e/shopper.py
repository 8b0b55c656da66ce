"""A person of the simulator who looks at a bot's menu."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Set
from contextlib import asynccontextmanager

from pyrogram import Client

from core.settings import Settings
from simulator.clients.kurigram import person, trust
from simulator.clients.screens import newest

_ANSWER_SECONDS = 60.0
_LOOK_SECONDS = 0.3


@asynccontextmanager
async def shopper(settings: Settings) -> AsyncIterator[Client]:
    """A new one, signed in."""
    assert settings.telegram_server and settings.telegram_server_key
    trust(settings.telegram_server_key)
    phone = f"+7998{secrets.randbelow(10**7):07}"
    async with person(settings.telegram_server, phone, "en") as client:
        yield client


async def menu_of(client: Client, bot: str) -> Set[str]:
    """Presses Start, and returns what the buttons of the answer do. Raises TimeoutError."""
    sent = await client.send_message(bot, "/start")
    assert sent is not None
    async with asyncio.timeout(_ANSWER_SECONDS):
        while True:
            history = client.get_chat_history(bot, limit=5)
            shown = newest([message async for message in history] if history else [])
            if shown.message_id > sent.id:
                return shown.actions
            await asyncio.sleep(_LOOK_SECONDS)

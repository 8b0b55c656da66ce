"""A bot's pause: it answers nobody, or by one sentence of its owner's, and sells nothing.

What was paid is handled as always: payments that arrive are booked, goods are handed out, staff and
owners are answered, and so is who asks for the terms or help. Nothing new is billed.
"""

from core.errors import Conflict
from core.events import Bilingual
from core.postgres import Connection
from core.shop import bots
from core.shop.bots import Bot


class PauseImpossible(Conflict):
    """An observed bot answers nobody anyway."""

    code = "pause_impossible"


async def pause(connection: Connection, bot_id: int, text: Bilingual | None) -> Bot:
    """Pauses the bot, or changes what it says meanwhile; None: nothing. Its worker follows within
    seconds. Raises NotFound, PauseImpossible."""
    bot = await bots.get(connection, bot_id)
    if bot.mode != "hosted":
        raise PauseImpossible("this bot only counts: it answers nobody, so there is no pause")
    await connection.execute(
        "UPDATE bots SET paused_at = coalesce(paused_at, now()), pause_text = $2 WHERE id = $1",
        bot_id,
        None if text is None else {"ru": text.ru, "en": text.en},
    )
    return await _told(connection, bot_id)


async def resume(connection: Connection, bot_id: int) -> Bot:
    """Ends the pause, if there is one. Raises NotFound."""
    await connection.execute(
        "UPDATE bots SET paused_at = NULL, pause_text = NULL WHERE id = $1", bot_id
    )
    return await _told(connection, bot_id)


async def _told(connection: Connection, bot_id: int) -> Bot:
    bot = await bots.get(connection, bot_id)
    await bots.announce(connection, bot_id)
    await bots.announce_state(connection, bot_id)
    return bot

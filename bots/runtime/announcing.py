"""What sent messages have led to: their events, and the modules' reactions to them."""

import asyncio
from collections.abc import Sequence

import structlog

from bots.runtime.bot_config import BotConfig
from bots.runtime.handling import HANDLER_SECONDS
from bots.runtime.outage import AWAY
from bots.sdk.reacting import react
from bots.sdk.transaction import Transaction
from core.events import Emitted, emit_all
from core.postgres import Connection

log = structlog.get_logger()


async def announce(connection: Connection, config: BotConfig, emitted: Sequence[Emitted]) -> int:
    """Emits what the messages have led to, and lets the modules react to it; should one fail, the
    events stand without the reactions. Gives the number of messages that were queued."""
    transaction = Transaction(
        connection,
        config.origin,
        config.shop,
        bot_username=config.bot.username or "",
        enabled=config.enabled,
    )
    try:
        async with connection.transaction(), asyncio.timeout(HANDLER_SECONDS):
            for each in emitted:
                transaction.keep(each)
            await react(transaction)
    except AWAY:
        raise
    except Exception:  # pylint: disable=broad-exception-caught  # a module's own
        log.exception("a reaction to a sent message failed", bot_id=config.bot.id)
        await emit_all(connection, config.origin, emitted)
        return 0
    return transaction.queued

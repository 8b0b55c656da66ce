"""The probe: whether a session still works, which the library does not report
(docs/telegram.md)."""

import asyncio
from contextlib import suppress

from pyrogram.errors import AuthKeyDuplicated, FloodWait, RPCError, Unauthorized

from bots.runtime.client import BotClient

EVERY_SECONDS = 60.0
ANSWER_SECONDS = 5.0
PROBES = 3  # in a row without an answer before the session is made anew


async def probe(client: BotClient) -> None:
    """Asks now and then, and at once when there is doubt. Never returns; raises what the session
    died of. A server that is unwell for a moment (RPC_CALL_FAIL and the like) kills nothing."""
    unanswered = 0
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS if unanswered else EVERY_SECONDS):
                await client.doubt.wait()
        client.doubt.clear()
        try:
            await client.probe(ANSWER_SECONDS)
        except FloodWait:
            unanswered = 0
        except (Unauthorized, AuthKeyDuplicated):
            raise
        except (OSError, RPCError):
            unanswered += 1
            if unanswered >= PROBES:
                raise
        else:
            unanswered = 0

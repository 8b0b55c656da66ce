"""Staff's groups that a message does not reach: what can be done about it, and what is noted."""

import structlog
from pyrogram.errors import ChatIdInvalid, PeerIdInvalid, RPCError

from bots.runtime import leases
from bots.runtime.client import BotClient
from bots.runtime.leases import Lease
from core.postgres import Pool
from core.shop import staff

log = structlog.get_logger()

_OF_GROUP = ("CHAT_", "CHANNEL_", "PEER_ID_INVALID", "TOPIC_", "USER_BANNED_IN_CHANNEL")
_BASIC = range(-(10**12) + 1, 0)  # ids of basic groups


async def follow(
    pool: Pool, lease: Lease, chat_id: int, client: BotClient, error: Exception
) -> bool:
    """Whether what was refused was for a basic group that has become a supergroup, of which the
    bot has not heard: its messages go there from now on."""
    if chat_id not in _BASIC or not isinstance(error, PeerIdInvalid | ChatIdInvalid):
        return False
    try:
        new_chat_id = await client.moved_to(chat_id)
    except (RPCError, OSError) as failed:
        log.info("where a group has gone is not known", chat_id=chat_id, error=repr(failed))
        return False
    if new_chat_id is None:
        return False
    async with pool.acquire() as connection, connection.transaction():
        await leases.check(connection, lease)
        return await staff.move(connection, lease.bot_id, chat_id, new_chat_id)


def is_of_group(chat_id: int, reason: str) -> bool:
    """Whether a refusal says that nothing can be written there, and not that a message is wrong."""
    return chat_id < 0 and reason.startswith(_OF_GROUP)


async def leave_topic(pool: Pool, lease: Lease, chat_id: int, thread_id: int) -> None:
    """What was for a topic that is gone goes where the group's other messages are."""
    log.info("a topic is gone", chat_id=chat_id, thread_id=thread_id)
    async with pool.acquire() as connection, connection.transaction():
        await leases.check(connection, lease)
        await staff.drop_topic(connection, lease.bot_id, chat_id, thread_id)


async def reached(pool: Pool, lease: Lease, chat_id: int) -> None:
    """Something has arrived there: whatever was in the way is so no more."""
    if chat_id < 0:
        async with pool.acquire() as connection:
            await staff.set_trouble(connection, lease.bot_id, chat_id, None)
